#include "model/grid_kernel.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tamis {
namespace {

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

std::vector<float> differences(size_t levels) {
  std::vector<float> squares(levels * levels, 1);
  for (size_t i = 0; i < levels; ++i) squares[i * levels + i] = 0;
  return squares;
}

}  // namespace

GridKernel::GridKernel(const ConfigGrid& grid, const AspectScales& scales) : grid_(&grid) {
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

void GridKernel::distances(size_t a, size_t begin, size_t count, float* result) const {
  std::fill(result, result + count, 0.0F);
  for (size_t i = 0; i < combined_.size(); ++i) {
    const GridColumn& column = grid_->columns()[i];
    const float* row = combined_[i].data() + column.levels[a] * column.values.size();
    const uint8_t* levels = column.levels.data() + begin;
    for (size_t j = 0; j < count; ++j) result[j] += row[levels[j]];
  }
}

double matern(double squared_distance) {
  const double r = std::sqrt(5 * squared_distance);
  return (1 + r + r * r / 3) * std::exp(-r);
}

}  // namespace tamis
