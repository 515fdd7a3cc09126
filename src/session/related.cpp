#include "session/related.h"

#include "base/text.h"
#include "tamis/log.h"
#include "tamis/random.h"

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

}  // namespace

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
