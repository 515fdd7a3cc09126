#include "experiment/tuning_report.h"

#include "base/json.h"
#include "base/median.h"
#include "base/text.h"
#include "drawing/text_table.h"
#include "drawing/text_width.h"
#include "tamis/objective.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

bool has_latency(const std::optional<Trial>& trial) { return trial && trial->verdict == Verdict::valid; }

std::string percent_of(double part, double whole) { return whole > 0 ? percent(part / whole) : "-"; }

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
  bool cycles = false, bound = false, speed = false, only_latencies = true, times = false;
};

/// How often the workload of a result counts.
uint64_t times_of(const TuningReport& report, size_t result) {
  return report.occurrences.empty() ? 1 : report.occurrences[result];
}

Columns columns_for(const TuningReport& report) {
  Columns columns;
  for (const SessionResult& result : report.results) {
    columns.only_latencies = columns.only_latencies && result.task->objective().is_latency();
    columns.bound = columns.bound || result.task->bound_ns() > 0;
    columns.speed = columns.speed || multiply_accumulates(result.task->workload()) > 0;
    columns.cycles = columns.cycles || (has_latency(result.best) && cycles_of(*result.best) != "-");
  }
  columns.speed = columns.speed && !columns.bound && columns.only_latencies;
  columns.times = !report.occurrences.empty();
  return columns;
}

std::vector<std::string> header(const Columns& columns) {
  std::vector<std::string> names = {"workload"};
  if (columns.times) names.emplace_back("times");
  if (columns.cycles) names.emplace_back("best cycles");
  names.emplace_back("best");
  if (columns.bound) names.emplace_back("of bound");
  if (columns.speed) names.emplace_back("G ops/s");
  names.insert(names.end(),
               {"default", columns.only_latencies ? "faster" : "better", "trials", "measured", "invalid"});
  return names;
}

/// Operations of the operator's definition, two a multiply-accumulate, in a nanosecond.
std::string speed_of(const Workload& workload, double latency_ns) {
  return fmt::format("{:.1f}", 2.0 * static_cast<double>(multiply_accumulates(workload)) / latency_ns);
}

std::vector<std::string> cells(const SessionResult& result, const Columns& columns, uint64_t times) {
  const Counts& counts = result.counts;
  const Objective& objective = result.task->objective();
  const bool found = has_latency(result.best);
  const double best = found ? result.best->cost() : 0;
  std::vector<std::string> cells = {printable(result.task->workload().name)};
  if (columns.times) cells.push_back(fmt::format("{}", times));
  if (columns.cycles) cells.push_back(found ? cycles_of(*result.best) : "-");
  cells.push_back(found ? objective.show(best) : "-");
  if (columns.bound)
    cells.push_back(found && result.task->bound_ns() > 0 ? percent_of(result.task->bound_ns(), best) : "-");
  if (columns.speed) cells.push_back(found ? speed_of(result.task->workload(), best) : "-");
  if (has_latency(result.default_trial)) {
    const double untuned = result.default_trial->cost();
    cells.push_back(objective.show(untuned));
    const std::optional<double> gain = found ? objective.gain(best, untuned) : std::nullopt;
    cells.push_back(gain ? fmt::format("{:.1f}x", *gain) : "-");
  } else {
    cells.insert(cells.end(), {"-", "-"});
  }
  cells.push_back(fmt::format("{}", counts.trials));
  cells.push_back(fmt::format("{}", counts.measurements));
  cells.push_back(invalid_by_verdict(counts));
  return cells;
}

std::string total_line(const TuningReport& report, const TuningTotals& sum) {
  if (sum.results == 0) return "";
  const std::string which =
      sum.results == report.results.size()
          ? counted(sum.results, "workload") +
                (report.occurrences.empty() ? "" : ", each as often as the network runs it")
          : fmt::format("{} of {} workloads (the others have no valid best or default)", sum.results,
                        report.results.size());
  const std::string of_bound =
      sum.bound_ns > 0 ? fmt::format(", {} of the arithmetic bound", percent_of(sum.bound_ns, sum.best_ns))
                       : "";
  return fmt::format("Total of {}: {} tuned, {} with the default schedule, {} faster{}.\n", which,
                     format_latency(sum.best_ns), format_latency(sum.default_ns),
                     ratio(sum.default_ns, sum.best_ns), of_bound);
}

