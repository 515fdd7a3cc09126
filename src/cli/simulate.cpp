#include "base/json.h"
#include "cli/commands.h"
#include "drawing/text_table.h"
#include "experiment/tuning_report.h"
#include "targets/vta/isa/disassembler.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"

#include <memory>
#include <string>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct SimulateArguments {
  std::string program;
  std::string hardware;
  bool timing_only = false;
  bool disassemble = false;
  bool json = false;
};

/// What one launch did, and how far its DRAM is from the recording.
struct LaunchReport {
  vta::SimulationOutcome outcome;
  uint64_t compared_bytes = 0;
  uint64_t differing_bytes = 0;
};

LaunchReport run_launch(const vta::Hardware& hardware, vta::Launch& launch,
                        const SimulateArguments& arguments) {
  LaunchReport report;
  vta::SimulationOptions options;
  options.functional = !arguments.timing_only;
  report.outcome = vta::simulate(hardware, launch, options);
  if (arguments.timing_only) return report;
  for (const vta::DramBuffer& buffer : launch.buffers) {
    if (!buffer.after) continue;
    report.compared_bytes += buffer.bytes.size();
    for (size_t i = 0; i < buffer.bytes.size(); ++i)
      report.differing_bytes += buffer.bytes[i] != (*buffer.after)[i] ? 1 : 0;
  }
  return report;
}

std::string_view stop_name(vta::Stop stop) {
  switch (stop) {
    case vta::Stop::finished:
      return "finished";
    case vta::Stop::trapped:
      return "trapped";
    case vta::Stop::hung:
      return "hung";
    case vta::Stop::timeout:
      return "timeout";
  }
  return "unknown";
}

constexpr std::array<std::string_view, vta::kEngines> kEngineNames = {"fetch", "load", "compute", "store"};

Json to_json(const LaunchReport& report) {
  Json json = {{"outcome", stop_name(report.outcome.stop)}, {"message", report.outcome.message}};
  for (const auto& [name, value] : to_features(report.outcome.counters).values)
    json[name] = number_to_json(value);
  json["compared_bytes"] = report.compared_bytes;
  json["differing_bytes"] = report.differing_bytes;
  return json;
}

std::string draw(const LaunchReport& report) {
  const vta::Counters& counters = report.outcome.counters;
  std::string text = fmt::format("{}", stop_name(report.outcome.stop));
  if (!report.outcome.message.empty()) text += ": " + report.outcome.message;
  text += fmt::format("\n{} cycles ({} at {:.0f} MHz), {} instructions\n", counters.cycles,
                      format_latency(static_cast<double>(counters.cycles) * 1000.0 / vta::Timing{}.clock_mhz),
                      vta::Timing{}.clock_mhz, counters.instructions);
  text += fmt::format("{} GEMM uops, {} reset uops, {} ALU uops\n", counters.gemm_uops, counters.reset_uops,
                      counters.alu_uops);
  text += fmt::format("bytes loaded: inp {}, wgt {}, acc {}, uop {}; stored: out {}\n", counters.inp_bytes,
                      counters.wgt_bytes, counters.acc_bytes, counters.uop_bytes, counters.out_bytes);
  TextTable table({"engine", "instructions", "busy cycles", "stall cycles"});
  for (size_t i = 0; i < vta::kEngines; ++i) {
    const vta::EngineCounters& engine = counters.engines[i];
    table.add_row({std::string(kEngineNames[i]), fmt::format("{}", engine.instructions),
                   fmt::format("{}", engine.busy), fmt::format("{}", engine.stall)});
  }
  text += table.draw();
  if (report.compared_bytes > 0)
    text += fmt::format("{} of {} recorded bytes differ\n", report.differing_bytes, report.compared_bytes);
  return text;
}

/// One launch stands for itself; of several the numbers are summed and the launches listed.
Json summarize(const std::vector<LaunchReport>& reports) {
  if (reports.size() == 1) return to_json(reports.front());
  Json json = {
      {"outcome", "finished"}, {"cycles", uint64_t{0}}, {"compared_bytes", 0}, {"differing_bytes", 0}};
  Json launches = Json::array();
  for (const LaunchReport& report : reports) {
    if (report.outcome.stop != vta::Stop::finished) json["outcome"] = stop_name(report.outcome.stop);
    json["cycles"] = json["cycles"].get<uint64_t>() + report.outcome.counters.cycles;
    json["compared_bytes"] = json["compared_bytes"].get<uint64_t>() + report.compared_bytes;
    json["differing_bytes"] = json["differing_bytes"].get<uint64_t>() + report.differing_bytes;
    launches.push_back(to_json(report));
  }
  json["launches"] = std::move(launches);
  return json;
}

Result<int> run_simulate(const SimulateArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(vta::Program program, vta::read_program(arguments.program));
  vta::Hardware hardware = program.hardware.value_or(vta::Hardware{});
  if (!arguments.hardware.empty()) {
    TAMIS_ASSIGN(hardware, vta::read_hardware(arguments.hardware));
  }
  std::string text = arguments.disassemble ? vta::disassemble(hardware, program) + "\n" : "";
  std::vector<LaunchReport> reports;
  bool good = true;
  for (vta::Launch& launch : program.launches) {
    reports.push_back(run_launch(hardware, launch, arguments));
    good = good && reports.back().outcome.stop == vta::Stop::finished && reports.back().differing_bytes == 0;
    if (reports.size() > 1) text += "\n";
    text += draw(reports.back());
  }
  if (arguments.json) text = summarize(reports).dump(2) + "\n";
  return finish(console, text, good ? kDone : kNothingValid);
}

}  // namespace

Action configure_simulate(CLI::App& app) {
  auto arguments = std::make_shared<SimulateArguments>();
  app.add_option("PROGRAM", arguments->program, "a recorded program: JSON, may be gzipped")->required();
  app.add_option("--hardware", arguments->hardware,
                 "a vta_config.json; the program's own or the default if not given");
  app.add_flag("--timing-only", arguments->timing_only, "cycles and traps without computing on data");
  app.add_flag("--disassemble", arguments->disassemble, "print the program first");
  app.add_flag("--json", arguments->json, "one JSON document on standard output");
  return [arguments](const Console& console) {
    const Result<int> code = run_simulate(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
