#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/pairs.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tamis::network {
namespace {

/// An operator on the bits of two integers of one type.
struct Bitwise {
  Signature signature;
  Wide (*function)(Wide, Wide) = nullptr;
};

constexpr std::array kBitwise{
    Bitwise{{"BitwiseAnd", 18, kIntegers, 2, 2}, [](Wide a, Wide b) { return a & b; }},
    Bitwise{{"BitwiseOr", 18, kIntegers, 2, 2}, [](Wide a, Wide b) { return a | b; }},
    Bitwise{{"BitwiseXor", 18, kIntegers, 2, 2}, [](Wide a, Wide b) { return a ^ b; }},
};

Result<std::vector<Fact>> infer_bits(const Call& call, const Signature& signature) {
  TAMIS_TRY(check_signature(call, signature));
  TAMIS_TRY(check_one_type(call));
  return infer_pair(call);
}

Result<std::vector<Array>> evaluate_bits(const Call& call, const std::vector<Fact>& outputs,
                                         Wide (*function)(Wide, Wide)) {
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(1));
  const Shape& shape = *outputs[0].shape;
  return std::vector{from_wide(a.type(), shape, pairwise(shape, a, to_wide(a), b, to_wide(b), function))};
}

Result<std::vector<Fact>> infer_bitwise(const Call& call) {
  return infer_bits(call, row_of(kBitwise, call).signature);
}

Result<std::vector<Array>> evaluate_bitwise(const Call& call, const std::vector<Fact>& outputs) {
  return evaluate_bits(call, outputs, row_of(kBitwise, call).function);
}

// BitwiseNot.

Result<std::vector<Fact>> infer_bitwise_not(const Call& call) {
  TAMIS_TRY(check_signature(call, {"BitwiseNot", 18, kIntegers}));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{x->type, x->shape, std::nullopt}};
}

Result<std::vector<Array>> evaluate_bitwise_not(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  std::vector<Wide> values = to_wide(x);
  for (Wide& value : values) value = ~value;
  return std::vector{from_wide(x.type(), x.shape(), values)};
}

// BitShift. A shift by a negative number or by all bits of the type leaves nothing but the sign, as opset 28
// says; below, where the text is silent, too.

constexpr int64_t kShiftsSigned = 28;  ///< the first opset in which BitShift takes signed integers
constexpr Wide kMostPlaces = 64;

Wide shift_left(Wide x, Wide places) {
  if (places < 0 || places >= kMostPlaces) return 0;
  const uint64_t shifted = static_cast<uint64_t>(x) << static_cast<unsigned>(places);
  return static_cast<Wide>(shifted);
}

Wide shift_right(Wide x, Wide places) {
  if (places < 0 || places >= kMostPlaces) return x < 0 ? -1 : 0;
  return x >> static_cast<unsigned>(places);
}

Result<bool> shifts_left(const Call& call) {
  TAMIS_ASSIGN(const std::string direction, call.text("direction", ""));
  if (direction != "LEFT" && direction != "RIGHT")
    return call.invalid("attribute \"direction\" must be \"LEFT\" or \"RIGHT\", not \"" + direction + "\"");
  return direction == "LEFT";
}

Result<std::vector<Fact>> infer_shift(const Call& call) {
  TAMIS_TRY(shifts_left(call));
  return infer_bits(call, {"BitShift", 11, call.opset() < kShiftsSigned ? kUnsigned : kIntegers, 2, 2});
}

Result<std::vector<Array>> evaluate_shift(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const bool left, shifts_left(call));
  return evaluate_bits(call, outputs, left ? shift_left : shift_right);
}

constexpr std::array kOtherBitwise{
    OperatorDefinition{"BitShift", infer_shift, evaluate_shift},
    OperatorDefinition{"BitwiseNot", infer_bitwise_not, evaluate_bitwise_not},
};
constexpr auto kBitwiseOperators =
    joined(definitions(kBitwise, infer_bitwise, evaluate_bitwise), kOtherBitwise);

}  // namespace

std::span<const OperatorDefinition> bitwise_operators() { return kBitwiseOperators; }

}  // namespace tamis::network