std::string count_line(const Counts& counts) {
  std::string text =
      fmt::format("{}: {} reached the device, {} {} rejected while building; {} invalid ({}).\n",
                  counted(counts.trials, "trial"), counts.measurements, counts.rejected_builds,
                  counts.rejected_builds == 1 ? "was" : "were", counts.invalid,
                  percent_of(static_cast<double>(counts.invalid), static_cast<double>(counts.trials)));
  const char* were = counts.same_code == 1 ? "was" : "were";
  if (counts.same_code > 0)
    text += fmt::format("{} {} the same code as an earlier one and {} not measured again.\n",
                        counted(counts.same_code, "trial"), were, were);
  return text;
}

/// A table of text before it is drawn: whose columns may still be left out.
struct Grid {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;

  void leave_out(size_t column) {
    names.erase(names.begin() + static_cast<std::ptrdiff_t>(column));
    for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
  /// With names of workloads in at most so many columns.
  TextTable table(size_t name_columns) const {
    std::set<size_t> left = {0};
    if (names.back() == kInvalid) left.insert(names.size() - 1);
    TextTable table(names, std::move(left));
    for (std::vector<std::string> row : rows) {
      row.front() = cut_to_columns(row.front(), name_columns);
      table.add_row(std::move(row));
    }
    return table;
  }

  static constexpr std::string_view kInvalid = "invalid";
};

/// What a window lacks the room for is left out in this order.
constexpr std::array<std::string_view, 10> kLeastTelling = {"best cycles", "measured", "default",  "times",
                                                            "G ops/s",     "trials",   "of bound", "invalid",
                                                            "faster",      "better"};

/// Names are cut rather than columns left out, and further where nothing else helps.
constexpr size_t kShortName = 24, kShortestName = 8;
constexpr size_t kNoColumnLimit = 1U << 20U;

/// The table in at most so many columns, 0 for as many as it takes, and which columns that left out.
std::string draw_grid(Grid grid, size_t columns) {
  if (columns == 0) return grid.table(kNoColumnLimit).draw();
  std::string left_out;
  const auto least = [&](size_t name_columns) { return grid.table(name_columns).least_columns(); };
  for (const std::string_view name : kLeastTelling) {
    if (least(kShortName) <= columns) break;
    const auto found = std::find(grid.names.begin(), grid.names.end(), name);
    if (found == grid.names.end()) continue;
    left_out += (left_out.empty() ? "" : ", ") + std::string(name);
    grid.leave_out(static_cast<size_t>(found - grid.names.begin()));
  }
  // What the others leave is for the names.
  size_t name_columns = kNoColumnLimit;
  if (const size_t takes = least(name_columns); takes > columns) {
    size_t longest = 0;
    for (const auto& row : grid.rows) longest = std::max(longest, columns_of(row.front()));
    name_columns = std::max(kShortestName, longest - std::min(longest, takes - columns));
  }
  std::string text = grid.table(name_columns).draw(columns);
  if (!left_out.empty())
    text += wrap_words(fmt::format("(A wider window also shows: {}.)", left_out), columns) + "\n";
  return text;
}

/// Lines in at most so many columns, broken between words; 0: as they are.
std::string wrap_lines(const std::string& text, size_t columns) {
  constexpr size_t kIndent = 2, kReasonIndent = 27, kRoomForReasons = 70;
  std::string wrapped;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    const bool is_reason = line.starts_with(' ') && columns >= kRoomForReasons;
    wrapped += wrap_words(line, columns, is_reason ? kReasonIndent : kIndent) + "\n";
    begin = end + 1;
  }
  return wrapped;
}

/// What tells of devices rather than of configs.
std::string device_lines(const TuningReport& report, const Counts& counts) {
  std::string text;
  if (counts.flaky > 0)
    text += fmt::format("{} of the trials {} flaky: {} runs disagreed.\n", counts.flaky,
                        counts.flaky == 1 ? "was" : "were", counts.flaky == 1 ? "its" : "their");
  for (const SessionResult& result : report.results)
    for (const DeviceEvent& event : result.device_events)
      text += fmt::format("{}: {}\n", result.task->workload().name, printable(describe(event)));
  return text;
}

/// What the user came with and could not run.
std::string default_lines(const TuningReport& report) {
  std::string text;
  for (const SessionResult& result : report.results) {
    if (!result.default_trial || result.default_trial->verdict == Verdict::valid) continue;
    const Trial& trial = *result.default_trial;
    text += fmt::format("{}: the default config is {}: {}\n", result.task->workload().name,
                        to_string(trial.verdict), printable(telling_line(trial.message)));
  }
  return text;
}

Json latency_json(const std::vector<double>& costs, const Objective& objective) {
  return costs.empty() || !objective.is_latency() ? Json() : Json(median(costs));
}

