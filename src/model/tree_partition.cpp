#include "model/tree_partition.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <variant>

namespace tamis {
namespace {

/// The rank of each number among the distinct ones.
std::vector<float> ranks_of(std::span<const double> numbers) {
  std::vector<double> distinct(numbers.begin(), numbers.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<float> ranks;
  for (const double number : numbers)
    ranks.push_back(
        static_cast<float>(std::lower_bound(distinct.begin(), distinct.end(), number) - distinct.begin()));
  return ranks;
}

/// The numbers that trees may split of each value of a knob, one list for each column.
std::vector<std::vector<double>> numbers_of(const Knob& knob) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&knob.values.front());
  if (factors == nullptr || factors->size() < 2) {
    std::vector<double> numbers;
    for (size_t value = 0; value < knob.values.size(); ++value) {
      const double own = scalar(knob.values[value]);
      numbers.push_back(knob.kind == KnobKind::name || std::isnan(own) ? static_cast<double>(value) : own);
    }
    return {numbers};
  }
  std::vector<std::vector<double>> columns(factors->size() - 1);
  for (const KnobValue& value : knob.values) {
    const auto* own = std::get_if<std::vector<int64_t>>(&value);
    for (size_t i = 0; i < columns.size(); ++i)
      columns[i].push_back(own != nullptr && i + 1 < own->size() ? static_cast<double>((*own)[i + 1]) : 0);
  }
  return columns;
}

uint32_t bucket_of(std::span<const float> thresholds, float number) {
  return static_cast<uint32_t>(std::lower_bound(thresholds.begin(), thresholds.end(), number) -
                               thresholds.begin());
}

/// Sums of what was added to ranges, from the differences at their ends.
void add_up(std::span<double> differences) {
  std::partial_sum(differences.begin(), differences.end(), differences.begin());
}

}  // namespace

KnobColumns::KnobColumns(const Space& space) {
  for (size_t knob = 0; knob < space.knobs().size(); ++knob) {
    first_.push_back(columns());
    values_.push_back(space.knobs()[knob].values.size());
    if (values_.back() < 2) continue;
    for (const std::vector<double>& numbers : numbers_of(space.knobs()[knob])) {
      numbers_.push_back(ranks_of(numbers));
      sorted_.push_back(numbers_.back());
      std::sort(sorted_.back().begin(), sorted_.back().end());
      knob_of_.push_back(knob);
    }
  }
  first_.push_back(columns());
}

size_t KnobColumns::count_up_to(size_t column, float number) const {
  const std::vector<float>& sorted = sorted_[column];
  return static_cast<size_t>(std::upper_bound(sorted.begin(), sorted.end(), number) - sorted.begin());
}

void KnobColumns::append(const Config& config, FeatureMatrix& matrix) const {
  matrix.columns = columns();
  for (size_t column = 0; column < columns(); ++column)
    matrix.values.push_back(numbers_[column][config.choices[knob_of_[column]]]);
}

/// Goes through a tree and notes its leaves, with the buckets between thresholds that are still open.
class TreePartition::Walk {
 public:
  Walk(TreePartition& partition, const Tree& tree)
      : partition_(partition), tree_(tree), splits_(partition.columns_->knobs(), 0) {
    for (const std::vector<float>& thresholds : partition.thresholds_)
      open_.push_back({0, static_cast<uint32_t>(thresholds.size()) + 1});
  }

  struct Part {
    double weight = 0;
    double mean = 0;
  };

  Part go(const TreeNode& node) {
    if (node.feature < 0) return add_leaf(node.mean);
    const auto column = static_cast<size_t>(node.feature);
    const size_t knob = partition_.columns_->knob_of(column);
    const uint32_t border = bucket_of(partition_.thresholds_[column], node.threshold) + 1;
    const Run before = open_[column];
    ++splits_[knob];
    open_[column].end = border;
    const Part left = go(tree_[node.left]);
    open_[column] = {border, before.end};
    const Part right = go(tree_[node.left + 1]);
    open_[column] = before;
    --splits_[knob];
    const double weight = left.weight + right.weight;
    if (!(weight > 0)) return {0, 0};
    const double apart = left.mean - right.mean;
    partition_.gains_[knob] += left.weight * right.weight / weight * apart * apart;
    return {weight, (left.weight * left.mean + right.weight * right.mean) / weight};
  }

