// What a long session costs: makes a log of N trials as a session appends them, and prints how long
// appending, opening, resuming, asking for the best and exporting take.
//
//     large_log [--trials 1000000] [--batch 8] [--strategies random,tamis] [--keep FILE]
#include "base/clock.h"
#include "exchange/csv.h"
#include "experiment/report/document.h"
#include "experiment/report/page.h"
#include "tamis/session.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tamis {
namespace {

struct FreeArtifact final : Artifact {
  explicit FreeArtifact(Config one) : config(std::move(one)) {}
  Config config;
};
class FreeDevice final : public Device {
 public:
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions&) override {
    const Config& config = static_cast<const FreeArtifact&>(artifact).config;
    uint32_t sum = 0;
    double latency_ns = 1e6;
    for (const uint32_t choice : config.choices) {
      sum += choice;
      latency_ns *= 1 + std::abs(choice - 4.0) / 10;
    }
    RunOutcome ran;
    if (sum % 3 == 0) return {Verdict::run_failed, "the device reported error 3", {}, {}, {}};
    ran.costs = {latency_ns};
    for (const char* name : {"cycles", "stalls", "output_bytes"}) ran.features.set(name, latency_ns);
    ran.output = data.output;
    return ran;
  }

 private:
  std::string name_ = "free";
};

class FreeTask final : public Task {
 public:
  using Task::Task;
  BuildOutcome build(const Config& config) const override {
    BuildOutcome built;
    built.artifact = std::make_shared<FreeArtifact>(config);
    for (const char* name : {"program_instructions", "program_uops", "program_input_bytes"})
      built.features.set(name, 1000 + 17 * config.choices[0]);
    return built;
  }
};

/// A target whose configs take no time: what is left is what tuning itself costs.
class FreeTarget final : public Target {
 public:
  FreeTarget() : Target("free", {}, {.needs_isolation = false}) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    TaskFacts facts;
    facts.workload = workload;
    TAMIS_ASSIGN(facts.space,
                 Space::create({split_knob("tile_h", 56, 2), split_knob("tile_w", 56, 2),
                                split_knob("tile_co", 1024, 2), split_knob("tile_ci", 4096, 2),
                                number_knob("threads", {1, 2, 4, 8, 16, 32, 64, 128}),
                                split_knob("unroll", 1 << 20, 2), split_knob("order", 1 << 20, 2)}));
    facts.identity = {"free", "1"};
    facts.default_config = facts.space.config(0);
    return std::unique_ptr<Task>(std::make_unique<FreeTask>(std::move(facts)));
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return std::unique_ptr<Device>(std::make_unique<FreeDevice>());
  }
};

struct Arguments {
  uint64_t trials = 1'000'000;
  uint64_t batch = 8;
  std::vector<std::string> strategies = {"random", "tamis"};
  std::string keep;
};

Workload workload() {
  Workload workload;
  workload.name = "free";
  workload.shape = {.n = 1, .ci = 1, .h = 1, .w = 1, .co = 1, .kernel_h = 1, .kernel_w = 1};
  return workload;
}

double seconds_since(int64_t begin_ns) { return static_cast<double>(monotonic_ns() - begin_ns) / 1e9; }

double memory_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

Status tune(const std::string& path, const std::string& strategy, uint64_t trials, uint64_t batch,
            SessionResult& result) {
  TAMIS_ASSIGN(Log log, Log::open(path, LogMode::read_write));
  TAMIS_ASSIGN(const SharedTask task, bind_task(std::make_shared<const FreeTarget>(), workload()));
  SessionOptions options;
  options.strategy = strategy;
  options.initializer = "none";
  options.batch = batch;
  options.budget.trials = trials;
  options.resume = true;
  TAMIS_ASSIGN(result, run_session(task, &log, options, {}, {}));
  return {};
}

/// Turns the session into one of another strategy, so that the same trials serve for all.
Status rename_strategy(const std::string& path, const std::string& strategy) {
  const std::string command =
      fmt::format("sqlite3 '{}' \"UPDATE sessions SET strategy = '{}'\"", path, strategy);
  return std::system(command.c_str()) == 0 ? Status() : io_error("sqlite3 is needed to rename the strategy");
}

