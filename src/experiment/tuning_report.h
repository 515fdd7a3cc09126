#pragma once

#include "tamis/counts.h"
#include "tamis/evidence.h"
#include "tamis/json_fwd.h"
#include "tamis/objective.h"
#include "tamis/session.h"
#include "tamis/space.h"
#include "tamis/trial.h"
#include "tamis/workload.h"

#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// What a run of tuning gave, one result per workload.
struct TuningReport {
  std::string target;
  std::string log_path;  ///< empty when nothing was kept
  std::vector<SessionResult> results;
  /// How often one run of a network runs the workload of each result; empty where they are of no network.
  std::vector<uint64_t> occurrences = {};
};

/// Sums over the results that have both a best and a valid default schedule; latencies of a network count as
/// often as it runs them.
struct TuningTotals {
  size_t results = 0;
  double best_ns = 0.0, default_ns = 0.0, bound_ns = 0.0;
  Counts counts;    ///< over all results
  Reasons reasons;  ///< likewise
};
TuningTotals totals(const TuningReport& report);

/// Why trials were not valid, a line for each verdict with its most frequent message; empty where none was
/// invalid.
std::string draw(const Reasons& reasons);
/// The report as a table and notes for a terminal (UTF-8, plain text). Columns that mean nothing for the
/// target are left out. Where a window has so many columns (0: any number) everything fits into it: what is
/// invalid goes over several lines, long names are cut, and where that is not enough the columns that tell
/// least are left out, which a line says. Words that are longer than a line, as paths, stay whole.
std::string draw(const TuningReport& report, size_t columns = 0);
/// What to do next where nothing valid was found for some workload, a line; empty where there was.
std::string advice(const TuningReport& report);
/// The report as one JSON document (docs/reference/command-line has its members).
Json to_json(const TuningReport& report);
/// The index of a config as JSON; null where the space is not countable.
Json index_json(const Space& space, const Config& config);
/// A trial as JSON: number, index, knobs by name, verdict, measured, latency_ns, value, features, message.
/// `value` is of the objective, in its unit; latency_ns is null where that is none.
Json to_json(const Trial& trial, const Space& space, const Objective& objective = {});
/// Finals as a JSON array of finalists, the best first: number, verdict, runs, latency_ns, latencies_ns,
/// value, message; null for none.
Json to_json(const std::optional<Finals>& finals, const Objective& objective = {});
/// How sure finals are of their winner: `best` and `good`, or null.
Json to_json(const std::optional<Evidence>& evidence);
/// A number as JSON: without a decimal point where it is whole.
Json number_to_json(double value);

}  // namespace tamis
