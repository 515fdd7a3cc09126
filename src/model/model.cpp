#include "model/model.h"

#include <fmt/format.h>

namespace tamis {

Status check_training(const FeatureMatrix& features, std::span<const float> targets) {
  if (features.rows() == 0) return invalid_input("a model cannot be fitted on no rows; give it at least one");
  if (features.rows() != targets.size() || features.values.size() != features.rows() * features.columns)
    return invalid_input(
        fmt::format("a model was given {} values in rows of {} but {} targets; give one target a row",
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

}  // namespace tamis