Json value_json(const std::vector<double>& costs, const Objective& objective) {
  return costs.empty() ? Json() : number_to_json(objective.value_of(median(costs)));
}

Json to_json(const Reasons& reasons) {
  Json all = Json::array();
  for (const Reason& reason : reasons.most_frequent())
    all.push_back({{"verdict", to_string(reason.verdict)},
                   {"message", reason.message},
                   {"trials", reason.trials},
                   {"first", reason.first}});
  return all;
}

/// How the finals went, where there were some: what failed now is worth knowing before it is used.
std::string finals_lines(const TuningReport& report, const Counts& counts) {
  if (counts.finals == 0) return "";
  std::string text =
      fmt::format("Finals: the best were tried again {} in turn.\n", counted(counts.finals, "time"));
  for (const SessionResult& result : report.results) {
    if (!result.finals) continue;
    for (const Finalist& finalist : result.finals->finalists)
      if (finalist.verdict != Verdict::valid)
        text += fmt::format("{}: trial {} was valid, but not in the finals: {}: {}\n",
                            result.task->workload().name, finalist.number, to_string(finalist.verdict),
                            printable(finalist.message));
    if (const std::optional<Evidence> evidence = weigh_evidence(*result.finals))
      text += fmt::format(
          "{}: trial {} is the best of them with a probability of {}, and within {} of it with {}\n",
          result.task->workload().name, result.finals->winner()->number, percent(evidence->best),
          percent(kGoodEnough), percent(evidence->good));
  }
  return text;
}

Json to_json(const Counts& counts) {
  Json by_verdict = Json::object();
  for (const auto& [verdict, count] : counts.by_verdict) by_verdict[std::string(to_string(verdict))] = count;
  return {{"trials", counts.trials},
          {"measurements", counts.measurements},
          {"same_code", counts.same_code},
          {"rejected_builds", counts.rejected_builds},
          {"invalid", counts.invalid},
          {"flaky", counts.flaky},
          {"finals", counts.finals},
          {"repeats", counts.repeats},
          {"by_verdict", std::move(by_verdict)}};
}

Json to_json(const std::vector<DeviceEvent>& events) {
  Json all = Json::array();
  for (const DeviceEvent& event : events)
    all.push_back({{"event", to_string(event.kind)}, {"device", event.device}, {"reason", event.reason}});
  return all;
}

Json to_json(const SessionResult& result) {
  const Space& space = result.task->space();
  const uint64_t configs = space.listed() != nullptr ? space.listed()->size() : space.size();
  Json json = {{"workload", result.task->workload().name},
               {"spec", to_spec(result.task->workload())},
               {"configs", configs != Space::kUncountable ? Json(configs) : Json()}};
  json["objective"] = to_json(result.task->objective());
  json["finals"] = to_json(result.finals, result.task->objective());
  json["evidence"] = to_json(result.finals ? weigh_evidence(*result.finals) : std::nullopt);
  json["best"] = result.best ? to_json(*result.best, result.task->space(), result.task->objective()) : Json();
  json["default"] = result.default_trial
                        ? to_json(*result.default_trial, result.task->space(), result.task->objective())
                        : Json();
  json["bound_ns"] = result.task->bound_ns();
  json["counts"] = to_json(result.counts);
  json["reasons"] = to_json(result.reasons);
  json["device_events"] = to_json(result.device_events);
  json["ending"] = to_string(result.stop_reason);
  json["resumed_trials"] = result.resumed;
  if (!result.resume_note.empty()) json["resume_note"] = result.resume_note;
  json["strategy"] = result.session.strategy;
  json["initializer"] = result.session.initializer;
  json["seed"] = result.session.seed;
  json["search_ms_per_trial"] = result.counts.trials > 0 ? static_cast<double>(result.search_ns) / 1e6 /
                                                               static_cast<double>(result.counts.trials)
                                                         : 0.0;
  json["wall_s"] = static_cast<double>(result.wall_ns) / 1e9;
  return json;
}

}  // namespace

TuningTotals totals(const TuningReport& report) {
  TuningTotals sum;
  for (size_t i = 0; i < report.results.size(); ++i) {
    const SessionResult& result = report.results[i];
    sum.counts.add(result.counts);
    sum.reasons.add(result.reasons);
    if (!has_latency(result.best) || !has_latency(result.default_trial)) continue;
    if (!result.task->objective().is_latency()) continue;  // sums of other values say nothing
    ++sum.results;
    const auto times = static_cast<double>(times_of(report, i));
    sum.best_ns += times * result.best->cost();
    sum.default_ns += times * result.default_trial->cost();
    sum.bound_ns += times * result.task->bound_ns();
  }
  return sum;
}

