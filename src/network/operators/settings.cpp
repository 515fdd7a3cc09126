#include "network/operators/settings.h"

#include "network/operators/numbers.h"
#include "network/operators/typing.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

struct TypeCode {
  int64_t code;
  ElementType type;
};

/// As the enumeration of types in ONNX's file format numbers them.
constexpr std::array kTypeCodes{
    TypeCode{1, ElementType::float32},  TypeCode{2, ElementType::uint8},   TypeCode{3, ElementType::int8},
    TypeCode{4, ElementType::uint16},   TypeCode{5, ElementType::int16},   TypeCode{6, ElementType::int32},
    TypeCode{7, ElementType::int64},    TypeCode{9, ElementType::boolean}, TypeCode{10, ElementType::float16},
    TypeCode{11, ElementType::float64}, TypeCode{12, ElementType::uint32}, TypeCode{13, ElementType::uint64},
    TypeCode{16, ElementType::bfloat16}};
constexpr int64_t kLastTypeCode = 26;

std::string type_name(const Fact& fact) { return std::string(to_string(fact.type)); }

}  // namespace

Result<Setting> setting(const Call& call, size_t input) {
  const Fact* fact = call.optional_input(input);
  if (fact == nullptr) return Setting{};
  if (holds_fractions(fact->type))
    return call.invalid("input \"" + call.node().inputs[input] + "\" must hold integers, not " +
                        type_name(*fact));
  if (!fact->value) return Setting{.given = true, .values = std::nullopt};
  return Setting{.given = true, .values = fact->value->integers()};
}

Result<Setting> setting(const Call& call, std::string_view attribute, int64_t since, size_t input) {
  const std::string name(attribute);
  const std::string from =
      " since opset " + std::to_string(since) + ", and this node is of opset " + std::to_string(call.opset());
  if (call.opset() >= since) {
    if (call.attribute(attribute) != nullptr)
      return call.invalid("attribute \"" + name + "\" is an input" + from);
    return setting(call, input);
  }
  if (call.optional_input(input) != nullptr)
    return call.invalid("input " + std::to_string(input) + " (" + name + ") exists" + from);
  TAMIS_ASSIGN(auto values, call.integer_list(attribute));
  const bool given = values.has_value();
  return Setting{.given = given, .values = std::move(values)};
}

Result<std::optional<int64_t>> one_integer(const Call& call, size_t input) {
  TAMIS_TRY(call.input(input));
  TAMIS_ASSIGN(const Setting given, setting(call, input));
  if (given.is_open()) return std::optional<int64_t>();
  if (given.values->size() != 1)
    return call.invalid("input \"" + call.node().inputs[input] + "\" must hold one integer, not " +
                        std::to_string(given.values->size()));
  return std::optional(given.values->front());
}

Result<std::vector<size_t>> distinct_axes(const Call& call, const std::vector<int64_t>& given, size_t rank) {
  std::vector<size_t> axes;
  for (const int64_t each : given) {
    TAMIS_ASSIGN(const size_t axis, call.axis(each, rank));
    if (std::find(axes.begin(), axes.end(), axis) != axes.end())
      return call.invalid("axis " + std::to_string(each) + " is given twice");
    axes.push_back(axis);
  }
  return axes;
}

Result<size_t> axis_attribute(const Call& call, size_t rank, std::optional<int64_t> otherwise) {
  if (!otherwise && call.attribute("axis") == nullptr) return call.invalid("attribute \"axis\" is missing");
  TAMIS_ASSIGN(const int64_t axis, call.integer("axis", otherwise.value_or(0)));
  return call.axis(axis, rank);
}

Result<int64_t> sum_of_sizes(const Call& call, int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return call.invalid("a size of " + std::to_string(a) + " + " + std::to_string(b) +
                      " is more than any network holds");
}

Result<int64_t> product_of_sizes(const Call& call, int64_t a, int64_t b) {
  int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return call.invalid("a size of " + std::to_string(a) + " x " + std::to_string(b) +
                      " is more than any network holds");
}

Status check_indices(const Call& call, size_t input) {
  TAMIS_TRY(type_of(call, input, {ElementType::int32, ElementType::int64}));
  return {};
}

std::vector<Fact> one_fact(ElementType type, std::optional<Shape> shape) {
  return {Fact{type, std::move(shape), std::nullopt}};
}

Result<ElementType> type_of_code(const Call& call, int64_t code) {
  for (const TypeCode& row : kTypeCodes)
    if (row.code == code) return row.type;
  const std::string named = "elements of type " + std::to_string(code);
  if (code < 1 || code > kLastTypeCode) return call.invalid(named + " are none of ONNX");
  return call.cannot(named + " (texts, complex numbers, or fewer than 16 bits) are not supported");
}

}  // namespace tamis::network
