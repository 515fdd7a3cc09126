#pragma once

#include "model/model.h"

namespace tamis {

struct NeighbourhoodOptions {
  double reach = 0.15;  ///< distance at which a known row still counts exp(-1/2) of one at the same place
};

/// A mean of the known targets, weighted by nearness (the Nadaraya-Watson estimate with a Gaussian kernel,
/// 1964). Learns from a handful of rows, even when all targets are equal, where trees cannot: a validity
/// model for the first trials. Features must be points of which nearness means likeness (ConfigCoordinates).
class Neighbourhood final : public Model {
 public:
  explicit Neighbourhood(const NeighbourhoodOptions& options = {}) : options_(options) {}
  Status fit(const FeatureMatrix& features, std::span<const float> targets) override;
  Result<std::vector<float>> predict(const FeatureMatrix& features) const override;

 private:
  NeighbourhoodOptions options_;
  FeatureMatrix known_;
  std::vector<float> targets_;
};

/// The square of the Euclidean distance of two rows of one length.
double squared_distance(std::span<const float> a, std::span<const float> b);

}  // namespace tamis