std::string draw(const Reasons& reasons) {
  if (reasons.empty()) return "";
  std::string text = "Why trials are invalid (of each verdict the most frequent message):\n";
  for (const Reason& reason : reasons.most_frequent())
    text += fmt::format("{:>6}  {:<17}  {}  (first: trial {})\n", reason.trials, to_string(reason.verdict),
                        reason.message.empty() ? "no message" : printable(reason.message), reason.first);
  return text;
}

std::string advice(const TuningReport& report) {
  for (const SessionResult& result : report.results) {
    if (result.best) continue;
    const std::string& name = result.task->workload().name;
    if (result.counts.trials == 0)
      return fmt::format("No config of {} was tried; give the search more time or trials.\n", name);
    if (report.log_path.empty())
      return fmt::format("No trial of {} was valid: correct what the messages above say, and tune again.\n",
                         name);
    return fmt::format(
        "No trial of {} was valid: correct what the messages above say, and tune again without --resume; "
        "`tamis show {} --session {}` has every message.\n",
        name, report.log_path, result.session.id);
  }
  return "";
}

std::string draw(const TuningReport& report, size_t columns) {
  const Columns has = columns_for(report);
  Grid grid{header(has), {}};
  for (size_t i = 0; i < report.results.size(); ++i)
    grid.rows.push_back(cells(report.results[i], has, times_of(report, i)));
  const TuningTotals sum = totals(report);
  std::string text = total_line(report, sum) + count_line(sum.counts) + device_lines(report, sum.counts) +
                     finals_lines(report, sum.counts) + default_lines(report) + draw(sum.reasons);
  if (!report.log_path.empty()) text += fmt::format("Log: {}\n", report.log_path);
  text += advice(report);
  return draw_grid(std::move(grid), columns) + "\n" + wrap_lines(text, columns);
}

Json to_json(const TuningReport& report) {
  Json rows = Json::array();
  for (size_t i = 0; i < report.results.size(); ++i) {
    rows.push_back(to_json(report.results[i]));
    if (!report.occurrences.empty()) rows.back()["occurrences"] = report.occurrences[i];
  }
  const TuningTotals sum = totals(report);
  return {{"target", report.target},
          {"log", report.log_path},
          {"workloads", std::move(rows)},
          {"total",
           {{"workloads", sum.results},
            {"best_ns", sum.best_ns},
            {"default_ns", sum.default_ns},
            {"bound_ns", sum.bound_ns},
            {"counts", to_json(sum.counts)}}}};
}

Json to_json(const std::optional<Finals>& finals, const Objective& objective) {
  if (!finals) return {};
  Json all = Json::array();
  for (const Finalist& finalist : finals->finalists)
    all.push_back({{"number", finalist.number},
                   {"verdict", to_string(finalist.verdict)},
                   {"runs", finalist.runs},
                   {"latency_ns", latency_json(finalist.costs, objective)},
                   {"latencies_ns", objective.is_latency() ? finalist.costs : std::vector<double>()},
                   {"value", value_json(finalist.costs, objective)},
                   {"message", finalist.message}});
  return all;
}

Json to_json(const std::optional<Evidence>& evidence) {
  if (!evidence) return {};
  return {{"best", evidence->best}, {"good", evidence->good}};
}

Json number_to_json(double value) {
  if (std::abs(value) <= kExact && std::trunc(value) == value) return static_cast<int64_t>(value);
  return value;
}

Json index_json(const Space& space, const Config& config) {
  const std::optional<uint64_t> index = known_index(space, config);
  return index ? Json(*index) : Json();
}

Json to_json(const Trial& trial, const Space& space, const Objective& objective) {
  Json knobs = Json::object();
  for (size_t i = 0; i < space.knobs().size(); ++i)
    knobs[space.knobs()[i].name] = to_json(space.value(trial.config, i));
  Json features = Json::object();
  for (const auto& [name, value] : trial.features.values) features[name] = number_to_json(value);
  Json json = {{"number", trial.number},
               {"index", index_json(space, trial.config)},
               {"knobs", std::move(knobs)},
               {"verdict", to_string(trial.verdict)},
               {"measured", trial.measured}};
  json["latency_ns"] = latency_json(trial.costs, objective);
  json["value"] = value_json(trial.costs, objective);
  if (trial.same_code_as) json["same_code_as"] = *trial.same_code_as;
  json["features"] = std::move(features);
  json["message"] = trial.message;
  return json;
}

}  // namespace tamis
