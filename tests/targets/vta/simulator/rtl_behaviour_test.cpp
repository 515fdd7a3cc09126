// What small programs leave in DRAM, against what the Chisel RTL left: hazards, shifts, wrapping micro-ops,
// tokens and edge cases.
#include "targets/vta/simulator/rtl_testing.h"
#include "targets/vta/simulator/simulator.h"

#include <gmock/gmock.h>

namespace tamis::vta {
namespace {

using testing::kEmptyNests;
using testing::Recording;

constexpr int64_t kFirst = 1000;  // programs about behaviour are numbered from here

/// A STORE that nothing holds apart from an ALU instruction which overwrites what it stores: in the RTL the
/// tiles that it has read by then are the old ones, while here an instruction has its whole effect when it
/// ends.
constexpr int64_t kRace = 1038;
/// Loads 2048 inp tiles at once.
constexpr int64_t kHugeLoad = 1044;

std::vector<Recording> behaviours() {
  std::vector<Recording> all = testing::read_recordings("micro_programs.jsonl.gz");
  std::erase_if(all, [](const Recording& one) { return one.json.at("number").get<int64_t>() < kFirst; });
  return all;
}

/// Bytes that differ from what the RTL left. Its memories were zero before, as the simulator's are: what a
/// program reads without writing it first (out in 1006, acc in 1038, wgt and inp in none) is compared too.
size_t differing_bytes(const Launch& launch) {
  size_t differing = 0;
  for (const DramBuffer& buffer : launch.buffers) {
    if (!buffer.after) continue;
    for (size_t i = 0; i < buffer.bytes.size(); ++i)
      differing += buffer.bytes[i] != (*buffer.after)[i] ? 1 : 0;
  }
  return differing;
}

TEST(RtlBehaviour, LeavesEveryByteThatTheRtlLeft) {
  int compared = 0, compared_bytes = 0, with_assertions = 0;
  for (const auto& [json, program] : behaviours()) {
    const int64_t number = json.at("number");
    if (kEmptyNests.contains(number) || number == kRace || number == kHugeLoad) continue;
    Launch launch = program.launches.at(0);
    const SimulationOutcome outcome = simulate(find_hardware("chisel").value(), launch, {});
    EXPECT_EQ(outcome.stop, Stop::finished) << number << ": " << outcome.message;
    EXPECT_EQ(differing_bytes(launch), 0u) << number << " " << json.at("name");
    ++compared;
    for (const DramBuffer& buffer : launch.buffers)
      compared_bytes += buffer.after ? static_cast<int>(buffer.after->size()) : 0;
    with_assertions += json.at("rtl_assertions").get<int>() > 0 ? 1 : 0;
  }
  std::printf("%d programs, %d bytes; the RTL's own assertions fired in %d\n", compared, compared_bytes,
              with_assertions);
  EXPECT_EQ(compared, 39 - 5);
  EXPECT_EQ(with_assertions, 2);
}

TEST(RtlBehaviour, RefusesWhatTheRtlCannotDo) {
  int refused = 0;
  for (const auto& [json, program] : behaviours()) {
    const int64_t number = json.at("number");
    if (!kEmptyNests.contains(number) && number != kHugeLoad) continue;
    Launch launch = program.launches.at(0);
    const SimulationOutcome outcome = simulate(find_hardware("chisel").value(), launch, {});
    EXPECT_EQ(outcome.stop, Stop::trapped) << number;
    EXPECT_THAT(outcome.message, ::testing::HasSubstr(number == kHugeLoad ? "2048 inp tiles in one load"
                                                                          : "needs at least 1"));
    ++refused;
  }
  EXPECT_EQ(refused, 4);
}

/// Other designs compute something else in just the programs that are about a difference.
TEST(RtlBehaviour, OtherDesignsDifferWhereTheyShould) {
  // src other than dst (1001, 1002), shifts by registers (1004), hazards of the ALU (1009, 1011), uops that
  // wrap (1036, 1037); what reaches out without GEMM or ALU (1006, 1007); padding without columns (1029) and
  // hazards of GEMM (1040, 1041).
  const std::map<std::string, std::set<int64_t>> expected = {
      {"fsim", {1001, 1002, 1004, 1006, 1007, 1009, 1011, 1036, 1037}},
      {"hls", {1001, 1002, 1004, 1009, 1011, 1029, 1036, 1037, 1040, 1041}}};
  for (const auto& [design, differing] : expected) {
    std::set<int64_t> found;
    for (const auto& [json, program] : behaviours()) {
      const int64_t number = json.at("number");
      if (kEmptyNests.contains(number) || number == kRace || number == kHugeLoad) continue;
      Launch launch = program.launches.at(0);
      const SimulationOutcome outcome = simulate(find_hardware(design).value(), launch, {});
      if (outcome.stop != Stop::finished || differing_bytes(launch) > 0) found.insert(number);
    }
    EXPECT_EQ(found, differing) << design;
  }
}

}  // namespace
}  // namespace tamis::vta
