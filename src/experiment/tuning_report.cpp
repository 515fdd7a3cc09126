#include "experiment/tuning_report.h"

#include "base/json.h"
#include "drawing/text_table.h"

#include <cmath>

#include <fmt/format.h>

namespace tamis {
namespace {

bool has_latency(const std::optional<Trial>& trial) { return trial && trial->verdict == Verdict::valid; }

std::string microseconds(double ns) { return fmt::format("{:.1f}", ns / 1000.0); }

std::string percent_of(double part, double whole) {
  return whole > 0 ? fmt::format("{:.1f} %", 100.0 * part / whole) : "-";
}

std::string ratio(double numerator, double denominator) {
  return denominator > 0 ? fmt::format("{:.1f}x", numerator / denominator) : "-";
}

std::string cycles_of(const Trial& trial) {
  const double cycles = trial.features.get("cycles");
  return std::isnan(cycles) ? "-" : fmt::format("{:.0f}", cycles);
}

std::string invalid_by_verdict(const Counts& counts) {
  std::string text;
  for (const auto& [verdict, count] : counts.by_verdict) {
    if (verdict == Verdict::valid) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_string(verdict),
                        percent_of(static_cast<double>(count), static_cast<double>(counts.trials)));
  }
  return text.empty() ? "none" : text;
}

/// Which columns a report has besides those that every one has: what a target counts, or what its latencies
/// mean where it knows no bound.
struct Columns {
  bool cycles = false, bound = false, speed = false;
};

Columns columns_of(const TuningReport& report) {
  Columns columns;
  bool any = false;
  for (const TuningRow& row : report.rows) {
    columns.bound = columns.bound || row.bound_ns > 0;
    columns.speed = columns.speed || multiply_accumulates(row.workload) > 0;
    if (!has_latency(row.result.best)) continue;
    any = true;
    columns.cycles = columns.cycles || cycles_of(*row.result.best) != "-";
  }
  if (!any) return {true, true, false};
  columns.speed = columns.speed && !columns.bound;
  return columns;
}

std::vector<std::string> header(const Columns& columns) {
  std::vector<std::string> names = {"workload"};
  if (columns.cycles) names.emplace_back("best cycles");
  names.emplace_back("best us");
  if (columns.bound) names.emplace_back("of bound");
  if (columns.speed) names.emplace_back("G ops/s");
  names.insert(names.end(), {"default us", "faster", "trials", "measured", "invalid"});
  return names;
}

/// Operations of the operator's definition, two a multiply-accumulate, in a nanosecond.
std::string speed_of(const Workload& workload, double latency_ns) {
  return fmt::format("{:.1f}", 2.0 * static_cast<double>(multiply_accumulates(workload)) / latency_ns);
}

std::vector<std::string> cells(const TuningRow& row, const Columns& columns) {
  const Counts& counts = row.result.counts;
  const bool found = has_latency(row.result.best);
  const double best = found ? row.result.best->latency_ns() : 0;
  std::vector<std::string> cells = {row.workload.name};
  if (columns.cycles) cells.push_back(found ? cycles_of(*row.result.best) : "-");
  cells.push_back(found ? microseconds(best) : "-");
  if (columns.bound) cells.push_back(found && row.bound_ns > 0 ? percent_of(row.bound_ns, best) : "-");
  if (columns.speed) cells.push_back(found ? speed_of(row.workload, best) : "-");
  if (has_latency(row.default_trial)) {
    const double untuned = row.default_trial->latency_ns();
    cells.push_back(microseconds(untuned));
    cells.push_back(found ? ratio(untuned, best) : "-");
  } else {
    cells.insert(cells.end(), {"-", "-"});
  }
  cells.push_back(fmt::format("{}", counts.trials));
  cells.push_back(fmt::format("{}", counts.measurements));
  cells.push_back(invalid_by_verdict(counts));
  return cells;
}

std::string total_line(const TuningReport& report, const TuningTotals& sum) {
  if (sum.rows == 0) return "";
  const std::string which = sum.rows == report.rows.size()
                                ? fmt::format("{} workload{}", sum.rows, sum.rows == 1 ? "" : "s")
                                : fmt::format("{} of {} workloads (the others have no valid best or default)",
                                              sum.rows, report.rows.size());
  const std::string of_bound =
      sum.bound_ns > 0 ? fmt::format(", {} of the arithmetic bound", percent_of(sum.bound_ns, sum.best_ns))
                       : "";
  return fmt::format("Total of {}: {} tuned, {} with the default schedule, {} faster{}.\n", which,
                     format_latency(sum.best_ns), format_latency(sum.default_ns),
                     ratio(sum.default_ns, sum.best_ns), of_bound);
}

std::string count_line(const Counts& counts) {
  return fmt::format("{} trials: {} reached the device, {} were rejected while building; {} invalid ({}).\n",
                     counts.trials, counts.measurements, counts.rejected_builds, counts.invalid,
                     percent_of(static_cast<double>(counts.invalid), static_cast<double>(counts.trials)));
}

/// What tells of devices rather than of configs.
std::string device_lines(const TuningReport& report, const Counts& counts) {
  std::string text;
  if (counts.flaky > 0)
    text += fmt::format("{} of the trials were flaky: their runs disagreed.\n", counts.flaky);
  for (const TuningRow& row : report.rows)
    for (const DeviceEvent& event : row.device_events)
      text += fmt::format("{}: {}\n", row.workload.name, describe(event));
  return text;
}

/// How the finals went, where there were some: what failed now is worth knowing before it is used.
std::string finals_lines(const TuningReport& report, const Counts& counts) {
  if (counts.finals == 0) return "";
  std::string text = fmt::format("Finals: the best were tried again {} times in turn.\n", counts.finals);
  for (const TuningRow& row : report.rows) {
    if (!row.result.finals) continue;
    for (const Finalist& finalist : row.result.finals->finalists)
      if (finalist.verdict != Verdict::valid)
        text += fmt::format("{}: trial {} was valid, but not in the finals: {}: {}\n", row.workload.name,
                            finalist.number, to_string(finalist.verdict), finalist.message);
  }
  return text;
}

Json to_json(const Counts& counts) {
  Json by_verdict = Json::object();
  for (const auto& [verdict, count] : counts.by_verdict) by_verdict[std::string(to_string(verdict))] = count;
  return {{"trials", counts.trials},
          {"measurements", counts.measurements},
          {"rejected_builds", counts.rejected_builds},
          {"invalid", counts.invalid},
          {"flaky", counts.flaky},
          {"finals", counts.finals},
          {"by_verdict", std::move(by_verdict)}};
}

Json to_json(const std::vector<DeviceEvent>& events) {
  Json all = Json::array();
  for (const DeviceEvent& event : events)
    all.push_back({{"event", to_string(event.kind)}, {"device", event.device}, {"reason", event.reason}});
  return all;
}

Json to_json(const TuningRow& row) {
  const std::vector<uint64_t>* listed = row.space.listed();
  Json json = {{"workload", row.workload.name},
               {"spec", to_spec(row.workload)},
               {"configs", listed != nullptr ? listed->size() : row.space.size()}};
  json["finals"] = to_json(row.result.finals);
  json["best"] = row.result.best ? to_json(*row.result.best, row.space) : Json();
  json["default"] = row.default_trial ? to_json(*row.default_trial, row.space) : Json();
  json["bound_ns"] = row.bound_ns;
  json["counts"] = to_json(row.result.counts);
  json["device_events"] = to_json(row.device_events);
  json["ending"] = to_string(row.result.ending);
  json["resumed_trials"] = row.result.resumed;
  json["strategy"] = row.result.session.strategy;
  json["initializer"] = row.result.session.initializer;
  json["seed"] = row.result.session.seed;
  json["search_ms_per_trial"] =
      row.result.counts.trials > 0
          ? static_cast<double>(row.result.search_ns) / 1e6 / static_cast<double>(row.result.counts.trials)
          : 0.0;
  json["wall_s"] = static_cast<double>(row.result.wall_ns) / 1e9;
  return json;
}

}  // namespace

