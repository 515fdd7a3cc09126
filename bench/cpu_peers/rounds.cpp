#include "cpu_peers/rounds.h"

#include "base/median.h"
#include "tamis/measurer.h"
#include "targets/timing/sampling.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

namespace tamis::peers {
namespace {

/// A peer in the running.
struct Runner {
  PeerOutcome* outcome;
  PreparedCall call;
};

void take_turn(Runner& runner, const RoundOptions& options) {
  timing::SamplingOptions sampling;
  sampling.precision = 0;  // every peer has the same time, however alike its samples are
  sampling.time_budget = std::chrono::nanoseconds(static_cast<int64_t>(options.turn_ms * 1e6));
  timing::SamplingEnvironment environment;
  environment.preemptions = timing::count_preemptions;
  const timing::Sampling taken = timing::sample_latency(runner.call.run, sampling, environment);
  std::vector<double>& samples = runner.outcome->samples.calls_ns;
  samples.insert(samples.end(), taken.samples_ns.begin(), taken.samples_ns.end());
}

void take_turns(std::vector<Runner>& runners, const RoundOptions& options) {
  bool own_threads = false;
  for (Runner& runner : runners) {
    if (own_threads || runner.call.own_threads)
      std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(options.settle_ms));
    own_threads = runner.call.own_threads;
    take_turn(runner, options);
  }
}

/// Prepares the peers and keeps those whose result is right.
std::vector<Runner> prepare_all(const Task& task, const Peers& peers, std::vector<PeerOutcome>& outcomes) {
  outcomes.resize(peers.size());
  std::vector<Runner> runners;
  for (size_t i = 0; i < peers.size(); ++i) {
    PeerOutcome& outcome = outcomes[i];
    outcome.peer = peers[i]->name();
    outcome.family = peers[i]->family();
    Result<PreparedCall> call = peers[i]->prepare(task);
    if (!call.ok()) {
      outcome.fault = call.error().message;
      continue;
    }
    outcome.implementation = call->implementation;
    call->run();
    outcome.fault = find_difference(task.workload, task.data, call->output());
    outcome.wrong = outcome.fault.has_value();
    if (!outcome.fault) runners.push_back({&outcome, std::move(call).value()});
  }
  return runners;
}

void drop_hopeless(std::vector<Runner>& runners, double factor) {
  std::map<std::string, double> best;
  for (const Runner& runner : runners) {
    const double ns = runner.outcome->samples.minimum_ns();
    const auto [found, added] = best.try_emplace(runner.outcome->family, ns);
    if (!added) found->second = std::min(found->second, ns);
  }
  std::erase_if(runners, [&](const Runner& runner) {
    return runner.outcome->samples.minimum_ns() > factor * best.at(runner.outcome->family);
  });
}

}  // namespace

double Samples::minimum_ns() const { return *std::min_element(calls_ns.begin(), calls_ns.end()); }

double Samples::median_ns() const { return median(calls_ns); }

TaskOutcome measure_in_rounds(const Task& task, const Peers& peers, const RoundOptions& options) {
  TaskOutcome outcome;
  std::vector<Runner> runners = prepare_all(task, peers, outcome.peers);
  for (int round = 0; round < options.rounds; ++round) {
    outcome.rates.push_back(measure_fma_rate(task.threads));
    for (const Runner& runner : runners) ++runner.outcome->rounds;
    take_turns(runners, options);
    if (round > 0) drop_hopeless(runners, options.hopeless);
  }
  outcome.rates.push_back(measure_fma_rate(task.threads));
  return outcome;
}

}  // namespace tamis::peers
