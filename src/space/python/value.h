#pragma once

#include "space/python/wide.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tamis::python {

/// The largest weight of a sequence that is made: every value weighs 1, a text 1 more for every 16 bytes.
inline constexpr size_t kMostValues = 100'000;

class Value;
using Values = std::vector<Value>;

struct None {};

/// A list, a tuple or a set; of a set the items differ, in the order in which they came.
struct Sequence {
  enum class Kind : uint8_t { list, tuple, set };
  Kind kind = Kind::list;
  Values items;
  /// A list or tuple whose items come from a set of several: in an order that only Python knows.
  bool is_unordered = false;
};

/// What `range` gives: `count` integers from `first` on.
struct Range {
  Wide first = 0;
  Wide step = 1;
  Wide count = 0;
};

/// A value of Python. What is calculated with it never throws and is bounded.
class Value {
 public:
  Value() = default;
  explicit Value(bool value) : plain_(value) {}
  explicit Value(Wide value) : plain_(value) {}
  explicit Value(double value) : plain_(value) {}
  explicit Value(std::string value) : plain_(std::move(value)) {}
  explicit Value(Sequence value) : plain_(std::move(value)) {}
  explicit Value(Range value) : plain_(value) {}
  static Value whole(int64_t value) { return Value(Wide{value}); }

  /// An integer, also of True and False.
  std::optional<Wide> whole() const;
  /// A number as a real one.
  std::optional<double> real() const;
  bool is_number() const { return plain_.index() >= 1 && plain_.index() <= 3; }
  bool is_real() const { return std::holds_alternative<double>(plain_); }
  bool is_boolean() const { return std::holds_alternative<bool>(plain_); }
  bool is_none() const { return std::holds_alternative<None>(plain_); }
  const std::string* text() const { return std::get_if<std::string>(&plain_); }
  const Sequence* sequence() const { return std::get_if<Sequence>(&plain_); }
  Sequence* sequence() { return std::get_if<Sequence>(&plain_); }
  const Range* range() const { return std::get_if<Range>(&plain_); }

  bool is_true() const;
  /// What copying it costs, see kMostValues.
  size_t weight() const;
  /// As Python's repr() writes it; nothing for a range or a set, whose order or bounds are not kept.
  std::optional<std::string> repr() const;
  /// As str() does: a text as it is.
  std::optional<std::string> str() const;

 private:
  std::variant<None, bool, Wide, double, std::string, Sequence, Range> plain_;
};

/// Whether the order of its items is known: not that of a set of several, nor of a list made of one.
bool has_order(const Value& value);
/// Whether `a == b`; only where both have an order, or are sets.
bool equal(const Value& a, const Value& b);
/// -1, 0 or 1 as a is less than, equal to or greater than b; nothing where Python has no order.
std::optional<int> order_of(const Value& a, const Value& b);
/// Whether `a in b`; nothing where Python raises.
std::optional<bool> contains(const Value& b, const Value& a);

/// The number of items of a sequence, a range or a text (its characters); nothing for anything else.
std::optional<Wide> length(const Value& value);
/// The items of anything that can be gone through; nothing for anything else, or for more than kMostValues.
std::optional<Values> items_of(const Value& value);
/// `value[index]`; nothing where Python raises.
std::optional<Value> item(const Value& value, Wide index);

/// The bounds of `value[from:to:step]`; what is left out is nothing.
struct Slice {
  OptionalWide from;
  OptionalWide to;
  OptionalWide step;
};
std::optional<Value> slice(const Value& value, const Slice& slice);

/// The position of an item of a range.
std::optional<Wide> position_in(const Range& range, const Value& value);

}  // namespace tamis::python
