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

BuildOutcome build(const Task& task, const Config& config, std::string& code_hash) {
  BuildOutcome built = task.build(config);
  if (built.artifact != nullptr) code_hash = built.artifact->code_hash();
  return built;
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

/// Builds a config, and sets what its trial has of that.
BuildOutcome build_for(Trial& trial, const Task& task, const Config& config) {
  BuildOutcome built =
      outcome_of(Verdict::build_failed, [&] { return build(task, config, trial.code_hash); });
  refuse_contradictions(built);
  trial.verdict = built.verdict;
  trial.features = std::move(built.features);
  if (built.verdict != Verdict::valid) trial.message = std::move(built.message);
  return built;
}

}  // namespace

Trial attempt_build(const Task& task, const Config& config, const std::function<void(Phase)>& announce) {
  Trial trial;
  announce(Phase::building);
  const AttemptClock clock;
  const BuildOutcome built = build_for(trial, task, config);
  clock.finish(trial, {});
  trial.build_ns = built.took_ns.value_or(trial.build_ns);
  return trial;
}

Result<Trial> attempt(const Task& task, Device& device, const WorkloadData& data, const Config& config,
                      const RunOptions& options, const AttemptHooks& hooks) {
  Trial trial;
  hooks.announce(Phase::building);
  AttemptClock clock;
  const BuildOutcome built = build_for(trial, task, config);
  std::optional<int64_t> run_took;
  if (built.verdict == Verdict::valid && hooks.find_same && !trial.code_hash.empty()) {
    TAMIS_ASSIGN(trial.same_code_as, hooks.find_same(trial.code_hash));
  }
  if (built.verdict == Verdict::valid && !trial.same_code_as) {
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
