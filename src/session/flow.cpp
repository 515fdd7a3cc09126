#include "session/flow.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tamis {

Flow::Flow(SearchState& search, uint64_t leader_runs, Hooks hooks)
    : search_(search),
      leader_runs_(leader_runs),
      varies_(search.task().target().traits().latencies_vary),
      hooks_(std::move(hooks)) {}

MeasureRequest Flow::request_of(uint64_t number, Config config, std::string proposer) const {
  return {number, std::move(config), std::move(proposer), search_.incumbent_ns(), &search_.programs()};
}

Result<std::vector<MeasureRequest>> Flow::next(size_t free) {
  std::vector<MeasureRequest> requests;
  for (; requests.size() < free && !again_.empty(); again_.pop_front()) {
    const Trial& trial = leaders_.at(again_.front()).trial();
    // Another run is to tell what the first one told, so it is no use to compare or to end it early.
    requests.push_back({trial.number, trial.config, trial.proposer});
  }
  uint64_t count = free - requests.size();
  // What was asked before an interruption has its number already.
  if (!search_.has_waiting()) count = std::min(count, hooks_.room());
  if (count == 0 || search_.done()) return requests;
  TAMIS_ASSIGN(std::vector<AskedConfig> asked, search_.ask(count));
  for (AskedConfig& one : asked)
    requests.push_back(request_of(one.number, std::move(one.config), search_.place(one.number).proposer));
  return requests;
}

Status Flow::finish(Trial trial) {
  const auto known = leaders_.find(trial.number);
  if (known != leaders_.end()) {
    Leader leader = std::move(known->second);
    leaders_.erase(known);
    const bool goes_on = leader.take(std::move(trial));
    return judge(std::move(leader), goes_on);
  }
  if (!varies_ || trial.same_code_as || trial.verdict != Verdict::valid)
    return hooks_.taken(std::move(trial));
  return judge(Leader(std::move(trial)), true);
}

Status Flow::judge(Leader leader, bool goes_on) {
  if (!goes_on || !may_be_lucky(leader.trial(), search_.incumbent(), leader_runs_))
    return hooks_.taken(std::move(leader.trial()));
  const uint64_t number = leader.trial().number;
  again_.push_back(number);
  leaders_.emplace(number, std::move(leader));
  return {};
}

Status Flow::settle() {
  again_.clear();
  for (auto& [number, leader] : std::exchange(leaders_, {}))
    TAMIS_TRY(hooks_.taken(std::move(leader.trial())));
  return {};
}

}  // namespace tamis
