#include "base/file.h"
#include "base/json.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/fleet_arguments.h"
#include "cli/inputs.h"
#include "cli/live_screen.h"
#include "cli/measuring.h"
#include "cli/models.h"
#include "cli/network_progress.h"
#include "cli/progress.h"
#include "cli/resume_command.h"
#include "drawing/text_width.h"
#include "experiment/tuning_report.h"
#include "log/network_keeper.h"
#include "network/tuning/tuning.h"
#include "process/stop_on_signal.h"
#include "session/related.h"
#include "space/config_formula.h"
#include "tamis/formats.h"
#include "tamis/log.h"
#include "tamis/measurer.h"
#include "tamis/session.h"
#include "tamis/strategies.h"
#include "tamis/suite.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct TuneArguments {
  std::vector<std::string> workloads;
  std::vector<std::string> shapes;
  bool exact = false;
  std::string share = "gradient";
  TargetArguments target;
  ConfigArguments config;
  MeasuringArguments measuring;
  FleetTuningArguments fleet;
  std::string strategy = SessionOptions{}.strategy;
  std::string initializer;
  CostArgument cost;
  std::string trials = "1000";
  std::string time;
  uint64_t early_stop = 0;
  uint64_t seed = 0;
  std::optional<uint64_t> batch;
  bool asynchronous = false;
  bool deterministic = false;
  uint64_t finalists = SessionOptions{}.finalists;
  uint64_t leader_runs = SessionOptions{}.leader_runs;
  int jobs = 0;
  std::string log = "tamis.sqlite";
  std::string save_programs;
  std::vector<std::string> learn_from;
  bool no_transfer = false;
  bool resume = false;
  bool json = false;
  bool quiet = false;
};

template <class Kind>
std::string names_of(const std::vector<Kind>& kinds) {
  std::string names;
  for (const Kind& kind : kinds) names += (names.empty() ? "" : ", ") + kind.name;
  return names;
}

int default_jobs(const Target& target) {
  const JobLimits& limits = target.traits().jobs;
  if (limits.usual > 0) return limits.usual;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, limits.most);
}

void add_options(CLI::App& app, TuneArguments& arguments) {
  app.add_option(
         "WORKLOAD", arguments.workloads,
         "suites (resnet18), their members (resnet18.C2), specs (conv2d:...), JSON files or one ONNX model; "
         "for the target table recorded tables")
      ->required();
  add_shapes(app, arguments.shapes);
  add_exact(app, arguments.exact);
  arguments.target.add_to(app);
  arguments.config.add_to(app, "try, and nothing else,");
  arguments.measuring.add_to(app);
  arguments.fleet.add_to(app);
  app.add_option(
         "--likely-good", arguments.target.hints,
         "values that you believe to be good, 'KNOB=VALUE KNOB=VALUE|VALUE', as often as needed: tried "
         "early, and dropped where trials do not bear it out")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app.add_option("--strategy", arguments.strategy, "how configs are chosen: " + names_of(strategy_kinds()))
      ->capture_default_str();
  app.add_option("--init", arguments.initializer,
                 "how the first ones are chosen: " + names_of(initializer_kinds()) +
                     "; the strategy's default if not given");
  arguments.cost.add_to(app);
  app.add_option("--trials", arguments.trials,
                 "configs to try for each workload, or `all`; for a model in all")
      ->capture_default_str();
  app.add_option("--time", arguments.time, "wall clock for each workload, for a model in all: 90s, 15m, 2h");
  app.add_option(
         "--share", arguments.share,
         "how the layers of a model share its budget: gradient (where most is to be gained), equal, or "
         "proportional to their time")
      ->capture_default_str();
  app.add_option("--early-stop", arguments.early_stop, "end after so many trials without a better config")
      ->check(whole_number(1));
  app.add_option("--seed", arguments.seed, "seed of every random choice")
      ->check(whole_number(0))
      ->capture_default_str();
  CLI::Option* batch = app.add_option("--batch", arguments.batch,
                                      "configs asked of the strategy at a time, 8 if not given; implies "
                                      "--deterministic")
                           ->check(CLI::Range(1, 100000));
  CLI::Option* asynchronous =
      app.add_flag("--async", arguments.asynchronous,
                   "propose the next config as soon as a job is free, without waiting for any batch; the "
                   "default on a fleet and for several jobs where latencies vary, except for models");
  app.add_flag("--deterministic", arguments.deterministic,
               "propose in batches, so that the same seed and outcomes give the same proposals whatever "
               "--jobs; the default elsewhere")
      ->excludes(asynchronous);
  asynchronous->excludes(batch);
  app.add_option(
         "--jobs", arguments.jobs,
         "configs tried at the same time; if not given one for each core, one in all for a driver or for "
         "runs of several threads")
      ->check(CLI::Range(1, 256));
  app.add_option("--finalists", arguments.finalists,
                 "how many of the best are measured again in turn at the end, where latencies vary; 0: none")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--leader-runs", arguments.leader_runs,
                 "how often at most a config is tried before it counts as the best, where latencies vary; "
                 "1: once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--log", arguments.log, "where trials are kept; `none` keeps nothing")
      ->capture_default_str();
  app.add_flag("--resume", arguments.resume,
               "go on where the log's last session with the same settings ended");
  app.add_option("--learn-from", arguments.learn_from,
                 "logs of tamis and files of any format that `tamis import` reads, whose trials the strategy "
                 "starts from; a folder or a pattern of such");
  app.add_flag("--no-transfer", arguments.no_transfer,
               "let no workload start from the trials of those tuned before it in this run");
  app.add_option("--save-programs", arguments.save_programs,
                 "directory for the programs that ran, with their data");
  add_json(app, arguments.json);
  app.add_flag("--quiet", arguments.quiet, "no progress");
}

