#include "model/model.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Positions of items from the largest value down.
std::vector<size_t> descending(std::span<const float> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
  return order;
}

/// The order in which predictions are visited: equal ones from the last to the first, as numpy's reversed
/// argsort has it.
std::vector<size_t> visiting_order(std::span<const float> predictions) {
  std::vector<size_t> order(predictions.size());
  std::iota(order.rbegin(), order.rend(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return predictions[a] > predictions[b]; });
  return order;
}

}  // namespace

Status check_training(const FeatureMatrix& features, std::span<const float> targets) {
  if (features.rows() == 0) return invalid_input("a model cannot be fitted on no rows; give it at least one");
  if (features.rows() != targets.size() || features.values.size() != features.rows() * features.columns)
    return invalid_input(
        fmt::format("a model was given {} values in rows of {} but {} targets; give one target per row",
                    features.values.size(), features.columns, targets.size()));
  return {};
}

Status check_asked(const FeatureMatrix& features, size_t columns) {
  if (columns == 0) return invalid_input("a model was asked to predict before it was fitted; fit it first");
  if (!features.values.empty() && features.columns != columns)
    return invalid_input(fmt::format("a model fitted on rows of {} features was asked about rows of {}",
                                     columns, features.columns));
  return {};
}

double average_recall(std::span<const float> predictions, std::span<const float> labels, size_t top) {
  const std::vector<size_t> visited = visiting_order(predictions);
  std::vector<float> visited_labels(visited.size());
  for (size_t i = 0; i < visited.size(); ++i) visited_labels[i] = labels[visited[i]];
  const std::vector<size_t> best_first = descending(visited_labels);
  std::vector<size_t> ranks(best_first.size());
  for (size_t rank = 0; rank < best_first.size(); ++rank) ranks[best_first[rank]] = rank;

  // An item at position p of rank r is first counted at i = max(p + 1, r), and at every later i.
  const size_t end = std::min(top, ranks.size());
  std::vector<size_t> newly_counted(end + 1, 0);
  for (size_t position = 0; position < end; ++position)
    ++newly_counted[std::min(end, std::max(position + 1, ranks[position]))];
  double sum = 0;
  size_t counted = 0;
  for (size_t i = 0; i < end; ++i) {
    counted += newly_counted[i];
    sum += static_cast<double>(counted) / static_cast<double>(i + 1);
  }
  return sum / static_cast<double>(top);
}

}  // namespace tamis
