#include "model/boosted_trees.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <xgboost/c_api.h>

namespace tamis {
namespace {

Status check(int code, const char* doing) {
  if (code == 0) return {};
  return Error{ErrorKind::internal, fmt::format("XGBoost failed {}: {}", doing, XGBGetLastError())};
}

/// Owns XGBoost's copy of a feature matrix.
class BoosterMatrix {
 public:
  static Result<BoosterMatrix> create(const FeatureMatrix& features) {
    BoosterMatrix matrix;
    TAMIS_TRY(check(XGDMatrixCreateFromMat(features.values.data(), features.rows(), features.columns,
                                           std::numeric_limits<float>::quiet_NaN(), &matrix.handle_),
                    "copying features"));
    return matrix;
  }
  BoosterMatrix(BoosterMatrix&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  BoosterMatrix& operator=(BoosterMatrix&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~BoosterMatrix() {
    if (handle_ != nullptr) XGDMatrixFree(handle_);
  }
  DMatrixHandle get() const { return handle_; }

 private:
  BoosterMatrix() = default;
  DMatrixHandle handle_ = nullptr;
};

const char* xgboost_name(TrainingObjective objective) {
  switch (objective) {
    case TrainingObjective::pairwise_rank:
      return "rank:pairwise";
    case TrainingObjective::squared_error:
      return "reg:squarederror";
    case TrainingObjective::logistic:
      return "binary:logistic";
  }
  return "";
}

}  // namespace

/// Owns XGBoost's model.
struct BoostedTrees::Booster {
  BoosterHandle handle = nullptr;
  Booster() = default;
  Booster(const Booster&) = delete;
  Booster& operator=(const Booster&) = delete;
  ~Booster() {
    if (handle != nullptr) XGBoosterFree(handle);
  }

  Status create(const BoosterMatrix& training, const BoostedTreesOptions& options) {
    const DMatrixHandle matrices[] = {training.get()};
    TAMIS_TRY(check(XGBoosterCreate(matrices, 1, &handle), "making a model"));
    const std::pair<const char*, std::string> parameters[] = {
        {"verbosity", "0"},
        {"nthread", "1"},
        {"seed", "0"},
        {"objective", xgboost_name(options.objective)},
        {"max_depth", fmt::format("{}", options.max_depth)},
        {"eta", fmt::format("{}", options.learning_rate)},
        {"gamma", fmt::format("{}", options.min_split_gain)},
        {"min_child_weight", fmt::format("{}", options.min_child_weight)},
        {"lambda", fmt::format("{}", options.l2_penalty)},
        {"base_score", "0.5"},
        {"tree_method", "exact"},
        {"disable_default_eval_metric", "1"},
    };
    for (const auto& [name, value] : parameters)
      TAMIS_TRY(check(XGBoosterSetParam(handle, name, value.c_str()), "taking a setting"));
    return {};
  }

  /// Points into XGBoost's memory, good until the next prediction of this booster.
  Result<std::span<const float>> predict(const BoosterMatrix& matrix) const {
    static constexpr const char* kWhole =
        R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    TAMIS_TRY(check(XGBoosterPredictFromDMatrix(handle, matrix.get(), kWhole, &shape, &dimensions, &values),
                    "predicting"));
    size_t count = 1;
    for (bst_ulong i = 0; i < dimensions; ++i) count *= shape[i];
    return std::span<const float>(values, count);
  }

  /// Adds trees until the options say stop; the number of rounds made.
  Result<int> train(const BoosterMatrix& training, std::span<const float> targets,
                    const BoostedTreesOptions& options) {
    double best = -std::numeric_limits<double>::infinity();
    int best_round = 0;
    for (int round = 0; round < options.max_rounds; ++round) {
      TAMIS_TRY(check(XGBoosterUpdateOneIter(handle, round, training.get()), "adding a tree"));
      if (!options.score) continue;
      TAMIS_ASSIGN(const std::span<const float> predictions, predict(training));
      // AutoTVM reads the score back from six printed decimals.
      const double score = std::round(options.score(predictions, targets) * 1e6) / 1e6;
      if (score > best) {
        best = score;
        best_round = round;
      } else if (round - best_round >= options.patience) {
        return round + 1;
      }
    }
    return options.max_rounds;
  }
};

Status boosted_trees_supported() { return {}; }

BoostedTrees::BoostedTrees(BoostedTreesOptions options) : options_(std::move(options)) {}
BoostedTrees::~BoostedTrees() = default;

Status BoostedTrees::fit(const FeatureMatrix& features, std::span<const float> targets) {
  TAMIS_TRY(check_training(features, targets));
  TAMIS_ASSIGN(const BoosterMatrix training, BoosterMatrix::create(features));
  TAMIS_TRY(check(XGDMatrixSetFloatInfo(training.get(), "label", targets.data(), targets.size()),
                  "taking targets"));
  auto booster = std::make_unique<Booster>();
  TAMIS_TRY(booster->create(training, options_));
  TAMIS_ASSIGN(rounds_, booster->train(training, targets, options_));
  booster_ = std::move(booster);
  columns_ = features.columns;
  return {};
}

Result<std::vector<float>> BoostedTrees::predict(const FeatureMatrix& features) const {
  TAMIS_TRY(check_asked(features, columns_));
  if (features.values.empty()) return std::vector<float>{};
  TAMIS_ASSIGN(const BoosterMatrix matrix, BoosterMatrix::create(features));
  TAMIS_ASSIGN(const std::span<const float> predictions, booster_->predict(matrix));
  return std::vector<float>(predictions.begin(), predictions.end());
}

}  // namespace tamis
