// Programs that tamis generates, against the cycles that the Chisel RTL took for the same configs. On the RTL
// an ALU instruction with an immediate reads acc[src]: they ran with src set to dst, which no cycle depends
// on.
#include "tamis/suite.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/simulator/rtl_testing.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/vta_testing.h"

namespace tamis::vta {
namespace {

TEST(RtlLayers, GeneratedProgramsTakeAsManyCycles) {
  const auto target = make_target("vta", {}).value();
  std::map<std::string, std::shared_ptr<const Task>> tasks;
  testing::Equality equality;
  for (const auto& row : testing::read_rows("layers.csv")) {
    const std::string& name = row.at("workload");
    auto& task = tasks[name];
    if (task == nullptr) task = target->bind(resolve_workloads(name).value().front()).value();
    const auto number = [&](const char* column) { return parse_integer(row.at(column)).value(); };
    const Config config = task->space().config(static_cast<uint64_t>(number("index")));
    const BuildOutcome built = task->build(config);
    ASSERT_EQ(built.verdict, Verdict::valid) << built.message;
    const auto& program = static_cast<const VtaArtifact&>(*built.artifact);
    Launch launch = program.launch;
    Hardware hardware = program.hardware;
    hardware.memory = testing::memory_of(row.at("memory"));
    SimulationOptions options;
    options.functional = false;
    const SimulationOutcome outcome = simulate(hardware, launch, options);
    EXPECT_EQ(outcome.stop, Stop::finished) << outcome.message;
    EXPECT_EQ(launch.instructions.size(), static_cast<size_t>(number("instructions")));
    equality.expect(row.at("memory"), name + " " + row.at("index"), outcome.counters.cycles,
                    static_cast<uint64_t>(number("rtl_cycles")));
  }
  equality.report("generated layers", {{"l64", 84}, {"l64-de10", 84}, {"dpi", 84}});
}

}  // namespace
}  // namespace tamis::vta
