#include "space/python/value.h"

#include <algorithm>
#include <cmath>
#include <compare>

namespace tamis::python {
namespace {

bool is_character_start(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

/// The characters (code points of UTF-8) of a text.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> all;
  for (const char c : text) {
    if (all.empty() || is_character_start(c)) all.emplace_back();
    all.back() += c;
  }
  return all;
}

int sign_of(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

int order_of_numbers(const Value& a, const Value& b) {
  if (a.is_real() && b.is_real()) return *a.real() < *b.real() ? -1 : *a.real() > *b.real() ? 1 : 0;
  if (a.is_real()) return -sign_of(compare(*b.whole(), *a.real()));
  if (b.is_real()) return sign_of(compare(*a.whole(), *b.real()));
  return sign_of(*a.whole() <=> *b.whole());
}

bool equal_items(const Values& a, const Values& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
}

bool equal_sequences(const Sequence& a, const Sequence& b) {
  if (a.kind != b.kind) return false;
  if (a.kind != Sequence::Kind::set) return equal_items(a.items, b.items);
  return a.items.size() == b.items.size() &&
         std::all_of(a.items.begin(), a.items.end(), [&](const Value& one) {
           return std::any_of(b.items.begin(), b.items.end(),
                              [&](const Value& other) { return equal(one, other); });
         });
}

bool equal_ranges(const Range& a, const Range& b) {
  if (a.count != b.count) return false;
  return a.count == 0 || (a.first == b.first && (a.count == 1 || a.step == b.step));
}

/// As repr() of a text in ASCII: single quotes unless only double ones do without `\`.
std::optional<std::string> quoted(const std::string& text) {
  const bool apostrophe = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  const char quote = apostrophe ? '"' : '\'';
  std::string all(1, quote);
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' && c != '\r') return std::nullopt;
    if (c == quote || c == '\\') all += '\\';
    if (c == '\n' || c == '\t' || c == '\r')
      all += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    else
      all += c;
  }
  return all + quote;
}

}  // namespace

std::optional<Wide> Value::whole() const {
  if (const auto* boolean = std::get_if<bool>(&plain_)) return *boolean ? 1 : 0;
  if (const auto* number = std::get_if<Wide>(&plain_)) return *number;
  return std::nullopt;
}

std::optional<double> Value::real() const {
  if (const auto* number = std::get_if<double>(&plain_)) return *number;
  if (const std::optional<Wide> number = whole()) return static_cast<double>(*number);
  return std::nullopt;
}

bool Value::is_true() const {
  if (is_real()) return *real() != 0.0;
  if (is_number()) return *whole() != 0;
  if (text() != nullptr) return !text()->empty();
  if (sequence() != nullptr) return !sequence()->items.empty();
  return range() != nullptr && range()->count > 0;
}

size_t Value::weight() const {
  if (text() != nullptr) return 1 + text()->size() / 16;
  size_t sum = 1;
  if (sequence() != nullptr)
    for (const Value& value : sequence()->items) sum += value.weight();
  return sum;
}

std::optional<std::string> Value::repr() const {
  if (is_none()) return "None";
  if (is_boolean()) return is_true() ? "True" : "False";
  if (is_real()) return real_text(*real());
  if (is_number()) return to_string(*whole());
  if (text() != nullptr) return quoted(*text());
  if (sequence() == nullptr || sequence()->kind == Sequence::Kind::set || !has_order(*this))
    return std::nullopt;
  const bool tuple = sequence()->kind == Sequence::Kind::tuple;
  std::string all;
  for (const Value& value : sequence()->items) {
    const std::optional<std::string> one = value.repr();
    if (!one) return std::nullopt;
    all += (all.empty() ? "" : ", ") + *one;
  }
  if (tuple && sequence()->items.size() == 1) all += ",";
  return tuple ? "(" + all + ")" : "[" + all + "]";
}

std::optional<std::string> Value::str() const { return text() != nullptr ? *text() : repr(); }

bool has_order(const Value& value) {
  const Sequence* sequence = value.sequence();
  if (sequence == nullptr || sequence->items.size() < 2) return true;
  return sequence->kind != Sequence::Kind::set && !sequence->is_unordered;
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return order_of_numbers(a, b) == 0;
  if (a.text() != nullptr && b.text() != nullptr) return *a.text() == *b.text();
  if (a.sequence() != nullptr && b.sequence() != nullptr)
    return equal_sequences(*a.sequence(), *b.sequence());
  if (a.range() != nullptr && b.range() != nullptr) return equal_ranges(*a.range(), *b.range());
  return a.is_none() && b.is_none();
}

std::optional<int> order_of(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return order_of_numbers(a, b);
  if (a.text() != nullptr && b.text() != nullptr) return sign_of(*a.text() <=> *b.text());
  if (a.sequence() == nullptr || b.sequence() == nullptr || a.sequence()->kind != b.sequence()->kind ||
      a.sequence()->kind == Sequence::Kind::set || !has_order(a) || !has_order(b))
    return std::nullopt;
  const Values& left = a.sequence()->items;
  const Values& right = b.sequence()->items;
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i)
    if (!equal(left[i], right[i])) return order_of(left[i], right[i]);
  return sign_of(left.size() <=> right.size());
}

