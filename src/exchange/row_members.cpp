#include "exchange/row_members.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "base/text.h"
#include "exchange/json_cursor.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"
#include "space/file/space_parts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis {

Status RowMembers::read(std::string_view text) {
  JsonCursor cursor(text);
  if (scan(cursor) && cursor.at_end() && check_keys()) return {};
  // Something is odd: the slow way knows what is wrong, or that nothing is.
  members_.clear();
  TAMIS_ASSIGN(const Json json, parse_row(text));
  if (!json.is_object()) return corrupt("it is not an object");
  for (const auto& [key, value] : json.items()) {
    const std::string_view kept_key = keep(key);
    members_.push_back({kept_key, keep(python_json(value))});
  }
  if (!check_keys()) return corrupt("a key occurs twice in it");
  return {};
}

Status RowMembers::read_next(JsonCursor& cursor) {
  if (cursor.peek() != '{') {
    cursor.raw();
    return corrupt("it is not an object");
  }
  if (!scan(cursor)) return corrupt(cursor.fault());
  return check_keys() ? Status() : Status(corrupt("a key occurs twice in it"));
}

bool RowMembers::scan(JsonCursor& cursor) {
  members_.clear();
  if (!kept_.empty()) kept_.clear();
  if (!cursor.enter('{')) return false;
  std::string_view key;
  bool escaped = false;
  for (bool first = true; cursor.member(first, key, &escaped);) {
    if (escaped) key = keep(std::string(key));
    members_.push_back({key, cursor.raw()});
  }
  return cursor.ok();
}

/// Whether no key occurs twice. Mostly they are those of the row before.
bool RowMembers::check_keys() {
  const auto same = [](const std::string& known, const Member& member) { return known == member.key; };
  if (std::equal(known_.begin(), known_.end(), members_.begin(), members_.end(), same)) return true;
  std::vector<std::string> keys;
  for (const Member& member : members_) keys.emplace_back(member.key);
  std::vector<std::string> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return false;
  known_ = std::move(keys);
  ++layout_;
  return true;
}

std::optional<std::string_view> RowMembers::find(std::string_view key, size_t& place) const {
  if (place < members_.size() && members_[place].key == key) return members_[place].value;
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].key != key) continue;
    place = i;
    return members_[i].value;
  }
  return std::nullopt;
}

Result<KnobValue> kept_number(std::string_view number) {
  const std::string_view shown = first_characters(number, 80);
  if (const auto whole = parse_integer(number)) {
    if (*whole == 0 && number.starts_with('-')) return corrupt("a value is -0, which is kept as 0");
    return KnobValue(*whole);
  }
  if (unheld_number(number))
    return corrupt(fmt::format("a value is {}, {}", shown,
                               is_json_integer(number) ? "an integer beyond 2^63"
                                                       : "which has more digits than a real number keeps"));
  const std::optional<double> real = parse_number(number);
  if (!real) return corrupt(fmt::format("a value is {}, not a finite number", shown));
  if (*real == 0 && std::signbit(*real))
    return corrupt(fmt::format("a value is {}, which is kept as 0", shown));
  return KnobValue(*real);
}

Result<KnobValue> knob_value_from_text(std::string_view value) {
  const char first = value.empty() ? ' ' : value.front();
  if ((first >= '0' && first <= '9') || (first == '-' && json_number(value))) return kept_number(value);
  const bool structured = first == '[' || first == '{';
  if (structured && mark_unheld_numbers(std::string(value)) != value)
    return corrupt(fmt::format("a value is {}, whose numbers have more digits than are kept",
                               first_characters(value, 80)));
  if (value.starts_with('"')) {
    if (std::optional<std::string> text = json_string(value)) return KnobValue(std::move(*text));
  }
  TAMIS_ASSIGN(const Json json, parse_python_json(value, "a value"));
  return knob_value_from(json);
}

std::string text_or_empty(std::optional<std::string_view> value) {
  return value ? json_string(*value).value_or("") : "";
}

}  // namespace tamis