Result<SessionOptions> session_options(const TuneArguments& arguments) {
  SessionOptions options;
  options.strategy = arguments.strategy;
  options.initializer = arguments.initializer;
  options.seed = arguments.seed;
  options.batch = arguments.batch.value_or(options.batch);
  options.resume = arguments.resume;
  options.finalists = arguments.finalists;
  options.leader_runs = arguments.leader_runs;
  TAMIS_ASSIGN(options.budget.trials, parse_trials(arguments.trials));
  if (!arguments.time.empty()) {
    TAMIS_ASSIGN(options.budget.time, parse_duration(arguments.time, "--time"));
  }
  if (arguments.early_stop > 0) options.budget.early_stop = arguments.early_stop;
  options.measure.save_programs = arguments.save_programs;
  TAMIS_TRY(arguments.measuring.apply(options.measure));
  if (arguments.resume && arguments.log == "none")
    return invalid_input("--resume needs the --log to go on from");
  if (!arguments.save_programs.empty()) TAMIS_TRY(make_directories(arguments.save_programs));
  return options;
}

/// What a tuner on a fleet does not say, because its workers do. Errors: invalid_input.
Status check_fleet(const TuneArguments& arguments) {
  TAMIS_TRY(arguments.fleet.check());
  if (!arguments.fleet.named()) return {};
  const auto workers_say = [](std::string_view flag, std::string_view instead) {
    return invalid_input(fmt::format("{} is not for a tuner on a fleet: {}", flag, instead));
  };
  if (arguments.jobs > 0) return workers_say("--jobs", "every device that fits has a job; leave it out");
  if (!arguments.measuring.reset_command.empty())
    return workers_say("--reset-command", "it is the worker's own; give it to tamis-worker");
  if (!arguments.save_programs.empty())
    return workers_say("--save-programs",
                       "programs stay with the workers; tune without --fleet to save some");
  if (arguments.target.settings.contains("devices"))
    return workers_say("--devices", "each worker has a device of its own; choose with --device-type");
  return {};
}

/// A suite that is tuned as a whole.
class WholeSuite {
 public:
  /// `tasks`: how many of its members the target can tune.
  WholeSuite(Log& log, Suite suite, uint64_t tasks, bool resume)
      : suite_(std::move(suite)), keeper_(&log, suite_.name, tasks, resume) {}

  /// Tells the log of the session of a member; that of another workload is passed over.
  Status keep(const SessionResult& result) {
    const std::vector<Workload>& members = suite_.workloads;
    const auto member = std::find_if(members.begin(), members.end(), [&](const Workload& one) {
      return one.name == result.session.workload.name;
    });
    if (member == members.end() || result.session.id == 0) return {};
    const auto place = static_cast<size_t>(member - members.begin());
    const auto occurrences = static_cast<uint64_t>(suite_.counts[place]);
    return keeper_.add({place, result.session.id, occurrences}, result.session.started_unix_ms);
  }

 private:
  Suite suite_;
  NetworkKeeper keeper_;
};

