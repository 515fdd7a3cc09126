#include "session/finals.h"

#include "base/clock.h"
#include "tamis/evidence.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tamis {
namespace {

/// Whether a finalist is tried in the next round too.
bool stays(const Finalist& finalist) {
  return finalist.verdict == Verdict::valid || finalist.verdict == Verdict::device_lost;
}

/// A finalist that is better than the winner with no more than this probability is not measured on.
constexpr double kHopeless = 0.02;

/// Who is tried in the next round, by place.
std::vector<bool> contenders(const Finals& finals, int round) {
  std::vector<bool> stay;
  for (const Finalist& finalist : finals.finalists) stay.push_back(stays(finalist));
  if (round < kFinalRounds) return stay;
  const std::vector<double> chances = chances_to_win(finals);
  const std::optional<Evidence> evidence = weigh_evidence(finals);
  if (!evidence || evidence->good >= kSureWinner) return std::vector<bool>(stay.size(), false);
  const Finalist* winner = nullptr;
  for (const Finalist& finalist : finals.finalists)
    if (winner == nullptr || finalist.cost() < winner->cost()) winner = &finalist;
  for (size_t i = 0; i < stay.size(); ++i)
    stay[i] = stay[i] && (&finals.finalists[i] == winner || chances[i] > kHopeless);
  return stay;
}

std::vector<MeasureRequest> requests_of(std::span<const Trial> trials, const Finals& finals, int round) {
  const std::vector<bool> compete = contenders(finals, round);
  std::vector<MeasureRequest> requests;
  for (size_t i = 0; i < trials.size(); ++i)
    if (compete[i]) requests.push_back({trials[i].number, trials[i].config, "finals"});
  if (round % 2 == 1) std::reverse(requests.begin(), requests.end());
  return requests;
}

void take(Finals& finals, Trial trial) {
  const auto finalist = std::find_if(finals.finalists.begin(), finals.finalists.end(),
                                     [&](const Finalist& one) { return one.number == trial.number; });
  if (finalist == finals.finalists.end()) return;
  ++finalist->runs;
  if (!trial.device.empty()) finals.device = trial.device;
  const bool lost = trial.verdict == Verdict::device_lost;
  if (lost && !finalist->costs.empty()) return;
  finalist->verdict = trial.verdict;
  finalist->message = std::move(trial.message);
  if (trial.verdict == Verdict::valid) {
    finalist->costs.push_back(trial.cost());
  } else {
    finalist->costs.clear();
  }
}

}  // namespace

std::vector<Trial> finalists_of(std::span<const Trial> best, const std::optional<Trial>& default_trial) {
  std::vector<Trial> finalists(best.begin(), best.end());
  if (best.empty() || !default_trial || default_trial->verdict != Verdict::valid) return finalists;
  const auto same = [&](const Trial& one) { return one.config == default_trial->config; };
  if (std::none_of(best.begin(), best.end(), same)) finalists.push_back(*default_trial);
  return finalists;
}

Trial as_in_finals(Trial trial, const Finals& finals) {
  for (const Finalist& finalist : finals.finalists)
    if (finalist.number == trial.number && finalist.verdict == Verdict::valid) trial.costs = finalist.costs;
  return trial;
}

Result<std::optional<Finals>> run_finals(Measurer& measurer, std::span<const Trial> finalists,
                                         std::stop_token stop) {
  Finals finals;
  for (const Trial& trial : finalists) finals.finalists.emplace_back().number = trial.number;
  const auto finished = [&](Trial trial) {
    take(finals, std::move(trial));
    return Status();
  };
  for (int round = 0; round < kMostFinalRounds; ++round) {
    const std::vector<MeasureRequest> requests = requests_of(finalists, finals, round);
    if (requests.empty()) break;
    TAMIS_TRY(measurer.measure_in_turn(requests, finished, stop));
    if (stop.stop_requested()) return std::optional<Finals>();
  }
  finals.finished_unix_ms = unix_ms();
  finals.rank();
  return std::optional<Finals>(std::move(finals));
}

}  // namespace tamis