 private:
  Part add_leaf(double value) {
    Leaf leaf{value, 1, partition_.sides_.size(), 0};
    for (size_t knob = 0; knob < splits_.size(); ++knob) {
      if (splits_[knob] == 0) continue;
      const Side side = add_side(knob);
      leaf.weight *= side.share;
      partition_.sides_.push_back(side);
    }
    leaf.end = partition_.sides_.size();
    partition_.leaves_.push_back(leaf);
    return {leaf.weight, value};
  }

  Side add_side(size_t knob) {
    std::vector<Run>& runs = partition_.runs_;
    Side side{knob, 0, runs.size(), 0};
    const size_t first = partition_.columns_->first(knob);
    if (partition_.columns_->first(knob + 1) == first + 1) {
      runs.push_back(open_[first]);
    } else {
      for (uint32_t cell = 0; cell < partition_.cells(knob); ++cell) {
        if (!is_open(knob, cell)) continue;
        if (runs.size() > side.begin && runs.back().end == cell)
          ++runs.back().end;
        else
          runs.push_back({cell, cell + 1});
      }
    }
    side.end = runs.size();
    for (const Run& run : partition_.runs(side))
      for (uint32_t cell = run.begin; cell < run.end; ++cell) side.share += partition_.weights_[knob][cell];
    return side;
  }

  bool is_open(size_t knob, size_t cell) const {
    const size_t first = partition_.columns_->first(knob);
    const size_t count = partition_.columns_->first(knob + 1) - first;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t bucket = partition_.corner_of_[knob][cell * count + i];
      if (bucket < open_[first + i].begin || bucket >= open_[first + i].end) return false;
    }
    return true;
  }

  TreePartition& partition_;
  const Tree& tree_;
  std::vector<Run> open_;       // by column
  std::vector<size_t> splits_;  // by knob: of the nodes above
};

TreePartition::TreePartition(const Tree& tree, const KnobColumns& columns)
    : columns_(&columns),
      thresholds_(columns.columns()),
      weights_(columns.knobs()),
      cell_of_(columns.knobs()),
      corner_of_(columns.knobs()),
      gains_(columns.knobs(), 0) {
  make_cells(tree);
  mean_ = Walk(*this, tree).go(tree.front()).mean;
  for (const Leaf& leaf : leaves_) variance_ += leaf.weight * (leaf.value - mean_) * (leaf.value - mean_);
}

void TreePartition::make_cells(const Tree& tree) {
  for (const TreeNode& node : tree)
    if (node.feature >= 0) thresholds_[static_cast<size_t>(node.feature)].push_back(node.threshold);
  for (std::vector<float>& thresholds : thresholds_) {
    std::sort(thresholds.begin(), thresholds.end());
    thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  }
  for (size_t knob = 0; knob < columns_->knobs(); ++knob) {
    const size_t first = columns_->first(knob);
    if (columns_->first(knob + 1) > first + 1) {
      sort_into_cells(knob);
      continue;
    }
    const auto values = static_cast<double>(columns_->values(knob));
    double below = 0;
    if (columns_->first(knob + 1) > first) {
      for (const float threshold : thresholds_[first]) {
        const auto count = static_cast<double>(columns_->count_up_to(first, threshold));
        weights_[knob].push_back((count - below) / values);
        below = count;
      }
    }
    weights_[knob].push_back((values - below) / values);
  }
}

