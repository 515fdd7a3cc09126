#include "measure/attempt.h"

#include "tamis/measurer.h"
#include "task/outcome_of.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Takes out the features that no trial may have. A valid outcome becomes one of the verdict `failure`, whose
/// message blames `who`; one that is invalid already keeps its own reason.
template <class Outcome>
void refuse_features(Outcome& outcome, Verdict failure, const char* who) {
  const Status checked = check_features(outcome.features);
  if (checked.ok()) return;
  std::erase_if(outcome.features.values,
                [](const auto& feature) { return feature.first.empty() || !std::isfinite(feature.second); });
  if (outcome.verdict != Verdict::valid) return;
  outcome.verdict = failure;
  outcome.message = fmt::format("{} reported: {}", who, checked.error().message);
}

/// Turns what a target must not return into a verdict with a message that blames the target.
void refuse_contradictions(BuildOutcome& built) {
  refuse_features(built, Verdict::build_failed, "the target");
  if (built.verdict != Verdict::valid || built.artifact != nullptr) return;
  built.verdict = Verdict::build_failed;
  built.message = "the target reported a successful build without a program";
}

void refuse_contradictions(RunOutcome& ran, const Objective& objective) {
  refuse_features(ran, Verdict::run_failed, "the device");
  if (ran.verdict != Verdict::valid) return;
  std::string fault = ran.costs.empty() ? "the device reported no " + objective.name : "";
  for (const double cost : ran.costs)
    if (const Status checked = objective.check(cost); fault.empty() && !checked.ok())
      fault = fmt::format("the device reported: {}", checked.error().message);
  if (fault.empty()) return;
  ran.verdict = Verdict::run_failed;
  ran.message = std::move(fault);
}

void take(Trial& trial, RunOutcome ran, const Task& task, const WorkloadData& data) {
  refuse_contradictions(ran, task.objective());
  trial.verdict = ran.verdict;
  trial.message = std::move(ran.message);
  // A device that went away says nothing of the config, so it does not count as a measurement of it; nor does
  // a program that builds only when it is run, and fails to.
  trial.measured = ran.verdict != Verdict::device_lost && reaches_device(ran.verdict);
  std::move(ran.features.values.begin(), ran.features.values.end(),
            std::back_inserter(trial.features.values));
  if (trial.verdict != Verdict::valid) return;
  if (!ran.output.empty()) {
    if (auto difference = find_difference(task.workload(), data, ran.output)) {
      trial.verdict = Verdict::wrong_result;
      trial.message = std::move(*difference);
      return;
    }
  }
  trial.message.clear();
  trial.costs = std::move(ran.costs);
}

}  // namespace

std::optional<uint64_t> same_code(const MeasureRequest& request, const std::string& code_hash) {
  const Trial* known = request.known == nullptr ? nullptr : request.known->find(code_hash);
  return known == nullptr ? std::nullopt : std::optional(known->number);
}

void take_over(Trial& trial, const Trial& earlier) {
  trial.same_code_as = earlier.number;
  trial.verdict = earlier.verdict;
  trial.message = earlier.message;
  trial.measured = earlier.measured;
  trial.costs = earlier.costs;
  trial.device = earlier.device;
  const Features built = trial.features;
  for (const auto& feature : earlier.features.values)
    if (!built.has(feature.first)) trial.features.values.push_back(feature);
}

void AttemptClock::enter(Phase next) {
  if (next == Phase::launching && phase_ == Phase::building) phase_ = next;
  if (next != Phase::running || phase_ == Phase::running) return;
  const int64_t now = monotonic_ns();
  build_ns_ = now - phase_begin_ns_;
  phase_begin_ns_ = now;
  phase_ = next;
}

