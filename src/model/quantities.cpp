#include "model/quantities.h"

#include "space/expression_emitter.h"
#include "tamis/expression.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <variant>

#include <fmt/format.h>

namespace tamis {
namespace {

using Part = Quantity::Part;

constexpr size_t kLongestProduct = 6;
constexpr size_t kMostPairs = 65'536;  // of values that Binner joins; more are sorted

const std::vector<int64_t>* factors_of(const KnobValue& value) {
  return std::get_if<std::vector<int64_t>>(&value);
}

double part_value(const Knob& knob, const Part& part, size_t choice) {
  const KnobValue& value = knob.values[choice];
  if (const auto* factors = factors_of(value))
    return part.factor < factors->size() ? static_cast<double>((*factors)[part.factor]) : 0.0;
  return scalar(value);
}

bool everywhere(const Space& space, const Part& part, bool (*holds)(double)) {
  const Knob& knob = space.knobs()[part.knob];
  for (size_t choice = 0; choice < knob.values.size(); ++choice)
    if (!holds(part_value(knob, part, choice))) return false;
  return true;
}

bool not_negative(double value) { return value >= 0.0; }
bool countable(double value) { return value >= 1.0 && value == std::floor(value) && value < 0x1p31; }

/// 0 where it is a multiple, else 1.
double remainder_of(double value, double divisor) { return std::fmod(value, divisor) == 0.0 ? 0.0 : 1.0; }

double product(const Space& space, std::span<const Part> parts, const Config& config) {
  double value = 1.0;
  for (const Part& part : parts)
    value *= part_value(space.knobs()[part.knob], part, config.choices[part.knob]);
  return value;
}

/// Collects quantities of one space.
class Collector {
 public:
  explicit Collector(const Space& space) : space_(space) {}

  std::vector<Quantity> run() {
    for (size_t i = 0; i < space_.knobs().size(); ++i) add_knob(i);
    for (const Part& part : inner_) add(Quantity::Kind::product, {part}, {});
    for (const Part& part : outer_) add(Quantity::Kind::product, {part}, {});
    add_pairs();
    add_products();
    add_remainders_by_products();
    return std::move(all_);
  }

 private:
  void add_knob(size_t position) {
    const Knob& knob = space_.knobs()[position];
    if (knob.values.size() < 2) return;
    if (expression::type_of(knob) == expression::Type::text) {
      add(Quantity::Kind::name, {{position, 0}}, {});
      return;
    }
    const auto* factors = factors_of(knob.values.front());
    const size_t count = factors == nullptr ? 1 : factors->size();
    if (count == 0) return;
    for (size_t factor = 0; factor + 1 < count; ++factor) outer_.push_back({position, factor});
    inner_.push_back({position, count - 1});
  }

  /// Ratios, remainders, and products with the outer factors of splits.
  void add_pairs() {
    for (const Part& a : inner_) {
      for (const Part& b : inner_) {
        if (a == b || !everywhere(space_, a, countable) || !everywhere(space_, b, countable)) continue;
        if (a.knob < b.knob) add(Quantity::Kind::ratio, {a}, {b});
        add(Quantity::Kind::remainder, {a}, {b});
      }
      for (const Part& b : outer_)
        if (a.knob != b.knob && everywhere(space_, a, not_negative)) add(Quantity::Kind::product, {a, b}, {});
    }
  }

  void add_products() {
    std::vector<Part> usable;
    for (const Part& part : inner_)
      if (everywhere(space_, part, not_negative)) usable.push_back(part);
    for (size_t length = 2; length <= std::min(kLongestProduct, usable.size()); ++length) {
      std::vector<Quantity> longer;
      std::vector<Part> chosen;
      choose(usable, 0, length, chosen, longer);
      if (all_.size() + longer.size() > kQuantityBudget) return;
      std::move(longer.begin(), longer.end(), std::back_inserter(all_));
    }
  }

  static void choose(std::span<const Part> parts, size_t from, size_t length, std::vector<Part>& chosen,
                     std::vector<Quantity>& out) {
    if (chosen.size() == length) {
      if (out.size() <= kQuantityBudget) out.push_back({Quantity::Kind::product, chosen, {}});
      return;
    }
    for (size_t i = from; i < parts.size(); ++i) {
      chosen.push_back(parts[i]);
      choose(parts, i + 1, length, chosen, out);
      chosen.pop_back();
    }
  }

