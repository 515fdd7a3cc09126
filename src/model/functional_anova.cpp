#include "model/functional_anova.h"

#include "model/model.h"
#include "model/tree_grower.h"
#include "tamis/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

using Estimate = FunctionalAnova::Estimate;

Estimate estimate_of(std::span<const double> numbers) {
  if (numbers.empty()) return {};
  const auto count = static_cast<double>(numbers.size());
  const double mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / count;
  double squares = 0;
  for (const double number : numbers) squares += (number - mean) * (number - mean);
  return {mean, std::sqrt(squares / count)};
}

double variance_of(std::span<const double> marginal, std::span<const double> weights, double mean) {
  double variance = 0;
  for (size_t cell = 0; cell < marginal.size(); ++cell)
    variance += weights[cell] * (marginal[cell] - mean) * (marginal[cell] - mean);
  return variance;
}

/// The variance of what two knobs explain beyond their own marginals.
double interaction(const TreePartition& tree, size_t first, size_t second) {
  const std::vector<double> rows = tree.marginal(first);
  const std::vector<double> columns = tree.marginal(second);
  const std::vector<double> both = tree.marginal(first, second);
  double variance = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t column = 0; column < columns.size(); ++column) {
      const double rest = both[row * columns.size() + column] - rows[row] - columns[column] + tree.mean();
      variance += tree.weights(first)[row] * tree.weights(second)[column] * rest * rest;
    }
  }
  return variance;
}

/// Rounding leaves trees of one value with a variance near 0, where that of the targets is 1.
bool varies(const TreePartition& tree) { return tree.variance() > 1e-9; }

/// Predictions of each row by the trees that did not see it.
class OutOfBag {
 public:
  explicit OutOfBag(size_t rows) : sums_(rows, 0), counts_(rows, 0) {}

  void add(const Tree& tree, const FeatureMatrix& features, std::span<const uint32_t> seen) {
    std::vector<bool> in_bag(sums_.size(), false);
    for (const uint32_t row : seen) in_bag[row] = true;
    for (size_t row = 0; row < sums_.size(); ++row) {
      if (in_bag[row]) continue;
      sums_[row] += find_leaf(tree, features.row(row)).mean;
      ++counts_[row];
    }
  }

  std::optional<double> explained(std::span<const float> targets) const {
    double mean = 0;
    size_t judged = 0;
    for (size_t row = 0; row < targets.size(); ++row) {
      if (counts_[row] == 0) continue;
      mean += targets[row];
      ++judged;
    }
    if (judged == 0) return std::nullopt;
    mean /= static_cast<double>(judged);
    double all = 0;
    double left = 0;
    for (size_t row = 0; row < targets.size(); ++row) {
      if (counts_[row] == 0) continue;
      const double target = targets[row];
      const double miss = target - sums_[row] / static_cast<double>(counts_[row]);
      all += (target - mean) * (target - mean);
      left += miss * miss;
    }
    if (!(all > 0)) return std::nullopt;
    return 1 - left / all;
  }

 private:
  std::vector<double> sums_;
  std::vector<uint32_t> counts_;
};

}  // namespace

Result<FunctionalAnova> FunctionalAnova::fit(const Space& space, std::span<const Config> configs,
                                             std::span<const double> targets, const AnovaOptions& options) {
  if (configs.size() != targets.size())
    return invalid_input(fmt::format("functional ANOVA was given {} configs but {} targets; give one each",
                                     configs.size(), targets.size()));
  FunctionalAnova anova(space);
  if (anova.columns_->columns() == 0)
    return invalid_input("functional ANOVA needs a knob with more than one value; the space has none");
  FeatureMatrix features;
  for (const Config& config : configs) {
    if (!belongs(space, config)) return invalid_input("functional ANOVA was given a config of another space");
    anova.columns_->append(config, features);
  }
  const Estimate all = estimate_of(targets);
  if (!std::isfinite(all.deviation))
    return invalid_input("functional ANOVA was given targets that are not finite, or too large to square");
  const bool constant = all.deviation <= 1e-12 * std::abs(all.mean);
  anova.offset_ = all.mean;
  anova.scale_ = constant ? 1 : all.deviation;
  std::vector<float> scaled;
  for (const double target : targets)
    scaled.push_back(constant ? 0 : static_cast<float>((target - anova.offset_) / anova.scale_));
  TAMIS_TRY(check_training(features, scaled));
  anova.grow(features, scaled, options);
  anova.find_pairs(options);
  return anova;
}

void FunctionalAnova::grow(const FeatureMatrix& features, std::span<const float> targets,
                           const AnovaOptions& options) {
  const auto count = static_cast<double>(columns_->columns());
  RandomForestOptions forest;
  forest.feature_share = std::min(5.0 / 6.0, static_cast<double>(options.most_features) / count);
  forest.min_leaf_rows = options.min_leaf_rows;
  const std::vector<float> weights(targets.size(), 1.0F);
  const BinnedFeatures bins(features);
  TreeGrower grower(bins, targets, weights, forest);
  Random random = Random::stream(options.seed, "functional anova");
  OutOfBag unseen(targets.size());
  for (size_t i = 0; i < options.trees; ++i) {
    std::vector<uint32_t> rows(targets.size());
    for (uint32_t& row : rows) row = static_cast<uint32_t>(random.below(targets.size()));
    const Tree tree = grower.grow(rows, random);
    unseen.add(tree, features, rows);
    partitions_.emplace_back(tree, *columns_);
  }
  explained_ = unseen.explained(targets);
}