void AttemptClock::finish(Trial& trial, const std::string& device) const {
  const int64_t elapsed = monotonic_ns() - phase_begin_ns_;
  const bool ran = phase_ == Phase::running;
  trial.build_ns = ran ? build_ns_ : elapsed;
  trial.run_ns = ran ? elapsed : 0;
  if (ran) trial.device = device;
  trial.finished_unix_ms = unix_ms();
}

namespace {

/// Runs a program that was built, and tells the hooks how far it is. Errors: those of AttemptHooks::alone.
Result<RunOutcome> run(const Task& task, Device& device, const WorkloadData& data, const Artifact& artifact,
                       const RunOptions& options, const AttemptHooks& hooks, AttemptClock& clock) {
  const auto begin = [&] {
    if (clock.phase() == Phase::running) return;
    hooks.announce(Phase::running);
    clock.enter(Phase::running);
  };
  const auto begin_first = [&] {
    if (clock.phase() != Phase::building) return;
    hooks.announce(Phase::launching);
    clock.enter(Phase::launching);
  };
  Status alone;
  RunOptions told = options;
  told.begun = begin;
  told.launching = begin_first;
  if (hooks.alone)
    told.alone = [&] {
      const int64_t asked_ns = monotonic_ns();
      alone = hooks.alone();
      clock.leave_out(monotonic_ns() - asked_ns);
      return alone;
    };
  // What is compared with is made once, by whichever config comes first, and is no part of its build.
  std::optional<int64_t> referring_ns;
  told.referring = [&](size_t number) {
    if (!referring_ns) referring_ns = monotonic_ns();
    if (hooks.referring) hooks.referring(number);
  };
  told.referred = [&](const std::string& notice) {
    if (referring_ns) clock.leave_out(monotonic_ns() - *referring_ns);
    referring_ns.reset();
    if (hooks.referred) hooks.referred(notice);
  };
  if (!task.target().traits().builds_late) begin();
  RunOutcome ran = outcome_of(Verdict::run_failed, [&] { return device.run(artifact, data, told); });
  if (!alone.ok()) return alone.error();
  if (reaches_device(ran.verdict)) begin();  // a launch that was refused reached the device, too
  return ran;
}

}  // namespace

namespace {

/// What building or loading gives, and what its trial has of that.
template <class Call>
Built built_by(const Call& call) {
  Built built;
  BuildOutcome outcome = outcome_of(Verdict::build_failed, [&] {
    BuildOutcome made = call();
    if (made.artifact != nullptr) built.trial.code_hash = made.artifact->code_hash();
    return made;
  });
  refuse_contradictions(outcome);
  built.trial.verdict = outcome.verdict;
  built.trial.features = std::move(outcome.features);
  if (outcome.verdict == Verdict::valid) built.artifact = std::move(outcome.artifact);
  if (outcome.verdict != Verdict::valid) built.trial.message = std::move(outcome.message);
  built.took_ns = outcome.took_ns;
  return built;
}

/// Puts a program that was built into `keep`, which stays empty where it is too long to travel.
Status keep_program(const Task& task, const Config& config, const Artifact& artifact, Trial& trial,
                    std::string& keep) {
  TAMIS_ASSIGN(std::string program, task.save(config, artifact));
  if (program.size() <= kMostProgramBytes) {
    keep = std::move(program);
    return {};
  }
  trial.verdict = Verdict::resource_exceeded;
  trial.message = fmt::format("the program has {} bytes, and may have {} to be sent to where it runs",
                              program.size(), kMostProgramBytes);
  return {};
}

}  // namespace

Built build_half(const Task& task, const Config& config) {
  return built_by([&] { return task.build(config); });
}

Result<Built> load_half(const Task& task, const Config& config, std::string_view program) {
  TAMIS_ASSIGN(BuildOutcome outcome, task.load(config, program));
  return built_by([&] { return std::move(outcome); });
}

