#include "cli/building.h"

#include "base/json.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "drawing/text_table.h"
#include "experiment/tuning_report.h"
#include "process/stop_on_signal.h"
#include "session/building.h"
#include "tamis/log.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

/// As many jobs as there are cores: a build disturbs no other, so the target's limit does not hold.
int usual_jobs() { return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 256); }

Result<BuildingOptions> building_options(const BuildArguments& arguments, uint64_t seed) {
  BuildingOptions options;
  options.seed = seed;
  TAMIS_ASSIGN(options.trials, parse_trials(arguments.trials));
  TAMIS_ASSIGN(options.measure.build_deadline, parse_duration(arguments.build_timeout, "--build-timeout"));
  TAMIS_ASSIGN(options.measure.memory_limit_bytes, parse_size(arguments.memory_limit, "--memory-limit"));
  options.measure.jobs = arguments.jobs > 0 ? arguments.jobs : usual_jobs();
  return options;
}

double builds_per_second(const BuildingResult& result) {
  return result.wall_ns == 0
             ? 0
             : static_cast<double>(result.counts.trials) * 1e9 / static_cast<double>(result.wall_ns);
}

std::string number(double value) {
  return value == static_cast<double>(static_cast<int64_t>(value)) ? fmt::format("{:.0f}", value)
                                                                   : fmt::format("{:.3g}", value);
}

std::string draw_features(const std::vector<FeatureRange>& features) {
  if (features.empty()) return "";
  TextTable table({"feature", "least", "median", "most"});
  for (const FeatureRange& one : features)
    table.add_row({one.name, number(one.least), number(one.median), number(one.most)});
  return "\n" + table.draw();
}

std::string draw_result(const Task& task, const BuildingResult& result) {
  const Counts& counts = result.counts;
  std::string text = fmt::format("{} for {}: {} built in {:.1f} s by {}, {:.1f} a second\n",
                                 task.workload().name, task.target().spec(), counted(counts.trials, "config"),
                                 static_cast<double>(result.wall_ns) / 1e9, counted(result.jobs, "job"),
                                 builds_per_second(result));
  for (const auto& [verdict, trials] : counts.by_verdict)
    text += fmt::format("  {:<18}{:>8}  {}\n", to_string(verdict), trials,
                        percent(static_cast<double>(trials) / static_cast<double>(counts.trials)));
  if (result.programs > 0)
    text += fmt::format("  {} among those that build\n", counted(result.programs, "different program"));
  if (!result.reasons.empty()) text += "\n" + draw(result.reasons);
  return text + draw_features(result.features);
}

Json result_json(const Task& task, const BuildingResult& result) {
  Json verdicts = Json::object();
  for (const auto& [verdict, trials] : result.counts.by_verdict)
    verdicts[std::string(to_string(verdict))] = trials;
  Json features = Json::object();
  for (const FeatureRange& one : result.features)
    features[one.name] = {{"least", one.least}, {"median", one.median}, {"most", one.most}};
  Json reasons = Json::array();
  for (const Reason& reason : result.reasons.most_frequent())
    reasons.push_back(
        {{"verdict", to_string(reason.verdict)}, {"message", reason.message}, {"trials", reason.trials}});
  Json json = {{"workload", task.workload().name},
               {"target", task.target().spec()},
               {"target_identity", to_string(task.identity())},
               {"configs", result.counts.trials},
               {"programs", result.programs},
               {"jobs", result.jobs},
               {"seconds", static_cast<double>(result.wall_ns) / 1e9},
               {"builds_per_second", builds_per_second(result)}};
  json["verdicts"] = std::move(verdicts);
  json["reasons"] = std::move(reasons);
  json["features"] = std::move(features);
  return json;
}

/// A line on a terminal that says how far it is.
class BuildProgress {
 public:
  explicit BuildProgress(const Console& console) : console_(console) {}
  void update(const Counts& counts, uint64_t all) {
    if (!console_.live) return;
    console_.note(fmt::format("\r\x1b[K{} of {} built, {} do not build", counts.trials, all, counts.invalid));
    shown_ = true;
  }
  void end() {
    if (std::exchange(shown_, false)) console_.note("\r\x1b[K");
  }

 private:
  const Console& console_;
  bool shown_ = false;
};

}  // namespace

void BuildArguments::add_to(CLI::App& app) {
  app.add_flag("--build", build,
               "build configs in worker processes, without a device, and say what came of it: verdicts, why "
               "configs do not build, ranges of features");
  others_.push_back(app.add_option("--trials", trials, "with --build: so many random configs, or `all`")
                        ->capture_default_str());
  others_.push_back(
      app.add_option("--log", log, "with --build: where trials are kept, for `tamis explain`; or `none`")
          ->check(not_empty())
          ->capture_default_str());
  others_.push_back(app.add_option("--jobs", jobs,
                                   "with --build: builds at the same time; if not given one "
                                   "for each core")
                        ->check(CLI::Range(1, 256)));
  others_.push_back(app.add_option("--build-timeout", build_timeout, "with --build: how long one may take")
                        ->capture_default_str());
  others_.push_back(app.add_option("--memory-limit", memory_limit,
                                   "with --build: address space of a process that builds, or `none`")
                        ->capture_default_str());
}

Status BuildArguments::check() const {
  if (build) return {};
  for (const CLI::Option* option : others_)
    if (option->count() > 0)
      return invalid_input(fmt::format("{} has no meaning without --build", option->get_name()));
  return {};
}

Result<int> build_spaces(const std::vector<SharedTask>& tasks, const BuildArguments& arguments, uint64_t seed,
                         bool json, const Console& console) {
  TAMIS_ASSIGN(const BuildingOptions options, building_options(arguments, seed));
  std::optional<Log> log;
  if (arguments.log != "none") {
    TAMIS_ASSIGN(log, Log::open(arguments.log, LogMode::read_write));
  }
  const StopOnSignal signals;
  std::string text;
  Json all = Json::array();
  bool none_valid = false;
  for (const SharedTask& task : tasks) {
    BuildProgress progress(console);
    const Result<BuildingResult> result = build_configs(
        task, log ? &*log : nullptr, options,
        [&](const Counts& counts, uint64_t of) { progress.update(counts, of); }, signals.token());
    progress.end();
    if (!result.ok()) return result.error();
    none_valid = none_valid || result->counts.invalid == result->counts.trials;
    if (json)
      all.push_back(result_json(*task, *result));
    else
      text += (text.empty() ? "" : "\n") + draw_result(*task, *result);
    if (signals.token().stop_requested()) break;
  }
  if (json)
    text = (all.size() == 1 ? all.front() : all).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const int code = signals.token().stop_requested() ? kInterrupted : none_valid ? kNothingValid : kDone;
  return finish(console, text, code);
}

}  // namespace tamis::cli