TuningTotals totals(const TuningReport& report) {
  TuningTotals sum;
  for (const TuningRow& row : report.rows) {
    sum.counts.add(row.result.counts);
    if (!has_latency(row.result.best) || !has_latency(row.default_trial)) continue;
    ++sum.rows;
    sum.best_ns += row.result.best->latency_ns();
    sum.default_ns += row.default_trial->latency_ns();
    sum.bound_ns += row.bound_ns;
  }
  return sum;
}

std::string draw(const TuningReport& report) {
  const Columns columns = columns_of(report);
  const std::vector<std::string> names = header(columns);
  TextTable table(names, {0, names.size() - 1});
  for (const TuningRow& row : report.rows) table.add_row(cells(row, columns));
  const TuningTotals sum = totals(report);
  std::string text = table.draw() + "\n" + total_line(report, sum) + count_line(sum.counts) +
                     device_lines(report, sum.counts) + finals_lines(report, sum.counts);
  if (!report.log_path.empty()) text += fmt::format("Log: {}\n", report.log_path);
  return text;
}

Json to_json(const TuningReport& report) {
  Json rows = Json::array();
  for (const TuningRow& row : report.rows) rows.push_back(to_json(row));
  const TuningTotals sum = totals(report);
  return {{"target", report.target},
          {"log", report.log_path},
          {"workloads", std::move(rows)},
          {"total",
           {{"workloads", sum.rows},
            {"best_ns", sum.best_ns},
            {"default_ns", sum.default_ns},
            {"bound_ns", sum.bound_ns},
            {"counts", to_json(sum.counts)}}}};
}

