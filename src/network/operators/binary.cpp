#include "network/operators/broadcast.h"
#include "network/operators/elements.h"
#include "network/operators/families.h"

#include <array>
#include <cmath>
#include <utility>

namespace tamis::network {
namespace {

/// The same function over fractions and over integers.
struct BinaryFunctions {
  double (*of_fractions)(double, double) = nullptr;
  int64_t (*of_integers)(int64_t, int64_t) = nullptr;
};

Result<std::vector<Fact>> infer_arithmetic(const Call& call) {
  TAMIS_ASSIGN(const Fact* a, call.input(0));
  TAMIS_ASSIGN(const Fact* b, call.input(1));
  if (a->type != b->type)
    return call.invalid("inputs are of different types, " + std::string(to_string(a->type)) + " and " +
                        std::string(to_string(b->type)));
  if (!a->shape || !b->shape) return std::vector<Fact>{{a->type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(Shape shape, broadcast(call, *a->shape, *b->shape));
  return std::vector<Fact>{{a->type, std::move(shape), std::nullopt}};
}

/// The pairs of two arrays of type T, each through `function`.
template <class T, class Out, class Function>
Array pairwise(const Array& a, const Array& b, const Shape& shape, Function function) {
  NewArray<Out> y(shape);
  BroadcastWalk walk(shape, {a.shape(), b.shape()});
  const auto of_a = a.values<T>();
  const auto of_b = b.values<T>();
  for (Out& element : y.values()) {
    element = function(of_a[walk.at(0)], of_b[walk.at(1)]);
    walk.next();
  }
  return std::move(y).finish();
}

Result<std::vector<Array>> apply_binary(const Call& call, const std::vector<Fact>& outputs,
                                        const BinaryFunctions& functions) {
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(1));
  return visit_type(a.type(), [&](auto identity) -> Result<std::vector<Array>> {
    using T = typename decltype(identity)::type;
    if constexpr (kIsFloating<T>) {
      return std::vector{pairwise<T, T>(a, b, *outputs[0].shape, [&](T x, T y) {
        return from_double<T>(functions.of_fractions(as_double(x), as_double(y)));
      })};
    } else {
      return std::vector{pairwise<T, T>(a, b, *outputs[0].shape, [&](T x, T y) {
        return from_integer<T>(functions.of_integers(static_cast<int64_t>(x), static_cast<int64_t>(y)));
      })};
    }
  });
}

template <double (*of_fractions)(double, double), int64_t (*of_integers)(int64_t, int64_t)>
Result<std::vector<Array>> arithmetic(const Call& call, const std::vector<Fact>& outputs) {
  return apply_binary(call, outputs, {of_fractions, of_integers});
}

/// As the bits of two's complement, so that an overflow wraps around as in every runtime.
uint64_t bits(int64_t x) { return static_cast<uint64_t>(x); }

int64_t add(int64_t a, int64_t b) { return static_cast<int64_t>(bits(a) + bits(b)); }
int64_t subtract(int64_t a, int64_t b) { return static_cast<int64_t>(bits(a) - bits(b)); }
int64_t multiply(int64_t a, int64_t b) { return static_cast<int64_t>(bits(a) * bits(b)); }

constexpr std::array kBinary{
    OperatorDefinition{"Add", infer_arithmetic, arithmetic<[](double a, double b) { return a + b; }, add>},
    OperatorDefinition{"Mul", infer_arithmetic,
                       arithmetic<[](double a, double b) { return a * b; }, multiply>},
    OperatorDefinition{"Sub", infer_arithmetic,
                       arithmetic<[](double a, double b) { return a - b; }, subtract>},
};

}  // namespace

std::span<const OperatorDefinition> binary_operators() { return kBinary; }

}  // namespace tamis::network
