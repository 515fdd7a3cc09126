#include "cli/arguments.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/inputs.h"
#include "space/file/space_file.h"
#include "tamis/strategies.h"
#include "targets/gpu/gpu_target.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {

Result<std::optional<uint64_t>> parse_trials(const std::string& text) {
  if (text == "all") return std::optional<uint64_t>();
  const std::optional<int64_t> number = parse_integer(text);
  if (!number || *number < 1)
    return invalid_input(fmt::format("--trials must be a number of at least 1 or `all`, found \"{}\"", text));
  return std::optional<uint64_t>(static_cast<uint64_t>(*number));
}

namespace {

void tell_notes(const Task& task, const std::string& source, const Console& console) {
  for (const std::string& note : task.notes()) console.note(fmt::format("tamis: {}: {}\n", source, note));
}

}  // namespace

Result<Verdict> named_verdict(const std::string& word) {
  Result<Verdict> verdict = parse_verdict(word);
  if (verdict.ok()) return verdict;
  std::vector<std::string_view> known;
  known.reserve(kVerdicts.size());
  for (const Verdict one : kVerdicts) known.push_back(to_string(one));
  return invalid_input(fmt::format("there is no verdict \"{}\"{}", word, did_you_mean(word, known)));
}

CLI::Validator whole_number(uint64_t least, uint64_t most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    // CLI11 would take a zero before others for the mark of an octal number.
    const bool digits = !text.empty() && stop == end && (text.front() != '0' || text.size() == 1);
    if (digits && (error == std::errc::result_out_of_range || number > most))
      return fmt::format("it must be at most {}, found {}", most, text);
    if (!digits || number < least)
      return fmt::format("it must be a whole number of at least {}, found \"{}\"", least, text);
    return {};
  };
  return {check, least == 0 ? "NONNEGATIVE" : "POSITIVE"};
}

CLI::Validator positive_number() {
  const auto check = [](const std::string& text) -> std::string {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (stop == end && error == std::errc() && std::isfinite(number) && number > 0) return {};
    return fmt::format("it must be a finite number above 0, found \"{}\"", text);
  };
  return {check, "POSITIVE"};
}

CLI::Validator not_empty() {
  return {[](const std::string& text) -> std::string {
            return text.empty() ? "it is empty; give it a value or leave it out" : "";
          },
          ""};
}

CLI::Validator not_none() {
  return {[](const std::string& text) -> std::string {
            if (text != "none") return "";
            return "`none` means no log, and this writes one; name a file (./none for one of this name)";
          },
          ""};
}

void add_json(CLI::App& app, bool& json) {
  app.add_flag("--json", json, "one JSON document on standard output");
}

