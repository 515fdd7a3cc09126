#include "network/operators/wide.h"

#include "base/cpu_clones.h"
#include "network/operators/elements.h"

#include <cassert>
#include <utility>

namespace tamis::network {
namespace {

TAMIS_CLONES void add_scaled_row(double* __restrict y, const double* __restrict x, double factor,
                                 size_t count) {
  for (size_t i = 0; i < count; ++i) y[i] += factor * x[i];
}

}  // namespace

void read_elements(const Array& array, size_t first, std::span<double> to) {
  visit_type(array.type(), [&](auto identity) {
    using T = typename decltype(identity)::type;
    const T* from = array.values<T>().subspan(first, to.size()).data();
    for (size_t i = 0; i < to.size(); ++i) to[i] = as_double(from[i]);
  });
}

void read_elements(const Array& array, size_t first, std::span<uint64_t> to) {
  visit_type(array.type(), [&](auto identity) {
    using T = typename decltype(identity)::type;
    const T* from = array.values<T>().subspan(first, to.size()).data();
    if constexpr (kIsFloating<T>) {
      assert(false);
      for (uint64_t& element : to) element = 0;
    } else {
      for (size_t i = 0; i < to.size(); ++i) to[i] = static_cast<uint64_t>(from[i]);
    }
  });
}

float single_float(const Array& array) {
  double value = 0;
  read_elements(array, 0, std::span<double>(&value, 1));
  return static_cast<float>(value);
}

Array array_from(ElementType type, Shape shape, std::span<const double> values) {
  return visit_type(type, [&](auto identity) {
    using T = typename decltype(identity)::type;
    NewArray<T> array(std::move(shape));
    T* to = array.values().data();
    for (size_t i = 0; i < values.size(); ++i) {
      if constexpr (kIsFloating<T>)
        to[i] = from_double<T>(values[i]);
      else
        to[i] = from_integer<T>(static_cast<int64_t>(values[i]));
    }
    return std::move(array).finish();
  });
}

Array array_from(ElementType type, Shape shape, std::span<const uint64_t> values) {
  return visit_type(type, [&](auto identity) {
    using T = typename decltype(identity)::type;
    NewArray<T> array(std::move(shape));
    if constexpr (kIsFloating<T>)
      assert(false);
    else
      for (size_t i = 0; i < values.size(); ++i)
        array.values()[i] = from_integer<T>(static_cast<int64_t>(values[i]));
    return std::move(array).finish();
  });
}

std::vector<Array> zeros_of(const std::vector<Fact>& outputs) {
  std::vector<Array> zeros;
  for (const Fact& output : outputs)
    zeros.push_back(visit_type(output.type, [&](auto identity) {
      return NewArray<typename decltype(identity)::type>(*output.shape).finish();
    }));
  return zeros;
}

void add_scaled(double* y, const double* x, size_t step, double factor, size_t count) {
  if (step == 1) return add_scaled_row(y, x, factor, count);
  for (size_t i = 0; i < count; ++i) y[i] += factor * x[i * step];
}

void add_scaled(uint64_t* y, const uint64_t* x, size_t step, uint64_t factor, size_t count) {
  for (size_t i = 0; i < count; ++i) y[i] += factor * x[i * step];
}

void scatter_scaled(double* y, size_t step, const double* x, double factor, size_t count) {
  if (step == 1) return add_scaled_row(y, x, factor, count);
  for (size_t i = 0; i < count; ++i) y[i * step] += factor * x[i];
}

}  // namespace tamis::network
