#pragma once

#include "tamis/workload.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// An operator of one axis, `conv1d` and its kin, as the operator of two axes that does the same work on one
/// row: a word of specs and of JSON files, which are written back as that other operator.
class OneRow {
 public:
  /// Nothing for words that are not of one axis.
  static std::optional<OneRow> find(std::string_view word);

  [[nodiscard]] Operator op() const { return op_; }
  /// What a key is called there: `k` is `kw`. `pad=same` is the same word for both axes. Errors:
  /// invalid_input for a key of two axes, with the keys of one.
  [[nodiscard]] Result<std::string> key(std::string_view key, bool same_padding) const;
  /// Errors: invalid_input naming a key of one axis that is needed and not among those given.
  [[nodiscard]] Status check_given(const std::vector<std::string>& keys) const;
  /// The keys of the axis that has one row, which are 1.
  static std::vector<std::string_view> keys_of_one() { return {"h", "kh"}; }

 private:
  OneRow(std::string_view word, Operator op) : word_(word), op_(op) {}

  std::string_view word_;
  Operator op_;
};

}  // namespace tamis
