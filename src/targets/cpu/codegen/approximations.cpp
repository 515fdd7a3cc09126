#include "targets/cpu/codegen/approximations.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include <llvm/IR/Intrinsics.h>

namespace tamis::cpu {
namespace {

// All polynomials are minimax fits, made by Remez' algorithm in 40 digits and rounded to float32.

/// (exp(r) - 1 - r) / r^2 for |r| <= log(2) / 2: the relative error of exp(r) is 3e-9.
constexpr double kExponential[] = {0.49999994F, 0.166665211F, 0.041668389F, 0.00836871658F, 0.00138145953F};
/// erf(x) / x - 1 in x^2, for |x| <= 1: relative error of erf(x) 1.2e-9.
constexpr double kErrorNear[] = {0.128379166F,   -0.37612626F,     0.112835854F,   -0.026853811F,
                                 0.00518832775F, -0.000801019371F, 7.85386219e-05F};
/// log(1 - erf(x)) for x from 1 to 4: error of erf(x) 1e-9.
constexpr double kErrorFar[] = {-0.000353721087F, -1.12704003F,    -0.638225675F,  -0.103037357F,
                                0.0218053125F,    -0.00293960585F, 0.000185573866F};
/// (tanh(x) / x - 1) / x^2 in x^2, for x^2 <= 0.4: relative error of tanh(x) 5e-9.
constexpr double kTangent[] = {-0.333332747F, 0.133312747F, -0.0537251234F, 0.0205898192F, -0.00564830936F};

/// log((1 + s) / (1 - s)) / s - 2 in s^2, the first terms of its series: relative error of log(x) 2e-9 for x
/// from sqrt(1/2) to sqrt(2).
constexpr double kLogarithm[] = {0.666666687F, 0.400000006F, 0.285714298F, 0.222222224F};

/// Emits arithmetic on scalars or on vectors, as the argument is one.
class Formula {
 public:
  Formula(llvm::IRBuilder<>& builder, llvm::Value* x) : builder_(builder), type_(x->getType()) {}

  llvm::Value* number(double value) const { return llvm::ConstantFP::get(type_, value); }
  llvm::Value* integer(int64_t value) const {
    return llvm::ConstantInt::get(integers(), static_cast<uint64_t>(value), true);
  }
  llvm::Value* multiply_add(llvm::Value* a, llvm::Value* b, llvm::Value* c) const {
    return builder_.CreateIntrinsic(type_, llvm::Intrinsic::fmuladd, {a, b, c});
  }
  llvm::Value* polynomial(llvm::Value* x, std::span<const double> coefficients) const {
    llvm::Value* sum = number(coefficients.back());
    for (size_t i = coefficients.size() - 1; i-- > 0;) sum = multiply_add(sum, x, number(coefficients[i]));
    return sum;
  }
  /// At most `most`, at least `least`; what is not a number stays so.
  llvm::Value* at_most(llvm::Value* x, double most) const {
    return builder_.CreateSelect(builder_.CreateFCmpOGT(x, number(most)), number(most), x);
  }
  llvm::Value* at_least(llvm::Value* x, double least) const {
    return builder_.CreateSelect(builder_.CreateFCmpOLT(x, number(least)), number(least), x);
  }
  llvm::Value* magnitude(llvm::Value* x) const {
    return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  }
  llvm::Value* with_sign_of(llvm::Value* x, llvm::Value* sign) const {
    return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, x, sign);
  }
  /// 2 to the power of integers from -126 to 127.
  llvm::Value* power_of_two(llvm::Value* exponent) const {
    return builder_.CreateBitCast(builder_.CreateShl(builder_.CreateAdd(exponent, integer(127)), integer(23)),
                                  type_);
  }
  llvm::Value* bits(llvm::Value* x) const { return builder_.CreateBitCast(x, integers()); }

 private:
  llvm::Type* integers() const { return type_->getWithNewType(builder_.getInt32Ty()); }

  llvm::IRBuilder<>& builder_;
  llvm::Type* type_;
};

}  // namespace

llvm::Value* emit_exponential(llvm::IRBuilder<>& builder, llvm::Value* x) {
  const Formula f(builder, x);
  // Beyond these the result is 0 or infinite anyway.
  x = f.at_least(f.at_most(x, 89), -104);
  // x = n * log(2) + r: adding 1.5 * 2^23 leaves no bits for fractions, so n is in the lowest ones.
  constexpr double kRounding = 12582912;
  llvm::Value* shifted = f.multiply_add(x, f.number(1.4426950408889634F), f.number(kRounding));
  llvm::Value* n = builder.CreateSub(f.bits(shifted), f.bits(f.number(kRounding)));
  llvm::Value* whole = builder.CreateFSub(shifted, f.number(kRounding));
  // log(2) as a number of few bits, whose products with n are exact, and the rest.
  llvm::Value* r = f.multiply_add(whole, f.number(-0.693359375), x);
  r = f.multiply_add(whole, f.number(2.12194440e-4F), r);
  llvm::Value* square = builder.CreateFMul(r, r);
  llvm::Value* power = f.multiply_add(square, f.polynomial(r, kExponential), r);
  power = builder.CreateFAdd(power, f.number(1));
  // Two steps, as neither infinity nor a subnormal number is a power that fits one.
  llvm::Value* half = builder.CreateAShr(n, f.integer(1));
  power = builder.CreateFMul(power, f.power_of_two(half));
  return builder.CreateFMul(power, f.power_of_two(builder.CreateSub(n, half)));
}