/// The suite that an argument WORKLOAD names, with what a target of this type has of it. Errors: not_found
/// where it names none; as read_suite.
Result<Suite> named_suite(const std::string& text, DataType type) {
  return ends_in_any_case(text, ".json") ? read_suite(text, {type}) : find_suite(text, {type});
}

class TuneCommand {
 public:
  TuneCommand(const TuneArguments& arguments, const Console& console)
      : arguments_(arguments), console_(console), screen_(console, !arguments.quiet && !arguments.json) {}

  int run() {
    if (const Status status = prepare(); !status.ok()) return fail(console_, status.error());
    const StopOnSignal signals;
    const std::stop_token stop = signals.token();
    options_.measure.finish_under_way = stop;
    const std::stop_callback at_once(stop, [this] { screen_.say(stopping()); });
    if (const Status status = tune_all(stop); !status.ok()) return fail(console_, status.error());
    const int code = stop.stop_requested() ? kInterrupted : all_found() ? kDone : kNothingValid;
    if (code == kInterrupted) console_.note(interruption());
    const int finished = finish(
        console_,
        arguments_.json ? to_json(report_).dump(2) + "\n" : draw(report_, console_.result_columns()), code);
    // The table ends with it; a document has no place for it.
    if (arguments_.json && finished == kNothingValid) console_.note(advice(report_));
    return finished;
  }

 private:
  /// Everything that can be wrong with the input is found before the first trial.
  Status prepare() {
    TAMIS_ASSIGN(scheduling_, network::parse_scheduling(arguments_.share));
    TAMIS_TRY(check_fleet(arguments_));
    TAMIS_ASSIGN(options_, session_options(arguments_));
    TargetArguments target = arguments_.target;
    for (const std::string& workload : arguments_.workloads) TAMIS_TRY(target.check_space_file(workload));
    // A space file can only be meant for one target, and a model is for this machine.
    if (const auto text = read_space_text(arguments_.workloads.front()); text && !target.named()) {
      TAMIS_ASSIGN(target.target, target.implied_by(*text, arguments_.workloads.front()));
    }
    if (!target.named() && names_model(arguments_.workloads.front())) target.target = "cpu";
    if (names_model(arguments_.workloads.front())) set_for_network(target);
    TAMIS_ASSIGN(tasks_, bind(target));
    const Target& made = tasks_.front()->target();
    options_.measure.jobs = arguments_.jobs > 0 ? arguments_.jobs : default_jobs(made);
    if (arguments_.fleet.named()) {
      options_.measure.jobs = 1;  // the fleet's devices are the jobs
      TAMIS_ASSIGN(options_.make_measurer, make_fleet_measurers(arguments_.fleet.tuning()));
    }
    if (arguments_.asynchronous && !occurrences_.empty())
      return invalid_input("--async is not for models, whose layers get batches of one budget; leave it out");
    options_.default_is_canary = wants_default_canary(made);
    options_.with_default = !arguments_.config.given();
    TAMIS_TRY(check_jobs(made, options_.measure.jobs));
    TAMIS_ASSIGN(std::vector<std::string> strategies, arguments_.cost.apply({options_.strategy}, console_));
    options_.strategy = std::move(strategies.front());
    TAMIS_TRY(check_search(options_.strategy, options_.initializer));
    for (const SharedTask& task : tasks_) {
      TAMIS_TRY(arguments_.measuring.named_canary(task->space()));
      if (!arguments_.config.given()) tell_excluded_default(*task);
    }
    tell_unheeded_hints();
    // What is optimised is what is learnt from.
    const auto objective = target.settings.find("objective");
    TAMIS_ASSIGN(const ReadOptions files,
                 ObjectiveArgument{objective == target.settings.end() ? "" : objective->second}.options());
    TAMIS_ASSIGN(const std::vector<std::string> learn_from,
                 expand_inputs(arguments_.learn_from, Logs::take, console_));
    std::vector<size_t> ends;
    for (const std::string& path : learn_from) {
      TAMIS_ASSIGN(const std::vector<TrialSet> some, read_related(path, files));
      related_.insert(related_.end(), some.begin(), some.end());
      ends.push_back(related_.size());
    }
    tell_useless(learn_from, ends);
    options_.related = &related_;
    options_.keep_trials = !arguments_.no_transfer && tasks_.size() > 1;
    report_.target = target.target;
    if (arguments_.log == "none") return {};
    TAMIS_ASSIGN(log_, Log::open(arguments_.log, LogMode::read_write));
    report_.log_path = arguments_.log;
    return {};
  }

