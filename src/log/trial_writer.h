#pragma once

#include "log/sqlite.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// Appends trials with statements that are prepared once.
class TrialWriter {
 public:
  static Result<TrialWriter> create(const sqlite::Database& database);

  /// All of the trials in one transaction, or none. Errors: invalid_input for a number that the session
  /// already has and for a config that is not of the space; else as sqlite::Database.
  Status append(const sqlite::Database& database, int64_t session, const Space& space,
                std::span<const Trial> trials);

 private:
  Status insert(const sqlite::Database& database, int64_t session, const Space& space, const Trial& trial);
  /// The row of feature_names with these names, made if there is none; binds it.
  Status bind_feature_names(const sqlite::Database& database, const Features& features);

  sqlite::Statement begin_, commit_, rollback_, insert_trial_, insert_names_, find_names_;
  std::map<std::string, int64_t> names_;  // by the JSON text of the names
  std::vector<std::string> last_names_;   // of the trial before, which mostly are those of the next
  int64_t last_names_id_ = 0;
  // Kept between calls only for their memory.
  std::string names_text_, choices_, latencies_, features_;
  std::vector<double> values_;
};

}  // namespace tamis
