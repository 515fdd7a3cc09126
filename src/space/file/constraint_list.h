#pragma once

#include "tamis/result.h"
#include "tamis/space.h"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

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
