#include "network/kernels/generators.h"
#include "network/kernels/values.h"
#include "network/operators/settings.h"

#include <array>
#include <limits>

namespace tamis::network {
namespace {

using Values = std::vector<loop::Value>;

/// The IR's comparisons of integers are of signed ones.
Status check_compared(const Call& call, const loop::Value& value) {
  if (value->element != loop::Element::uint8) return {};
  return without_generator(call, call.node().type + " of uint8");
}

template <Kind kind, bool swapped>
Result<loop::Value> comparison(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_compared(call, inputs[0]));
  return loop::Value::of(kind, inputs[swapped ? 1 : 0], inputs[swapped ? 0 : 1]);
}

template <Kind kind>
Result<loop::Value> of_booleans(const Call&, const Values& inputs) {
  return loop::Value::of(kind, inputs[0], inputs[1]);
}

Result<loop::Value> exclusive_or(const Call&, const Values& inputs) {
  return negated(loop::Value::of(Kind::equal, inputs[0], inputs[1]));
}

Result<loop::Value> logical_not(const Call&, const Values& inputs) { return negated(inputs[0]); }

Result<loop::Value> is_nan(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return negated(is_number(inputs[0]));
}

/// A sign that is not looked for takes the other's place, or a comparison that never holds.
Result<loop::Value> is_infinite(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  TAMIS_ASSIGN(const int64_t negative, call.integer("detect_negative", 1));
  TAMIS_ASSIGN(const int64_t positive, call.integer("detect_positive", 1));
  const loop::Value& x = inputs[0];
  const loop::Value infinity = number_like(x, std::numeric_limits<double>::infinity());
  const loop::Value sought = negative != 0 && positive != 0 ? loop::Value::of(Kind::magnitude, x)
                             : negative != 0                ? x * number_like(x, -1)
                                                            : x;
  if (negative == 0 && positive == 0) return less(x, x);
  return loop::Value::of(Kind::equal, sought, infinity);
}

Result<loop::Value> where(const Call&, const Values& inputs) {
  return loop::Value::select(inputs[0], inputs[1], inputs[2]);
}

Result<loop::Value> cast_to(const Call& call, const loop::Value& x, loop::Element element) {
  const bool is_small = element == loop::Element::int8 || element == loop::Element::uint8;
  if (is_small && x->element == loop::Element::float32)
    return without_generator(call, "Cast of float32 to " + loop::to_string(element));
  // Elements of 16 bits are converted from and to float32 alone.
  if (is_half(element) || is_half(x->element))
    return loop::Value::convert(loop::Value::convert(x, loop::Element::float32), element);
  return loop::Value::convert(x, element);
}

Result<loop::Value> cast(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const int64_t code, call.integer("to", 0));
  TAMIS_ASSIGN(const ElementType type, type_of_code(call, code));
  TAMIS_ASSIGN(const loop::Element element, element_of(call, type));
  return cast_to(call, inputs[0], element);
}

Result<loop::Value> cast_like(const Call& call, const Values& inputs) {
  return cast_to(call, inputs[0], inputs[1]->element);
}

constexpr std::array kLogicGenerators{
    Generator{"And", of_booleans<Kind::minimum>},
    Generator{"Cast", cast},
    Generator{"CastLike", cast_like},
    Generator{"Equal", comparison<Kind::equal, false>},
    Generator{"Greater", comparison<Kind::less, true>},
    Generator{"GreaterOrEqual", comparison<Kind::less_or_equal, true>},
    Generator{"IsInf", is_infinite},
    Generator{"IsNaN", is_nan},
    Generator{"Less", comparison<Kind::less, false>},
    Generator{"LessOrEqual", comparison<Kind::less_or_equal, false>},
    Generator{"Not", logical_not},
    Generator{"Or", of_booleans<Kind::maximum>},
    Generator{"Where", where},
    Generator{"Xor", exclusive_or},
};

}  // namespace

std::span<const Generator> logic_generators() { return kLogicGenerators; }

}  // namespace tamis::network
