#include "targets/loop/value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::loop {
namespace {

std::vector<std::string> texts(const std::vector<Affine>& affines, const char* after = "") {
  std::vector<std::string> result;
  result.reserve(affines.size());
  for (const Affine& affine : affines) result.push_back(to_string(affine) + after);
  return result;
}

Access substitute(Access access, const std::string& loop, const Affine& by) {
  for (Affine& index : access.index) index = index.substitute(loop, by);
  return access;
}

}  // namespace

int64_t bytes(Element element) {
  switch (element) {
    case Element::int8:
    case Element::uint8:
    case Element::boolean:
      return 1;
    case Element::float16:
    case Element::bfloat16:
      return 2;
    case Element::int64:
      return 8;
    case Element::float32:
    case Element::int32:
      break;
  }
  return 4;
}

std::string to_string(Element element) {
  switch (element) {
    case Element::float32:
      return "float32";
    case Element::int8:
      return "int8";
    case Element::uint8:
      return "uint8";
    case Element::int32:
      return "int32";
    case Element::int64:
      return "int64";
    case Element::boolean:
      return "boolean";
    case Element::float16:
      return "float16";
    case Element::bfloat16:
      return "bfloat16";
  }
  return {};
}

Value Value::constant(double number, Element element) {
  Node node{Kind::constant, element};
  node.number = number;
  return Value(std::move(node));
}

Value Value::load(Access access, Element element) {
  Node node{Kind::load, element};
  node.access = std::move(access);
  return Value(std::move(node));
}

Value Value::accumulated(Element element) { return Value(Node{Kind::accumulated, element}); }

Value Value::convert(const Value& value, Element element) {
  Node node{Kind::convert, element};
  node.operands = {value};
  return Value(std::move(node));
}

Value Value::guarded(Conditions conditions, const Value& value, const Value& otherwise) {
  Node node{Kind::guarded, value->element};
  node.conditions = std::move(conditions);
  node.operands = {value, otherwise};
  return Value(std::move(node));
}

Value Value::multiply_add(const Value& a, const Value& b, const Value& c) {
  Node node{Kind::multiply_add, c->element};
  node.operands = {a, b, c};
  return Value(std::move(node));
}

Value Value::position(const Affine& place) {
  Node node{Kind::position, Element::int64};
  node.access.index = {place};
  return Value(std::move(node));
}

Value Value::select(const Value& condition, const Value& value, const Value& otherwise) {
  Node node{Kind::select, value->element};
  node.operands = {condition, value, otherwise};
  return Value(std::move(node));
}

Value Value::load_at(Access access, size_t dimension, const Value& index, Element element) {
  Node node{Kind::load_at, element};
  node.access = std::move(access);
  node.dimension = dimension;
  node.operands = {index};
  return Value(std::move(node));
}

Value Value::dot4(const Value& a, const Value& b, const Value& c) {
  Node node{Kind::dot4, Element::int32};
  node.operands = {a, b, c};
  return Value(std::move(node));
}

Value Value::of(Kind kind, const Value& a) {
  Node node{kind, a->element};
  node.operands = {a};
  return Value(std::move(node));
}

Value Value::of(Kind kind, const Value& a, const Value& b) {
  const bool compares = kind == Kind::less || kind == Kind::less_or_equal || kind == Kind::equal;
  Node node{kind, compares ? Element::boolean : a->element};
  node.operands = {a, b};
  return Value(std::move(node));
}

Value Value::substitute(const std::string& loop, const Affine& by) const {
  Node node = *node_;
  node.access = loop::substitute(std::move(node.access), loop, by);
  for (Affine& condition : node.conditions) condition = condition.substitute(loop, by);
  for (Value& operand : node.operands) operand = operand.substitute(loop, by);
  return Value(std::move(node));
}

Value Value::replace_accumulated(const Value& by) const {
  if (node_->kind == Kind::accumulated) return by;
  if (node_->operands.empty()) return *this;
  Node node = *node_;
  for (Value& operand : node.operands) operand = operand.replace_accumulated(by);
  return Value(std::move(node));
}