Status measure_appending(const Arguments& arguments, const std::string& path) {
  const int64_t begin = monotonic_ns();
  SessionResult result;
  TAMIS_TRY(tune(path, "random", arguments.trials, arguments.batch, result));
  const double wall = seconds_since(begin);
  fmt::print(
      "session of {} trials in batches of {}: {:.1f} s, {:.1f} us a trial, of which search {:.1f} us\n",
      arguments.trials, arguments.batch, wall, 1e6 * wall / static_cast<double>(arguments.trials),
      static_cast<double>(result.search_ns) / 1e3 / static_cast<double>(arguments.trials));
  fmt::print("  the log is {:.0f} MiB; memory of the session {:.0f} MiB\n",
             static_cast<double>(std::filesystem::file_size(path)) / (1 << 20), memory_mib());
  return {};
}

Status measure_resuming(const Arguments& arguments, const std::string& path, const std::string& strategy) {
  TAMIS_TRY(rename_strategy(path, strategy));
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(const uint64_t logged, log.end(1));
  const int64_t begin = monotonic_ns();
  SessionResult result;
  TAMIS_TRY(tune(path, strategy, logged + arguments.batch, arguments.batch, result));
  fmt::print("open, resume with {} and try {} more: {:.2f} s ({} trials learnt)\n", strategy, arguments.batch,
             seconds_since(begin), result.resumed);
  return result.resumed == logged ? Status() : io_error("not all trials were resumed");
}

Status measure_questions(const std::string& path) {
  int64_t begin = monotonic_ns();
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_TRY(log.sessions());
  fmt::print("open: {:.3f} s\n", seconds_since(begin));
  begin = monotonic_ns();
  TAMIS_TRY(log.fastest(1, 10));
  fmt::print("the 10 fastest: {:.2f} s\n", seconds_since(begin));
  begin = monotonic_ns();
  TAMIS_TRY(log.counts(1));
  fmt::print("counts by verdict: {:.2f} s\n", seconds_since(begin));
  begin = monotonic_ns();
  TAMIS_TRY(log.visit_trials(1, [](const std::vector<Trial>&) { return Status(); }));
  fmt::print("visit all trials: {:.2f} s\n", seconds_since(begin));
  begin = monotonic_ns();
  TAMIS_ASSIGN(std::vector<Trial> trials, log.trials(1));
  fmt::print("read all trials: {:.2f} s\n", seconds_since(begin));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  TAMIS_ASSIGN(const Space space, space_from_text(sessions.front().knobs));
  const std::vector<std::string> columns = {"cycles", "stalls", "output_bytes"};
  const std::string csv = write_csv(named_trials("free", space, std::move(trials)), columns);
  fmt::print("read and write as CSV: {:.2f} s ({:.0f} MiB)\n", seconds_since(begin),
             static_cast<double>(csv.size()) / (1 << 20));
  begin = monotonic_ns();
  TAMIS_ASSIGN(const report::ReportLog reported, report::read_report_log(path));
  const std::string page = report::fill_page(report::report_page(),
                                             report::to_text(report::make_document(std::span(&reported, 1))));
  fmt::print("read and write as a page: {:.2f} s ({:.1f} MB)\n", seconds_since(begin),
             static_cast<double>(page.size()) / 1e6);
  return {};
}

Status run(const Arguments& arguments, const std::string& path) {
  // A log that was kept serves again.
  if (!std::filesystem::exists(path)) TAMIS_TRY(measure_appending(arguments, path));
  for (const std::string& strategy : arguments.strategies)
    TAMIS_TRY(measure_resuming(arguments, path, strategy));
  return measure_questions(path);
}

}  // namespace
}  // namespace tamis

int main(int argc, char** argv) {
  CLI::App app("what a long session costs");
  tamis::Arguments arguments;
  app.add_option("--trials", arguments.trials)->capture_default_str();
  app.add_option("--batch", arguments.batch)->capture_default_str();
  app.add_option("--strategies", arguments.strategies, "those to resume with")->delimiter(',');
  app.add_option("--keep", arguments.keep, "where the log is left, or found");
  CLI11_PARSE(app, argc, argv);
  const std::string path = arguments.keep.empty()
                               ? fmt::format("{}/tamis-large-log-{}.db",
                                             std::filesystem::temp_directory_path().string(), ::getpid())
                               : arguments.keep;
  const tamis::Status status = tamis::run(arguments, path);
  if (!status.ok()) std::fprintf(stderr, "large_log: %s\n", status.error().message.c_str());
  if (arguments.keep.empty()) std::filesystem::remove(path);
  return status.ok() ? 0 : 1;
}
