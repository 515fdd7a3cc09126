#pragma once

#include <llvm/IR/IRBuilder.h>

namespace tamis::cpu {

// Functions of float32 as straight-line code for scalars and vectors alike: polynomials, so that no lane
// calls anything. Each is within two units in the last place of the exact value everywhere, with or without
// fused multiplications. Infinities have their limits, and what is not a number stays so.
// tests/targets/cpu/codegen/approximations_test.cpp compares them with the C library.

/// e to the power of x; subnormal results are rounded, not flushed.
llvm::Value* emit_exponential(llvm::IRBuilder<>& builder, llvm::Value* x);
/// The error function.
llvm::Value* emit_error_function(llvm::IRBuilder<>& builder, llvm::Value* x);
/// The natural logarithm; NaN for negative numbers.
llvm::Value* emit_logarithm(llvm::IRBuilder<>& builder, llvm::Value* x);
/// The nearest whole number, of two the even one: for processors that have no instruction for it.
llvm::Value* emit_round_even(llvm::IRBuilder<>& builder, llvm::Value* x);
/// The hyperbolic tangent.
llvm::Value* emit_hyperbolic_tangent(llvm::IRBuilder<>& builder, llvm::Value* x);

}  // namespace tamis::cpu
