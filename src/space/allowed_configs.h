#pragma once

#include "space/enumeration/diagram.h"
#include "tamis/random.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace tamis {

/// The allowed configs of a space, enumerated without visiting the others and held compactly.
///
/// Knobs that constraints join are a group, and the allowed configs are all combinations of the groups'
/// allowed choices; so they are counted, ranked and drawn from group by group, as ATF does (Rasch, Schulze,
/// Steuwer and Gorlatch, "Efficient Auto-Tuning of Parallel Programs with Interdependent Tuning Parameters
/// via Auto-Tuning Framework (ATF)", ACM TACO 18(1), 2021). How a group is enumerated:
/// docs/explanation/enumerating-spaces.
///
/// Immutable, thread safe. Configs that are asked about must be of the space.
class AllowedConfigs {
 public:
  /// Bounded in work and memory. Errors: unsupported when a group has too many allowed choices, or when they
  /// are too hard to find.
  static Result<std::shared_ptr<const AllowedConfigs>> enumerate(const Space& space);

  /// How many there are; Space::kUncountable where these are 2^63 or more.
  uint64_t count() const { return count_; }
  bool countable() const { return count_ != Space::kUncountable; }
  /// The binary logarithm of how many there are; minus infinity where there is none.
  double log2_count() const { return log2_count_; }
  bool contains(const Config& config) const;

  /// The config of a rank below count(), which must be countable. Ranks have an order of their own, not that
  /// of indexes.
  Config config(uint64_t rank) const;
  /// The rank of a config; nothing where it is not allowed, or where there are too many to be ranked.
  std::optional<uint64_t> rank(const Config& config) const;
  /// A uniformly random one, with one draw for each group; nothing where there is none.
  std::optional<Config> sample(Random& random) const;

  /// The first in an order of its own, that of ranks where there are such; there must be one.
  Config first() const;
  /// Moves an allowed config on to the next in that order; false, and back to the first, from the last.
  bool advance(Config& config) const;

  /// An allowed config near one that may not be: knob by knob the nearest choice that is allowed after those
  /// before; an allowed one stays as it is. Nothing where none is allowed.
  std::optional<Config> nearest(const Config& config) const;
  /// Another allowed config near an allowed one: one random knob of those that are free to change gets
  /// another random choice, the others change where they must. The same one where no other is allowed.
  Config neighbour(const Config& config, Random& random) const;

  /// For every knob and each of its values, the share of the allowed configs that have it, 0 exactly where
  /// none has; empty where none is allowed. Takes about as long as counting the edges.
  std::vector<std::vector<double>> value_shares() const;

  /// The number of edges that hold them, for those who care for memory: 24 bytes each.
  uint64_t edges() const;

 private:
  AllowedConfigs() = default;

  std::vector<enumeration::Diagram> groups_;
  std::vector<uint64_t> choices_;  ///< the numbers of values of the knobs
  uint64_t count_ = 0;
  double log2_count_ = -std::numeric_limits<double>::infinity();
};

}  // namespace tamis
