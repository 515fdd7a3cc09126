#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/check_library.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/named_files.h"
#include "log/stored_sessions.h"
#include "network/deploy/library_files.h"
#include "network/library/make_library.h"
#include "network/passes/simplify.h"
#include "process/stop_on_signal.h"
#include "targets/cpu/identity.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

using network::MadeLibrary;

struct CompileArguments {
  ModelArguments model;
  TargetArguments target;
  std::string log;
  std::string out;
  std::string name;
  bool exact = false;
  bool apart = false;
  bool check = false;
  std::optional<double> tolerance;
  std::string python = CheckOptions{}.python;
  std::vector<std::string> inputs;
  bool json = false;
};

/// What a run of the target's programs is made for: that of any task of it.
Result<cpu::RunConditions> conditions_of_target(const TargetArguments& arguments) {
  TAMIS_ASSIGN(const auto target, arguments.make());
  if (target->spec().substr(0, 3) != "cpu")
    return unsupported("a library is made for the target cpu; the tasks of a model are tuned for others too");
  TAMIS_ASSIGN(const std::vector<Workload> any, target->resolve("dense:n=1,ci=16,co=16"));
  TAMIS_ASSIGN(const SharedTask task, bind_task(target, any.front(), {}));
  return cpu::conditions_of(task->identity());
}

/// By the specs of their workloads.
using Configs = std::map<std::string, network::TunedConfig>;

/// So many of the fastest trials of a session are looked through for one that is exact.
constexpr size_t kMostLooked = 1000;

/// The fastest exact configs of the sessions of an identity.
Status add_exact_configs(const Log& log, const std::string& identity, Configs& configs) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  for (const SessionRecord& session : sessions) {
    if (session.target_identity != identity) continue;
    TAMIS_ASSIGN(const Space space, space_from_text(session.knobs));
    TAMIS_ASSIGN(const std::vector<Trial> trials, log.fastest(session.id, kMostLooked));
    const auto trial = std::find_if(trials.begin(), trials.end(),
                                    [&](const Trial& one) { return is_exact(space, one.config); });
    if (trial == trials.end()) continue;
    const auto [known, added] = configs.try_emplace(to_spec(session.workload));
    if (!added && known->second.latency_ns <= trial->cost()) continue;
    known->second = {space, trial->config, trial->cost()};
  }
  return {};
}

/// Errors: corrupt where the sessions of an identity have valid trials without a latency that can be: no
/// trial of the target `cpu` ever had one, and passing over them would leave their layers untuned in silence.
Status check_latencies(const Log& log, const std::string& path, const std::string& identity) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  for (const SessionRecord& session : sessions) {
    if (session.target_identity != identity) continue;
    TAMIS_ASSIGN(const uint64_t count, log.impossible(session.id));
    if (count > 0)
      return corrupt(
          fmt::format("{}: {} of session {} {} valid, but without a latency above 0; the log is "
                      "damaged",
                      path, counted(count, "trial"), session.id, count == 1 ? "is" : "are"));
  }
  return {};
}

/// The best configs that a log has for these conditions.
Result<Configs> tuned_configs(const std::string& path, const cpu::RunConditions& conditions, bool exact) {
  Configs configs;
  if (path.empty()) return configs;
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(std::vector<BestRow> rows, find_best(log, {}));
  const std::string identity = to_string(cpu::identity_of(conditions));
  TAMIS_TRY(check_latencies(log, path, identity));
  size_t others = 0;
  for (BestRow& row : rows) {
    if (row.session.target_identity != identity) {
      ++others;
      continue;
    }
    network::TunedConfig config{std::move(row.space), std::move(row.trial.config), row.trial.cost()};
    if (!exact) configs.emplace(to_spec(row.session.workload), std::move(config));
  }
  if (exact) TAMIS_TRY(add_exact_configs(log, identity, configs));
  if (configs.empty() && others > 0)
    return not_found(fmt::format(
        "{} has {} for other conditions only: the processor, --threads and --caches must be those of its "
        "sessions ({})",
        path, counted(others, "workload"), identity));
  return configs;
}