/// The knobs by which trees split, those by which they split most first.
std::vector<size_t> FunctionalAnova::splitting_knobs() const {
  std::vector<double> gains(columns_->knobs(), 0);
  for (const TreePartition& tree : partitions_)
    for (size_t knob = 0; knob < gains.size() && varies(tree); ++knob)
      gains[knob] += tree.gain(knob) / tree.variance();
  std::vector<size_t> knobs;
  for (size_t knob = 0; knob < gains.size(); ++knob)
    if (gains[knob] > 0) knobs.push_back(knob);
  std::stable_sort(knobs.begin(), knobs.end(), [&](size_t a, size_t b) { return gains[a] > gains[b]; });
  return knobs;
}

void FunctionalAnova::find_pairs(const AnovaOptions& options) {
  const std::vector<size_t> knobs = splitting_knobs();
  size_t left = options.pair_work;
  // Pairs of the first knobs come first.
  for (size_t j = 1; j < std::min(knobs.size(), options.pair_knobs); ++j) {
    for (size_t i = 0; i < j; ++i) {
      const auto [first, second] = std::minmax(knobs[i], knobs[j]);
      const size_t trees = affordable(first, second, left, options);
      if (trees > 0) pairs_.push_back(judge(first, second, trees));
    }
  }
  std::stable_sort(pairs_.begin(), pairs_.end(),
                   [](const Pair& a, const Pair& b) { return a.share.mean > b.share.mean; });
  if (!knobs.empty()) pairs_left_out_ = knobs.size() * (knobs.size() - 1) / 2 - pairs_.size();
}

/// How many of the trees to ask about a pair, whose work is taken off what is left; 0 for too few.
size_t FunctionalAnova::affordable(size_t first, size_t second, size_t& left,
                                   const AnovaOptions& options) const {
  size_t work = 0;
  size_t trees = 0;
  for (; trees < partitions_.size(); ++trees) {
    const size_t more = partitions_[trees].work(first, second);
    const bool dear = trees >= options.pair_trees && work + more > options.pair_work / 64;
    if (dear || work + more > left) break;
    work += more;
  }
  if (trees < std::min(options.pair_trees, partitions_.size())) return 0;
  left -= work;
  return trees;
}

FunctionalAnova::Pair FunctionalAnova::judge(size_t first, size_t second, size_t trees) const {
  std::vector<double> shares;
  for (const TreePartition& tree : std::span(partitions_).first(trees))
    if (varies(tree)) shares.push_back(std::min(1.0, interaction(tree, first, second) / tree.variance()));
  return {first, second, estimate_of(shares)};
}

double FunctionalAnova::mean() const {
  double sum = 0;
  for (const TreePartition& tree : partitions_) sum += tree.mean();
  return offset_ + scale_ * sum / static_cast<double>(partitions_.size());
}

std::vector<Estimate> FunctionalAnova::shares() const {
  std::vector<Estimate> estimates;
  for (size_t knob = 0; knob < columns_->knobs(); ++knob) {
    std::vector<double> shares;
    for (const TreePartition& tree : partitions_) {
      if (!varies(tree)) continue;
      const double variance = variance_of(tree.marginal(knob), tree.weights(knob), tree.mean());
      shares.push_back(std::min(1.0, variance / tree.variance()));
    }
    estimates.push_back(estimate_of(shares));
  }
  return estimates;
}

std::vector<Estimate> FunctionalAnova::marginal(size_t knob) const {
  std::vector<std::vector<double>> by_tree;
  for (const TreePartition& tree : partitions_) by_tree.push_back(tree.marginal(knob));
  std::vector<Estimate> estimates;
  std::vector<double> means(partitions_.size());
  for (size_t value = 0; value < columns_->values(knob); ++value) {
    for (size_t i = 0; i < partitions_.size(); ++i)
      means[i] = offset_ + scale_ * by_tree[i][partitions_[i].cell(knob, value)];
    estimates.push_back(estimate_of(means));
  }
  return estimates;
}

std::vector<double> FunctionalAnova::marginal(size_t first, size_t second) const {
  const size_t columns = columns_->values(second);
  std::vector<double> means(columns_->values(first) * columns, 0);
  for (const TreePartition& tree : partitions_) {
    const std::vector<double> own = tree.marginal(first, second);
    std::vector<size_t> cells;
    for (size_t value = 0; value < columns; ++value) cells.push_back(tree.cell(second, value));
    for (size_t value = 0; value < columns_->values(first); ++value) {
      const size_t row = tree.cell(first, value) * tree.cells(second);
      for (size_t i = 0; i < columns; ++i) means[value * columns + i] += own[row + cells[i]];
    }
  }
  for (double& mean : means) mean = offset_ + scale_ * mean / static_cast<double>(partitions_.size());
  return means;
}

}  // namespace tamis
