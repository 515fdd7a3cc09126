#pragma once

#include "exchange/json_cursor.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// The members of a JSON object as texts, without a document of it: for rows of large files, most of whose
/// members nobody looks at. Reused from row to row. The text must outlive it. Not thread safe.
class RowMembers {
 public:
  struct Member {
    std::string_view key;    ///< its escapes replaced
    std::string_view value;  ///< as it stands in the text
  };

  /// Takes the object that a text is. Errors: as parse_row, a key that occurs twice among them; corrupt where
  /// it is no object.
  Status read(std::string_view text);
  /// Takes the object that comes next in a text which was walked over before. Errors: corrupt where something
  /// else comes, which is taken then, or a key occurs twice.
  Status read_next(JsonCursor& cursor);

  /// In the order of the text.
  const std::vector<Member>& all() const { return members_; }
  /// The value of a member, never empty; nothing where there is none. It is looked for at `place` first, and
  /// `place` is where it was found: of rows that are alike each costs one comparison.
  std::optional<std::string_view> find(std::string_view key, size_t& place) const;
  std::optional<std::string_view> find(std::string_view key) const {
    size_t place = 0;
    return find(key, place);
  }
  /// Grows each time when the keys are other ones than those of the row before, or in another order.
  size_t layout() const { return layout_; }

 private:
  bool scan(JsonCursor& cursor);
  bool check_keys();
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

  std::vector<Member> members_;
  std::deque<std::string> kept_;    // texts that do not stand in the row as they are
  std::vector<std::string> known_;  // keys of the last row, of which none occurs twice
  size_t layout_ = 0;
};

/// A value of a knob from its JSON, as knob_value_from has it. Errors: as that and kept_number, of a number
/// in a list or an object, too.
Result<KnobValue> knob_value_from_text(std::string_view value);

/// The finite number that is written so. Errors: corrupt where it would come out as another one: an integer
/// beyond 64 bits, a real number with more digits than a double, -0; where it is no number. Thread safe.
Result<KnobValue> kept_number(std::string_view number);

/// The text that a value is; empty for all else.
std::string text_or_empty(std::optional<std::string_view> value);

}  // namespace tamis