std::string megabytes(int64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

/// What became of depthwise layers with a pointwise one behind them; empty where there are none.
std::string pair_line(const network::PairChoice& pairs) {
  if (pairs.offered == 0) return "";
  return fmt::format(
      "pairs: {} of {} of depthwise and pointwise layers fused, {:.3f} ms less than apart; {} tuned\n",
      pairs.fused.size(), counted(pairs.offered, "pair"), pairs.saved_ns / 1e6, pairs.tuned);
}

std::string describe(const MadeLibrary& made, const CompileArguments& arguments) {
  const network::Library& library = made.library;
  const network::LibraryReport& report = made.report;
  std::string text =
      fmt::format("{}: {} of {}, for {} on {}\n", library.name, counted(library.steps.size(), "step"),
                  counted(library.kernels.size(), "kernel"), library.processor,
                  counted(static_cast<size_t>(library.threads), "thread"));
  text += fmt::format("layers: {} tuned, {:.3f} ms together; {} to another order, {} without code\n",
                      report.tuned, report.layouts.layers_ns / 1e6, counted(report.conversions, "conversion"),
                      counted(report.views, "view"));
  text +=
      fmt::format("memory: {} for an instance ({} without sharing, at least {}), {} of weights\n",
                  megabytes(library.arena_bytes), megabytes(library.unshared_bytes),
                  megabytes(library.least_bytes), megabytes(static_cast<int64_t>(library.weights.size())));
  text += pair_line(report.pairs);
  for (const std::string& input : report.left_out_inputs)
    text += fmt::format("left out: the input {}, on which no output depends\n", input);
  for (const std::string& spec : report.untuned)
    text += fmt::format("not tuned, and so with the default config: {}\n", spec);
  return text +
         fmt::format("written to {}: {}.h, {}.c, {}.weights and a CMake package; `tamis run {}` runs it\n",
                     arguments.out, library.name, library.name, library.name, arguments.out);
}

Json to_json(const MadeLibrary& made, const CompileArguments& arguments) {
  const network::Library& library = made.library;
  const network::LibraryReport& report = made.report;
  return {{"name", library.name},
          {"out", arguments.out},
          {"processor", library.processor},
          {"threads", library.threads},
          {"steps", library.steps.size()},
          {"kernels", library.kernels.size()},
          {"tuned_layers", report.tuned},
          {"tuned_ms", report.layouts.layers_ns / 1e6},
          {"untuned", report.untuned},
          {"pairs",
           {{"offered", report.pairs.offered},
            {"tuned", report.pairs.tuned},
            {"fused", report.pairs.fused.size()},
            {"saved_ms", report.pairs.saved_ns / 1e6}}},
          {"left_out_inputs", report.left_out_inputs},
          {"conversions", report.conversions},
          {"views", report.views},
          {"arena_bytes", library.arena_bytes},
          {"unshared_bytes", library.unshared_bytes},
          {"least_bytes", library.least_bytes},
          {"weights_bytes", library.weights.size()}};
}

/// In which layers are computed that were not tuned: `--layout`.
Result<Layout> layout_of_untuned(const TargetArguments& arguments) {
  const auto given = arguments.settings.find("layout");
  if (given == arguments.settings.end()) return network::LibraryOptions{}.untuned_layout;
  TAMIS_ASSIGN(const Layout layout, parse_layout(given->second));
  if (layout == Layout::nchw16c)
    return unsupported("values between layers lie in nchw or nhwc; nchw16c is a layout of single kernels");
  return layout;
}

Result<MadeLibrary> make(const CompileArguments& arguments) {
  TAMIS_ASSIGN(const cpu::RunConditions conditions, conditions_of_target(arguments.target));
  TAMIS_ASSIGN(const Configs configs, tuned_configs(arguments.log, conditions, arguments.exact));
  TAMIS_ASSIGN(const network::Model model, arguments.model.read());
  TAMIS_ASSIGN(const network::ResolveOptions known, arguments.model.options());
  TAMIS_ASSIGN(const ReadyNetwork ready, make_ready(model, known));
  TAMIS_TRY(network::without_faults(ready.network));
  TAMIS_ASSIGN(const std::vector<network::Layer> layers, network::layers_of(ready.network));
  const std::filesystem::path path(arguments.model.path);
  network::LibraryOptions options;
  options.name = arguments.name.empty() ? c_identifier(path.stem().string()) : arguments.name;
  if (arguments.name.empty() && !network::is_library_name(options.name)) options.name += "_network";
  options.model = path.filename().string();
  options.machine = conditions.machine;
  options.threads = conditions.threads;
  if (arguments.exact) options.allows = is_exact;
  options.fuse_pairs = !arguments.apart;
  TAMIS_ASSIGN(options.untuned_layout, layout_of_untuned(arguments.target));
  options.find_config = [&configs](const Workload& workload) -> std::optional<network::TunedConfig> {
    const auto found = configs.find(to_spec(workload));
    return found == configs.end() ? std::nullopt : std::optional(found->second);
  };
  TAMIS_ASSIGN(MadeLibrary made, network::make_library(ready.network, layers, options));
  made.report.halves = ready.simplified.halves;
  return made;
}

/// Compares what was written with onnxruntime, which rounds what lies between operators of float16.
Result<CheckReport> check(const CompileArguments& arguments, const MadeLibrary& made,
                          const std::stop_token& stop) {
  TAMIS_ASSIGN(const auto library, network::LoadedLibrary::open(arguments.out));
  CheckOptions options;
  options.model = arguments.model.path;
  options.python = arguments.python;
  const double usual = made.report.halves > 0 ? kToleranceOfHalves : options.tolerance;
  options.tolerance = arguments.tolerance.value_or(usual);
  options.stop = stop;
  std::vector<std::string_view> names;
  for (const network::LibraryPort& port : library->library().inputs) names.push_back(port.name);
  TAMIS_ASSIGN(options.inputs, read_inputs(arguments.inputs, names));
  return check_library(*library, options);
}

Result<int> run_compile(CompileArguments arguments, const Console& console) {
  set_for_network(arguments.target);
  if (!arguments.target.constraints.empty())
    return invalid_input(
        "--constraint is of spaces that are searched: give it to `tamis tune`, whose log this takes");
  TAMIS_ASSIGN(const MadeLibrary made, make(arguments));
  // An interruption leaves no half of a library, and no temporary files.
  const StopOnSignal signals;
  TAMIS_TRY(network::write_library(made.library, arguments.out));
  std::optional<CheckReport> checked;
  if (arguments.check && !signals.token().stop_requested()) {
    Result<CheckReport> report = check(arguments, made, signals.token());
    if (!report.ok() && !signals.token().stop_requested()) return report.error();
    if (report.ok()) checked = *std::move(report);
  }
  if (signals.token().stop_requested()) return kInterrupted;
  const int code = !checked || checked->passed() ? kDone : kNothingValid;
  if (!arguments.json)
    return finish(console, describe(made, arguments) + (checked ? draw_check(*checked) : ""), code);
  Json json = to_json(made, arguments);
  if (checked) json["check"] = check_json(*checked);
  return finish(console, json.dump(2) + "\n", code);
}

}  // namespace

