#include "base/json.h"
#include "base/not_finite.h"
#include "process/exit_status.h"
#include "process/run_to_end.h"
#include "process/scratch.h"
#include "targets/command/outcome.h"
#include "targets/command/placeholders.h"
#include "targets/command/runner.h"
#include "trial/inferred.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>

namespace tamis::command {
namespace {

/// A command whose placeholders are known.
class CommandLine {
 public:
  static Result<CommandLine> create(const CommandText& text, const Space& space, const char* key) {
    CommandLine line;
    line.shell_ = text.shell;
    for (const std::string& word : text.words) {
      TAMIS_ASSIGN(TextTemplate part, TextTemplate::parse(word, space.knobs(), fmt::format("\"{}\"", key)));
      line.words_.push_back(std::move(part));
    }
    return line;
  }

  std::vector<std::string> arguments(const Space& space, const Config& config,
                                     const PlaceholderValues& values) const {
    if (shell_) return shell_command(words_.front().fill(space, config, values, true));
    std::vector<std::string> arguments;
    for (const TextTemplate& word : words_) arguments.push_back(word.fill(space, config, values));
    return arguments;
  }

 private:
  std::vector<TextTemplate> words_;
  bool shell_ = true;
};

/// A config that was built: its files, if any.
struct OneShotArtifact final : Artifact {
  Config config;
  std::unique_ptr<Scratch> scratch;
};

/// How a program ended, when not well; nothing for exit status 0.
std::optional<std::string> failure_of(const Finished& finished) {
  if (WIFEXITED(finished.status) && WEXITSTATUS(finished.status) == 0) return std::nullopt;
  const std::string said = tail_of_output(finished.errors.empty() ? finished.output : finished.errors);
  const std::string how = describe_status(finished.status);
  return said.empty() ? how : fmt::format("{}; it last wrote: {}", how, said);
}

bool died_by_signal(const Finished& finished) { return signal_of_status(finished.status) > 0; }

/// The last line that is not empty.
std::string_view last_line(std::string_view output) {
  const size_t end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  output = output.substr(0, end + 1);
  const size_t begin = output.rfind('\n');
  return begin == std::string_view::npos ? output : output.substr(begin + 1);
}

class OneShotRunner final : public Runner {
 public:
  static Result<std::unique_ptr<Runner>> create(const RunnerOptions& options) {
    auto runner = std::make_unique<OneShotRunner>(options);
    const Space& space = runner->options_.space;
    if (options.program.build) {
      TAMIS_ASSIGN(runner->build_, CommandLine::create(*options.program.build, space, "build"));
    }
    TAMIS_ASSIGN(runner->run_, CommandLine::create(*options.program.run, space, "run"));
    for (const auto& [name, value] : options.program.environment) {
      TAMIS_ASSIGN(TextTemplate text, TextTemplate::parse(value, space.knobs(), "\"environment\""));
      runner->environment_.emplace_back(name, std::move(text));
    }
    TAMIS_ASSIGN(runner->root_, ScratchRoot::create());
    return std::unique_ptr<Runner>(std::move(runner));
  }
  explicit OneShotRunner(const RunnerOptions& options) : options_(options) {}

  BuildOutcome build(const Config& config) override {
    auto artifact = std::make_shared<OneShotArtifact>();
    artifact->config = config;
    Result<std::unique_ptr<Scratch>> scratch = root_->make();
    if (!scratch.ok()) return {Verdict::build_failed, scratch.error().message, {}, nullptr};
    artifact->scratch = std::move(*scratch);
    if (!build_) return {Verdict::valid, {}, {}, std::move(artifact)};
    const Result<Finished> finished = start(*build_, *artifact, kNever);
    if (!finished.ok()) return {Verdict::build_failed, finished.error().message, {}, nullptr};
    std::optional<std::string> failure = failure_of(*finished);
    if (!failure) return {Verdict::valid, {}, {}, std::move(artifact)};
    // A verdict that only a run can have says no more of a build than that it failed.
    const Verdict meaning = declared_meaning(*finished).value_or(Verdict::build_failed);
    return {reaches_device(meaning) ? Verdict::build_failed : meaning, std::move(*failure), {}, nullptr};
  }

