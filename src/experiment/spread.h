#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace tamis {

/// How a number spreads over seeds, some of which may have failed: a failed one counts as larger than any
/// number.
struct Spread {
  std::optional<double> median, p10, p90;  ///< nothing where the percentile lies among failed seeds
  uint64_t failed = 0;
};

/// Percentiles with linear interpolation between the two nearest values, as NumPy's default has them. Nothing
/// is a failed seed. `values` must not be empty.
Spread spread_of(std::span<const std::optional<uint64_t>> values);
/// The same of measured numbers, none of which failed.
Spread spread_of(std::span<const double> values);

}  // namespace tamis