void TreePartition::sort_into_cells(size_t knob) {
  const size_t first = columns_->first(knob);
  const size_t count = columns_->first(knob + 1) - first;
  const size_t values = columns_->values(knob);
  std::vector<uint32_t> buckets;
  for (size_t value = 0; value < values; ++value)
    for (size_t i = 0; i < count; ++i)
      buckets.push_back(bucket_of(thresholds_[first + i], columns_->number(first + i, value)));
  const auto corner = [&](size_t value) { return std::span(buckets).subspan(value * count, count); };
  std::vector<size_t> order(values);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::lexicographical_compare(corner(a).begin(), corner(a).end(), corner(b).begin(),
                                        corner(b).end());
  });
  cell_of_[knob].resize(values);
  for (size_t i = 0; i < values; ++i) {
    const auto own = corner(order[i]);
    if (i == 0 || !std::equal(own.begin(), own.end(), corner(order[i - 1]).begin())) {
      weights_[knob].push_back(0);
      corner_of_[knob].insert(corner_of_[knob].end(), own.begin(), own.end());
    }
    weights_[knob].back() += 1 / static_cast<double>(values);
    cell_of_[knob][order[i]] = static_cast<uint32_t>(weights_[knob].size() - 1);
  }
}

size_t TreePartition::cell(size_t knob, size_t value) const {
  if (!cell_of_[knob].empty()) return cell_of_[knob][value];
  const size_t column = columns_->first(knob);
  if (columns_->first(knob + 1) == column) return 0;
  return bucket_of(thresholds_[column], columns_->number(column, value));
}

const TreePartition::Side* TreePartition::find(const Leaf& leaf, size_t knob) const {
  for (const Side& side : sides(leaf))
    if (side.knob == knob) return &side;
  return nullptr;
}

std::vector<double> TreePartition::marginal(size_t knob) const {
  std::vector<double> sums(cells(knob) + 1, 0);
  for (const Leaf& leaf : leaves_) {
    const Side* side = find(leaf, knob);
    if (side == nullptr) {
      sums[0] += leaf.value * leaf.weight;
      continue;
    }
    const double part = leaf.value * leaf.weight / side->share;
    for (const Run& run : runs(*side)) {
      sums[run.begin] += part;
      sums[run.end] -= part;
    }
  }
  add_up(sums);
  sums.pop_back();
  return sums;
}

std::vector<double> TreePartition::marginal(size_t first, size_t second) const {
  const size_t width = cells(second) + 1;
  std::vector<double> sums((cells(first) + 1) * width, 0);
  const Run all_rows{0, static_cast<uint32_t>(cells(first))};
  const Run all_columns{0, static_cast<uint32_t>(cells(second))};
  double everywhere = 0;
  for (const Leaf& leaf : leaves_) {
    const Side* a = find(leaf, first);
    const Side* b = find(leaf, second);
    double part = leaf.value * leaf.weight;
    if (a == nullptr && b == nullptr) {
      everywhere += part;
      continue;
    }
    part /= (a == nullptr ? 1 : a->share) * (b == nullptr ? 1 : b->share);
    for (const Run& rows : a == nullptr ? std::span(&all_rows, 1) : runs(*a)) {
      for (const Run& columns : b == nullptr ? std::span(&all_columns, 1) : runs(*b)) {
        sums[rows.begin * width + columns.begin] += part;
        sums[rows.begin * width + columns.end] -= part;
        sums[rows.end * width + columns.begin] -= part;
        sums[rows.end * width + columns.end] += part;
      }
    }
  }
  sums[0] += everywhere;
  std::vector<double> means;
  means.reserve(cells(first) * cells(second));
  for (size_t row = 0; row < cells(first); ++row) {
    const std::span<double> own = std::span(sums).subspan(row * width, width);
    add_up(own);
    if (row > 0)
      for (size_t i = 0; i < width; ++i) own[i] += sums[(row - 1) * width + i];
    means.insert(means.end(), own.begin(), own.end() - 1);
  }
  return means;
}

size_t TreePartition::work(size_t first, size_t second) const {
  size_t work = cells(first) * cells(second);
  for (const Leaf& leaf : leaves_) {
    const Side* a = find(leaf, first);
    const Side* b = find(leaf, second);
    work += 4 * (a == nullptr ? 1 : a->end - a->begin) * (b == nullptr ? 1 : b->end - b->begin);
  }
  return work;
}

}  // namespace tamis
