#include "network/operators/elements.h"
#include "network/operators/families.h"
#include "network/operators/settings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

constexpr double kTwoTo31 = 2147483648.0;
constexpr double kTwoTo63 = 9223372036854775808.0;

/// Towards zero; NaN and what 32 bits do not hold become the least, as an x86 processor has it.
int32_t as_int32(double x) {
  const double whole = std::trunc(x);
  return whole >= -kTwoTo31 && whole < kTwoTo31 ? static_cast<int32_t>(whole)
                                                : std::numeric_limits<int32_t>::min();
}

int64_t as_int64(double x) {
  return x >= -kTwoTo63 && x < kTwoTo63 ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min();
}

uint64_t as_uint64(double x) {
  constexpr uint64_t kTop = uint64_t{1} << 63;
  return x >= kTwoTo63 ? static_cast<uint64_t>(as_int64(x - kTwoTo63)) ^ kTop
                       : static_cast<uint64_t>(as_int64(x));
}

/// What becomes of a fraction that the integers cannot hold is nowhere written; this is what onnxruntime
/// does: narrow integers are the lowest bits of one of 32 bits, and uint32 of one of 64.
template <class To>
To whole_of(double x) {
  if constexpr (std::is_same_v<To, bool>)
    return x != 0;  // NaN is true
  else if constexpr (std::is_same_v<To, uint64_t>)
    return as_uint64(x);
  else if constexpr (std::is_same_v<To, int64_t> || std::is_same_v<To, uint32_t>)
    return static_cast<To>(as_int64(x));
  else
    return static_cast<To>(as_int32(x));
}

template <class To, class From>
To converted(From x) {
  if constexpr (kIsFloating<From>) {
    if constexpr (kIsFloating<To>)
      return from_double<To>(as_double(x));
    else
      return whole_of<To>(as_double(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (kIsFloating<To>) {
    if constexpr (std::is_same_v<To, float> || std::is_same_v<To, double>)
      return static_cast<To>(x);
    else
      return To(static_cast<float>(x));
  } else {
    return static_cast<To>(x);
  }
}

template <class To>
Array cast_to(const Array& x) {
  return visit_type(x.type(), [&](auto identity) {
    using From = typename decltype(identity)::type;
    const auto from = x.values<From>();
    NewArray<To> y(x.shape());
    std::transform(from.begin(), from.end(), y.values().begin(), converted<To, From>);
    return std::move(y).finish();
  });
}

Result<std::vector<Array>> cast(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(Array x, call.value(0));
  if (x.type() == outputs[0].type) return std::vector{std::move(x)};
  return visit_type(outputs[0].type, [&](auto identity) -> Result<std::vector<Array>> {
    return std::vector{cast_to<typename decltype(identity)::type>(x)};
  });
}

Result<std::vector<Fact>> infer_cast(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (call.attribute("to") == nullptr) return call.invalid("attribute \"to\" is missing");
  TAMIS_ASSIGN(const int64_t code, call.integer("to", 0));
  TAMIS_ASSIGN(const ElementType type, type_of_code(call, code));
  return one_fact(type, x->shape);
}

Result<std::vector<Fact>> infer_cast_like(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Fact* like, call.input(1));
  return one_fact(like->type, x->shape);
}

constexpr std::array kCastOperators{
    OperatorDefinition{"Cast", infer_cast, cast},
    OperatorDefinition{"CastLike", infer_cast_like, cast},
};

}  // namespace

std::span<const OperatorDefinition> cast_operators() { return kCastOperators; }

}  // namespace tamis::network