  RunOutcome run(const Artifact& made, const RunOptions& options) override {
    const auto& artifact = static_cast<const OneShotArtifact&>(made);
    const Deadline deadline = deadline_after(options.deadline);
    RunOutcome all;
    for (int repetition = 0; repetition < options_.program.repeat; ++repetition) {
      const Result<Finished> finished = start(*run_, artifact, deadline);
      // A program that cannot be started is not the config's fault.
      if (!finished.ok()) return {Verdict::device_lost, finished.error().message, {}, {}, {}};
      RunOutcome one = judge(*finished, options.deadline);
      if (one.verdict != Verdict::valid) return one;
      one.costs.insert(one.costs.begin(), all.costs.begin(), all.costs.end());
      all = std::move(one);
    }
    return all;
  }

 private:
  Result<Finished> start(const CommandLine& command, const OneShotArtifact& artifact,
                         Deadline deadline) const {
    const PlaceholderValues values{artifact.scratch->path(), options_.device};
    SpawnOptions spawn;
    spawn.arguments = command.arguments(options_.space, artifact.config, values);
    spawn.directory = options_.program.directory;
    spawn.environment = {{"TAMIS_CONFIG", config_to_json(options_.space, artifact.config)
                                              .dump(-1, ' ', false, Json::error_handler_t::replace)},
                         {"TAMIS_SCRATCH", values.scratch},
                         {"TAMIS_DEVICE", values.device}};
    for (const auto& [name, text] : environment_)
      spawn.environment.emplace_back(name, text.fill(options_.space, artifact.config, values));
    RunLimits limits;
    limits.deadline = deadline;
    return run_to_end(spawn, limits);
  }

  /// What the user said that this exit status, or something in this output, means.
  std::optional<Verdict> declared_meaning(const Finished& finished) const {
    for (const auto& [pattern, verdict] : options_.program.messages)
      if (pattern.matches(finished.errors) || pattern.matches(finished.output)) return verdict;
    for (const auto& [code, verdict] : options_.program.exit_codes)
      if (WIFEXITED(finished.status) && WEXITSTATUS(finished.status) == code) return verdict;
    return std::nullopt;
  }

  RunOutcome judge(const Finished& finished, std::chrono::milliseconds deadline) const {
    if (finished.timed_out)
      return {Verdict::run_timeout,
              fmt::format("running took longer than {} ms and was killed", deadline.count()),
              {},
              {},
              {}};
    std::optional<std::string> failure = failure_of(finished);
    if (const std::optional<Verdict> meaning = declared_meaning(finished))
      return {*meaning,
              failure.value_or(tail_of_output(finished.errors.empty() ? finished.output : finished.errors)),
              {},
              {},
              {}};
    if (options_.program.latency->source != LatencyRule::Source::json)
      return failure ? failed(finished, std::move(*failure)) : timed(finished);
    Result<RunOutcome> said = outcome_line(finished);
    // A program that says why it fails knows more than its exit status.
    if (said.ok() && (!failure || (said->verdict != Verdict::valid && !died_by_signal(finished))))
      return std::move(*said);
    return failed(finished, failure ? *failure : said.error().message);
  }

  static RunOutcome failed(const Finished& finished, std::string message) {
    return {
        died_by_signal(finished) ? Verdict::crashed : Verdict::run_failed, std::move(message), {}, {}, {}};
  }

  /// What the last line of the output says.
  Result<RunOutcome> outcome_line(const Finished& finished) const {
    const std::string origin = "the last line of standard output";
    TAMIS_ASSIGN(const Json json, parse_python_json(last_line(finished.output), origin));
    return read_outcome(json, origin, options_.objective);
  }

  RunOutcome timed(const Finished& finished) const {
    if (options_.program.latency->source == LatencyRule::Source::wall)
      return {Verdict::valid, {}, {static_cast<double>(finished.wall_ns)}, {}, {}};
    Result<std::vector<double>> samples =
        find_costs(*options_.program.latency, finished.output, options_.objective);
    if (!samples.ok()) return {Verdict::run_failed, samples.error().message, {}, {}, {}};
    return {Verdict::valid, {}, std::move(*samples), {}, {}};
  }

  RunnerOptions options_;
  std::optional<CommandLine> build_, run_;
  std::vector<std::pair<std::string, TextTemplate>> environment_;
  std::shared_ptr<ScratchRoot> root_;
};

}  // namespace

Json config_to_json(const Space& space, const Config& config) {
  Json json = Json::object();
  for (size_t i = 0; i < space.knobs().size(); ++i)
    json[space.knobs()[i].name] = to_json(space.value(config, i));
  return json;
}

Result<std::unique_ptr<Runner>> make_one_shot_runner(const RunnerOptions& options) {
  return OneShotRunner::create(options);
}

}  // namespace tamis::command
