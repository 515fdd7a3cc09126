// Files of stored trials as files, tables and sets of trials.

#include "base/text.h"
#include "exchange/stored_trials.h"

#include <utility>

#include <fmt/format.h>

namespace tamis {
void drop_repeats(StoredFile& file) {
  uint64_t repeats = 0;
  for (StoredSet& set : file.sets) repeats += drop_repeats(set);
  if (repeats == 0) return;
  file.left_out += repeats;
  file.skipped.push_back(
      fmt::format("rows that repeat a config with the same outcome, taken once: {}", repeats));
}

TrialFile trial_file_of(StoredFile file) {
  TrialFile whole{std::move(file.format), {}, std::move(file.skipped), file.left_out};
  for (StoredSet& set : file.sets) {
    whole.sets.push_back(unstored(set, true));
    set.trials.reset();
  }
  return whole;
}

Result<TrialSet> table_of(StoredFile file, const std::string& origin, bool pool) {
  if (file.sets.empty()) return corrupt(origin + ": the table has no rows that can be used");
  if (file.sets.size() > 1)
    return unsupported(fmt::format(
        "{}: a recorded table holds one workload, and this file of the format {} holds {}, {} and {} "
        "among them; `tamis import` takes all of them to a log",
        origin, file.format, file.sets.size(), file.sets[0].head.workload.name,
        file.sets[1].head.workload.name));
  TrialSet rows = unstored(file.sets.front(), false);
  file.sets.front().trials.reset();
  for (Trial& trial : rows.trials)
    if (trial.verdict != Verdict::valid && trial.message.empty())
      trial.message = fmt::format("recorded as {}", to_string(trial.verdict));
  auto table = assemble_table(rows.workload.name, rows.space.knobs(), std::move(rows.trials), pool);
  if (!table.ok()) return table.error().within(origin);
  table->objective = rows.objective;
  table->notes.insert(table->notes.begin(), file.skipped.begin(), file.skipped.end());
  return table;
}

}  // namespace tamis
