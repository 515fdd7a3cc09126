#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/timeline_view.h"
#include "drawing/figure.h"
#include "drawing/text_table.h"
#include "experiment/tuning_report.h"
#include "tamis/objective.h"
#include "targets/vta/isa/disassembler.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/simulator/simulator.h"
#include "targets/vta/simulator/timeline.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

/// What replaces parts of the memory's profile.
struct MemoryArguments {
  std::string profile;
  std::string kind;
  std::optional<uint64_t> read_latency, write_latency, burst_beats, outstanding_reads, instruction_batch;
};

struct SimulateArguments {
  std::string program;
  std::optional<uint64_t> line;
  std::string hardware;
  MemoryArguments memory;
  std::string timeline;
  std::optional<std::string> cycles;
  bool timing_only = false;
  bool disassemble = false;
  bool json = false;
};

/// What one launch did, when, and how far its DRAM is from the recording.
struct LaunchReport {
  vta::SimulationOutcome outcome;
  vta::Timeline timeline;
  uint64_t compared_bytes = 0;
  uint64_t differing_bytes = 0;
};

LaunchReport run_launch(const vta::Hardware& hardware, vta::Launch& launch,
                        const SimulateArguments& arguments) {
  LaunchReport report;
  report.timeline = vta::make_timeline(hardware, launch);
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
  json["timeline"] = timeline_to_json(report.timeline);
  return json;
}

