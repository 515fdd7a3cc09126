#pragma once

#include "space/expression_number.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What Python values are while space/file/python_values evaluates them. All functions are pure and thread
/// safe.
namespace tamis::python {

/// The largest weight of a list that is made: every value weighs 1, a text 1 more for every 16 bytes.
inline constexpr size_t kMostValues = 100'000;

class Value;
using Values = std::vector<Value>;

/// A number, a text or a list.
class Value {
 public:
  explicit Value(expression::Number number) : plain_(number) {}
  explicit Value(std::string text) : plain_(std::move(text)) {}
  explicit Value(Values values, bool tuple = false) : plain_(List{std::move(values), tuple}) {}
  static Value whole(int64_t number) { return Value(expression::Number::from_whole(number)); }
  static Value boolean(bool value) { return whole(value ? 1 : 0); }
  static Value empty_list(bool tuple) { return Value(Values(), tuple); }

  const expression::Number* number() const { return std::get_if<expression::Number>(&plain_); }
  const std::string* text() const { return std::get_if<std::string>(&plain_); }
  const Values* list() const { return const_cast<Value*>(this)->list(); }
  Values* list() {
    List* list = std::get_if<List>(&plain_);
    return list == nullptr ? nullptr : &list->values;
  }
  bool is_true() const;
  /// What copying it costs, see kMostValues.
  size_t weight() const;
  /// As a knob holds it: a list as the text that Python prints.
  KnobValue knob_value() const;
  /// As Python prints it inside a list.
  std::string repr() const;

 private:
  struct List {
    Values values;
    bool tuple = false;
  };
  std::variant<expression::Number, std::string, List> plain_;
};

/// `a symbol b` of two numbers; `+` of two texts or lists, `*` of a list and a number. Errors: invalid_input
/// for anything else, an undefined result or a list heavier than kMostValues.
Result<Value> calculate(std::string_view symbol, const Value& a, const Value& b);
/// Whether `a symbol b` holds (`<`, `==`, `in`, `not in`, ...); nothing where Python would refuse.
std::optional<bool> compare(std::string_view symbol, const Value& a, const Value& b);
/// One of the functions that python_values.h names. Errors: invalid_input for an unknown function (with the
/// nearest) or arguments that it does not take.
Result<Value> call(std::string_view function, std::span<const Value> arguments);

}  // namespace tamis::python
