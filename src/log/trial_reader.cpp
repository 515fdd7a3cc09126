#include "log/trial_reader.h"

#include "base/json.h"
#include "base/median.h"
#include "log/numbers.h"
#include "log/schema.h"
#include "tamis/space.h"
#include "trial/inferred.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using sqlite::Database;
using sqlite::Statement;

using NameTable = std::unordered_map<int64_t, std::vector<std::string>>;

Result<NameTable> read_names(const Database& database) {
  TAMIS_ASSIGN(Statement rows, database.prepare("SELECT id, names FROM feature_names"));
  NameTable table;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return table;
    TAMIS_ASSIGN(const Json names, parse_json(rows.text(1), database.path() + ": feature names"));
    std::vector<std::string>& row = table[rows.integer(0)];
    for (const Json& name : names) {
      if (!name.is_string())
        return corrupt(fmt::format("{}: a feature name is not a string", database.path()));
      row.push_back(name.get<std::string>());
    }
  }
}

/// Of a session, whose id is the first parameter. An older log that is only read lacks two columns.
Result<Statement> select_trials(const Database& database, const char* rest) {
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  return database.prepare(fmt::format(
      "SELECT number, config, choices, verdict, measured, latencies_ns, feature_names, features, message, "
      "device, proposer, build_ns, run_ns, finished_unix_ms, {} FROM trials WHERE session = ? {}",
      version < kCodeSince ? "'', NULL" : "code_hash, same_code_as", rest));
}

/// How many trials a visitor is given at a time.
constexpr size_t kChunk = 4096;

/// Reads the rows of one session; remembers what repeats from row to row.
class TrialReader {
 public:
  TrialReader(const TrialFrame& frame, const NameTable& names)
      : space_(frame.space), objective_(frame.objective), names_(names) {}

  /// What is wrong with the row, or nothing.
  const char* read(const Statement& row, Trial& trial) {
    trial.number = static_cast<uint64_t>(row.integer(0));
    if (const char* wrong = read_config(row, trial.config)) return wrong;
    if (!read_verdict(row.text(3), trial.verdict)) return "an unknown verdict";
    trial.measured = row.integer(4) != 0;
    if (!read_numbers(row.text(5), trial.costs)) return "costs that are not a list of numbers";
    if (const char* wrong = read_features(row, trial.features)) return wrong;
    trial.message = row.text(8);
    refuse_cost(trial, objective_);
    trial.device = row.text(9);
    trial.proposer = row.text(10);
    trial.build_ns = row.integer(11);
    trial.run_ns = row.integer(12);
    trial.finished_unix_ms = row.integer(13);
    trial.code_hash = row.text(14);
    trial.same_code_as.reset();
    if (!row.is_null(15)) trial.same_code_as = static_cast<uint64_t>(row.integer(15));
    return nullptr;
  }

 private:
  const char* read_config(const Statement& row, Config& config) const {
    const int64_t index = row.integer(1);
    if (!read_numbers(row.text(2), config.choices)) return "choices that are not a list of numbers";
    if (!belongs(space_, config)) return "choices that are not of its session's space";
    const bool same = space_.countable() ? index >= 0 && space_.index(config) == static_cast<uint64_t>(index)
                                         : index == kNoIndex;
    return same ? nullptr : "choices that are not its config";
  }

  bool read_verdict(std::string_view word, Verdict& verdict) {
    if (word != last_word_) {
      const Result<Verdict> parsed = parse_verdict(word);
      if (!parsed.ok()) return false;
      last_word_ = word;
      last_verdict_ = *parsed;
    }
    verdict = last_verdict_;
    return true;
  }

  const char* read_features(const Statement& row, Features& features) {
    if (!read_numbers(row.text(7), values_)) return "features that are not a list of numbers";
    if (row.is_null(6)) {
      features.values.clear();
      return values_.empty() ? nullptr : "features without names";
    }
    const auto names = names_.find(row.integer(6));
    if (names == names_.end() || names->second.size() != values_.size())
      return "features that do not fit their names";
    features.values.resize(values_.size());
    for (size_t i = 0; i < values_.size(); ++i) {
      // A trial that is filled anew has mostly the same names as the one that was there.
      if (features.values[i].first != names->second[i]) features.values[i].first = names->second[i];
      features.values[i].second = values_[i];
    }
    return nullptr;
  }

  const Space& space_;
  const Objective& objective_;
  const NameTable& names_;
  std::string last_word_;
  Verdict last_verdict_ = Verdict::valid;
  std::vector<double> values_;
};

Status visit_rows(const Database& database, Statement& rows, int64_t session, const TrialFrame& frame,
                  const TrialVisitor& visit) {
  // Once the first row is there, the statement holds its snapshot, and the names are read inside the same
  // one.
  TAMIS_ASSIGN(bool more, rows.step());
  TAMIS_ASSIGN(const NameTable names, read_names(database));
  TrialReader reader(frame, names);
  std::vector<Trial> trials;  // filled again and again, because making them takes longer than reading
  while (more) {
    size_t count = 0;
    for (; more && count < kChunk; ++count) {
      if (count == trials.size()) trials.emplace_back();
      const char* wrong = reader.read(rows, trials[count]);
      if (wrong != nullptr)
        return corrupt(fmt::format("{}: trial {} of session {} has {}; the log is damaged", database.path(),
                                   rows.integer(0), session, wrong));
      TAMIS_ASSIGN(more, rows.step());
    }
    trials.resize(count);
    TAMIS_TRY(visit(trials));
  }
  return {};
}

