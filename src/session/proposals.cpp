#include "session/proposals.h"

#include "base/random.h"
#include "search/strategy_table.h"
#include "space/membership.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

namespace tamis {

std::string resolve_initializer(const std::string& strategy, const std::string& initializer) {
  if (!initializer.empty()) return initializer;
  for (const StrategyKind& kind : strategy_kinds())
    if (kind.name == strategy) return kind.default_initializer;
  return {};
}

uint64_t strategy_seed(uint64_t seed, const Workload& workload, uint64_t learnt_at_once) {
  std::string text =
      fmt::format("{} {}", seed, workload.op == Operator::external ? workload.name : to_spec(workload));
  if (learnt_at_once > 0) text += fmt::format(" after {}", learnt_at_once);
  return stable_hash(text);
}

void describe_space(const Space& space, SessionRecord& record) {
  record.knobs = knobs_to_text(space);
  record.constraints = constraints_to_text(space);
  record.space_fingerprint = space.fingerprint();
}

Status check_proposals(const Space& space, std::span<const Config> proposals, uint64_t most,
                       std::string_view strategy) {
  const auto fits = [&](const Config& config) { return belongs(space, config); };
  if (proposals.size() <= most && std::all_of(proposals.begin(), proposals.end(), fits)) return {};
  return Error{ErrorKind::internal,
               fmt::format("the strategy {} proposed more configs than it was asked for, or some "
                           "that are not of the space",
                           strategy)};
}

Status check_logged(const Space& space, const SessionRecord& session, std::string_view strategy,
                    const Config& proposed, const Trial& logged) {
  if (proposed == logged.config) return {};
  return corrupt(fmt::format(
      "trial {} of session {} of the log is config {}, but the strategy {} now proposes config {}; "
      "the log was made by another version or other options: start anew without resuming",
      logged.number, session.id, space.index(logged.config), strategy, space.index(proposed)));
}

Status teach(Strategy& strategy, std::span<const Trial> trials) {
  const auto is_lost = [](const Trial& trial) { return trial.verdict == Verdict::device_lost; };
  if (std::none_of(trials.begin(), trials.end(), is_lost)) return strategy.learn(trials);
  std::vector<Trial> lessons;
  std::remove_copy_if(trials.begin(), trials.end(), std::back_inserter(lessons), is_lost);
  return strategy.learn(lessons);
}

}  // namespace tamis