  /// `a % (b * c)`: whether threads times vector width divide a tile.
  void add_remainders_by_products() {
    std::vector<Part> whole;
    for (const Part& part : inner_)
      if (everywhere(space_, part, countable)) whole.push_back(part);
    std::vector<Quantity> found;
    for (const Part& a : whole)
      for (size_t i = 0; i < whole.size(); ++i)
        for (size_t j = i + 1; j < whole.size(); ++j)
          if (whole[i] != a && whole[j] != a)
            found.push_back({Quantity::Kind::remainder, {a}, {whole[i], whole[j]}});
    if (all_.size() + found.size() > kQuantityBudget) return;
    std::move(found.begin(), found.end(), std::back_inserter(all_));
  }

  void add(Quantity::Kind kind, std::vector<Part> parts, std::vector<Part> divisors) {
    if (all_.size() < kQuantityBudget) all_.push_back({kind, std::move(parts), std::move(divisors)});
  }

  const Space& space_;
  std::vector<Part> inner_;  // number knobs and innermost factors
  std::vector<Part> outer_;
  std::vector<Quantity> all_;
};

std::string part_text(const Space& space, const Part& part) {
  const Knob& knob = space.knobs()[part.knob];
  const auto* factors = factors_of(knob.values.front());
  std::string name = expression_name(knob.name);
  if (factors == nullptr || part.factor + 1 == factors->size()) return name;
  return fmt::format("{}[{}]", name, part.factor);
}

std::string product_text(const Space& space, std::span<const Part> parts) {
  std::string text;
  for (const Part& part : parts) text += (text.empty() ? "" : " * ") + part_text(space, part);
  return text;
}

/// The roundest number from `low` up to, but without, `high`: a power of two if there is one.
double round_limit(double low, double high) {
  if (low < 1.0 || low != std::floor(low)) return low;
  const double power = std::exp2(std::ceil(std::log2(low)));
  return power < high ? power : low;
}

std::string scaled(const std::string& text, int64_t factor) {
  return factor == 1 ? text : fmt::format("{} * {}", text, factor);
}

/// Two sides of a comparison.
struct Sides {
  std::string left, right;
  std::string with(const char* relation) const { return fmt::format("{} {} {}", left, relation, right); }
};

/// The quantity and the limit that parts the values up to the bin `last_below` from those above.
Sides cut(const Space& space, const Quantity& quantity, const Binned& binned, std::span<const Config> configs,
          size_t last_below) {
  if (quantity.kind == Quantity::Kind::product) {
    const double limit = round_limit(binned.values[last_below], binned.values[last_below + 1]);
    return {product_text(space, quantity.parts), fmt::format("{}", limit)};
  }
  // Without a division, so that the formula stays exact.
  const Config& config = configs[binned.sample[last_below]];
  const auto above = static_cast<int64_t>(product(space, quantity.parts, config));
  const auto below = static_cast<int64_t>(product(space, quantity.divisors, config));
  const int64_t common = std::gcd(above, below);
  return {scaled(product_text(space, quantity.parts), below / common),
          scaled(product_text(space, quantity.divisors), above / common)};
}

std::string value_text(const Space& space, const Quantity& quantity, double value) {
  if (quantity.kind != Quantity::Kind::name) return fmt::format("{}", value);
  const Knob& knob = space.knobs()[quantity.parts.front().knob];
  return expression_text(to_string(knob.values[static_cast<size_t>(value)]));
}

}  // namespace

std::vector<Quantity> derived_quantities(const Space& space) { return Collector(space).run(); }

double quantity_value(const Space& space, const Quantity& quantity, const Config& config) {
  if (quantity.kind == Quantity::Kind::name) return config.choices[quantity.parts.front().knob];
  const double value = product(space, quantity.parts, config);
  if (quantity.kind == Quantity::Kind::product) return value;
  const double divisor = product(space, quantity.divisors, config);
  if (quantity.kind == Quantity::Kind::ratio) return value / divisor;
  return remainder_of(value, divisor);
}

Binned bin(const Space& space, const Quantity& quantity, std::span<const Config> configs) {
  std::vector<double> values;
  values.reserve(configs.size());
  for (const Config& config : configs) values.push_back(quantity_value(space, quantity, config));
  Binned binned;
  binned.values = values;
  std::sort(binned.values.begin(), binned.values.end());
  binned.values.erase(std::unique(binned.values.begin(), binned.values.end()), binned.values.end());
  binned.sample.resize(binned.values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto found = std::lower_bound(binned.values.begin(), binned.values.end(), values[i]);
    binned.bins.push_back(static_cast<uint32_t>(found - binned.values.begin()));
    binned.sample[binned.bins.back()] = i;
  }
  return binned;
}

namespace {

/// Values that configs have of two quantities, joined to one, where there are few pairs of them.
template <class Join>
std::optional<Binned> joined(const Binned& a, const Binned& b, std::vector<uint32_t>& codes, Join join) {
  constexpr uint32_t kAbsent = UINT32_MAX;
  const size_t width = b.values.size();
  if (a.values.size() * width > kMostPairs) return std::nullopt;
  codes.assign(a.values.size() * width, kAbsent);
  for (size_t i = 0; i < a.bins.size(); ++i) codes[a.bins[i] * width + b.bins[i]] = 0;
  Binned binned;
  std::vector<size_t> pairs;
  std::vector<double> values;
  for (size_t pair = 0; pair < codes.size(); ++pair) {
    if (codes[pair] == kAbsent) continue;
    pairs.push_back(pair);
    values.push_back(join(a.values[pair / width], b.values[pair % width]));
  }
  binned.values = values;
  std::sort(binned.values.begin(), binned.values.end());
  binned.values.erase(std::unique(binned.values.begin(), binned.values.end()), binned.values.end());
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto found = std::lower_bound(binned.values.begin(), binned.values.end(), values[i]);
    codes[pairs[i]] = static_cast<uint32_t>(found - binned.values.begin());
  }
  binned.sample.resize(binned.values.size());
  binned.bins.reserve(a.bins.size());
  for (size_t i = 0; i < a.bins.size(); ++i) {
    binned.bins.push_back(codes[a.bins[i] * width + b.bins[i]]);
    binned.sample[binned.bins.back()] = i;
  }
  return binned;
}

}  // namespace

