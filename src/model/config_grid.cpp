#include "model/config_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tamis {
namespace {

/// Distinct numbers in ascending order as levels, neighbours together where there are too many.
GridColumn ordered_column(std::string name, const std::vector<double>& distinct) {
  GridColumn column{std::move(name), false, true, {}, {}};
  const size_t levels = std::min(distinct.size(), ConfigGrid::kLevels);
  for (size_t i = 0; i < levels; ++i) column.values.push_back(distinct[i * distinct.size() / levels]);
  return column;
}

uint8_t level_of(const GridColumn& column, double number) {
  const auto above = std::upper_bound(column.values.begin(), column.values.end(), number);
  return static_cast<uint8_t>(above - column.values.begin() - 1);
}

void sort_out_repetitions(std::vector<double>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
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

/// A column of a knob's numbers, one for each of its values. Numbers that no config chose are left out.
GridColumn number_column(std::string name, const std::vector<double>& numbers,
                         const std::vector<uint32_t>& choices) {
  std::vector<bool> chosen(numbers.size(), false);
  for (const uint32_t choice : choices) chosen[choice] = true;
  std::vector<double> distinct;
  for (size_t i = 0; i < numbers.size(); ++i)
    if (chosen[i]) distinct.push_back(numbers[i]);
  sort_out_repetitions(distinct);
  GridColumn column = ordered_column(std::move(name), distinct);
  column.chosen = true;
  std::vector<uint8_t> levels;
  for (const double number : numbers) levels.push_back(level_of(column, number));
  column.levels.reserve(choices.size());
  for (const uint32_t choice : choices) column.levels.push_back(levels[choice]);
  return column;
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
      GridColumn column = number_column(factors > 2 ? knob.name + "." + std::to_string(factor) : knob.name,
                                        numbers_of(knob, factor), choices[i]);
      if (column.values.size() > 1) columns_.push_back(std::move(column));
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
  std::vector<double> distinct = finite;
  sort_out_repetitions(distinct);
  GridColumn column = ordered_column(std::move(name), distinct);
  if (column.values.size() < 2) return;
  column.levels.reserve(finite.size());
  for (const double number : finite) column.levels.push_back(level_of(column, number));
  columns_.push_back(std::move(column));
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