std::string draw(const LaunchReport& report, const vta::MemoryProfile& memory) {
  const vta::Counters& counters = report.outcome.counters;
  std::string text = fmt::format("{}", stop_name(report.outcome.stop));
  if (!report.outcome.message.empty()) text += ": " + report.outcome.message;
  text += fmt::format("\n{} ({} at {} MHz), {}\n", counted(counters.cycles, "cycle"),
                      format_latency(memory.to_ns(static_cast<double>(counters.cycles))), memory.clock_mhz,
                      counted(counters.instructions, "instruction"));
  text += fmt::format("{}, {}, {}\n", counted(counters.gemm_uops, "GEMM uop"),
                      counted(counters.reset_uops, "reset uop"), counted(counters.alu_uops, "ALU uop"));
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

/// Line `number`, counted from 1, of a text.
Result<std::string_view> line_of(std::string_view text, uint64_t number, const std::string& path) {
  for (uint64_t line = 1;; ++line) {
    const size_t end = text.find('\n');
    if (line == number && !text.empty()) return text.substr(0, end);
    if (end == std::string_view::npos || end + 1 >= text.size())
      return not_found(
          fmt::format("{} has {}; --line is {}", path, counted(text.empty() ? 0 : line, "line"), number));
    text.remove_prefix(end + 1);
  }
}

/// The program of a file, or of one of its lines.
Result<vta::Program> read_launches(const SimulateArguments& arguments) {
  if (!arguments.line) {
    Result<vta::Program> program = vta::read_program(arguments.program);
    const bool of_lines = arguments.program.find(".jsonl") != std::string::npos;
    if (program.ok() || !of_lines || program.error().kind != ErrorKind::corrupt) return program;
    Error error = program.error();
    error.message += "; where every line is a program, --line names one";
    return error;
  }
  TAMIS_ASSIGN(const std::string text, read_file(arguments.program));
  TAMIS_ASSIGN(const std::string_view line, line_of(text, *arguments.line, arguments.program));
  const std::string origin = fmt::format("{} line {}", arguments.program, *arguments.line);
  TAMIS_ASSIGN(const Json json, parse_json(line, origin));
  return vta::program_from_json(json, origin);
}

/// The profile of the program's device with what the flags replace.
Result<vta::MemoryProfile> memory_of(const MemoryArguments& arguments, const vta::Hardware& hardware) {
  vta::MemoryProfile memory = hardware.memory;
  if (!arguments.profile.empty()) {
    TAMIS_ASSIGN(memory, vta::find_profile(arguments.profile));
  }
  if (!arguments.kind.empty()) {
    TAMIS_ASSIGN(memory.kind, vta::parse_memory_kind(arguments.kind));
  }
  memory.read_latency = arguments.read_latency.value_or(memory.read_latency);
  memory.write_latency = arguments.write_latency.value_or(memory.write_latency);
  memory.burst_beats = arguments.burst_beats.value_or(memory.burst_beats);
  memory.outstanding_reads = arguments.outstanding_reads.value_or(memory.outstanding_reads);
  memory.instruction_batch = arguments.instruction_batch.value_or(memory.instruction_batch);
  TAMIS_TRY(check(memory, "the memory to simulate"));
  return memory;
}

/// Draws a panel for each launch.
Status draw_timelines(const SimulateArguments& arguments, const std::vector<LaunchReport>& reports,
                      const std::vector<std::optional<CycleRange>>& ranges) {
  Figure figure;
  figure.columns = 1;
  for (size_t i = 0; i < reports.size(); ++i) {
    if (!ranges[i]) continue;
    std::string title =
        fmt::format("{}: {}", arguments.program, counted(reports[i].timeline.cycles, "cycle"));
    if (reports.size() > 1) title += fmt::format(", launch {}", i + 1);
    figure.panels.emplace_back(timeline_panel(reports[i].timeline, *ranges[i], title));
  }
  TAMIS_ASSIGN(const std::string picture,
               ends_in_any_case(arguments.timeline, ".png") ? draw_png(figure) : draw_svg(figure));
  return write_file(arguments.timeline, picture);
}

/// What is said of launches that have none of the cycles asked for; nothing where all have some. Errors:
/// invalid_input where no launch has any.
Result<std::string> without_timeline(const CycleRange& cycles, const std::vector<LaunchReport>& reports,
                                     const std::vector<std::optional<CycleRange>>& ranges) {
  uint64_t last = 0;
  std::vector<std::string> missing;
  for (size_t i = 0; i < reports.size(); ++i) {
    last = std::max(last, reports[i].timeline.end);
    if (!ranges[i]) missing.push_back(fmt::format("{} (until {})", i + 1, reports[i].timeline.end));
  }
  if (missing.empty()) return std::string();
  if (missing.size() == reports.size())
    return invalid_input(
        fmt::format("--cycles begins at {}, but all engines are idle from cycle {} on{}; name an earlier one",
                    cycles.from, last, reports.size() > 1 ? " in every launch" : ""));
  return fmt::format("no timeline of {} of {} launches, which end before cycle {}: launch {}\n",
                     missing.size(), reports.size(), cycles.from, fmt::join(missing, ", "));
}

/// Errors: what --timeline cannot draw, before anything runs.
Status check_picture(const std::string& path) {
  if (path.empty()) return {};
  if (!ends_in_any_case(path, ".svg") && !ends_in_any_case(path, ".png"))
    return invalid_input(fmt::format("--timeline {}: it draws a file that ends in .svg or .png", path));
  return drawing_supported();
}

Result<int> run_simulate(const SimulateArguments& arguments, const Console& console) {
  std::optional<CycleRange> cycles;
  if (arguments.cycles) {
    TAMIS_ASSIGN(cycles, parse_cycles(*arguments.cycles));
  }
  TAMIS_TRY(check_picture(arguments.timeline));
  TAMIS_ASSIGN(vta::Program program, read_launches(arguments));
  vta::Hardware hardware = program.hardware.value_or(vta::Hardware{});
  if (!arguments.hardware.empty()) {
    TAMIS_ASSIGN(hardware, vta::find_hardware(arguments.hardware));
  }
  TAMIS_ASSIGN(hardware.memory, memory_of(arguments.memory, hardware));
  std::string text = arguments.disassemble ? vta::disassemble(hardware, program) + "\n" : "";
  std::vector<LaunchReport> reports;
  std::vector<std::optional<CycleRange>> ranges;
  bool good = true;
  for (vta::Launch& launch : program.launches) {
    reports.push_back(run_launch(hardware, launch, arguments));
    good = good && reports.back().outcome.stop == vta::Stop::finished && reports.back().differing_bytes == 0;
    if (reports.size() > 1) text += "\n";
    ranges.push_back(range_within(cycles, reports.back().timeline));
    text += draw(reports.back(), hardware.memory);
    if (ranges.back())
      text += draw_timeline(reports.back().timeline, *ranges.back(), console.window().columns);
  }
  if (cycles) {
    TAMIS_ASSIGN(const std::string missing, without_timeline(*cycles, reports, ranges));
    console.note(missing);
  }
  if (!arguments.timeline.empty()) TAMIS_TRY(draw_timelines(arguments, reports, ranges));
  if (arguments.json) {
    Json json = summarize(reports);
    json["design"] = to_string(hardware.design);
    json["memory"] = vta::to_json(hardware.memory);
    text = json.dump(2) + "\n";
  }
  return finish(console, text, good ? kDone : kNothingValid);
}

void add_memory(CLI::App& app, MemoryArguments& memory) {
  const auto number = [&](const char* name, std::optional<uint64_t>& value, const char* what, uint64_t least,
                          uint64_t most) {
    app.add_option(name, value, what)->check(CLI::Range(least, most))->group("Memory");
  };
  app.add_option("--profile", memory.profile,
                 "pynq, de10, tsim or a file; the program's or the device's own if not given")
      ->check(not_empty())
      ->group("Memory");
  number("--read-latency", memory.read_latency, "cycles from a read burst's request to its first beat", 1,
         vta::kMostLatency);
  number("--write-latency", memory.write_latency, "cycles from a store's last beat to its response", 1,
         vta::kMostLatency);
  number("--burst-beats", memory.burst_beats, "of 8 bytes, of a burst at most: a power of two", 2,
         vta::kMostBurstBeats);
  number("--outstanding-reads", memory.outstanding_reads, "read bursts under way at most", 1,
         vta::kMostOutstandingReads);
  number("--instruction-batch", memory.instruction_batch,
         "instructions that FETCH reads at once; 0: half of the burst's beats", 0, vta::kMostBurstBeats / 2);
  app.add_option("--memory", memory.kind, "pipelined, shared, serial or queued")
      ->check(CLI::IsMember({"pipelined", "shared", "serial", "queued"}))
      ->group("Memory");
}

}  // namespace

Action configure_simulate(CLI::App& app) {
  auto arguments = std::make_shared<SimulateArguments>();
  app.add_option("PROGRAM", arguments->program, "a recorded program: JSON, may be gzipped")->required();
  app.add_option("--line", arguments->line, "the line to take, from 1, where every line is a program")
      ->check(whole_number(1));
  app.add_option(
         "--hardware", arguments->hardware,
         "a design (chisel, hls, fsim) or a vta_config.json; the program's own or the default if not given")
      ->check(not_empty());
  add_memory(app, arguments->memory);
  app.add_flag("--timing-only", arguments->timing_only, "cycles and traps without computing on data");
  app.add_flag("--disassemble", arguments->disassemble, "print the program first");
  app.add_option("--timeline", arguments->timeline, "draw what the engines do when: FILE.svg or FILE.png")
      ->check(not_empty());
  app.add_option("--cycles", arguments->cycles, "FROM:TO, the cycles that timelines show");
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_simulate(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
