#include "targets/cpu/codegen/halves.h"

namespace tamis::cpu {
namespace {

constexpr uint64_t kSign = 0x80000000;
constexpr uint64_t kMagnitude = 0x7fffffff;
constexpr uint64_t kInfinity = 0x7f800000;
constexpr uint64_t kHalfInfinity = 0x7c00;
constexpr uint64_t kHalfNan = 0x7e00;
constexpr int kDroppedBits = 13;                 // of the fraction of a float32
constexpr uint64_t kExponents = 112 << 23;       // what the biases of the exponents differ by, in its place
constexpr uint64_t kLeastNormal = 113 << 23;     // 2^-14
constexpr uint64_t kFirstInfinite = 0x477ff000;  // 65520, halfway between the largest and what would be next

/// What both directions need: integers as wide as a value has lanes.
class HalfEmitter {
 public:
  HalfEmitter(llvm::IRBuilder<>& builder, llvm::Value* like)
      : builder_(builder),
        words_(like->getType()->getWithNewType(builder.getInt32Ty())),
        halves_(like->getType()->getWithNewType(builder.getInt16Ty())),
        floats_(like->getType()->getWithNewType(builder.getFloatTy())) {}

  llvm::Value* widen_bfloat(llvm::Value* bits) { return real(shift_left(word_of(bits), 16)); }

  llvm::Value* narrow_bfloat(llvm::Value* value) {
    llvm::Value* word = bits_of(value);
    llvm::Value* odd = builder_.CreateAnd(shift_right(word, 16), number(1));
    llvm::Value* rounded = shift_right(add(add(word, number(0x7fff)), odd), 16);
    llvm::Value* none = builder_.CreateOr(shift_right(word, 16), number(0x40));
    return half_of(builder_.CreateSelect(is_none(value), none, rounded));
  }

  /// As if the fraction's exponent were that of a float32, then times what the biases differ by: this is
  /// right below the normal numbers too.
  llvm::Value* widen_float16(llvm::Value* bits) {
    llvm::Value* word = word_of(bits);
    llvm::Value* magnitude = builder_.CreateAnd(word, number(0x7fff));
    llvm::Value* shifted = shift_left(magnitude, kDroppedBits);
    llvm::Value* size = bits_of(builder_.CreateFMul(real(shifted), llvm::ConstantFP::get(floats_, 0x1p112)));
    llvm::Value* infinite = builder_.CreateOr(shifted, number(kInfinity));
    llvm::Value* is_finite = builder_.CreateICmpULT(magnitude, number(kHalfInfinity));
    llvm::Value* sign = shift_left(builder_.CreateAnd(word, number(0x8000)), 16);
    return real(builder_.CreateOr(sign, builder_.CreateSelect(is_finite, size, infinite)));
  }

  llvm::Value* narrow_float16(llvm::Value* value) {
    llvm::Value* word = bits_of(value);
    llvm::Value* magnitude = builder_.CreateAnd(word, number(kMagnitude));
    llvm::Value* odd = builder_.CreateAnd(shift_right(magnitude, kDroppedBits), number(1));
    const uint64_t half_less = (uint64_t{1} << (kDroppedBits - 1)) - 1;
    llvm::Value* normal = builder_.CreateSub(add(add(magnitude, number(half_less)), odd), number(kExponents));
    normal = shift_right(normal, kDroppedBits);
    // The sum with 1/2 has steps of 2^-24, those of the numbers below the normal ones.
    llvm::Value* half = llvm::ConstantFP::get(floats_, 0.5);
    llvm::Value* small =
        builder_.CreateSub(bits_of(builder_.CreateFAdd(real(magnitude), half)), bits_of(half));
    llvm::Value* is_small = builder_.CreateICmpULT(magnitude, number(kLeastNormal));
    llvm::Value* is_finite = builder_.CreateICmpULT(magnitude, number(kFirstInfinite));
    llvm::Value* rest = builder_.CreateSelect(is_none(value), number(kHalfNan), number(kHalfInfinity));
    llvm::Value* size =
        builder_.CreateSelect(is_finite, builder_.CreateSelect(is_small, small, normal), rest);
    llvm::Value* sign = shift_right(builder_.CreateAnd(word, number(kSign)), 16);
    return half_of(builder_.CreateOr(sign, size));
  }

  /// By the processor's own instructions.
  llvm::Value* widen_directly(llvm::Value* bits) {
    llvm::Type* own = bits->getType()->getWithNewType(builder_.getHalfTy());
    return builder_.CreateFPExt(builder_.CreateBitCast(bits, own), floats_);
  }
  llvm::Value* narrow_directly(llvm::Value* value) {
    llvm::Type* own = value->getType()->getWithNewType(builder_.getHalfTy());
    return builder_.CreateBitCast(builder_.CreateFPTrunc(value, own), halves_);
  }

 private:
  llvm::Value* number(uint64_t value) { return llvm::ConstantInt::get(words_, value); }
  llvm::Value* bits_of(llvm::Value* value) { return builder_.CreateBitCast(value, words_); }
  llvm::Value* real(llvm::Value* word) { return builder_.CreateBitCast(word, floats_); }
  llvm::Value* word_of(llvm::Value* half) { return builder_.CreateZExt(half, words_); }
  llvm::Value* half_of(llvm::Value* word) { return builder_.CreateTrunc(word, halves_); }
  llvm::Value* add(llvm::Value* a, llvm::Value* b) { return builder_.CreateAdd(a, b); }
  llvm::Value* shift_left(llvm::Value* a, int by) { return builder_.CreateShl(a, static_cast<uint64_t>(by)); }
  llvm::Value* shift_right(llvm::Value* a, int by) {
    return builder_.CreateLShr(a, static_cast<uint64_t>(by));
  }
  llvm::Value* is_none(llvm::Value* value) { return builder_.CreateFCmpUNO(value, value); }

  llvm::IRBuilder<>& builder_;
  llvm::Type* words_;
  llvm::Type* halves_;
  llvm::Type* floats_;
};

}  // namespace

llvm::Value* emit_widened(llvm::IRBuilder<>& builder, llvm::Value* bits, Element element, bool converts) {
  HalfEmitter emitter(builder, bits);
  if (element == Element::bfloat16) return emitter.widen_bfloat(bits);
  return converts ? emitter.widen_directly(bits) : emitter.widen_float16(bits);
}

llvm::Value* emit_narrowed(llvm::IRBuilder<>& builder, llvm::Value* value, Element element, bool converts) {
  HalfEmitter emitter(builder, value);
  if (element == Element::bfloat16) return emitter.narrow_bfloat(value);
  return converts ? emitter.narrow_directly(value) : emitter.narrow_float16(value);
}

}  // namespace tamis::cpu
