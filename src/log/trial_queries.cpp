#include "log/trial_queries.h"

#include "base/json.h"
#include "base/median.h"
#include "log/numbers.h"
#include "trial/flaky.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using sqlite::Database;
using sqlite::Statement;

/// A latency in ns and the number of the trial that has it.
using Ranked = std::pair<double, uint64_t>;

/// Keeps the `count` least; the largest of them stays in front.
void keep_least(std::vector<Ranked>& heap, size_t count, Ranked ranked) {
  if (heap.size() == count && ranked >= heap.front()) return;
  if (heap.size() == count) {
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
  }
  heap.push_back(ranked);
  std::push_heap(heap.begin(), heap.end());
}

/// The ids of the lists of feature names of flaky trials.
Result<std::set<int64_t>> flaky_names(const Database& database) {
  TAMIS_ASSIGN(Statement rows, database.prepare("SELECT id, names FROM feature_names"));
  std::set<int64_t> ids;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return ids;
    TAMIS_ASSIGN(const Json names, parse_json(rows.text(1), database.path() + ": feature names"));
    if (std::find(names.begin(), names.end(), kFailedRuns) != names.end()) ids.insert(rows.integer(0));
  }
}

Error damaged(const Database& database, int64_t session, const char* wrong) {
  return corrupt(
      fmt::format("{}: a trial of session {} has {}; the log is damaged", database.path(), session, wrong));
}

}  // namespace

Result<std::vector<uint64_t>> fastest_trial_rows(const Database& database, int64_t session, size_t count) {
  TAMIS_ASSIGN(
      Statement rows,
      database.prepare("SELECT number, latencies_ns FROM trials WHERE session = ? AND verdict = 'valid'"));
  rows.bind(0, session);
  std::vector<Ranked> heap;
  std::vector<double> latencies;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) break;
    if (!read_numbers(rows.text(1), latencies))
      return damaged(database, session, "latencies that are no list of numbers");
    if (count > 0) keep_least(heap, count, {median(latencies), static_cast<uint64_t>(rows.integer(0))});
  }
  std::sort_heap(heap.begin(), heap.end());
  std::vector<uint64_t> numbers;
  for (const Ranked& ranked : heap) numbers.push_back(ranked.second);
  return numbers;
}

Result<uint64_t> end_of_trial_rows(const Database& database, int64_t session) {
  TAMIS_ASSIGN(Statement row, database.prepare("SELECT max(number) FROM trials WHERE session = ?"));
  row.bind(0, session);
  TAMIS_TRY(row.step());
  return row.is_null(0) ? uint64_t{0} : static_cast<uint64_t>(row.integer(0)) + 1;
}

Result<std::vector<TrialCount>> count_trial_rows(const Database& database, int64_t session) {
  // Not grouped by SQLite, which would sort all rows first.
  TAMIS_ASSIGN(Statement rows,
               database.prepare("SELECT verdict, measured, feature_names FROM trials WHERE session = ?"));
  rows.bind(0, session);
  // Once the first row is there, the statement holds its snapshot, and the names are read inside the same
  // one.
  TAMIS_ASSIGN(bool more, rows.step());
  TAMIS_ASSIGN(const std::set<int64_t> flaky, flaky_names(database));
  std::map<std::tuple<Verdict, bool, bool>, uint64_t> trials;
  while (more) {
    const Result<Verdict> verdict = parse_verdict(rows.text(0));
    if (!verdict.ok()) return damaged(database, session, "an unknown verdict");
    const bool disagreed = !flaky.empty() && !rows.is_null(2) && flaky.contains(rows.integer(2));
    ++trials[{*verdict, rows.integer(1) != 0, disagreed}];
    TAMIS_ASSIGN(more, rows.step());
  }
  std::vector<TrialCount> counts;
  for (const auto& [kind, count] : trials)
    counts.push_back({std::get<0>(kind), std::get<1>(kind), std::get<2>(kind), count});
  return counts;
}

}  // namespace tamis