std::optional<bool> contains(const Value& b, const Value& a) {
  if (b.text() != nullptr) {
    if (a.text() == nullptr) return std::nullopt;
    return b.text()->find(*a.text()) != std::string::npos;
  }
  if (b.range() != nullptr) return position_in(*b.range(), a).has_value();
  if (b.sequence() == nullptr) return std::nullopt;
  const bool hashable = a.sequence() == nullptr || a.sequence()->kind == Sequence::Kind::tuple;
  if (b.sequence()->kind == Sequence::Kind::set && !hashable) return std::nullopt;
  return std::any_of(b.sequence()->items.begin(), b.sequence()->items.end(),
                     [&](const Value& one) { return equal(a, one); });
}

std::optional<Wide> length(const Value& value) {
  if (value.text() != nullptr)
    return std::count_if(value.text()->begin(), value.text()->end(), is_character_start);
  if (value.range() != nullptr) return value.range()->count;
  if (value.sequence() == nullptr) return std::nullopt;
  return static_cast<Wide>(value.sequence()->items.size());
}

std::optional<Values> items_of(const Value& value) {
  if (value.sequence() != nullptr) return value.sequence()->items;
  const std::optional<Wide> count = length(value);
  if (!count || *count > static_cast<Wide>(kMostValues)) return std::nullopt;
  Values items;
  items.reserve(static_cast<size_t>(*count));
  if (value.text() != nullptr)
    for (std::string& one : characters(*value.text())) items.emplace_back(std::move(one));
  else
    for (Wide i = 0; i < *count; ++i) items.emplace_back(value.range()->first + i * value.range()->step);
  return items;
}

std::optional<Value> item(const Value& value, Wide index) {
  const std::optional<Wide> count = length(value);
  if (!count || (value.sequence() != nullptr && value.sequence()->kind == Sequence::Kind::set) ||
      !has_order(value))
    return std::nullopt;
  if (index < 0) index += *count;
  if (index < 0 || index >= *count) return std::nullopt;
  if (value.range() != nullptr) return Value(value.range()->first + index * value.range()->step);
  if (value.text() != nullptr) return Value(std::move(characters(*value.text())[static_cast<size_t>(index)]));
  return value.sequence()->items[static_cast<size_t>(index)];
}

std::optional<Value> slice(const Value& value, const Slice& bounds) {
  const std::optional<Wide> count = length(value);
  constexpr Wide kFar = Wide{1} << 64;  // further than any sequence is long
  const Wide step = std::clamp(bounds.step.value_or(1), -kFar, kFar);
  if (!count || step == 0 || !has_order(value) ||
      (value.sequence() != nullptr && value.sequence()->kind == Sequence::Kind::set))
    return std::nullopt;
  // As PySlice_AdjustIndices.
  const auto adjusted = [&](OptionalWide bound, Wide left_out) {
    if (!bound) return left_out;
    const Wide near = std::clamp(*bound, -kFar, kFar);
    const Wide position = near < 0 ? near + *count : near;
    const Wide lowest = step < 0 ? -1 : 0;
    const Wide highest = step < 0 ? *count - 1 : *count;
    return std::clamp(position, lowest, std::max(lowest, highest));
  };
  const Wide from = adjusted(bounds.from, step < 0 ? *count - 1 : 0);
  const Wide to = adjusted(bounds.to, step < 0 ? Wide{-1} : *count);
  Wide taken = 0;
  if (step > 0 && from < to) taken = (to - from - 1) / step + 1;
  if (step < 0 && to < from) taken = (from - to - 1) / -step + 1;
  if (value.range() != nullptr) {
    const Range& range = *value.range();
    if (taken == 0) return Value(Range{});
    const OptionalWide wider = multiply(range.step, step);
    if (!wider) return std::nullopt;
    return Value(Range{range.first + from * range.step, *wider, taken});
  }
  const std::optional<Values> items = items_of(value);
  if (!items) return std::nullopt;
  Values some;
  for (Wide i = 0; i < taken; ++i) some.push_back((*items)[static_cast<size_t>(from + i * step)]);
  if (value.sequence() != nullptr) return Value(Sequence{value.sequence()->kind, std::move(some)});
  std::string text;
  for (const Value& one : some) text += *one.text();
  return Value(std::move(text));
}

std::optional<Wide> position_in(const Range& range, const Value& value) {
  if (!value.is_number()) return std::nullopt;
  const OptionalWide whole = value.is_real() ? truncate(*value.real()) : value.whole();
  if (!whole || (value.is_real() && compare(*whole, *value.real()) != 0)) return std::nullopt;
  const OptionalWide away = subtract(*whole, range.first);
  if (!away || *away % range.step != 0) return std::nullopt;
  const Wide position = *away / range.step;
  if (position < 0 || position >= range.count) return std::nullopt;
  return position;
}

}  // namespace tamis::python
