#include "base/json.h"
#include "tamis/comparison.h"

#include <cmath>
#include <string>

namespace tamis {
namespace {

/// A count that may be between two integers, or missing.
Json count_to_json(const std::optional<double>& count) {
  if (!count) return nullptr;
  if (*count == std::floor(*count)) return static_cast<int64_t>(*count);
  return *count;
}

Json spread_to_json(const Spread& spread) {
  return {{"median", count_to_json(spread.median)},
          {"p10", count_to_json(spread.p10)},
          {"p90", count_to_json(spread.p90)},
          {"failed", spread.failed}};
}

constexpr double kNsPerSecond = 1e9;

std::optional<double> scaled(const std::optional<double>& value, double factor) {
  return value ? std::optional(*value * factor) : std::nullopt;
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// The same of numbers that are no counts, each times a factor.
Json measured_to_json(const Spread& spread, double factor) {
  return {{"median", number_or_null(scaled(spread.median, factor))},
          {"p10", number_or_null(scaled(spread.p10, factor))},
          {"p90", number_or_null(scaled(spread.p90, factor))},
          {"failed", spread.failed}};
}

void add_time(Json& json, const TimeScore& score) {
  Json& to = json["seconds_to"] = Json::object();
  Json& each = json["each_seconds_to"] = Json::object();
  for (size_t goal = 0; goal < kGoals.size(); ++goal) {
    const std::string key = std::to_string(kGoals[goal]);
    to[key] = measured_to_json(score.ns_to[goal], 1 / kNsPerSecond);
    Json& seeds = each[key] = Json::array();
    for (const std::optional<double>& one : score.each_ns_to[goal])
      seeds.push_back(number_or_null(scaled(one, 1 / kNsPerSecond)));
  }
}

void add_noise(Json& json, const NoiseScore& score) {
  Json regret = Json::object();
  for (size_t i = 0; i < kRegretTrials.size(); ++i)
    regret[std::to_string(kRegretTrials[i])] = measured_to_json(score.regret[i], 1);
  json["noise"] = {{"regret", std::move(regret)},
                   {"truly_good", score.truly_good},
                   {"flips", number_or_null(score.flips)},
                   {"runs", spread_to_json(score.runs)},
                   {"stated", number_or_null(score.stated)},
                   {"borne_out", number_or_null(score.borne_out)}};
}

Json trace_to_json(const std::vector<TracePoint>& trace, const Objective& objective) {
  Json points = Json::array();
  for (const TracePoint& point : trace)
    points.push_back({point.time_ns / kNsPerSecond,
                      std::isfinite(point.cost) ? Json(objective.value_of(point.cost)) : Json()});
  return points;
}

void add_fair(Json& json, const FairScore& score, const Objective& objective) {
  Json traces = Json::array();
  for (const auto& trace : score.traces) traces.push_back(trace_to_json(trace, objective));
  json["fair"] = {{"score", number_or_null(score.score)},
                  {"begin_s", score.begin_ns / kNsPerSecond},
                  {"end_s", score.end_ns / kNsPerSecond},
                  {"left_out", score.left_out},
                  {"traces", std::move(traces)}};
}

Json row_to_json(const ComparisonRow& row) {
  Json trials_to = Json::object(), invalid_to = Json::object(), each = Json::object();
  for (size_t goal = 0; goal < kGoals.size(); ++goal) {
    const std::string key = std::to_string(kGoals[goal]);
    trials_to[key] = spread_to_json(row.trials_to[goal]);
    invalid_to[key] = spread_to_json(row.invalid_to[goal]);
    Json& seeds = each[key] = Json::array();
    for (const std::optional<uint64_t>& one : row.each_trials_to[goal])
      seeds.push_back(one ? Json(*one) : Json(nullptr));
  }
  Json curve = Json::array();
  for (const CurvePoint& point : row.curve)
    curve.push_back({{"trials", point.trials}, {"relative", point.relative}});
  Json json = {{"table", row.table},
               {"rows", row.rows},
               {"valid", row.valid},
               {"objective", to_json(row.objective)},
               {"best", row.objective.value_of(row.best_cost)},
               {"best_ns", row.objective.is_latency() ? Json(row.best_cost) : Json()},
               {"strategy", row.strategy},
               {"init", row.initializer},
               {"seeds", row.seeds},
               {"trials_to", std::move(trials_to)},
               {"invalid_to", std::move(invalid_to)},
               {"invalid_share", row.invalid_share},
               {"search_ms_per_trial", row.search_ms_per_trial},
               {"each_trials_to", std::move(each)},
               {"curve", std::move(curve)}};
  if (!row.revealed.empty()) json["revealed"] = row.revealed;
  if (const auto& missing = row.times_missing)
    json["times_missing"] = {{"all", missing->all}, {"build", missing->build}, {"run", missing->run}};
  if (row.time) add_time(json, *row.time);
  if (row.fair) add_fair(json, *row.fair, row.objective);
  if (row.noise) add_noise(json, *row.noise);
  return json;
}

}  // namespace

Json to_json(const std::vector<ComparisonRow>& rows) {
  Json all = Json::array();
  for (const ComparisonRow& row : rows) all.push_back(row_to_json(row));
  return all;
}

}  // namespace tamis
