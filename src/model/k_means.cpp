#include "model/k_means.h"

#include "model/neighbourhood.h"

#include <algorithm>
#include <limits>
#include <span>

namespace tamis {
namespace {

void append(FeatureMatrix& matrix, std::span<const float> row) {
  matrix.columns = row.size();
  matrix.values.insert(matrix.values.end(), row.begin(), row.end());
}

/// A position drawn in proportion to the weights; any where all are 0.
size_t draw(const std::vector<double>& weights, Random& random) {
  double total = 0;
  for (const double weight : weights) total += weight;
  if (total <= 0) return random.below(weights.size());
  double left = random.uniform() * total;
  for (size_t i = 0; i < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

FeatureMatrix spread_centres(const FeatureMatrix& rows, size_t count, Random& random) {
  FeatureMatrix centres;
  std::vector<double> distances(rows.rows(), 1.0);
  while (centres.rows() < count) {
    const size_t chosen = draw(distances, random);
    append(centres, rows.row(chosen));
    for (size_t i = 0; i < rows.rows(); ++i) {
      const double distance = squared_distance(rows.row(i), rows.row(chosen));
      distances[i] = centres.rows() == 1 ? distance : std::min(distances[i], distance);
    }
  }
  return centres;
}

/// Gives every row to its nearest centre; whether any changed its cluster.
bool assign(const FeatureMatrix& rows, Clusters& clusters) {
  bool changed = false;
  clusters.loss = 0;
  for (size_t i = 0; i < rows.rows(); ++i) {
    size_t nearest = 0;
    double least = std::numeric_limits<double>::infinity();
    for (size_t centre = 0; centre < clusters.centres.rows(); ++centre) {
      const double distance = squared_distance(rows.row(i), clusters.centres.row(centre));
      if (distance >= least) continue;
      least = distance;
      nearest = centre;
    }
    clusters.loss += least;
    changed = changed || clusters.members[i] != nearest;
    clusters.members[i] = nearest;
  }
  return changed;
}

/// Moves every centre to the mean of its rows; a centre without rows stays.
void centre(const FeatureMatrix& rows, Clusters& clusters) {
  const size_t columns = rows.columns;
  std::vector<double> sums(clusters.centres.values.size(), 0.0);
  std::vector<size_t> counts(clusters.centres.rows(), 0);
  for (size_t i = 0; i < rows.rows(); ++i) {
    ++counts[clusters.members[i]];
    for (size_t column = 0; column < columns; ++column)
      sums[clusters.members[i] * columns + column] += rows.row(i)[column];
  }
  for (size_t i = 0; i < sums.size(); ++i)
    if (const size_t count = counts[i / columns]; count > 0)
      clusters.centres.values[i] = static_cast<float>(sums[i] / static_cast<double>(count));
}

}  // namespace

Clusters k_means(const FeatureMatrix& rows, size_t count, int rounds, Random& random) {
  Clusters clusters;
  clusters.members.assign(rows.rows(), 0);
  clusters.centres = spread_centres(rows, std::min(count, rows.rows()), random);
  if (clusters.centres.rows() == 0) return clusters;
  assign(rows, clusters);
  for (int round = 0; round < rounds; ++round) {
    centre(rows, clusters);
    if (!assign(rows, clusters)) break;
  }
  return clusters;
}

}  // namespace tamis
