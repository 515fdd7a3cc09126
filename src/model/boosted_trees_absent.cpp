#include "model/boosted_trees.h"

// A build without XGBoost (TAMIS_WITH_XGBOOST=OFF).

namespace tamis {

Status boosted_trees_supported() {
  return unsupported(
      "this build of tamis has no XGBoost, so it cannot learn boosted trees; build it with "
      "-DTAMIS_WITH_XGBOOST=ON (Debian: libxgboost-dev)");
}

struct BoostedTrees::Booster {};

BoostedTrees::BoostedTrees(BoostedTreesOptions options) : options_(std::move(options)) {}
BoostedTrees::~BoostedTrees() = default;

Status BoostedTrees::fit(const FeatureMatrix&, std::span<const float>) { return boosted_trees_supported(); }

Result<std::vector<float>> BoostedTrees::predict(const FeatureMatrix&) const {
  return boosted_trees_supported().error();
}

}  // namespace tamis
