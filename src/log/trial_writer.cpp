#include "log/trial_writer.h"

#include "base/json.h"
#include "log/numbers.h"
#include "log/schema.h"
#include "tamis/space.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using sqlite::Database;

Status check_trial(const Space& space, const Trial& trial) {
  if (!belongs(space, trial.config))
    return invalid_input(fmt::format("the config of trial {} is not of its session's space", trial.number));
  if (trial.number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return invalid_input(fmt::format("the trial number {} is too large for a log", trial.number));
  return {};
}

void names_as_json(const Features& features, std::string& text) {
  Json names = Json::array();
  for (const auto& feature : features.values) names.push_back(feature.first);
  text = names.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Whether the features have these names in this order.
bool same_names(const Features& features, const std::vector<std::string>& names) {
  return std::equal(features.values.begin(), features.values.end(), names.begin(), names.end(),
                    [](const auto& feature, const std::string& name) { return feature.first == name; });
}

}  // namespace

Result<TrialWriter> TrialWriter::create(const Database& database) {
  TrialWriter writer;
  TAMIS_ASSIGN(writer.begin_, database.prepare("BEGIN IMMEDIATE"));
  TAMIS_ASSIGN(writer.commit_, database.prepare("COMMIT"));
  TAMIS_ASSIGN(writer.rollback_, database.prepare("ROLLBACK"));
  TAMIS_ASSIGN(writer.insert_trial_,
               database.prepare(
                   "INSERT INTO trials (session, number, config, choices, verdict, measured, latencies_ns, "
                   "feature_names, features, message, device, proposer, build_ns, run_ns, finished_unix_ms, "
                   "code_hash, same_code_as) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  TAMIS_ASSIGN(writer.insert_names_, database.prepare("INSERT INTO feature_names (names) VALUES (?)"));
  TAMIS_ASSIGN(writer.find_names_, database.prepare("SELECT id FROM feature_names WHERE names = ?"));
  return writer;
}

Status TrialWriter::append(const Database& database, int64_t session, const Space& space,
                           std::span<const Trial> trials) {
  for (const Trial& trial : trials) TAMIS_TRY(check_trial(space, trial));
  TAMIS_TRY(begin_.run());
  Status status;
  for (size_t i = 0; i < trials.size() && status.ok(); ++i)
    status = insert(database, session, space, trials[i]);
  if (status.ok()) status = commit_.run();
  if (status.ok()) return status;
  // SQLite may have rolled back by itself, in which case this fails; the first error is the one to tell.
  (void)rollback_.run();
  // Rows that were rolled back must not be referred to.
  names_.clear();
  last_names_.clear();
  return status;
}

Status TrialWriter::insert(const Database& database, int64_t session, const Space& space,
                           const Trial& trial) {
  write_numbers(trial.config.choices, choices_);
  write_numbers(trial.costs, latencies_);
  values_.clear();
  for (const auto& feature : trial.features.values) values_.push_back(feature.second);
  write_numbers(values_, features_);
  TAMIS_TRY(bind_feature_names(database, trial.features));
  insert_trial_.bind(0, session);
  insert_trial_.bind(1, static_cast<int64_t>(trial.number));
  insert_trial_.bind(2, space.countable() ? static_cast<int64_t>(space.index(trial.config)) : kNoIndex);
  insert_trial_.bind(3, choices_);
  insert_trial_.bind(4, to_string(trial.verdict));
  insert_trial_.bind(5, static_cast<int64_t>(trial.measured));
  insert_trial_.bind(6, latencies_);
  insert_trial_.bind(8, features_);
  insert_trial_.bind(9, trial.message);
  insert_trial_.bind(10, trial.device);
  insert_trial_.bind(11, trial.proposer);
  insert_trial_.bind(12, trial.build_ns);
  insert_trial_.bind(13, trial.run_ns);
  insert_trial_.bind(14, trial.finished_unix_ms);
  insert_trial_.bind(15, trial.code_hash);
  if (trial.same_code_as) {
    insert_trial_.bind(16, static_cast<int64_t>(*trial.same_code_as));
  } else {
    insert_trial_.bind_null(16);
  }
  Status inserted = insert_trial_.run();
  if (!inserted.ok() && database.error_code() == SQLITE_CONSTRAINT_PRIMARYKEY)
    return invalid_input(
        fmt::format("{}: session {} already has a trial {}", database.path(), session, trial.number));
  return inserted;
}

Status TrialWriter::bind_feature_names(const Database& database, const Features& features) {
  if (features.values.empty()) {
    insert_trial_.bind_null(7);
    return {};
  }
  if (same_names(features, last_names_)) {
    insert_trial_.bind(7, last_names_id_);
    return {};
  }
  names_as_json(features, names_text_);
  auto known = names_.find(names_text_);
  if (known == names_.end()) {
    find_names_.bind(0, names_text_);
    const Result<bool> found = find_names_.step();
    int64_t id = found.ok() && *found ? find_names_.integer(0) : 0;
    find_names_.reset();
    TAMIS_TRY(found);
    if (!*found) {
      insert_names_.bind(0, names_text_);
      TAMIS_TRY(insert_names_.run());
      id = database.last_row_id();
    }
    known = names_.emplace(names_text_, id).first;
  }
  last_names_.clear();
  for (const auto& feature : features.values) last_names_.push_back(feature.first);
  last_names_id_ = known->second;
  insert_trial_.bind(7, last_names_id_);
  return {};
}

}  // namespace tamis
