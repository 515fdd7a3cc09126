#pragma once

#include "base/result.h"
#include "trial/trial_set.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis {

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
/// config that occurs twice, a valid row without a latency (check_latency_ns); unsupported when the product
/// of the knobs does not fit 63 bits. Thread safe.
Result<TrialSet> read_recorded_table(const std::string& path);

}  // namespace tamis
