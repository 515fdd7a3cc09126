#pragma once

#include "search/knob_walk.h"
#include "search/trial_memory.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tamis {

struct CandidateOptions {
  size_t whole_space = 4096;  ///< a space of no more allowed configs is judged whole
  size_t random = 1024;       ///< of a larger one, so many random configs ...
  size_t neighbours = 1024;  ///< ... and so many, or a little fewer, that differ in one or two knobs, half of
                             ///< them only by a step to the next value ...
  size_t leaders = 10;       ///< ... from so many of the fastest known
};

/// The unseen configs that a model is asked about before a proposal. Not thread safe.
class Candidates {
 public:
  /// `space` must outlive this.
  explicit Candidates(const Space& space, const CandidateOptions& options = {})
      : space_(space), options_(options), walk_(space) {}

  /// Each once, in random order, so that of equally good ones any may come first; none when the space is
  /// exhausted. `memory` must be of the same space.
  std::vector<uint64_t> gather(TrialMemory& memory, Random& random);
  /// Whether what gather() gave last was all that is unseen of the space.
  bool gathered_all() const { return whole_.has_value(); }

 private:
  std::vector<uint64_t> gather_some(TrialMemory& memory, Random& random) const;

  const Space& space_;
  CandidateOptions options_;
  KnobWalk walk_;
  bool visited_ = false;
  std::optional<std::vector<uint64_t>> whole_;  ///< what was unseen of a space that is judged whole
};

/// The indexes of the fastest known valid configs, fastest first, at most `count`.
std::vector<uint64_t> fastest(const Observations& observations, size_t count);

}  // namespace tamis