  /// Also on a fleet, whose devices are others' too, where a config can do more to one than fail.
  bool wants_default_canary(const Target& target) const {
    const MeasuringArguments& measuring = arguments_.measuring;
    return measuring.wants_default_canary(target) ||
           (arguments_.fleet.named() && measuring.canary.empty() && target.traits().needs_isolation);
  }

  /// Where the parts of a task are that stands for two others; nothing where it stands for none, or one of
  /// them is not tuned.
  static std::optional<std::array<size_t, 2>> places_of(const ModelTask& task,
                                                        const std::vector<std::optional<size_t>>& places) {
    if (!task.parts) return std::nullopt;
    const auto first = places[(*task.parts)[0]], second = places[(*task.parts)[1]];
    if (!first || !second) return std::nullopt;
    return std::array{*first, *second};
  }

  /// The task of the only workload, whose space has no config but the one that the user named.
  Result<std::vector<SharedTask>> bind_config(TargetArguments target) const {
    if (arguments_.workloads.size() > 1)
      return invalid_input("--config and --index name a config of one workload: name no other WORKLOAD");
    const std::string& workload = arguments_.workloads.front();
    TAMIS_ASSIGN(const SharedTask task, target.bind_one(workload, console_));
    TAMIS_ASSIGN(const Config config, arguments_.config.choose(task->space()));
    if (const std::string constraint = excluded_by(task->space(), config); !constraint.empty())
      return invalid_input(fmt::format("{} is excluded by the constraint: {}",
                                       name_config(task->space(), config), constraint));
    target.constraints.push_back(config_formula(task->space(), config));
    return target.bind({workload}, console_);
  }

  /// The tasks of the workloads, or of the model: then occurrences_ has how often each occurs.
  Result<std::vector<SharedTask>> bind(const TargetArguments& target) {
    const bool model = std::any_of(arguments_.workloads.begin(), arguments_.workloads.end(), names_model);
    if (!model && (!arguments_.shapes.empty() || arguments_.exact))
      return invalid_input(std::string(arguments_.exact ? "--exact" : "--shape") +
                           " is of models, and no WORKLOAD is one");
    if (arguments_.config.given()) return bind_config(target);
    if (!model) return target.bind(arguments_.workloads, console_);
    if (arguments_.workloads.size() > 1)
      return invalid_input(
          "a model shares its budget among its tasks, so it is tuned alone: name no other WORKLOAD");
    if (target.target.starts_with("table") || target.target.starts_with("command"))
      return invalid_input("the target " + target.target + " computes no layers; tune a model on cpu or vta");
    // VTA computes in int8, without residuals and activations.
    const bool vta = target.target.starts_with("vta");
    TAMIS_ASSIGN(const std::vector<ModelTask> tasks,
                 model_tasks(arguments_.workloads.front(), arguments_.shapes, {.rich_epilogues = !vta}, vta));
    std::vector<SharedTask> all;
    std::vector<std::optional<size_t>> places;  // of the tasks of the model among those that are tuned
    for (const ModelTask& task : tasks) {
      places.emplace_back();
      const auto parts = places_of(task, places);
      if (task.parts && !parts) continue;
      const Result<SharedTask> bound =
          arguments_.exact ? bind_exact(target, task.spec, console_) : target.bind_one(task.spec, console_);
      if (!bound.ok() && bound.error().kind == ErrorKind::unsupported) {
        console_.note(fmt::format("tamis: not tuned, {} in the network: {}\n",
                                  counted(task.occurrences, "time"), bound.error().message));
        continue;
      }
      if (!bound.ok()) return bound.error();
      places.back() = all.size();
      all.push_back(*bound);
      occurrences_.push_back(task.occurrences);
      parts_.push_back(parts);
    }
    if (all.empty()) return invalid_input("the target " + target.target + " computes no task of this model");
    return all;
  }

  /// Says what of the files of --learn-from no workload learns from. The sets of the file `i` end before
  /// `ends[i]` of related_.
  void tell_useless(const std::vector<std::string>& files, const std::vector<size_t>& ends) const {
    std::vector<HistorySource> sources;
    for (size_t i = 0; i < files.size(); ++i) {
      const size_t begin = i == 0 ? 0 : ends[i - 1];
      sources.push_back({files[i], std::span(related_).subspan(begin, ends[i] - begin)});
    }
    std::vector<const Space*> spaces;
    for (const SharedTask& task : tasks_) spaces.push_back(&task->space());
    for (const std::string& sentence : find_useless(spaces, std::span(&options_.strategy, 1), sources))
      console_.note(fmt::format("tamis: {}\n", sentence));
  }

