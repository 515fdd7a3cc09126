#include "session/related.h"

#include "base/random.h"
#include "base/text.h"
#include "log/log.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A fingerprint of the space and the first `count` trials.
std::string fingerprint(const TrialSet& related, size_t count) {
  // Without the list of a recorded table, which a log does not keep: the same trials are then the same.
  std::string text = knobs_to_text(related.space);
  for (size_t i = 0; i < count; ++i) {
    const Trial& trial = related.trials[i];
    text += fmt::format("{} {} {};", related.space.index(trial.config), static_cast<int>(trial.verdict),
                        trial.latency_ns());
  }
  return fmt::format("{}:{:016x}", count, stable_hash(text));
}

}  // namespace

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
