#include "tamis/trial_set.h"

#include "tamis/random.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tamis {
namespace {

template <class Value>
void append_bytes(std::string& text, const Value& value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

TrialSet named_trials(std::string name, Space space, std::vector<Trial> trials) {
  TrialSet set;
  set.workload.op = Operator::external;
  set.workload.source = name;
  set.workload.name = std::move(name);
  set.space = std::move(space);
  set.trials = std::move(trials);
  return set;
}

uint64_t count_valid(const TrialSet& set) {
  return static_cast<uint64_t>(std::count_if(set.trials.begin(), set.trials.end(), [](const Trial& trial) {
    return trial.verdict == Verdict::valid;
  }));
}

double best_cost(const TrialSet& set) {
  double best = std::numeric_limits<double>::infinity();
  for (const Trial& trial : set.trials) best = std::min(best, trial.cost());
  return best;
}

std::optional<Trial> best_trial(const TrialSet& set) { return best_trial(set.trials, set.finals); }

TrialSet only_best(TrialSet set) {
  std::optional<Trial> best = best_trial(set);
  set.trials.clear();
  if (best) set.trials.push_back(std::move(*best));
  return set;
}

TrialSet related_trials(std::string name, Space space, std::vector<Trial> trials) {
  size_t count = 0;
  while (count < trials.size() && trials[count].number == count) ++count;
  trials.resize(count);
  std::erase_if(trials, [](const Trial& trial) { return trial.verdict == Verdict::device_lost; });
  return named_trials(std::move(name), std::move(space), std::move(trials));
}

TrialSet related_trials(const TrialSet& table) {
  TrialSet related = table;
  for (Trial& trial : related.trials) trial.features = {};
  return related;
}

const Trial* find_recorded(const TrialSet& table, const Config& config) {
  if (table.space.listed() == nullptr) return nullptr;
  const std::vector<ConfigKey>& listed = *table.space.listed();
  const ConfigKey key = table.space.key(config);
  const auto place = std::lower_bound(listed.begin(), listed.end(), key);
  if (place == listed.end() || *place != key) return nullptr;
  return &table.trials[static_cast<size_t>(place - listed.begin())];
}

uint64_t fingerprint_of(const TrialSet& table) {
  std::string text = table.space.fingerprint();
  for (const Trial& trial : table.trials) {
    append_bytes(text, trial.verdict);
    append_bytes(text, trial.cost());
  }
  return stable_hash(text);
}

}  // namespace tamis