Json to_json(const std::optional<Finals>& finals) {
  if (!finals) return {};
  Json all = Json::array();
  for (const Finalist& finalist : finals->finalists)
    all.push_back({{"number", finalist.number},
                   {"verdict", to_string(finalist.verdict)},
                   {"runs", finalist.runs},
                   {"latency_ns", finalist.latencies_ns.empty() ? Json() : Json(finalist.latency_ns())},
                   {"latencies_ns", finalist.latencies_ns},
                   {"message", finalist.message}});
  return all;
}

Json number_to_json(double value) {
  constexpr double kMostExact = 9007199254740992.0;  // 2^53
  if (std::abs(value) <= kMostExact && std::trunc(value) == value) return static_cast<int64_t>(value);
  return value;
}

Json to_json(const Trial& trial, const Space& space) {
  Json knobs = Json::object();
  for (size_t i = 0; i < space.knobs().size(); ++i)
    knobs[space.knobs()[i].name] = to_json(space.value(trial.config, i));
  Json features = Json::object();
  for (const auto& [name, value] : trial.features.values) features[name] = number_to_json(value);
  Json json = {{"number", trial.number},
               {"index", space.index(trial.config)},
               {"knobs", std::move(knobs)},
               {"verdict", to_string(trial.verdict)},
               {"measured", trial.measured}};
  json["latency_ns"] = trial.latencies_ns.empty() ? Json() : Json(trial.latency_ns());
  json["features"] = std::move(features);
  json["message"] = trial.message;
  return json;
}

std::string format_latency(double ns) {
  if (ns >= 1e9) return fmt::format("{:.3f} s", ns / 1e9);
  if (ns >= 1e6) return fmt::format("{:.3f} ms", ns / 1e6);
  if (ns >= 1e3) return fmt::format("{:.1f} us", ns / 1e3);
  return fmt::format("{:.0f} ns", ns);
}

}  // namespace tamis
