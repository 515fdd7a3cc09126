#pragma once

#include "space/enumeration/formula.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace tamis::enumeration {

/// What the value of a part must be like for a formula to be able to hold still.
struct Requirement {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  int64_t multiple_of = 1;  ///< of whole values only
  int64_t divisor_of = 0;   ///< of whole values only; 0: of anything
  /// Of a boolean.
  enum class Need : uint8_t { nothing, holds, fails } need = Need::nothing;

  /// Whether any number meets it.
  bool nothing() const;
  /// Takes over what another requirement of the same part demands.
  void join(const Requirement& other);
  /// Whether a value meets it.
  bool admits(const expression::Number& number) const;
};

/// What a knob's value must be like in a formula.
struct ColumnRequirement {
  const expression::Column* column = nullptr;
  Requirement requirement;
};

/// Goes from the root, which must hold, down to the columns of one level and says what their values must be
/// like, as bounds propagation does (HC4: Benhamou, Goualard, Granvilliers and Puget, "Revising hull and box
/// consistency", ICLP 1999), and which divisors products need. `ranges` are those of the nodes with the knobs
/// of lower levels chosen. Adds to `requirements`.
void narrow(const std::vector<FormulaNode>& nodes, const std::vector<Range>& ranges, int level,
            std::vector<ColumnRequirement>& requirements);

}  // namespace tamis::enumeration