std::shared_ptr<const Binned> Binner::product(const std::vector<Part>& parts) {
  std::vector<std::pair<size_t, size_t>> key;
  key.reserve(parts.size());
  for (const Part& part : parts) key.emplace_back(part.knob, part.factor);
  if (const auto known = products_.find(key); known != products_.end()) return known->second;
  std::optional<Binned> binned;
  if (parts.size() > 1) {
    const auto before = product({parts.begin(), parts.end() - 1});
    const auto last = product({parts.back()});
    binned = joined(*before, *last, codes_, std::multiplies<>());
  }
  if (!binned) binned = tamis::bin(space_, {Quantity::Kind::product, parts, {}}, configs_);
  return products_[key] = std::make_shared<const Binned>(std::move(*binned));
}

std::shared_ptr<const Binned> Binner::bin(const Quantity& quantity) {
  if (quantity.kind == Quantity::Kind::product) return product(quantity.parts);
  std::optional<Binned> binned;
  if (quantity.kind != Quantity::Kind::name) {
    const auto a = product(quantity.parts);
    const auto b = product(quantity.divisors);
    binned = quantity.kind == Quantity::Kind::ratio ? joined(*a, *b, codes_, std::divides<>())
                                                    : joined(*a, *b, codes_, remainder_of);
  }
  if (!binned) binned = tamis::bin(space_, quantity, configs_);
  return std::make_shared<const Binned>(std::move(*binned));
}

ConditionText condition_text(const Space& space, const Quantity& quantity, const Binned& binned,
                             std::span<const Config> configs, size_t low, size_t high) {
  const size_t last = binned.values.size() - 1;
  if (quantity.kind == Quantity::Kind::remainder) {
    std::string divisors = product_text(space, quantity.divisors);
    if (quantity.divisors.size() > 1) divisors = "(" + divisors + ")";
    const Sides sides{fmt::format("{} % {}", product_text(space, quantity.parts), divisors), "0"};
    if (binned.values[low] == 0.0) return {sides.with("=="), sides.with("!=")};
    return {sides.with("!="), sides.with("==")};
  }
  if (low == high && quantity.complexity() == 1) {
    const Sides sides{part_text(space, quantity.parts.front()),
                      value_text(space, quantity, binned.values[low])};
    return {sides.with("=="), sides.with("!=")};
  }
  const bool upper = high == last && low > 0;
  const Sides sides = cut(space, quantity, binned, configs, upper ? low - 1 : std::min(high, last - 1));
  if (upper) return {sides.with(">"), sides.with("<=")};
  return {sides.with("<="), sides.with(">")};
}

}  // namespace tamis
