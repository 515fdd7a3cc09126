#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tamis {

/// Walks over the members of a JSON object, or the elements of a list, without reading their values: a large
/// file is read value by value, a damaged value costs itself alone, and what a program still writes (or left
/// when it was killed) is read as far as it goes. The text must outlive the walker. Not thread safe.
///
///     JsonWalker walker(text);
///     while (walker.next()) use(walker.key(), walker.value());
///     if (walker.is_cut_off()) ...
class JsonWalker {
 public:
  /// Of a text that begins with `{` or `[`, after blanks; of any other one there is nothing to walk over.
  explicit JsonWalker(std::string_view text);

  bool is_object() const { return open_ == '{'; }
  bool is_list() const { return open_ == '['; }

  /// Goes to the next member or element. Says no at the end, and where the text is damaged or cut off.
  bool next();
  /// The member's key, between its quotes as it is written; empty in a list.
  std::string_view key() const { return key_; }
  /// The text from the beginning of the value on: all that is looked at where only its kind counts.
  std::string_view rest() const { return text_.substr(value_); }
  /// The value. Empty where the text ends within it, which is_cut_off says then.
  std::string_view value();

  /// Whether the text ended before the closing bracket.
  bool is_cut_off() const { return cut_off_; }
  /// Whether the text goes on in another way than JSON does.
  bool is_damaged() const { return damaged_; }

 private:
  void skip_blanks();
  bool fail(bool cut_off);
  bool read_key();

  std::string_view text_;
  size_t position_ = 0;
  char open_ = 0;
  std::string_view key_;
  size_t value_ = 0;
  std::optional<size_t> value_end_;  ///< of the value that was walked over
  bool first_ = true;
  bool has_value_ = false;
  bool ended_ = false;
  bool cut_off_ = false;
  bool damaged_ = false;
};

/// The members of an object by their keys, as texts; of equal keys the last. One that is cut off has the rest
/// of the text.
std::map<std::string, std::string_view> json_members(std::string_view text);

/// One row of a file: JSON, also with the words that Python has for numbers that are not finite. Does what
/// parse_python_json does, in a third of the time where nothing is wrong. Errors: as that. Thread safe.
Result<Json> parse_row(std::string_view text);

/// The value of a member that is a short text (or a list of one); empty for all else.
std::string json_text_of(const std::map<std::string, std::string_view>& members, const std::string& key);

}  // namespace tamis