CLI::Option* add_names(CLI::App& app, const std::string& flag, std::vector<std::string>& names,
                       const std::string& description) {
  return app.add_option(flag, names, description)
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void add_constraints(CLI::App& app, std::vector<std::string>& constraints) {
  app.add_option("--constraint", constraints,
                 "leave out configs for which this formula over the knobs is false: 'tile_h * tile_w <= 64'; "
                 "may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void ObjectiveArgument::add_to(CLI::App& app) {
  app.add_option(
      "--objective", text,
      "what the files' costs are, NAME[:UNIT][:min|max], where a file leaves it open or another of "
      "its measurements is meant: energy:J, GFLOP/s, score:max, time:ms");
}

Result<ReadOptions> ObjectiveArgument::options() const {
  ReadOptions options;
  if (text.empty()) return options;
  auto objective = parse_objective_request(text);
  if (!objective.ok()) return objective.error().within("--objective");
  options.objective = std::move(*objective);
  return options;
}

void CostArgument::add_to(CLI::App& app) {
  app.add_option("--cost", text,
                 "invalid=X: what an invalid trial costs in units of a valid one, 0 (free) to 10; or "
                 "invalid=auto: as their times tell, where latencies vary or times are recorded (auto)");
}

namespace {

/// X of `invalid=X`.
Result<std::string> invalid_cost(const std::string& text) {
  constexpr std::string_view kPrefix = "invalid=";
  const std::string value = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : "";
  const auto number = parse_number(value);
  if (value == "auto" || (number && *number >= 0 && *number <= 10)) return value;
  return invalid_input(fmt::format(
      "--cost {}: write invalid=X with what an invalid trial costs in units of a valid one, from 0 (free) to "
      "10, or invalid=auto",
      text));
}

}  // namespace

Result<std::vector<std::string>> CostArgument::apply(const std::vector<std::string>& strategies,
                                                     const Console& console) const {
  if (text.empty()) return strategies;
  TAMIS_ASSIGN(const std::string value, invalid_cost(text));
  std::vector<std::string> told;
  std::vector<std::string> others;
  for (const std::string& strategy : strategies) {
    TAMIS_ASSIGN(StrategyChoice choice, split_strategy(strategy));
    TAMIS_ASSIGN(const StrategyKind* kind, find_strategy(choice.name));
    const bool heeds =
        std::any_of(kind->options.begin(), kind->options.end(),
                    [](const StrategyOption& option) { return option.name == kInvalidCostOption; });
    if (!heeds) {
      others.push_back(choice.name);
    } else if (!choice.options.emplace(kInvalidCostOption, value).second) {
      return invalid_input(fmt::format("--cost {}: the strategy {} names {} as well; give one of them", text,
                                       strategy, kInvalidCostOption));
    }
    TAMIS_ASSIGN(const StrategyChoice checked, parse_strategy(to_string(choice)));
    told.push_back(to_string(checked));
  }
  if (!others.empty())
    console.note(fmt::format("tamis: --cost passes over the strateg{} {}; tamis heeds it\n",
                             others.size() == 1 ? "y" : "ies", fmt::join(others, ", ")));
  return told;
}

void TargetArguments::add_to(CLI::App& app) {
  flag_ =
      app.add_option(
             "--target", target,
             "vta, vta:chisel, vta:hls or vta:fsim, vta:FILE with a vta_config.json, cpu, cpu:mcpu=NAME, "
             "opencl, opencl:DEVICE, whose workloads are kernel files, table, whose workloads are recorded "
             "tables, or command, whose workloads are space files")
          ->capture_default_str();
  std::map<std::string, CLI::Option*> flags;
  for (const TargetKind& kind : target_kinds())
    for (const SettingKind& setting : kind.settings) {
      CLI::Option*& flag = flags[setting.name];
      // Targets may share a setting, which is one flag then.
      if (flag != nullptr) {
        flag->group(flag->get_group() + ", " + kind.name);
        continue;
      }
      const std::string by_default =
          setting.default_value.empty() ? "" : fmt::format(" ({})", setting.default_value);
      flag = app.add_option_function<std::string>(
                    "--" + setting.name,
                    [this, name = setting.name](const std::string& value) { settings[name] = value; },
                    setting.description + by_default)
                 ->check(not_empty())
                 ->group("Target " + kind.name);
    }
  add_constraints(app, constraints);
}

Result<std::vector<SharedTask>> TargetArguments::bind(const std::vector<std::string>& texts,
                                                      const Console& console) const {
  TAMIS_ASSIGN(const std::shared_ptr<const Target> made, make());
  std::vector<std::string> meant = texts;
  if (target == "table") {
    TAMIS_ASSIGN(meant, expand_inputs(texts, Logs::pass_over, console));
  }
  std::vector<SharedTask> tasks;
  for (const std::string& text : meant) {
    TAMIS_ASSIGN(const std::vector<Workload> workloads, made->resolve(text));
    for (const Workload& workload : workloads) {
      TAMIS_ASSIGN(SharedTask task, bind_task(made, workload, bind_options()));
      tell_notes(*task, text, console);
      tasks.push_back(std::move(task));
    }
  }
  return tasks;
}

Result<SharedTask> TargetArguments::bind_one(const std::string& text, const Console& console) const {
  TAMIS_ASSIGN(const std::shared_ptr<const Target> made, make());
  TAMIS_ASSIGN(const std::vector<Workload> workloads, made->resolve(text));
  if (workloads.size() != 1)
    return invalid_input(fmt::format("{} has {} workloads; name one of them, such as {}", text,
                                     workloads.size(), workloads.front().name));
  TAMIS_ASSIGN(SharedTask task, bind_task(made, workloads.front(), bind_options()));
  tell_notes(*task, text, console);
  return task;
}

Status TargetArguments::check_space_file(const std::string& workload) const {
  const std::string kind = target.substr(0, target.find(':'));
  if (!named() || kind == "command" || kind == "opencl" || kind == "cuda" || !read_space_text(workload))
    return {};
  return invalid_input(fmt::format(
      "{} is a space file, which the target command takes and {} does not; write --target command, "
      "or leave out --target {}",
      workload, target, target));
}

void ConfigArguments::add_to(CLI::App& app, const std::string& verb) {
  app.add_option("--index", index, verb + " the config of this index")
      ->check(whole_number(0, std::numeric_limits<int64_t>::max()));
  app.add_option("--config", knobs,
                 verb + " the config with these knobs: tile_h=8 tile_w=56; the others at their first value");
}

Result<Config> ConfigArguments::choose(const Space& space) const {
  if (index < 0) return space.parse(knobs);
  if (!knobs.empty()) return invalid_input("--index and --config exclude each other");
  if (!space.countable())
    return invalid_input(
        fmt::format("--index: the space has {} configs, too many to be numbered; name the values with "
                    "--config KNOB=VALUE",
                    size_text(space)));
  if (static_cast<uint64_t>(index) >= space.size())
    return invalid_input(fmt::format("there is no config {}; the space has {}", index, space.size()));
  return space.config(static_cast<uint64_t>(index));
}

Result<std::string> TargetArguments::implied_by(const std::string& text, const std::string& path) const {
  // Whoever says how a config is run wants the program of the user's, not the kernel.
  if (settings.contains("run") || settings.contains("serve") || settings.contains("program"))
    return std::string("command");
  TAMIS_ASSIGN(const std::optional<std::string> kind, gpu::target_of_kernel_file(text, path));
  return kind.value_or(std::string("command"));
}

std::optional<std::string> read_space_text(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  Result<std::string> text = read_file(path);
  if (!text.ok() || !looks_like_space(*text)) return std::nullopt;
  return std::move(*text);
}

std::string excluded_by(const Space& space, const Config& config) {
  for (const Constraint& constraint : space.constraints())
    if (!constraint.holds(space, config)) return constraint.text;
  return {};
}

}  // namespace tamis::cli