/// A cost and the number of the trial that has it.
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

/// Calls `visit` with the number and the costs of each trial that was logged as valid.
template <class Visit>
Status visit_valid_costs(const Database& database, int64_t session, Visit visit) {
  TAMIS_ASSIGN(
      Statement rows,
      database.prepare(
          "SELECT number, latencies_ns FROM trials WHERE session = ? AND verdict = 'valid' AND measured"));
  rows.bind(0, session);
  std::vector<double> costs;
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    if (!read_numbers(rows.text(1), costs))
      return damaged(database, session, "costs that are not a list of numbers");
    visit(static_cast<uint64_t>(rows.integer(0)), costs);
  }
}

}  // namespace

Status visit_trial_rows(const Database& database, int64_t session, const TrialFrame& frame, uint64_t from,
                        const TrialVisitor& visit) {
  TAMIS_ASSIGN(Statement rows, select_trials(database, "AND number >= ? ORDER BY number"));
  rows.bind(0, session);
  rows.bind(1, static_cast<int64_t>(std::min<uint64_t>(from, std::numeric_limits<int64_t>::max())));
  return visit_rows(database, rows, session, frame, visit);
}

Result<std::vector<Trial>> read_trial_rows(const Database& database, int64_t session,
                                           const TrialFrame& frame) {
  std::vector<Trial> all;
  TAMIS_TRY(visit_trial_rows(database, session, frame, 0, [&](std::vector<Trial>& trials) {
    all.insert(all.end(), std::make_move_iterator(trials.begin()), std::make_move_iterator(trials.end()));
    return Status();
  }));
  return all;
}

Result<std::optional<Trial>> read_trial_row(const Database& database, int64_t session,
                                            const TrialFrame& frame, uint64_t number) {
  TAMIS_ASSIGN(Statement row, select_trials(database, "AND number = ?"));
  row.bind(0, session);
  row.bind(1, static_cast<int64_t>(number));
  std::optional<Trial> found;
  TAMIS_TRY(visit_rows(database, row, session, frame, [&](std::vector<Trial>& trials) {
    found = std::move(trials.front());
    return Status();
  }));
  return found;
}

Result<std::vector<uint64_t>> fastest_trial_rows(const Database& database, int64_t session,
                                                 const Objective& objective, size_t count) {
  std::vector<Ranked> heap;
  TAMIS_TRY(visit_valid_costs(database, session, [&](uint64_t number, const std::vector<double>& costs) {
    const double cost = median(costs);
    const bool ranked = !costs.empty() && objective.check(cost).ok();
    if (count > 0 && ranked) keep_least(heap, count, {cost, number});
  }));
  std::sort_heap(heap.begin(), heap.end());
  std::vector<uint64_t> numbers;
  numbers.reserve(heap.size());
  for (const Ranked& ranked : heap) numbers.push_back(ranked.second);
  return numbers;
}

Result<uint64_t> count_impossible_rows(const Database& database, int64_t session,
                                       const Objective& objective) {
  uint64_t count = 0;
  TAMIS_TRY(visit_valid_costs(database, session, [&](uint64_t, const std::vector<double>& costs) {
    if (costs.empty() || !objective.check(median(costs)).ok()) ++count;
  }));
  return count;
}

Result<uint64_t> end_of_trial_rows(const Database& database, int64_t session) {
  TAMIS_ASSIGN(Statement row, database.prepare("SELECT max(number) FROM trials WHERE session = ?"));
  row.bind(0, session);
  TAMIS_TRY(row.step());
  return row.is_null(0) ? uint64_t{0} : static_cast<uint64_t>(row.integer(0)) + 1;
}

Result<std::vector<TrialCount>> count_trial_rows(const Database& database, int64_t session,
                                                 const Objective& objective) {
  // Not grouped by SQLite, which would sort all rows first.
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  TAMIS_ASSIGN(Statement rows, database.prepare(fmt::format(
                                   "SELECT verdict, measured, feature_names, latencies_ns, {} FROM trials "
                                   "WHERE session = ?",
                                   version < kCodeSince ? "NULL" : "same_code_as")));
  rows.bind(0, session);
  // Once the first row is there, the statement holds its snapshot, and the names are read inside the same
  // one.
  TAMIS_ASSIGN(bool more, rows.step());
  TAMIS_ASSIGN(const std::set<int64_t> flaky, flaky_names(database));
  std::map<std::tuple<Verdict, bool, bool, bool>, uint64_t> trials;
  std::vector<double> costs;
  while (more) {
    Result<Verdict> verdict = parse_verdict(rows.text(0));
    if (!verdict.ok()) return damaged(database, session, "an unknown verdict");
    // Damage in what is not counted is told of by who reads the trials.
    if (*verdict == Verdict::valid && read_numbers(rows.text(3), costs) && !costs.empty() &&
        !objective.check(median(costs)).ok())
      verdict = kRefusedCost;
    const bool disagreed = !flaky.empty() && !rows.is_null(2) && flaky.contains(rows.integer(2));
    ++trials[{*verdict, rows.integer(1) != 0, disagreed, !rows.is_null(4)}];
    TAMIS_ASSIGN(more, rows.step());
  }
  std::vector<TrialCount> counts;
  counts.reserve(trials.size());
  for (const auto& [kind, count] : trials)
    counts.push_back({std::get<0>(kind), std::get<1>(kind), std::get<2>(kind), std::get<3>(kind), count});
  return counts;
}

}  // namespace tamis
