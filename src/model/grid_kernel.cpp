#include "model/grid_kernel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tamis {
namespace {

/// Tables of so many entries stay in the first cache.
constexpr size_t kCodes = 1024;

/// Squared differences of numbers, in units of their reach.
std::vector<float> squares_of(const std::vector<double>& numbers) {
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  const double reach = *high - *low;
  std::vector<float> squares;
  for (const double a : numbers)
    for (const double b : numbers)
      squares.push_back(reach > 0 ? static_cast<float>((a - b) / reach * ((a - b) / reach)) : 0);
  return squares;
}

/// A table, and what to look up in it.
struct LookUp {
  const float* table;
  const uint16_t* codes;
};

/// result = the sum of so many tables, each at its codes, or that added to it. Sums are formed in the same
/// order however many are looked up at a time.
template <size_t Tables>
void look_up(const LookUp* all, size_t count, bool adds, float* result) {
  std::array<LookUp, Tables> local;
  std::copy_n(all, Tables, local.begin());
  const auto sum = [&](float start, size_t i, size_t from) {
    for (size_t k = from; k < Tables; ++k) start += local[k].table[local[k].codes[i]];
    return start;
  };
  if (adds)
    for (size_t i = 0; i < count; ++i) result[i] = sum(result[i], i, 0);
  else
    for (size_t i = 0; i < count; ++i) result[i] = sum(local[0].table[local[0].codes[i]], i, 1);
}

void look_up(std::span<const LookUp> all, size_t count, float* result) {
  if (all.empty()) std::fill(result, result + count, 0.0F);
  for (size_t i = 0; i < all.size();) {
    const size_t left = all.size() - i;
    if (left >= 4) {
      look_up<4>(&all[i], count, i > 0, result);
      i += 4;
    } else if (left >= 2) {
      look_up<2>(&all[i], count, i > 0, result);
      i += 2;
    } else {
      look_up<1>(&all[i], count, i > 0, result);
      i += 1;
    }
  }
}

std::vector<float> differences(size_t levels) {
  std::vector<float> squares(levels * levels, 1);
  for (size_t i = 0; i < levels; ++i) squares[i * levels + i] = 0;
  return squares;
}

}  // namespace

GridKernel::GridKernel(const ConfigGrid& grid, const AspectScales& scales)
    : grid_(&grid), joined_(std::make_shared<const std::vector<Joined>>(join(grid))) {
  const auto add = [&](size_t column, Aspect aspect, std::vector<float> squares, double scale) {
    if (std::isinf(scale)) return;
    parts_.push_back({column, aspect, std::move(squares)});
    lengthscales_.push_back(scale);
  };
  const double name_scale = std::isinf(scales.sameness) ? scales.position : scales.sameness;
  for (size_t i = 0; i < grid.columns().size(); ++i) {
    const GridColumn& column = grid.columns()[i];
    const size_t levels = column.values.size();
    if (column.ordered) add(i, Aspect::position, squares_of(scaled_values(column)), scales.position);
    // Of two values position already says whether they are the same.
    if (!column.ordered || (column.chosen && levels > 2))
      add(i, Aspect::sameness, differences(levels), column.ordered ? scales.sameness : name_scale);
    if (const std::vector<double> aligned = alignments(column); !aligned.empty())
      add(i, Aspect::alignment, squares_of(aligned), scales.alignment);
  }
  combine();
}

void GridKernel::set_lengthscales(std::vector<double> lengthscales) {
  lengthscales_ = std::move(lengthscales);
  combine();
}

void GridKernel::combine() {
  combined_.clear();
  for (const GridColumn& column : grid_->columns())
    combined_.emplace_back(column.values.size() * column.values.size(), 0.0F);
  for (size_t i = 0; i < parts_.size(); ++i) {
    std::vector<float>& table = combined_[parts_[i].column];
    const auto weight = static_cast<float>(1 / (lengthscales_[i] * lengthscales_[i]));
    for (size_t j = 0; j < table.size(); ++j) table[j] += weight * parts_[i].squares[j];
  }
}

double GridKernel::square(size_t part, size_t a, size_t b) const {
  const GridColumn& column = grid_->columns()[parts_[part].column];
  return parts_[part].squares[column.levels[a] * column.values.size() + column.levels[b]];
}

double GridKernel::distance(size_t a, size_t b) const {
  double sum = 0;
  for (size_t i = 0; i < combined_.size(); ++i) {
    const GridColumn& column = grid_->columns()[i];
    sum += combined_[i][column.levels[a] * column.values.size() + column.levels[b]];
  }
  return sum;
}

/// Columns in their order, as many at a time as have few enough different configs between them.
std::vector<GridKernel::Joined> GridKernel::join(const ConfigGrid& grid) {
  std::vector<Joined> all;
  for (size_t i = 0; i < grid.columns().size(); ++i) {
    const GridColumn& column = grid.columns()[i];
    const size_t levels = column.values.size();
    if (all.empty() || all.back().codes * levels > kCodes)
      all.push_back({{}, 1, std::vector<uint16_t>(grid.size(), 0)});
    Joined& joined = all.back();
    for (size_t j = 0; j < grid.size(); ++j)
      joined.code_of[j] = static_cast<uint16_t>(joined.code_of[j] + joined.codes * column.levels[j]);
    joined.columns.push_back(i);
    joined.codes *= levels;
  }
  return all;
}

GridKernel::Row GridKernel::row(size_t a) const {
  Row row;
  size_t size = 0;
  for (const Joined& joined : *joined_) size += joined.codes;
  row.numbers.resize(size);
  size_t begin = 0;
  for (const Joined& joined : *joined_) {
    row.tables.push_back(begin);
    float* table = row.numbers.data() + begin;
    size_t length = 1;
    for (const size_t i : joined.columns) {
      const GridColumn& column = grid_->columns()[i];
      const size_t levels = column.values.size();
      const float* squares = combined_[i].data() + column.levels[a] * levels;
      // What is there belongs to the first level, and is the last to change.
      for (size_t level = levels; level-- > 0;)
        for (size_t j = 0; j < length; ++j) table[level * length + j] = table[j] + squares[level];
      length *= levels;
    }
    begin += joined.codes;
  }
  return row;
}

void GridKernel::distances(const Row& row, size_t begin, size_t count, float* result) const {
  std::vector<LookUp> all;
  all.reserve(row.tables.size());
  for (size_t i = 0; i < row.tables.size(); ++i)
    all.push_back({row.numbers.data() + row.tables[i], (*joined_)[i].code_of.data() + begin});
  look_up(all, count, result);
}

GridKernel::Chosen GridKernel::choose(std::span<const size_t> configs) const {
  Chosen chosen;
  for (const Joined& joined : *joined_) {
    std::vector<uint16_t>& codes = chosen.codes.emplace_back();
    codes.reserve(configs.size());
    for (const size_t config : configs) codes.push_back(joined.code_of[config]);
  }
  return chosen;
}

void GridKernel::distances(const Row& row, const Chosen& chosen, size_t begin, size_t count, float* result) {
  std::vector<LookUp> all;
  all.reserve(row.tables.size());
  for (size_t i = 0; i < row.tables.size(); ++i)
    all.push_back({row.numbers.data() + row.tables[i], chosen.codes[i].data() + begin});
  look_up(all, count, result);
}

double matern(double squared_distance) {
  const double r = std::sqrt(5 * squared_distance);
  return (1 + r + r * r / 3) * std::exp(-r);
}

}  // namespace tamis
