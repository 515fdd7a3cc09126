#include "search/predicted_scores.h"

namespace tamis {

void PredictedScores::forget() {
  whole_scores_.clear();
  scores_.clear();
}

Result<std::vector<float>> PredictedScores::at(std::span<const uint64_t> indexes) {
  std::vector<float> result;
  result.reserve(indexes.size());
  if (space_.size() <= kWholeSpace) {
    if (whole_scores_.empty()) TAMIS_TRY(predict_whole_space());
    for (const uint64_t index : indexes) result.push_back(whole_scores_[index]);
  } else {
    TAMIS_TRY(predict_missing(indexes));
    for (const uint64_t index : indexes) result.push_back(scores_.at(index));
  }
  return result;
}

Status PredictedScores::predict_whole_space() {
  if (whole_space_.values.empty())
    for (uint64_t index = 0; index < space_.size(); ++index)
      append_knob_features(space_, space_.config(index), whole_space_);
  TAMIS_ASSIGN(whole_scores_, model_.predict(whole_space_));
  return {};
}

Status PredictedScores::predict_missing(std::span<const uint64_t> indexes) {
  std::vector<uint64_t> missing;
  for (const uint64_t index : indexes)
    if (scores_.try_emplace(index, 0.0F).second) missing.push_back(index);
  TAMIS_ASSIGN(const std::vector<float> predictions, model_.predict(knob_features(space_, missing)));
  for (size_t i = 0; i < missing.size(); ++i) scores_[missing[i]] = predictions[i];
  return {};
}

}  // namespace tamis
