#include "search/tamis/shared_features.h"

#include "model/config_grid.h"

#include <algorithm>
#include <cmath>

namespace tamis {
namespace {

size_t factors_of(const KnobValue& value) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  return factors == nullptr ? 0 : factors->size();
}

double number_at(const KnobValue& value, size_t factor) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  return factors == nullptr ? scalar(value) : static_cast<double>((*factors)[factor]);
}

/// The largest number that the knob could have: what the extent that it divides is at least.
double largest(const Knob& knob, size_t factor) {
  double most = number_at(knob.values.front(), factor);
  for (const KnobValue& value : knob.values) most = std::max(most, number_at(value, factor));
  return most;
}

double logarithm(double number) { return number > 0 ? std::log2(number) : number - 1; }

/// Whether the knobs choose among values of the same sort.
bool alike(const Knob& a, const Knob& b) {
  return a.kind == b.kind && factors_of(a.values.front()) == factors_of(b.values.front());
}

}  // namespace

SharedFeatures::SharedFeatures(const std::vector<const Space*>& spaces) {
  for (const Knob& knob : spaces.front()->knobs()) {
    const bool shared = std::all_of(spaces.begin(), spaces.end(), [&](const Space* space) {
      const auto position = space->find(knob.name);
      return position && alike(space->knobs()[*position], knob);
    });
    if (shared) add_knob(knob, spaces);
  }
}

void SharedFeatures::add_knob(const Knob& knob, const std::vector<const Space*>& spaces) {
  const bool chooses = std::any_of(spaces.begin(), spaces.end(), [&](const Space* space) {
    return space->knobs()[*space->find(knob.name)].values.size() > 1;
  });
  if (!chooses) return;
  if (knob.kind != KnobKind::name) {
    const size_t factors = factors_of(knob.values.front());
    if (factors == 0) numbers_.push_back({knob.name, 0});
    for (size_t factor = 1; factor < factors; ++factor) numbers_.push_back({knob.name, factor});
    return;
  }
  Name name{knob.name, {}};
  for (const Space* space : spaces)
    for (const KnobValue& value : space->knobs()[*space->find(knob.name)].values)
      name.values.push_back(to_string(value));
  std::sort(name.values.begin(), name.values.end());
  name.values.erase(std::unique(name.values.begin(), name.values.end()), name.values.end());
  names_.push_back(std::move(name));
}

void SharedFeatures::append(const Space& space, const Config& config, FeatureMatrix& matrix) const {
  const size_t begin = matrix.values.size();
  std::vector<double> logarithms;
  for (const Number& number : numbers_) {
    const size_t position = *space.find(number.knob);
    const double value = number_at(space.value(config, position), number.factor);
    logarithms.push_back(logarithm(value));
    matrix.values.push_back(static_cast<float>(logarithms.back()));
    const double repeats = logarithm(largest(space.knobs()[position], number.factor)) - logarithms.back();
    matrix.values.push_back(static_cast<float>(repeats));
    const bool whole = value >= 1 && value == std::floor(value) && value < 1e15;
    matrix.values.push_back(whole ? static_cast<float>(factors_of_two(static_cast<int64_t>(value))) : 0);
  }
  for (size_t a = 0; a < logarithms.size(); ++a)
    for (size_t b = 0; b < a; ++b) matrix.values.push_back(static_cast<float>(logarithms[a] + logarithms[b]));
  for (const Name& name : names_) {
    const std::string value = to_string(space.value(config, *space.find(name.knob)));
    for (const std::string& known : name.values) matrix.values.push_back(value == known ? 1.0F : 0.0F);
  }
  matrix.columns = matrix.values.size() - begin;
}

}  // namespace tamis
