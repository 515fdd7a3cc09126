#pragma once

#include "base/json_fwd.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tamis {

/// One value of a knob: a whole number, a real number, a name, or a split of an extent into ordered factors
/// (outermost first; their product is the extent).
using KnobValue = std::variant<int64_t, double, std::string, std::vector<int64_t>>;

/// What the values of a knob mean to a model.
enum class KnobKind {
  number,  ///< ordered numbers: tile sizes, unroll factors, thread counts
  name,    ///< unordered names: an algorithm, a layout
  split,   ///< splits of one extent; all values have the same number of factors
};

/// One choice with a finite list of values. A config names a value by its position in `values`.
struct Knob {
  std::string name;
  KnobKind kind = KnobKind::number;
  std::vector<KnobValue> values;
};

/// A knob of kind number.
Knob number_knob(std::string name, std::vector<int64_t> values);
/// A knob of kind name.
Knob name_knob(std::string name, std::vector<std::string> values);
/// All ways to write `extent` as `parts` ordered factors, in AutoTVM's order: for two parts the inner factor
/// ascends. `extent` must be at least 1 and `parts` at least 2.
Knob split_knob(std::string name, int64_t extent, int parts);

/// The value as people write it: `8`, `0.5`, `nchw`, `[7, 8]`.
std::string to_string(const KnobValue& value);
/// The same, but a split by its inner factors only, from which the outermost follows: [7, 8] as `8`, [2, 2,
/// 14] as `2x14`.
std::string to_short_string(const KnobValue& value);
/// The value as JSON: a number, a string or an array of numbers.
Json to_json(const KnobValue& value);
/// The number that stands for the value in tables and formulas: itself, or the innermost factor of a split.
/// A name has none (0).
double scalar(const KnobValue& value);

}  // namespace tamis