llvm::Value* emit_error_function(llvm::IRBuilder<>& builder, llvm::Value* x) {
  const Formula f(builder, x);
  llvm::Value* square = builder.CreateFMul(x, x);
  llvm::Value* near = f.multiply_add(f.polynomial(square, kErrorNear), x, x);
  llvm::Value* distance = f.magnitude(x);
  // From 4 on the nearest number is 1.
  llvm::Value* rest = emit_exponential(builder, f.polynomial(f.at_most(distance, 4), kErrorFar));
  llvm::Value* far = f.with_sign_of(builder.CreateFSub(f.number(1), rest), x);
  return builder.CreateSelect(builder.CreateFCmpOLT(distance, f.number(1)), near, far);
}

llvm::Value* emit_logarithm(llvm::IRBuilder<>& builder, llvm::Value* x) {
  const Formula f(builder, x);
  // Subnormal numbers have fewer bits: they are made normal ones first.
  llvm::Value* tiny = builder.CreateFCmpOLT(x, f.number(1.17549435e-38F));
  llvm::Value* normal = builder.CreateSelect(tiny, builder.CreateFMul(x, f.number(8388608)), x);
  // x = m * 2^n with m from sqrt(1/2) to sqrt(2), by the bits of the exponent.
  llvm::Value* bits = builder.CreateSub(f.bits(normal), f.bits(f.number(0.707106769F)));
  llvm::Value* n = builder.CreateAShr(bits, f.integer(23));
  llvm::Value* m =
      builder.CreateAdd(builder.CreateAnd(bits, f.integer(0x7fffff)), f.bits(f.number(0.707106769F)));
  llvm::Value* fraction = builder.CreateFSub(builder.CreateBitCast(m, x->getType()), f.number(1));
  n = builder.CreateSelect(tiny, builder.CreateSub(n, f.integer(23)), n);
  llvm::Value* power = builder.CreateSIToFP(n, x->getType());
  // log(1 + f) = f - (f^2 / 2 - s * (f^2 / 2 + R)), s = f / (2 + f).
  llvm::Value* s = builder.CreateFDiv(fraction, builder.CreateFAdd(fraction, f.number(2)));
  llvm::Value* square = builder.CreateFMul(s, s);
  llvm::Value* rest = builder.CreateFMul(square, f.polynomial(square, kLogarithm));
  llvm::Value* half = builder.CreateFMul(builder.CreateFMul(fraction, f.number(0.5)), fraction);
  llvm::Value* low =
      f.multiply_add(s, builder.CreateFAdd(half, rest), builder.CreateFMul(power, f.number(-2.12194440e-4F)));
  llvm::Value* sum = builder.CreateFAdd(builder.CreateFSub(low, half), fraction);
  llvm::Value* result = f.multiply_add(power, f.number(0.693359375), sum);
  const double infinity = std::numeric_limits<double>::infinity();
  result = builder.CreateSelect(builder.CreateFCmpOEQ(x, f.number(0)), f.number(-infinity), result);
  result = builder.CreateSelect(builder.CreateFCmpULT(x, f.number(0)), f.number(std::nan("")), result);
  return builder.CreateSelect(builder.CreateFCmpOEQ(x, f.number(infinity)), x, result);
}

llvm::Value* emit_round_even(llvm::IRBuilder<>& builder, llvm::Value* x) {
  const Formula f(builder, x);
  // From 2^23 on there are no fractions; added to less, it leaves no bits for them.
  llvm::Value* large = f.number(8388608);
  llvm::Value* distance = f.magnitude(x);
  llvm::Value* whole = builder.CreateFSub(builder.CreateFAdd(distance, large), large);
  return builder.CreateSelect(builder.CreateFCmpOLT(distance, large), f.with_sign_of(whole, x), x);
}

llvm::Value* emit_hyperbolic_tangent(llvm::IRBuilder<>& builder, llvm::Value* x) {
  const Formula f(builder, x);
  llvm::Value* square = builder.CreateFMul(x, x);
  llvm::Value* near = f.multiply_add(builder.CreateFMul(square, f.polynomial(square, kTangent)), x, x);
  llvm::Value* distance = f.magnitude(x);
  // 1 - 2 / (exp(2 |x|) + 1)
  llvm::Value* power = emit_exponential(builder, builder.CreateFAdd(distance, distance));
  llvm::Value* part = builder.CreateFDiv(f.number(2), builder.CreateFAdd(power, f.number(1)));
  llvm::Value* far = f.with_sign_of(builder.CreateFSub(f.number(1), part), x);
  return builder.CreateSelect(builder.CreateFCmpOLT(distance, f.number(0.625)), near, far);
}

}  // namespace tamis::cpu
