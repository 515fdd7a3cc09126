#pragma once

#include "base/result.h"
#include "space/space.h"
#include "trial/trial.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis {

/// A space whose configs were all tried once, with what came of each. Immutable once read, so several threads
/// may share it.
struct RecordedTable {
  std::string name;  ///< for people: the CSV's workload, or the file's name without `_T4.json.gz`
  Space space;       ///< lists exactly the configs that were tried
  std::vector<Trial>
      trials;  ///< one a config in the order of space.listed(), numbered by the rows of the file

  /// What came of a config of `space`; nullptr for one that was not tried.
  const Trial* find(const Config& config) const;
  /// How many trials are valid.
  uint64_t valid() const;
  /// The least latency of a valid trial in ns; infinity when there is none.
  double best_ns() const;
  /// A number that changes with the configs and what came of them, but not with the name.
  uint64_t fingerprint() const;
};

/// What a table in a file is called: the file's name without its folder and without `.gz`, `.json`, `.csv`
/// and
/// `_T4`.
std::string recorded_name(const std::string& path);

/// Reads a table in one of two formats, told apart by the first character; either may be gzipped
/// (docs/reference/recorded-tables):
///
/// - T4, the output format of the FAIR auto-tuning benchmarks
///   (https://github.com/AutoTuningAssociation/autotuning_methodology), JSON; latencies in the unit that the
///   file names, times of compilation in ms.
/// - the CSV of format/csv.h; the latency is the column `latency_ns`, else `cycles` of VTA at 100 MHz.
///
/// The values of a knob are those that occur: ascending where all are numbers (false and true are 0 and 1),
/// else names. Rows that a declared constraint excludes are left out of the space. Errors: not_found, io;
/// corrupt, naming the row, for damaged or foreign content, a row whose knobs differ from the first row's, a
/// config that occurs twice, a valid row without a positive latency; unsupported when the product of the
/// knobs does not fit 63 bits. Thread safe.
Result<RecordedTable> read_recorded_table(const std::string& path);

}  // namespace tamis
