#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// The colours of terminals that every one has; what they look like is up to the user's scheme.
enum class TerminalColour { none, red, green, yellow, blue, magenta, cyan, grey };

/// A piece of text in a colour.
struct Styled {
  std::string text;
  TerminalColour colour = TerminalColour::none;
};

/// A line for a terminal, made of parts that stand two blanks apart. What does not fit into the window is
/// left out part by part. Plain value.
class StyledLine {
 public:
  /// The line is indented by so many blanks.
  explicit StyledLine(size_t indent = 0) : indent_(indent) {}

  /// Adds a part that is shown whole or not at all, unless it is the first. Its text must be printable().
  void add(std::vector<Styled> part) { parts_.push_back({std::move(part), false}); }
  void add(std::string text, TerminalColour colour = TerminalColour::none) {
    add(std::vector<Styled>{{std::move(text), colour}});
  }
  /// Adds a part that is cut where it does not fit: of what follows it nothing is shown then.
  void add_cut(std::vector<Styled> part) { parts_.push_back({std::move(part), true}); }

  /// The line in at most so many columns, without a line end. Parts that were left out have `…` in their
  /// place where that fits. With `colours` by SGR sequences, whose last one resets them.
  std::string draw(size_t columns, bool colours) const;
  /// How many columns the whole line takes.
  size_t columns() const;

 private:
  struct Part {
    std::vector<Styled> pieces;
    bool may_be_cut = false;
  };
  static size_t columns_of_part(const Part& part);

  size_t indent_;
  std::vector<Part> parts_;
};

}  // namespace tamis
