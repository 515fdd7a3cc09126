#pragma once

#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

/// Something computed from the knobs of a config that a limit of hardware may be a limit of.
struct Quantity {
  enum class Kind {
    product,    ///< of one or more numbers: a tile's elements
    ratio,      ///< of two products of integers
    remainder,  ///< 0 where the first product is a multiple of the second, else 1
    name,       ///< of a name knob: the position of its value
  };
  /// A number knob, or one factor of a split.
  struct Part {
    size_t knob = 0;
    size_t factor = 0;  ///< of a split, from the outermost
    friend bool operator==(const Part&, const Part&) = default;
  };

  Kind kind = Kind::product;
  std::vector<Part> parts;     ///< multiplied
  std::vector<Part> divisors;  ///< multiplied; of ratios and remainders
  /// How much there is to read: the number of parts and divisors.
  size_t complexity() const { return parts.size() + divisors.size(); }
};

/// Quantities worth looking at, the simplest first: every knob, the factors of splits, products of knobs
/// (of two, then of three and so on up to six, as long as there are at most kQuantityBudget), ratios and
/// remainders of two, and remainders by a product. Knobs with one value have none; products need numbers that
/// are nowhere negative, divisors integers of at least 1.
std::vector<Quantity> derived_quantities(const Space& space);
inline constexpr size_t kQuantityBudget = 2000;

/// The value of a quantity under a config of the space.
double quantity_value(const Space& space, const Quantity& quantity, const Config& config);

/// The values of a quantity over some configs, sorted into bins.
struct Binned {
  std::vector<double> values;  ///< the distinct values, ascending: one a bin
  std::vector<size_t> sample;  ///< for each bin a config (its position) that has the value
  std::vector<uint32_t> bins;  ///< for each config its bin
};
Binned bin(const Space& space, const Quantity& quantity, std::span<const Config> configs);

/// Gives what bin() gives, for many quantities of the same configs: it makes the bins of products from those
/// of shorter ones, as counting pairs of few values is quicker than sorting many. What it is given must
/// outlive it. Not thread safe.
class Binner {
 public:
  Binner(const Space& space, std::span<const Config> configs) : space_(space), configs_(configs) {}
  std::shared_ptr<const Binned> bin(const Quantity& quantity);

 private:
  std::shared_ptr<const Binned> product(const std::vector<Quantity::Part>& parts);

  const Space& space_;
  std::span<const Config> configs_;
  /// Of products, by the knobs and factors of their parts.
  std::map<std::vector<std::pair<size_t, size_t>>, std::shared_ptr<const Binned>> products_;
  std::vector<uint32_t> codes_;  ///< of pairs of bins, between uses
};

/// A condition as a formula (tamis/expression.h), and the formula that holds exactly where it does not.
struct ConditionText {
  std::string text;
  std::string opposite;
};

/// A range of bins, both ends included, as a formula:
/// `tile_h * tile_w > 2048`, `threads == 32`, `block_x % (tile * vector) != 0`. A limit is a power of two
/// where one lies between the last value on this side and the first on the other, else that last value, so
/// that limits of memories come out as an engineer knows them. The range must reach an end of the bins or
/// hold one bin, of a name it must hold one.
ConditionText condition_text(const Space& space, const Quantity& quantity, const Binned& binned,
                             std::span<const Config> configs, size_t low, size_t high);

}  // namespace tamis
