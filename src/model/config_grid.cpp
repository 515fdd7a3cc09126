#include "model/config_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tamis {
namespace {

/// Numbers as levels: the distinct ones in ascending order, neighbours together where there are too many.
GridColumn ordered_column(std::string name, std::span<const double> numbers) {
  std::vector<double> distinct(numbers.begin(), numbers.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  GridColumn column{std::move(name), false, true, {}, {}};
  const size_t levels = std::min(distinct.size(), ConfigGrid::kLevels);
  for (size_t i = 0; i < levels; ++i) column.values.push_back(distinct[i * distinct.size() / levels]);
  column.levels.reserve(numbers.size());
  for (const double number : numbers) {
    const auto above = std::upper_bound(column.values.begin(), column.values.end(), number);
    column.levels.push_back(static_cast<uint8_t>(above - column.values.begin() - 1));
  }
  return column;
}

GridColumn name_column(const Knob& knob, std::span<const uint32_t> choices) {
  GridColumn column{knob.name, true, false, {}, {}};
  const size_t levels = std::min(knob.values.size(), ConfigGrid::kLevels);
  for (size_t i = 0; i < levels; ++i) column.values.push_back(static_cast<double>(i));
  for (const uint32_t choice : choices)
    column.levels.push_back(static_cast<uint8_t>(std::min<size_t>(choice, levels - 1)));
  return column;
}

/// What each value of a knob has for a number: itself, or one of the factors of a split.
std::vector<double> numbers_of(const Knob& knob, size_t factor) {
  std::vector<double> numbers;
  for (const KnobValue& value : knob.values) {
    const auto* factors = std::get_if<std::vector<int64_t>>(&value);
    numbers.push_back(factors == nullptr ? scalar(value) : static_cast<double>((*factors)[factor]));
  }
  return numbers;
}

}  // namespace

ConfigGrid::ConfigGrid(const Space& space, std::span<const ConfigKey> keys) : size_(keys.size()) {
  std::vector<std::vector<uint32_t>> choices(space.knobs().size());
  for (const ConfigKey& key : keys) {
    const Config config = space.config(key);
    for (size_t i = 0; i < choices.size(); ++i) choices[i].push_back(config.choices[i]);
  }
  for (size_t i = 0; i < choices.size(); ++i) {
    const Knob& knob = space.knobs()[i];
    if (knob.values.size() < 2 || size_ == 0) continue;
    if (knob.kind == KnobKind::name) {
      columns_.push_back(name_column(knob, choices[i]));
      continue;
    }
    const auto* split = std::get_if<std::vector<int64_t>>(&knob.values.front());
    const size_t factors = split == nullptr ? 1 : split->size();
    for (size_t factor = split == nullptr ? 0 : 1; factor < factors; ++factor) {
      const std::vector<double> numbers = numbers_of(knob, factor);
      std::vector<double> column;
      for (const uint32_t choice : choices[i]) column.push_back(numbers[choice]);
      const size_t before = columns_.size();
      add_column(factors > 2 ? knob.name + "." + std::to_string(factor) : knob.name, column);
      if (columns_.size() > before) columns_.back().chosen = true;
    }
  }
}

void ConfigGrid::add_column(std::string name, std::span<const double> numbers) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double number : numbers)
    if (std::isfinite(number)) largest = std::max(largest, number);
  std::vector<double> finite(numbers.begin(), numbers.end());
  for (double& number : finite)
    if (!std::isfinite(number)) number = std::isfinite(largest) ? largest : 0;
  GridColumn column = ordered_column(std::move(name), finite);
  if (column.values.size() > 1) columns_.push_back(std::move(column));
}

int factors_of_two(int64_t number) {
  int factors = 0;
  for (; number > 0 && number % 2 == 0; number /= 2) ++factors;
  return factors;
}

std::vector<double> alignments(const GridColumn& column) {
  std::vector<double> factors;
  bool only_powers = true;
  if (!column.chosen || !column.ordered || column.values.size() < 3) return {};
  for (const double value : column.values) {
    if (value < 1 || value > 1e15 || value != std::floor(value)) return {};
    const auto number = static_cast<int64_t>(value);
    factors.push_back(factors_of_two(number));
    only_powers = only_powers && number >> factors_of_two(number) == 1;
  }
  const auto [least, most] = std::minmax_element(factors.begin(), factors.end());
  if (only_powers || *least == *most) return {};
  return factors;
}

std::vector<double> scaled_values(const GridColumn& column) {
  std::vector<double> scaled = column.values;
  const double least = *std::min_element(scaled.begin(), scaled.end());
  if (least >= 0)
    for (double& value : scaled) value = std::log(least > 0 ? value : value + 1);
  const auto [low, high] = std::minmax_element(scaled.begin(), scaled.end());
  const double begin = *low;
  const double reach = *high - *low;
  for (double& value : scaled) value = reach > 0 ? (value - begin) / reach : 0;
  return scaled;
}

}  // namespace tamis
