#pragma once

#include "search/trial_memory.h"
#include "tamis/random.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tamis {

/// Steps from config to config by their keys, one knob at a time, as AutoTVM's random_walk: knob and value
/// are drawn until the value differs, so that a knob of many values moves a little more often than one of
/// two. Immutable and so thread safe.
class KnobWalk {
 public:
  /// `space` must outlive this.
  explicit KnobWalk(const Space& space);

  /// An allowed config that differs from the given one in one knob. The same config when no knob has two
  /// values, or when a hundred such configs in a row were outside the space; of an enumerated space then a
  /// neighbour that differs in as many knobs as it must (AllowedConfigs::neighbour).
  ConfigKey step(const ConfigKey& key, Random& random) const;

 private:
  /// The config with this choice of the knob; nothing where that is its own.
  std::optional<ConfigKey> move(const ConfigKey& key, size_t knob, uint64_t to) const;

  const Space& space_;
  bool all_allowed_;               ///< whether every config of the product is in the space
  std::vector<uint64_t> strides_;  ///< of the knobs in the index of a countable space
  bool movable_ = false;           ///< whether any knob has two values
};

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
  std::vector<ConfigKey> gather(TrialMemory& memory, Random& random);
  /// Whether what gather() gave last was all that is unseen of the space.
  bool gathered_all() const { return whole_.has_value(); }

 private:
  std::vector<ConfigKey> gather_some(TrialMemory& memory, Random& random) const;

  const Space& space_;
  CandidateOptions options_;
  KnobWalk walk_;
  bool visited_ = false;
  std::optional<std::vector<ConfigKey>> whole_;  ///< what was unseen of a space that is judged whole
};

/// The keys of the fastest known valid configs, fastest first, at most `count`.
std::vector<ConfigKey> fastest(const Observations& observations, size_t count);

struct NeighbourOptions {
  size_t leaders = 5;       ///< of so many of the fastest known configs, all that differ in one knob ...
  size_t two_knobs = 1500;  ///< ... and of the very fastest those that differ in two, at most so many
  size_t enumerated = 60;  ///< of an enumerated space, where constraints may forbid to change one knob alone,
                           ///< so many draws of those that differ in as few as they must
};

/// Unseen configs around the fastest known ones, which a random part of a large space hardly ever holds.
/// `keys` is what there is already; each is added once.
void add_neighbours(const TrialMemory& memory, const NeighbourOptions& options, Random& random,
                    std::vector<ConfigKey>& keys);

}  // namespace tamis