Action configure_compile(CLI::App& app) {
  auto arguments = std::make_shared<CompileArguments>();
  arguments->model.add_to(app);
  arguments->target.target = "cpu";
  arguments->target.add_to(app);
  app.add_option("--log", arguments->log,
                 "take the best configs of this log, which `tamis tune MODEL --log` wrote; without it all "
                 "layers have the default config")
      ->check(not_empty());
  app.add_option("--out", arguments->out, "directory for the library")->required()->check(not_empty());
  app.add_option("--name", arguments->name,
                 "what the functions in C begin with; made of the file's name if not given")
      ->check(not_empty());
  add_exact(app, arguments->exact);
  app.add_flag(
      "--apart", arguments->apart,
      "leave depthwise and pointwise layers apart, also where the log has a faster program for both");
  CLI::Option* check =
      app.add_flag("--check", arguments->check,
                   "compare the library with onnxruntime, of a Python that has it, with and without its "
                   "optimisations; exit code 1 where an output differs by more than the tolerance from that "
                   "without, and by more than onnxruntime differs from itself");
  app.add_option("--tolerance", arguments->tolerance,
                 "with --check: in units of the largest number of an output (default: 1e-4, of models of "
                 "float16 or bfloat16 1e-2)")
      ->needs(check)
      ->check(positive_number());
  app.add_option("--python", arguments->python, "with --check: the Python that has onnxruntime")
      ->needs(check)
      ->check(not_empty())
      ->capture_default_str();
  app.add_option("--input", arguments->inputs,
                 "with --check: an input, `NAME=FILE.npy`; those that are not given are filled with numbers")
      ->needs(check)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_compile(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