void Value::collect_loads(std::vector<Access>& loads) const {
  if (node_->kind == Kind::load || node_->kind == Kind::load_at) loads.push_back(node_->access);
  for (const Value& operand : node_->operands) operand.collect_loads(loads);
}

std::string to_string(const Access& access) {
  return fmt::format("{}[{}]", access.buffer, fmt::join(texts(access.index), ", "));
}

std::string to_string(const Conditions& conditions) {
  return fmt::format("{}", fmt::join(texts(conditions, " >= 0"), " and "));
}

/// An access of which one index is what a value gives.
static std::string text_of_load_at(const Value& value) {
  std::vector<std::string> indices = texts(value->access.index);
  indices[value->dimension] = fmt::format("held({})", to_string(value->operands[0]));
  return fmt::format("{}[{}]", value->access.buffer, fmt::join(indices, ", "));
}

std::string to_string(const Value& value) {
  const auto operand = [&](size_t i) { return to_string(value->operands[i]); };
  switch (value->kind) {
    case Value::Kind::constant:
      return fmt::format("{}", value->number);
    case Value::Kind::load:
      return to_string(value->access);
    case Value::Kind::add:
      return fmt::format("({} + {})", operand(0), operand(1));
    case Value::Kind::subtract:
      return fmt::format("({} - {})", operand(0), operand(1));
    case Value::Kind::multiply:
      return fmt::format("{} * {}", operand(0), operand(1));
    case Value::Kind::multiply_add:
      return fmt::format("multiply_add({}, {}, {})", operand(0), operand(1), operand(2));
    case Value::Kind::divide:
      return fmt::format("({} / {})", operand(0), operand(1));
    case Value::Kind::exponential:
      return fmt::format("exp({})", operand(0));
    case Value::Kind::error_function:
      return fmt::format("erf({})", operand(0));
    case Value::Kind::hyperbolic_tangent:
      return fmt::format("tanh({})", operand(0));
    case Value::Kind::logarithm:
      return fmt::format("log({})", operand(0));
    case Value::Kind::square_root:
      return fmt::format("sqrt({})", operand(0));
    case Value::Kind::round_down:
      return fmt::format("floor({})", operand(0));
    case Value::Kind::round_up:
      return fmt::format("ceil({})", operand(0));
    case Value::Kind::round_even:
      return fmt::format("round({})", operand(0));
    case Value::Kind::magnitude:
      return fmt::format("abs({})", operand(0));
    case Value::Kind::less:
      return fmt::format("({} < {})", operand(0), operand(1));
    case Value::Kind::less_or_equal:
      return fmt::format("({} <= {})", operand(0), operand(1));
    case Value::Kind::equal:
      return fmt::format("({} == {})", operand(0), operand(1));
    case Value::Kind::select:
      return fmt::format("select({}, {}, {})", operand(0), operand(1), operand(2));
    case Value::Kind::load_at:
      return text_of_load_at(value);
    case Value::Kind::position:
      return fmt::format("position({})", to_string(value->access.index[0]));
    case Value::Kind::minimum:
      return fmt::format("min({}, {})", operand(0), operand(1));
    case Value::Kind::maximum:
      return fmt::format("max({}, {})", operand(0), operand(1));
    case Value::Kind::shift_right:
      return fmt::format("({} >> {})", operand(0), operand(1));
    case Value::Kind::dot4:
      return fmt::format("dot4({}, {}, {})", operand(0), operand(1), operand(2));
    case Value::Kind::convert:
      return fmt::format("{}({})", to_string(value->element), operand(0));
    case Value::Kind::guarded:
      return fmt::format("({} if {} else {})", operand(0), to_string(value->conditions), operand(1));
    case Value::Kind::accumulated:
      return "sum";
  }
  return {};
}

}  // namespace tamis::loop
