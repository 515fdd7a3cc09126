#pragma once

#include "tamis/formats.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// Trials as a CSV table has them (RFC 4180, one header line):
///
///     workload,index,KNOB...,verdict,FEATURE...,message
///
/// A knob's cell holds its value; for a split its inner factors (`8`, or `2x14` for three parts). A feature's
/// cell is empty where the trial does not have it. Latencies are a feature too: on VTA `cycles`, else
/// `latency_ns`, and `final_latency_ns` of what was tried again. Values of another objective stand in the
/// column `objective:NAME:UNIT:min` or `objective:NAME:UNIT:max`, those of finals in `final_value`.
const Format& csv_format();

/// The column of latencies, ns.
inline constexpr std::string_view kCsvLatency = "latency_ns";

/// A table as it stands.
struct CsvContent {
  std::vector<std::string> feature_names;  ///< in the order of the columns
  /// A set for each workload, in the order in which they begin: of the knobs with the values that occur,
  /// without constraints, the trials numbered from 0 in the order of the rows, their latencies still
  /// features.
  std::vector<TrialSet> sets;
  /// Of each set the column `index`: configs of the full space that the table was written from;
  /// Space::kUncountable where they have no index.
  std::vector<std::vector<uint64_t>> indices;
  std::vector<std::string> skipped;  ///< sentences on rows that could not be taken
};

/// Reads what write_csv wrote, or a table recorded elsewhere with the same columns; workloads may follow one
/// another under the one header line, and a config may have been tried more than once. A knob column whose
/// cells are all numbers, whole or decimal, becomes a number knob with ascending values, any other one a name
/// knob in alphabetical order. Verdicts of failed builds and of rejected configs count as not measured.
/// A row with bad quoting, cells, numbers or a bad verdict is skipped and told of. `origin` names the table
/// in errors, which give the line. Errors: corrupt for the header and where no row can be used. Thread safe.
Result<CsvContent> read_csv(std::string_view text, const std::string& origin);

/// Writes trials in the order given, each line ended by a newline. Whole numbers have no decimal point; a
/// feature that is not finite is left empty. `latency_ns` and `final_latency_ns` are the latency of a trial
/// and that of the finals, and features only of a trial that has none. Thread safe.
std::string write_csv(const TrialSet& set, std::span<const std::string> feature_names);

/// Writes sets below one another under one header line. The features of VTA are the counters of recorded
/// tables, cycles for latencies; those of other targets are what their trials have, with latencies; a
/// feature that is called like another column is left out and told of. Errors: invalid_input for sets with
/// other columns than the first, and for a knob that is called like a column of every table. Thread safe.
Result<TrialText> write_csv_file(std::span<const TrialSet> sets);

/// The latency of a valid row: of its cell `latency_ns`, else of `cycles` at VTA's 100 MHz; NaN where a cell
/// is empty. Errors: corrupt when it has no such number, or one that is no latency (check_latency_ns).
Result<double> csv_latency_ns(double latency_ns, double cycles);

/// A cell as RFC 4180 writes it: quoted where it holds a comma, a quote or a line break.
std::string csv_cell(std::string_view text);

}  // namespace tamis