Result<Trial> run_half(const Task& task, Device& device, const WorkloadData& data, Built built,
                       const RunOptions& options, const AttemptHooks& hooks, AttemptClock& clock) {
  Trial trial = std::move(built.trial);
  std::optional<int64_t> run_took;
  if (built.artifact != nullptr && hooks.find_same && !trial.code_hash.empty()) {
    TAMIS_ASSIGN(trial.same_code_as, hooks.find_same(trial.code_hash));
  }
  if (built.artifact != nullptr && !trial.same_code_as) {
    TAMIS_ASSIGN(RunOutcome ran, run(task, device, data, *built.artifact, options, hooks, clock));
    if (ran.verdict == Verdict::valid && !options.save_program.empty() && !ran.message.empty())
      return io_error(fmt::format("the program could not be saved: {}", ran.message));
    run_took = ran.took_ns;
    take(trial, std::move(ran), task, data);
  }
  clock.finish(trial, device.name());
  trial.build_ns = built.took_ns.value_or(trial.build_ns);
  trial.run_ns = run_took.value_or(trial.run_ns);
  return trial;
}

Result<Trial> attempt(const Task& task, Device& device, const WorkloadData& data, const Config& config,
                      const RunOptions& options, const AttemptHooks& hooks, const std::string* program) {
  hooks.announce(Phase::building);
  AttemptClock clock;
  Built built;
  if (program == nullptr) {
    built = build_half(task, config);
  } else {
    TAMIS_ASSIGN(built, load_half(task, config, *program));
  }
  return run_half(task, device, data, std::move(built), options, hooks, clock);
}

Result<Trial> attempt_build(const Task& task, const Config& config,
                            const std::function<void(Phase)>& announce, std::string* keep) {
  announce(Phase::building);
  const AttemptClock clock;
  Built built = build_half(task, config);
  Trial trial = std::move(built.trial);
  if (keep != nullptr) keep->clear();
  if (keep != nullptr && built.artifact != nullptr)
    TAMIS_TRY(keep_program(task, config, *built.artifact, trial, *keep));
  clock.finish(trial, {});
  trial.build_ns = built.took_ns.value_or(trial.build_ns);
  return trial;
}

Trial join_halves(const Trial& built, Trial ran) {
  if (built.verdict != Verdict::valid) return built;
  Features features = built.features;
  for (auto& feature : ran.features.values)
    if (!features.has(feature.first)) features.values.push_back(std::move(feature));
  ran.features = std::move(features);
  if (ran.code_hash.empty()) ran.code_hash = built.code_hash;
  ran.build_ns += built.build_ns;
  return ran;
}

Status check_program(const MeasureRequest& request, const MeasureOptions& options) {
  if (request.program == nullptr) return {};
  if (options.only_build || request.keep != nullptr)
    return invalid_input(
        "a program that is given is run: it cannot be asked for, nor come where configs are "
        "only built");
  if (!request.program->empty() && request.program->size() <= kMostProgramBytes) return {};
  return corrupt(fmt::format("a program of {} bytes is to run, and it may have 1 to {}",
                             request.program->size(), kMostProgramBytes));
}

Trial&& complete(Trial& trial, const MeasureRequest& request) {
  trial.number = request.number;
  trial.config = request.config;
  trial.proposer = request.proposer;
  return std::move(trial);
}

RunOptions run_options(const Task& task, const MeasureOptions& options, const MeasureRequest& request) {
  return {options.run_deadline, program_path(options.save_programs, task, request.config),
          request.incumbent_ns};
}

std::string program_path(const std::string& directory, const Task& task, const Config& config) {
  if (directory.empty()) return {};
  const Workload& workload = task.workload();
  std::string name = workload.name.empty() ? to_spec(workload) : workload.name;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-' && c != '_') c = '_';
  const ConfigKey key = task.space().key(config);
  const std::string number =
      task.space().countable() ? fmt::format("{}", key.index()) : fmt::format("{:016x}", key.hash());
  return fmt::format("{}/{}-{}.json.gz", directory, name, number);
}

}  // namespace tamis
