#pragma once

#include "search/trial_memory.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tamis {

struct CandidateOptions {
  size_t whole_space = 4096;  ///< a space of no more allowed configs is judged whole
  size_t random = 1024;       ///< of a larger one, so many random configs ...
  size_t leaders = 10;        ///< ... and configs one knob away from so many of the fastest known ...
  size_t neighbours = 1024;   ///< ... but no more than so many
};

/// The unseen configs that a model is asked about before a proposal. Not thread safe.
class Candidates {
 public:
  /// `space` must outlive this.
  explicit Candidates(const Space& space, const CandidateOptions& options = {})
      : space_(space), options_(options) {}

  /// Each once, in random order, so that of equally good ones any may come first; none when the space is
  /// exhausted. `memory` must be of the same space.
  std::vector<uint64_t> gather(TrialMemory& memory, Random& random);

 private:
  std::vector<uint64_t> gather_some(TrialMemory& memory, Random& random) const;

  const Space& space_;
  CandidateOptions options_;
  bool visited_ = false;
  std::optional<std::vector<uint64_t>> whole_;  ///< what was unseen of a space that is judged whole
};

/// The indexes of the fastest known valid configs, fastest first, at most `count`.
std::vector<uint64_t> fastest(const Observations& observations, size_t count);

}  // namespace tamis
