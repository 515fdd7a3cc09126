#pragma once

#include "targets/loop/affine.h"
#include "targets/loop/statement.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tamis::loop {

/// The least and the greatest value that something takes.
struct Range {
  int64_t least = 0;
  int64_t greatest = 0;
};

/// Between which values the loops around a place run.
class LoopRanges {
 public:
  /// A loop from 0 to below its extent, which is at least 1; or what is left of it under conditions.
  void enter(const std::string& loop, const Range& range) { loops_[loop] = range; }
  void leave(const std::string& loop) { loops_.erase(loop); }

  /// Exact, as every loop takes its values independently of the others. A loop that is not around may have
  /// any value.
  Range of(const Affine& affine) const;
  /// Narrows the loop of a condition (`condition` >= 0) on a single one. Whether the condition can hold at
  /// all.
  bool narrow(const Affine& condition);

 private:
  std::map<std::string, Range> loops_;
};

/// The first access of a program that could lie outside its buffer, as a message that names it and the range
/// of its index; nothing when every access is inside. What a program that passes does not do is touch memory
/// that is not its own, whatever its data.
///
/// Indexes are affine and extents constant, so the ranges without conditions are exact. Each condition counts
/// by itself: it narrows its loop where it has only one, and bounds the index by their sum and difference.
std::optional<std::string> find_overrun(const LoweredProgram& program);

}  // namespace tamis::loop
