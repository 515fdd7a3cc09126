#include "session/related.h"

#include "base/text.h"
#include "tamis/log.h"
#include "tamis/random.h"
#include "tamis/strategies.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A fingerprint of the space and the first `count` trials.
std::string fingerprint(const TrialSet& related, size_t count) {
  // Without the list of a recorded table, which a log does not keep: the same trials are then the same.
  std::string text = knobs_to_text(related.space);
  for (size_t i = 0; i < count; ++i) {
    const Trial& trial = related.trials[i];
    text += fmt::format("{} {} {};", related.space.rank_text(trial.config), static_cast<int>(trial.verdict),
                        trial.cost());
  }
  return fmt::format("{}:{:016x}", count, stable_hash(text));
}

/// The factors of a split, 1 of anything else.
size_t factors_of(const Knob& knob) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&knob.values.front());
  return factors == nullptr ? 1 : factors->size();
}

size_t count_shared(const Space& a, const Space& b) {
  size_t shared = 0;
  for (const Knob& knob : a.knobs()) {
    const std::optional<size_t> position = b.find(knob.name);
    if (!position) continue;
    const Knob& other = b.knobs()[*position];
    const bool alike = knob.kind == other.kind && factors_of(knob) == factors_of(other);
    const bool chooses = knob.values.size() > 1 || other.values.size() > 1;
    if (alike && chooses) shared += knob.kind == KnobKind::split ? factors_of(knob) - 1 : 1;
  }
  return shared;
}

/// Whether a strategy starts from earlier trials; one of the user's own may.
bool uses_history(const std::string& strategy) {
  const Result<StrategyChoice> choice = split_strategy(strategy);
  if (!choice.ok()) return true;
  const Result<const StrategyKind*> kind = find_strategy(choice->name);
  return !kind.ok() || (*kind)->uses_history;
}

/// The strategies that would use what those that are named do not.
std::string those_that_learn() {
  std::vector<std::string> names;
  for (const StrategyKind& kind : strategy_kinds())
    if (kind.uses_history) names.push_back(kind.name);
  return enumerate(names);
}

/// How many knobs the sets with trials share with the space at most.
size_t most_shared(const Space& space, std::span<const HistorySource> sources) {
  size_t most = 1;
  for (const HistorySource& source : sources)
    for (const TrialSet& set : source.sets)
      if (!set.trials.empty() && !source.is_searched) most = std::max(most, count_shared(space, set.space));
  return most;
}

bool is_useful(std::span<const Space* const> spaces, const HistorySource& source,
               std::span<const HistorySource> sources) {
  if (source.is_searched) return false;
  return std::any_of(spaces.begin(), spaces.end(), [&](const Space* space) {
    const size_t most = most_shared(*space, sources);
    return std::any_of(source.sets.begin(), source.sets.end(), [&](const TrialSet& set) {
      return !set.trials.empty() && count_shared(*space, set.space) == most;
    });
  });
}

/// Why nothing is learnt of a source whose sets are not used.
std::string why_useless(std::span<const Space* const> spaces, const HistorySource& source) {
  if (source.is_searched) return "it is what is searched itself";
  if (std::all_of(source.sets.begin(), source.sets.end(),
                  [](const TrialSet& set) { return set.trials.empty(); }))
    return "it has no trials";
  std::vector<std::string> of_other_values;
  for (const Space* space : spaces)
    for (const TrialSet& set : source.sets) {
      if (count_shared(*space, set.space) > 0) return "other trials share more knobs with what is tuned";
      for (const Knob& knob : space->knobs())
        if (set.space.find(knob.name) &&
            std::find(of_other_values.begin(), of_other_values.end(), knob.name) == of_other_values.end())
          of_other_values.push_back(knob.name);
    }
  if (of_other_values.empty()) return "it shares no knob with what is tuned";
  const bool one = of_other_values.size() == 1;
  return fmt::format("{} {} {} values of another sort there, or only one", one ? "the knob" : "the knobs",
                     enumerate(of_other_values), one ? "has" : "have");
}

}  // namespace

std::string enumerate(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

std::vector<std::string> find_useless(std::span<const Space* const> spaces,
                                      std::span<const std::string> strategies,
                                      std::span<const HistorySource> sources) {
  std::vector<std::string> sentences;
  if (sources.empty()) return sentences;
  bool any = false;
  for (const std::string& strategy : strategies) {
    if (uses_history(strategy)) {
      any = true;
      continue;
    }
    sentences.push_back(fmt::format("the strategy {} learns nothing from earlier trials; {} can", strategy,
                                    those_that_learn()));
  }
  if (!any) return sentences;
  for (const HistorySource& source : sources)
    if (!is_useful(spaces, source, sources))
      sentences.push_back(
          fmt::format("nothing of {} can be learnt from: {}", source.name, why_useless(spaces, source)));
  return sentences;
}

std::vector<RelatedUse> find_use(const Space& space, std::span<const TrialSet> related) {
  std::vector<RelatedUse> uses;
  size_t most = 1;
  for (const TrialSet& one : related) {
    uses.push_back({one.workload.name, one.trials.size(), count_shared(space, one.space)});
    if (!one.trials.empty()) most = std::max(most, uses.back().shared_knobs);
  }
  for (RelatedUse& use : uses) use.used = use.trials > 0 && use.shared_knobs == most;
  return uses;
}

std::string describe_related(std::span<const TrialSet> related) {
  std::string text;
  for (const TrialSet& one : related) text += (text.empty() ? "" : " ") + fingerprint(one, one.trials.size());
  return text;
}

Result<std::vector<TrialSet>> recall_related(std::span<const TrialSet> related,
                                             const std::string& learnt_from) {
  std::vector<TrialSet> recalled;
  if (learnt_from.empty()) return recalled;
  size_t next = 0;
  for (const std::string& wanted : split_text(learnt_from, ' ')) {
    const std::optional<int64_t> count = parse_integer(wanted.substr(0, wanted.find(':')));
    if (!count || *count < 0) return corrupt("the log does not say what the session learnt from");
    const auto length = static_cast<size_t>(*count);
    const auto same = [&](const TrialSet& one) {
      return one.trials.size() >= length && fingerprint(one, length) == wanted;
    };
    while (next < related.size() && !same(related[next])) ++next;
    if (next == related.size()) return not_found("what the session learnt from is not at hand");
    recalled.push_back(related[next++]);
    recalled.back().trials.resize(length);
  }
  return recalled;
}

}  // namespace tamis
