#include "network/kernels/generators.h"
#include "network/kernels/values.h"
#include "network/operators/settings.h"

#include <array>

namespace tamis::network {
namespace {

using Values = std::vector<cpu::Value>;

/// The IR's comparisons of integers are of signed ones.
Status check_compared(const Call& call, const cpu::Value& value) {
  if (value->element != cpu::Element::uint8) return {};
  return without_generator(call, call.node().type + " of uint8");
}

template <Kind kind, bool swapped>
Result<cpu::Value> comparison(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_compared(call, inputs[0]));
  return cpu::Value::of(kind, inputs[swapped ? 1 : 0], inputs[swapped ? 0 : 1]);
}

template <Kind kind>
Result<cpu::Value> of_booleans(const Call&, const Values& inputs) {
  return cpu::Value::of(kind, inputs[0], inputs[1]);
}

Result<cpu::Value> exclusive_or(const Call&, const Values& inputs) {
  return negated(cpu::Value::of(Kind::equal, inputs[0], inputs[1]));
}

Result<cpu::Value> logical_not(const Call&, const Values& inputs) { return negated(inputs[0]); }

Result<cpu::Value> is_nan(const Call& call, const Values& inputs) {
  TAMIS_TRY(check_float(call, inputs[0]));
  return negated(is_number(inputs[0]));
}

Result<cpu::Value> where(const Call&, const Values& inputs) {
  return cpu::Value::select(inputs[0], inputs[1], inputs[2]);
}

Result<cpu::Value> cast(const Call& call, const Values& inputs) {
  TAMIS_ASSIGN(const int64_t code, call.integer("to", 0));
  TAMIS_ASSIGN(const ElementType type, type_of_code(call, code));
  TAMIS_ASSIGN(const cpu::Element element, element_of(call, type));
  const bool is_small = element == cpu::Element::int8 || element == cpu::Element::uint8;
  if (is_small && inputs[0]->element == cpu::Element::float32)
    return without_generator(call, "Cast of float32 to " + cpu::to_string(element));
  // Elements of 16 bits are converted from and to float32 alone.
  if (is_half(element) || is_half(inputs[0]->element))
    return cpu::Value::convert(cpu::Value::convert(inputs[0], cpu::Element::float32), element);
  return cpu::Value::convert(inputs[0], element);
}

constexpr std::array kLogicGenerators{
    Generator{"And", of_booleans<Kind::minimum>},
    Generator{"Cast", cast},
    Generator{"Equal", comparison<Kind::equal, false>},
    Generator{"Greater", comparison<Kind::less, true>},
    Generator{"GreaterOrEqual", comparison<Kind::less_or_equal, true>},
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