  /// Says once that the strategy passes over what is believed to be likely good.
  void tell_unheeded_hints() const {
    const bool hinted = std::any_of(tasks_.begin(), tasks_.end(),
                                    [](const SharedTask& task) { return !task->space().hints().empty(); });
    if (!hinted) return;
    const Result<StrategyChoice> choice = parse_strategy(options_.strategy);
    const Result<const StrategyKind*> kind =
        choice.ok() ? find_strategy(choice->name) : Result<const StrategyKind*>(choice.error());
    if (!kind.ok() || (*kind)->heeds_hints) return;
    console_.note(fmt::format("tamis: the strategy {} passes over what is likely good; tamis heeds it\n",
                              (*kind)->name));
  }

  /// Says of a default config that a constraint excludes which one is compared with instead.
  void tell_excluded_default(const Task& task) const {
    const std::optional<Config>& excluded = task.excluded_default();
    if (!excluded) return;
    const Space& space = task.space();
    const std::string constraint = excluded_by(space, *excluded);
    console_.note(
        fmt::format("tamis: {}: {} the default config ({}); the nearest that is allowed is the default in "
                    "its place ({})\n",
                    task.workload().name,
                    constraint.empty() ? "the space lacks" : fmt::format("`{}` excludes", constraint),
                    space.describe(*excluded), space.describe(task.default_config())));
  }

  Status tune_all(const std::stop_token& stop) {
    if (!occurrences_.empty()) return tune_model(stop);
    std::vector<WholeSuite> suites = whole_suites();
    for (const SharedTask& task : tasks_) {
      TAMIS_TRY(tune(task, stop));
      for (WholeSuite& suite : suites) TAMIS_TRY(suite.keep(report_.results.back()));
      if (stop.stop_requested()) break;
    }
    return {};
  }

  /// The suites of the arguments, for the log.
  std::vector<WholeSuite> whole_suites() {
    std::vector<WholeSuite> suites;
    if (!log_) return suites;
    for (const std::string& text : arguments_.workloads) {
      Result<Suite> suite = named_suite(text, tasks_.front()->workload().type);
      if (!suite.ok()) continue;
      const auto is_member = [&](const SharedTask& task) {
        return std::any_of(suite->workloads.begin(), suite->workloads.end(),
                           [&](const Workload& one) { return one.name == task->workload().name; });
      };
      const auto members = static_cast<uint64_t>(std::count_if(tasks_.begin(), tasks_.end(), is_member));
      if (members > 1) suites.emplace_back(*log_, std::move(*suite), members, arguments_.resume);
    }
    return suites;
  }

