#pragma once

#include "network/graph/element_type.h"
#include "network/operators/window.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tamis::network {

/// What pools compute of one channel: `from` holds its elements, `to` gets one result for each place of the
/// window, both row-major.
class Pooling {
 public:
  explicit Pooling(Window window);

  /// Padding counts as 0.
  void sum(std::span<const double> from, std::span<double> to) const;
  /// NaNs and padding are passed over; `least` where there is nothing else. It may not be minus infinity,
  /// which is told from nothing.
  void maximum(std::span<const double> from, std::span<double> to, double least) const;
  /// The element that is the maximum, the first of several; -1 where there is none. `columns_first`: counted
  /// along the first spatial dimension first.
  void index_of_maximum(std::span<const double> from, std::span<double> to, bool columns_first) const;

 private:
  [[nodiscard]] size_t columns_first(size_t index) const;

  Window window_;
  TapRuns runs_;
  size_t step_;
};

/// How many elements each place of a window averages over: those inside the input, or also those of its
/// padding, but never what the last window has beyond (ceil_mode).
std::vector<double> elements_of_windows(const Window& window, bool padding_counts);

/// The least finite number of a type of fractions; the least of a type of integers.
double least_of(ElementType type);

}  // namespace tamis::network
