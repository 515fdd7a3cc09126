#include "experiment/invalidity.h"

#include <algorithm>
#include <cmath>

namespace tamis {
namespace {

/// The entropy in bits of what is valid for `valid` of `all`.
double entropy(uint64_t valid, uint64_t all) {
  if (valid == 0 || valid == all) return 0.0;
  const double share = static_cast<double>(valid) / static_cast<double>(all);
  return -share * std::log2(share) - (1.0 - share) * std::log2(1.0 - share);
}

double entropy(const Counts& counts) { return entropy(counts.trials - counts.invalid, counts.trials); }

KnobCounts count_knob(const TrialSet& table, size_t position, const Counts& all) {
  const Knob& knob = table.space.knobs()[position];
  std::vector<Counts> counts(knob.values.size());
  for (const Trial& trial : table.trials) counts[trial.config.choices[position]].add(trial);
  KnobCounts result{knob.name, {}, entropy(all)};
  for (size_t choice = 0; choice < counts.size(); ++choice) {
    if (counts[choice].trials == 0) continue;
    const double share = static_cast<double>(counts[choice].trials) / static_cast<double>(all.trials);
    result.information -= share * entropy(counts[choice]);
    result.values.push_back({to_short_string(knob.values[choice]), counts[choice]});
  }
  // Rounding may leave a trace below zero.
  result.information = std::max(0.0, result.information);
  return result;
}

}  // namespace

Invalidity count_invalid(const TrialSet& table) {
  Invalidity invalidity;
  invalidity.table = table.workload.name;
  for (const Trial& trial : table.trials) invalidity.counts.add(trial);
  for (size_t i = 0; i < table.space.knobs().size(); ++i)
    if (table.space.knobs()[i].values.size() > 1)
      invalidity.knobs.push_back(count_knob(table, i, invalidity.counts));
  std::stable_sort(invalidity.knobs.begin(), invalidity.knobs.end(),
                   [](const KnobCounts& a, const KnobCounts& b) { return a.information > b.information; });
  return invalidity;
}

}  // namespace tamis
