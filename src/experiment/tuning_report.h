#pragma once

#include "base/json_fwd.h"
#include "measure/device_event.h"
#include "session/session.h"
#include "space/space.h"
#include "trial/finals.h"
#include "trial/trial.h"
#include "workload/workload.h"

#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// What tuning one workload gave, next to what it is compared with.
struct TuningRow {
  Workload workload;
  Space space;
  SessionResult result;
  double bound_ns = 0.0;  ///< least latency that the arithmetic units allow, 0 where unknown
  std::optional<Trial>
      default_trial;  ///< the untuned schedule, measured once outside the session; nothing if it was not
  std::vector<DeviceEvent> device_events;  ///< what happened to devices meanwhile
};

/// What a run of tuning gave, one row a workload.
struct TuningReport {
  std::string target;
  std::string log_path;  ///< empty when nothing was kept
  std::vector<TuningRow> rows;
};

/// Sums over the rows that have both a best and a valid default schedule.
struct TuningTotals {
  size_t rows = 0;
  double best_ns = 0.0, default_ns = 0.0, bound_ns = 0.0;
  Counts counts;  ///< over all rows
};
TuningTotals totals(const TuningReport& report);

/// The report as a table and notes for a terminal (UTF-8, plain text).
std::string draw(const TuningReport& report);
/// The report as one JSON document (docs/reference/command-line has its members).
Json to_json(const TuningReport& report);
/// A trial as JSON: number, index, knobs by name, verdict, measured, latency_ns, features, message.
Json to_json(const Trial& trial, const Space& space);
/// Finals as a JSON array of finalists, the fastest first: number, verdict, runs, latency_ns, latencies_ns,
/// message; null for none.
Json to_json(const std::optional<Finals>& finals);
/// A number as JSON: without a decimal point where it is whole.
Json number_to_json(double value);
/// `1.234 ms`, `56.7 us`, `890 ns`: three or four digits that matter.
std::string format_latency(double ns);

}  // namespace tamis
