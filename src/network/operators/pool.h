#pragma once

#include "network/graph/element_type.h"
#include "network/operators/operator.h"
#include "network/operators/wide.h"
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

/// The window of a pool. Errors: as kernel_shape and sliding_window; invalid_input for padding as wide as the
/// kernel, which onnxruntime refuses too: windows of padding alone have no result.
Result<Window> pool_window(const Call& call);
/// The window of a global pool, over all of the input taken for one dimension. Errors: invalid_input where
/// the input has no channels, or nothing to pool.
Result<Window> global_window(const Call& call);
/// The output of a pool of input 0, of this type. Errors: as the window's.
Result<std::vector<Fact>> infer_pool_of(const Call& call, ElementType type, bool global);

/// Calls `pool` with each channel of X, counted from 0: its number, its elements, and where its results go.
/// Returns all results, row-major.
template <class Pool>
std::vector<double> pooled_channels(const Array& x, const Window& window, Pool pool) {
  const auto places = static_cast<size_t>(*element_count(outputs_of(window)));
  std::vector<double> channel(static_cast<size_t>(*element_count(inputs_of(window))));
  std::vector<double> y(static_cast<size_t>(x.elements()) / channel.size() * places);
  for (size_t i = 0; i * places < y.size(); ++i) {
    read_elements(x, i * channel.size(), std::span(channel));
    pool(i, std::span<const double>(channel), std::span(y).subspan(i * places, places));
  }
  return y;
}

/// The averages of each channel of X, row-major. Errors: of the attribute `count_include_pad`.
Result<std::vector<double>> averages_of(const Call& call, const Array& x, const Window& window);

/// How many elements each place of a window averages over: those inside the input, or also those of its
/// padding, but never what the last window has beyond (ceil_mode).
std::vector<double> elements_of_windows(const Window& window, bool padding_counts);

/// The least finite number of a type of fractions; the least of a type of integers.
double least_of(ElementType type);

}  // namespace tamis::network
