#include "cpu_peers/rounds.h"

#include "base/median.h"
#include "measure/check.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <thread>

namespace tamis::peers {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kShortestSampleNs = 20'000;  // far above what reading the clock takes
constexpr size_t kFewestSamples = 3;

double elapsed_ns(Clock::time_point since) {
  return std::chrono::duration<double, std::nano>(Clock::now() - since).count();
}

/// A peer in the running.
struct Runner {
  PeerOutcome* outcome;
  PreparedCall call;
};

void take_turn(Runner& runner, const RoundOptions& options) {
  runner.call.run();
  auto begin = Clock::now();
  runner.call.run();
  const int batch = std::max(1, static_cast<int>(std::ceil(kShortestSampleNs / elapsed_ns(begin))));
  const auto turn = Clock::now();
  for (size_t taken = 0; taken < kFewestSamples || elapsed_ns(turn) < options.turn_ms * 1e6; ++taken) {
    begin = Clock::now();
    for (int i = 0; i < batch; ++i) runner.call.run();
    runner.outcome->samples.calls_ns.push_back(elapsed_ns(begin) / batch);
  }
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
    take_turns(runners, options);
    drop_hopeless(runners, options.hopeless);
  }
  outcome.rates.push_back(measure_fma_rate(task.threads));
  return outcome;
}

}  // namespace tamis::peers
