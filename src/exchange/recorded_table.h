#pragma once

#include "base/result.h"
#include "space/space.h"
#include "trial/trial_set.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tamis {

/// What a table in a file is called: the file's name without its folder and without `.gz`, `.json`, `.csv`
/// and `_T4`.
std::string recorded_name(const std::string& path);

/// Reads a table in one of two formats, told apart by the first character; either may be gzipped
/// (docs/reference/recorded-tables):
///
/// - T4, the output format of the FAIR auto-tuning benchmarks
///   (https://github.com/AutoTuningAssociation/autotuning_methodology), JSON; latencies in the unit that the
///   file names, times of compilation in ms.
/// - the CSV of exchange/csv.h, of one workload; the latency is the column `latency_ns`, else `cycles` of
/// VTA.
///
/// The values of a knob are those that occur: ascending where all are numbers (false and true are 0 and 1),
/// else names. Rows that a declared constraint excludes are left out of the space. Errors: not_found, io;
/// corrupt, naming the row, for damaged or foreign content, a row whose knobs differ from the first row's, a
/// config that occurs twice, a valid row without a latency (check_latency_ns); unsupported when the product
/// of the knobs does not fit 63 bits. Thread safe.
Result<TrialSet> read_recorded_table(const std::string& path);

/// The trials of other sessions or tables in a file: every session of a log of tamis, or one recorded table,
/// told apart by the content. Sessions without trials are left out. Errors: as Log::open and
/// read_recorded_table. Thread safe.
Result<std::vector<TrialSet>> read_related(const std::string& path);

/// A knob made of the values that a column of a table has, and the position of every row's value in it.
struct RecordedKnob {
  Knob knob;
  std::vector<uint32_t> choices;
};

/// Numbers become a number knob with ascending values; if any value is a name, all become names in
/// alphabetical order. Values must be int64_t, double or std::string, whole numbers within 2^53.
RecordedKnob recorded_knob(std::string name, std::span<const KnobValue> column);

/// Puts a table together from trials in the order of the rows, whose numbers say which row (from 0) they come
/// from and whose configs are of the product of `knobs`. Trials of rejected configs are dropped. Errors:
/// corrupt when no trial is left or a config occurs twice; as Space::create.
Result<TrialSet> assemble_table(std::string name, std::vector<Knob> knobs, std::vector<Trial> trials);

}  // namespace tamis
