#pragma once

#include "session/leaders.h"
#include "session/search_state.h"
#include "tamis/measurer.h"
#include "tamis/result.h"
#include "tamis/trial.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace tamis {

/// What a session without batches tries, for Measurer::measure_from: as soon as a job is free its search
/// learns what has come in and is asked for the next config. Where latencies vary, trials that may owe their
/// lead to chance are tried again beside the others.
class Flow final : public RequestSource {
 public:
  struct Hooks {
    std::function<uint64_t()> room;      ///< how many further configs may be asked for
    std::function<Status(Trial)> taken;  ///< gets each trial once nothing more is tried of it
  };

  /// `search` must outlive this.
  Flow(SearchState& search, uint64_t leader_runs, Hooks hooks);

  Result<std::vector<MeasureRequest>> next(size_t free) override;
  /// Takes in what the measurer reports.
  Status finish(Trial trial);
  /// Hands over the trials that were to be tried again, for when nothing is measured any more.
  Status settle();

 private:
  MeasureRequest request_of(uint64_t number, Config config, std::string proposer) const;
  /// Has a trial tried again where that is called for, else hands it over.
  Status judge(Leader leader, bool goes_on);

  SearchState& search_;
  uint64_t leader_runs_;
  bool varies_;
  Hooks hooks_;
  std::map<uint64_t, Leader> leaders_;  // that are tried again, by number
  std::deque<uint64_t> again_;          // numbers of those that wait for a job
};

}  // namespace tamis