  /// All tasks under one budget.
  Status tune_model(const std::stop_token& stop) {
    std::vector<network::NetworkTask> tasks;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      TAMIS_ASSIGN(std::optional<Config> canary, arguments_.measuring.named_canary(tasks_[i]->space()));
      tasks.push_back({tasks_[i], occurrences_[i], std::move(canary), parts_[i]});
    }
    network::NetworkOptions options;
    options.session = options_;
    options.name = std::filesystem::path(arguments_.workloads.front()).stem().string();
    options.budget = options_.budget;
    options.transfer = !arguments_.no_transfer;
    options.scheduling = scheduling_;
    NetworkProgressDisplay display(screen_, is_quiet(),
                                   std::filesystem::path(arguments_.workloads.front()).filename(), tasks,
                                   options, stop);
    options.session.measure.recovery.event = [&](const DeviceEvent& event) { display.tell(event); };
    options.session.note = [&](const std::string& text) { display.note(text); };
    const auto result = network::tune_network(
        tasks, log_ ? &*log_ : nullptr, options,
        [&](const network::NetworkProgress& progress) { display.update(progress); }, stop);
    if (!result.ok()) {
      screen_.hide();
      return result.error();
    }
    display.end(*result);
    size_t missed = 0;
    for (const network::TunedTask& tuned : result->tasks) {
      if (!tuned.session) {
        // A pair whose parts are short is passed over.
        missed += tuned.of.parts ? 0 : 1;
        continue;
      }
      report_.results.push_back(*tuned.session);
      report_.occurrences.push_back(tuned.used);
    }
    if (missed > 0 && !stop.stop_requested())
      console_.note(fmt::format("tamis: the budget ended before {} tried; give more --trials or --time\n",
                                missed == 1 ? "1 task was" : fmt::format("{} tasks were", missed)));
    return {};
  }

  Status tune(const SharedTask& task, const std::stop_token& stop) {
    ProgressDisplay display(screen_, is_quiet(), tasks_, stop);
    SessionOptions options = options_;
    options.measure.recovery.event = [&](const DeviceEvent& event) { display.tell(event); };
    options.note = [&](const std::string& text) { display.note(text); };
    TAMIS_ASSIGN(options.measure.recovery.canary, arguments_.measuring.named_canary(task->space()));
    TAMIS_ASSIGN(options.asynchronous, is_asynchronous(*task));
    display.begin(*task, options);
    Result<SessionResult> result = run_session(
        task, log_ ? &*log_ : nullptr, options, [&](const Progress& progress) { display.update(progress); },
        stop);
    if (!result.ok()) {
      screen_.hide();
      return result.error();
    }
    if (arguments_.config.given()) result->default_trial.reset();  // it is no default to compare with
    display.end(*result);
    if (options_.keep_trials)
      related_.push_back(related_trials(task->workload().name, task->space(), std::move(result->trials)));
    report_.results.push_back(std::move(*result));
    return {};
  }

  /// Whether a workload is tuned without batches: as the user says, or as the session began that is to go on,
  /// or on a fleet, or where jobs would wait for one another and nothing is lost by it, as latencies differ
  /// anyway.
  Result<bool> is_asynchronous(const Task& task) const {
    if (arguments_.asynchronous || arguments_.deterministic || arguments_.batch)
      return arguments_.asynchronous;
    if (log_ && options_.resume) {
      TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log_->sessions());
      const auto newest = std::find_if(sessions.rbegin(), sessions.rend(), [&](const SessionRecord& session) {
        return session.workload.name == task.workload().name && session.target_spec == task.target().spec();
      });
      if (newest != sessions.rend()) return newest->batch == 0;
    }
    return arguments_.fleet.named() || (options_.measure.jobs > 1 && task.target().traits().latencies_vary);
  }

  bool all_found() const {
    for (const SessionResult& result : report_.results)
      if (!result.best) return false;
    return true;
  }

  bool is_quiet() const { return arguments_.quiet || arguments_.json; }

  /// What is said as soon as the user stops it.
  std::string stopping() const {
    return for_window(fmt::format("tamis: stopping: {}; Ctrl-C again ends at once",
                                  arguments_.fleet.named() ? "the trials under way are given up"
                                                           : "the trials under way come to their end")) +
           "\n";
  }

  /// On a terminal broken between words.
  std::string for_window(const std::string& sentence) const {
    return wrap_words(sentence, console_.live ? console_.window().columns : 0, 2);
  }

  /// What is said when it has stopped.
  std::string interruption() const {
    if (!log_) return "tamis: interrupted; nothing was kept, because of --log none\n";
    const std::string kept = fmt::format("tamis: interrupted; {} holds every finished trial", log_->path());
    if (console_.command_line.empty())
      return for_window(kept + ", and the same command with --resume goes on") + "\n";
    // The command stays whole, to be copied.
    return fmt::format("{}\n  {}\n", for_window(kept + ". Go on with:"),
                       resume_command(console_.command_line));
  }

  const TuneArguments& arguments_;
  const Console& console_;
  LiveScreen screen_;
  SessionOptions options_;
  std::vector<SharedTask> tasks_;
  std::vector<uint64_t> occurrences_;  // of the tasks of a model; empty where there is none
  std::vector<std::optional<std::array<size_t, 2>>> parts_;  // of the same tasks
  network::Scheduling scheduling_ = network::Scheduling::gradient;
  std::optional<Log> log_;
  std::vector<TrialSet> related_;  // from --learn-from, then of the workloads tuned before
  TuningReport report_;
};

}  // namespace

Action configure_tune(CLI::App& app) {
  auto arguments = std::make_shared<TuneArguments>();
  add_options(app, *arguments);
  return [arguments](const Console& console) { return TuneCommand(*arguments, console).run(); };
}

}  // namespace tamis::cli
