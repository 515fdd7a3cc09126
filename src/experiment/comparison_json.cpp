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
  return {{"table", row.table},
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
}

}  // namespace

Json to_json(const std::vector<ComparisonRow>& rows) {
  Json all = Json::array();
  for (const ComparisonRow& row : rows) all.push_back(row_to_json(row));
  return all;
}

}  // namespace tamis
