#include "network/operators/pool.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {

Pooling::Pooling(Window window)
    : window_(std::move(window)), runs_(window_), step_(static_cast<size_t>(window_.back().stride)) {}

void Pooling::sum(std::span<const double> from, std::span<double> to) const {
  std::fill(to.begin(), to.end(), 0.0);
  runs_.each([&](const TapRun& run) {
    for (size_t i = 0; i < run.count; ++i) to[run.output + i] += from[run.input + i * step_];
  });
}

void Pooling::maximum(std::span<const double> from, std::span<double> to, double least) const {
  constexpr double nothing = -std::numeric_limits<double>::infinity();
  std::fill(to.begin(), to.end(), nothing);
  runs_.each([&](const TapRun& run) {
    for (size_t i = 0; i < run.count; ++i) {
      const double value = from[run.input + i * step_];
      to[run.output + i] = value > to[run.output + i] ? value : to[run.output + i];
    }
  });
  if (std::find(to.begin(), to.end(), nothing) == to.end()) return;
  std::vector<bool> infinite(to.size());
  runs_.each([&](const TapRun& run) {
    for (size_t i = 0; i < run.count; ++i)
      if (from[run.input + i * step_] == nothing) infinite[run.output + i] = true;
  });
  for (size_t i = 0; i < to.size(); ++i)
    if (to[i] == nothing && !infinite[i]) to[i] = least;
}

void Pooling::index_of_maximum(std::span<const double> from, std::span<double> to, bool by_columns) const {
  std::fill(to.begin(), to.end(), -1.0);
  runs_.each([&](const TapRun& run) {
    for (size_t i = 0; i < run.count; ++i) {
      const size_t index = run.input + i * step_;
      double& best = to[run.output + i];
      if (from[index] == from[index] && (best < 0 || from[index] > from[static_cast<size_t>(best)]))
        best = static_cast<double>(index);
    }
  });
  if (!by_columns) return;
  for (double& index : to)
    if (index >= 0) index = static_cast<double>(columns_first(static_cast<size_t>(index)));
}

size_t Pooling::columns_first(size_t index) const {
  size_t other = 0;
  for (size_t i = window_.size(); i-- > 0;) {
    const auto size = static_cast<size_t>(window_[i].input);
    size_t step = 1;
    for (size_t j = 0; j < i; ++j) step *= static_cast<size_t>(window_[j].input);
    other += index % size * step;
    index /= size;
  }
  return other;
}

Result<Window> pool_window(const Call& call) {
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  if (x.size() < 3)
    return call.invalid("its input of shape " + to_string(x) + " must have at least 3 dimensions");
  TAMIS_ASSIGN(const std::vector<int64_t> kernel, kernel_shape(call, x.size() - 2));
  TAMIS_ASSIGN(Window window, sliding_window(call, std::span(x).subspan(2), kernel, BothPaddings::automatic));
  for (const WindowAxis& axis : window)
    if (axis.pad_begin >= axis.span() || axis.pad_end >= axis.span())
      return call.invalid("its padding must be smaller than its kernel");
  return window;
}

Result<Window> global_window(const Call& call) {
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  if (x.size() < 2)
    return call.invalid("its input of shape " + to_string(x) + " must have a batch and channels");
  const std::optional<int64_t> all = element_count(Shape(x.begin() + 2, x.end()));
  if (!all) return call.cannot("its input of shape " + to_string(x) + " is more than any network holds");
  if (*all == 0) return call.invalid("its input of shape " + to_string(x) + " has nothing to pool");
  return Window{{.input = *all, .kernel = *all}};
}

Result<std::vector<Fact>> infer_pool_of(const Call& call, ElementType type, bool global) {
  if (!call.optional_input(0)->shape) return std::vector<Fact>{{type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const Window window, global ? global_window(call) : pool_window(call));
  const Shape& x = *call.optional_input(0)->shape;
  Shape y(x.size(), 1);
  y[0] = x[0];
  y[1] = x[1];
  for (size_t i = 0; !global && i < window.size(); ++i) y[2 + i] = window[i].output;
  return std::vector<Fact>{{type, std::move(y), std::nullopt}};
}

Result<std::vector<double>> averages_of(const Call& call, const Array& x, const Window& window) {
  TAMIS_ASSIGN(const int64_t padding_counts, call.integer("count_include_pad", 0));
  const Pooling pooling(window);
  const std::vector<double> counts = elements_of_windows(window, padding_counts != 0);
  return pooled_channels(x, window, [&](size_t, auto from, auto to) {
    pooling.sum(from, to);
    for (size_t i = 0; i < to.size(); ++i) to[i] = counts[i] == 0 ? 0 : to[i] / counts[i];
  });
}

std::vector<double> elements_of_windows(const Window& window, bool padding_counts) {
  Window counted = window;
  for (WindowAxis& axis : counted) {
    if (!padding_counts) continue;
    axis.input += axis.pad_begin + axis.pad_end;
    axis.pad_begin = axis.pad_end = 0;
  }
  std::vector<double> counts(static_cast<size_t>(*element_count(outputs_of(counted))));
  TapRuns(counted).each([&](const TapRun& run) {
    for (size_t i = 0; i < run.count; ++i) ++counts[run.output + i];
  });
  return counts;
}

double least_of(ElementType type) {
  return visit_type(type, [](auto identity) {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>)
      return static_cast<double>(static_cast<float>(std::numeric_limits<T>::lowest()));
    else
      return static_cast<double>(std::numeric_limits<T>::lowest());
  });
}

}  // namespace tamis::network
