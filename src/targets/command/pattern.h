#pragma once

#include "tamis/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace tamis::command {

/// A regular expression in RE2's syntax (https://github.com/google/re2/wiki/Syntax), whose matching takes
/// time linear in the text: neither a pattern nor an output can make it hang. Immutable, cheap to copy,
/// thread safe.
class Pattern {
 public:
  /// Errors: invalid_input, with RE2's reason and the place.
  static Result<Pattern> parse(const std::string& text);

  const std::string& text() const;
  bool matches(std::string_view output) const;
  /// The text of the only group in each match, from the first on.
  std::vector<std::string> groups(std::string_view output) const;
  /// The names of the capturing groups in their order; empty where a group has none.
  std::vector<std::string> group_names() const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace tamis::command
