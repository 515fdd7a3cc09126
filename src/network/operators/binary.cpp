#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/pairs.h"
#include "network/operators/signature.h"

#include <array>
#include <cmath>
#include <utility>

namespace tamis::network {
namespace {

/// An operator of two values of one type. Integers that overflow wrap around, as in every runtime.
struct Arithmetic {
  Signature signature;
  double (*of_fractions)(double, double) = nullptr;
  Wide (*of_integers)(Wide, Wide) = nullptr;
  bool divides = false;  ///< the second integer must not be 0
};

constexpr std::array kArithmetic{
    Arithmetic{{"Add", 7, kNumbers, 2, 2},
               [](double a, double b) { return a + b; },
               [](Wide a, Wide b) { return a + b; }},
    Arithmetic{{"Div", 7, kNumbers, 2, 2},
               [](double a, double b) { return a / b; },
               [](Wide a, Wide b) { return a / b; },
               true},
    Arithmetic{{"Mul", 7, kNumbers, 2, 2}, [](double a, double b) { return a * b; }, low_product},
    Arithmetic{{"Sub", 7, kNumbers, 2, 2},
               [](double a, double b) { return a - b; },
               [](Wide a, Wide b) { return a - b; }},
};

Result<std::vector<Array>> apply_pairwise(const Call& call, const Shape& shape, const Arithmetic& row) {
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(1));
  if (holds_fractions(a.type()))
    return std::vector{
        from_doubles(a.type(), shape, pairwise(shape, a, to_doubles(a), b, to_doubles(b), row.of_fractions))};
  bool by_zero = false;
  const auto function = [&](Wide x, Wide y) -> Wide {
    by_zero = by_zero || (row.divides && y == 0);
    return row.divides && y == 0 ? 0 : row.of_integers(x, y);
  };
  const auto values = pairwise(shape, a, to_wide(a), b, to_wide(b), function);
  if (by_zero) return call.invalid("an integer is divided by zero");
  return std::vector{from_wide(a.type(), shape, values)};
}

Result<std::vector<Fact>> infer_arithmetic(const Call& call) {
  TAMIS_TRY(check_signature(call, row_of(kArithmetic, call).signature));
  TAMIS_TRY(check_one_type(call));
  return infer_pair(call);
}

Result<std::vector<Array>> evaluate_arithmetic(const Call& call, const std::vector<Fact>& outputs) {
  return apply_pairwise(call, *outputs[0].shape, row_of(kArithmetic, call));
}

// Mod, of which there are two.

constexpr int64_t kModOfFractions = 28;  ///< the first opset in which fractions may have fmod 0

/// The remainder with the sign of the divisor.
double floor_modulo(double a, double b) {
  const double remainder = std::fmod(a, b);
  if (remainder == 0) return std::copysign(0.0, b);
  return (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

Wide floor_modulo_of_integers(Wide a, Wide b) {
  const Wide remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

Result<bool> has_sign_of_dividend(const Call& call) {
  TAMIS_ASSIGN(const int64_t fmod, call.integer("fmod", 0));
  TAMIS_ASSIGN(const Fact* a, call.input(0));
  if (fmod != 0 && fmod != 1) return call.invalid("attribute \"fmod\" must be 0 or 1");
  if (fmod == 0 && holds_fractions(a->type) && call.opset() < kModOfFractions)
    return call.invalid("attribute \"fmod\" must be 1 for " + std::string(to_string(a->type)) +
                        " below opset 28");
  return fmod == 1;
}

Result<std::vector<Fact>> infer_mod(const Call& call) {
  TAMIS_TRY(check_signature(call, {"Mod", 10, kNumbers, 2, 2}));
  TAMIS_TRY(check_one_type(call));
  TAMIS_TRY(has_sign_of_dividend(call));
  return infer_pair(call);
}

Result<std::vector<Array>> evaluate_mod(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const bool of_dividend, has_sign_of_dividend(call));
  if (of_dividend)
    return apply_pairwise(call, *outputs[0].shape,
                          {{}, std::fmod, [](Wide a, Wide b) { return a % b; }, true});
  return apply_pairwise(call, *outputs[0].shape, {{}, floor_modulo, floor_modulo_of_integers, true});
}

// Pow, whose inputs may differ in type.

/// A double knows no odd numbers beyond 2^53, and the sign depends on whether the exponent is odd.
double power_of_fraction(double base, Wide exponent) {
  const double magnitude = std::pow(std::fabs(base), static_cast<double>(exponent));
  return std::signbit(base) && exponent % 2 != 0 ? -magnitude : magnitude;
}

/// Cut to an integer. What overflows wraps around, as products do; 0 to a negative number is infinite, for
/// which onnxruntime has the least integer.
Wide power_of_integers(Wide base, Wide exponent, ElementType type) {
  if (exponent < 0) return truncated(power_of_fraction(static_cast<double>(base), exponent), type);
  Wide power = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0) power = low_product(power, base);
    base = low_product(base, base);
  }
  return power;
}

Wide power_of_integer(Wide base, double exponent, ElementType type) {
  constexpr double kExactlyHeld = 0x1p100;
  if (exponent == std::trunc(exponent) && std::fabs(exponent) < kExactlyHeld)
    return power_of_integers(base, static_cast<Wide>(exponent), type);
  return truncated(std::pow(static_cast<double>(base), exponent), type);
}

Result<std::vector<Fact>> infer_pow(const Call& call) {
  TAMIS_TRY(check_signature(call, {"Pow", 7, kFractions | kSigned, 2, 2}));
  TAMIS_TRY(check_elements(call, 1, kNumbers));
  return infer_pair(call);
}

Array power(const Array& a, const Array& b, const Shape& shape) {
  const ElementType type = a.type();
  const auto of_fractions = [&](auto exponents, auto function) {
    return from_doubles(type, shape, pairwise(shape, a, to_doubles(a), b, exponents(b), function));
  };
  const auto of_integers = [&](auto exponents, auto function) {
    return from_wide(type, shape, pairwise(shape, a, to_wide(a), b, exponents(b), [&](Wide x, auto y) {
                       return function(x, y, type);
                     }));
  };
  const bool by_fractions = holds_fractions(b.type());
  if (holds_fractions(type))
    return by_fractions ? of_fractions(to_doubles, [](double x, double y) { return std::pow(x, y); })
                        : of_fractions(to_wide, power_of_fraction);
  return by_fractions ? of_integers(to_doubles, power_of_integer) : of_integers(to_wide, power_of_integers);
}

Result<std::vector<Array>> evaluate_pow(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(1));
  return std::vector{power(a, b, *outputs[0].shape)};
}

constexpr std::array kOtherArithmetic{
    OperatorDefinition{"Mod", infer_mod, evaluate_mod},
    OperatorDefinition{"Pow", infer_pow, evaluate_pow},
};
constexpr auto kBinaryOperators =
    joined(definitions(kArithmetic, infer_arithmetic, evaluate_arithmetic), kOtherArithmetic);

}  // namespace

std::span<const OperatorDefinition> binary_operators() { return kBinaryOperators; }

}  // namespace tamis::network
