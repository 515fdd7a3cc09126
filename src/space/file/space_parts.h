#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis {

/// How a number stands in JSON that is to become a space and cannot hold it, an integer beyond 64 bits or a
/// real number with more digits than a double has: a text that no other text is. Nothing for any other text.
std::optional<std::string> unheld_number(std::string_view literal);
/// The same JSON text with such numbers marked; what reads them as values of a knob refuses them.
std::string mark_unheld_numbers(const std::string& json);
/// The mark itself: of a number, too, that is held but would come out in another form (`010`).
std::string marked_number(std::string_view literal);
/// The same JSON with marked numbers as the texts that they were: for what is handed on as it stands.
Json unmarked_numbers(Json json);

/// A value of a knob from JSON: a number, a text, a boolean (1 or 0), or an array of integers, which is a
/// split. Errors: invalid_input for anything else, for numbers that are not finite and those that cannot be
/// held as they stand.
Result<KnobValue> knob_value_from_json(const Json& json, const std::string& origin);

/// A knob of values as a file lists them, in their order: numbers, splits of one extent, or names; where
/// numbers and names are mixed all become names. Errors: invalid_input, naming the knob, for no value, one
/// that is listed twice (`0` and `-0.0` are the same number), or splits that do not match. Thread safe.
Result<Knob> knob_of_values(std::string name, std::vector<KnobValue> values, const std::string& origin);

/// The same of values as JSON: an array of values, or a text with Python values (space/file/python_values.h).
Result<Knob> knob_from_json(std::string name, const Json& values, const std::string& origin);

/// Constraints as a file lists them, bounded in number and in the values that they look at, as each keeps
/// what it reads of a knob. Not thread safe.
class ConstraintList {
 public:
  /// `knobs` must outlive this.
  explicit ConstraintList(std::span<const Knob> knobs) : knobs_(knobs) {}

  /// Adds a constraint; `place` says where it stands. Errors: those of parse_constraint, and invalid_input
  /// for more than 10000 constraints or 4 million values.
  Status add(const std::string& formula, const std::string& place);
  std::vector<Constraint> take() { return std::move(constraints_); }

 private:
  std::span<const Knob> knobs_;
  std::vector<Constraint> constraints_;
  size_t values_ = 0;
};

}  // namespace tamis
