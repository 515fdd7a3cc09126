#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

namespace expression {
struct Program;
}

/// A formula over the knobs of a space, read from text and never handed to an interpreter:
///
///     tile_h * tile_w <= 2048 and (layout == 'nchw' or threads % 32 == 0)
///
/// The language is what people write conditions in Python with, plus C's `&&`, `||` and `!`
/// (docs/reference/constraint-expressions); its values are Python's, or undefined. A number knob is its
/// value, a name knob its text, a split its innermost factor; `tile_h[0]` is the outermost factor. Integers
/// are exact up to 127 bits. Where Python raises (a division by zero), and where a result cannot be held, the
/// whole formula is undefined, unless `and`, `or` or `if` never came to it.
///
/// Immutable, cheap to copy, thread safe.
class Expression {
 public:
  /// Reads a formula over these knobs; configs that it is asked about must be of a space with the same ones.
  /// Errors: invalid_input that shows the place, for anything but a formula: an unknown knob (with the
  /// nearest), a name where a number must stand, a value that is a list, nesting that is too deep, a text
  /// longer than 64 KiB.
  static Result<Expression> parse(std::string_view text, std::span<const Knob> knobs);

  /// The value under a config: an integer (a boolean is 1 or 0; beyond 64 bits the nearest real number), a
  /// real number or a name; nothing where it is undefined.
  std::optional<KnobValue> evaluate(const Config& config) const;
  /// Whether the value is defined and not 0.
  bool holds(const Config& config) const;
  /// The positions of the knobs that it names, ascending, each once.
  std::vector<size_t> knobs() const;

 private:
  explicit Expression(std::shared_ptr<const expression::Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const expression::Program> program_;
};

/// A declared constraint from a formula: it holds where the formula does, so an undefined one excludes the
/// config. Its text is the formula without surrounding blanks. Errors: as Expression::parse, and a formula
/// whose value is a name.
Result<Constraint> parse_constraint(std::string_view text, std::span<const Knob> knobs);
/// Several at once; the first error is returned.
Result<std::vector<Constraint>> parse_constraints(std::span<const std::string> texts,
                                                  std::span<const Knob> knobs);

/// A knob's name as a formula has to write it: in backquotes where it is not a plain word.
std::string expression_name(std::string_view knob);
/// A text as a formula has to write it: in quotes.
std::string expression_text(std::string_view text);

}  // namespace tamis
