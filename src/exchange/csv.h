#pragma once

#include "base/result.h"
#include "space/space.h"
#include "trial/trial.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// Trials of one workload as a CSV table has them (RFC 4180, one header line):
///
///     workload,index,KNOB...,verdict,FEATURE...,message
///
/// A knob's cell holds its value; for a split its inner factors (`8`, or `2x14` for three parts). A feature's
/// cell is empty where the trial does not have it. Latencies are a feature too: on VTA `cycles`, else
/// `latency_ns`.
struct CsvTable {
  std::string workload;                    ///< the name of the workload, the same in every row
  Space space;                             ///< the knobs with the values that occur, without constraints
  std::vector<std::string> feature_names;  ///< in the order of the columns
  std::vector<uint64_t> indices;  ///< the column `index`: of the full space that the table was written from
  std::vector<Trial> trials;      ///< numbered from 0 in the order of the rows
};

/// Writes trials in the order given, each line ended by a newline. Whole numbers have no decimal point; a
/// feature that is not finite is left empty. The configs must be of `space`. Thread safe.
std::string write_csv(std::string_view workload, const Space& space, std::span<const Trial> trials,
                      std::span<const std::string> feature_names);

/// Reads what write_csv wrote, or a table recorded elsewhere with the same columns. A knob column whose cells
/// are all whole numbers becomes a number knob with ascending values, any other one a name knob in
/// alphabetical order. Verdicts of failed builds and of rejected configs count as not measured. `origin`
/// names the table in errors, which give the line. Errors: corrupt (quoting, columns, numbers, verdicts, a
/// config that occurs twice, two workloads), unsupported when the product of the knobs does not fit 63 bits.
/// Thread safe.
Result<CsvTable> read_csv(std::string_view text, const std::string& origin);

/// The same for a table of several workloads, one below the other under one header line, which may have tried
/// a config more than once. A table for each workload, in the order in which they begin; each has knobs of
/// its own values. Errors: as read_csv, of which these two are none. Thread safe.
Result<std::vector<CsvTable>> read_csv_tables(std::string_view text, const std::string& origin);

/// Takes the latency of a valid trial that was read from a CSV table from its features: `latency_ns`, else
/// `cycles` of VTA at 100 MHz. Errors: corrupt when it has no such number, or one that is no latency
/// (check_latency_ns).
Status set_csv_latency(Trial& trial);

}  // namespace tamis
