#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis {

/// What trials of a task were measured on. It differs whenever a config could behave differently, so a log
/// keeps it, as a string, with every session.
struct TaskIdentity {
  std::string kind;  ///< of target: `vta`, `cpu`; one word
  std::string
      subject;  ///< what of that kind: a processor and its features, a device's parameters; may be empty
  /// Further properties by name, in their order; neither name nor value holds a blank or `=`.
  std::vector<std::pair<std::string, std::string>> properties = {};

  /// The property of this name; nothing where there is none.
  std::optional<std::string> property(std::string_view name) const;
  friend bool operator==(const TaskIdentity&, const TaskIdentity&) = default;
};

/// `KIND SUBJECT NAME=VALUE NAME=VALUE`.
std::string to_string(const TaskIdentity& identity);
/// What to_string wrote: the trailing words that hold `=` are properties. Errors: corrupt for an empty
/// string.
Result<TaskIdentity> parse_identity(const std::string& text);

}  // namespace tamis
