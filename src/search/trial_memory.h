#pragma once

#include "search/config_map.h"
#include "tamis/random.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// What search keeps of a trial.
struct Observation {
  ConfigKey key = {};     ///< of the config
  double throughput = 0;  ///< 1 / latency in ns; 0 when not valid
  bool valid() const { return throughput > 0; }
  /// Whether it is valid and its latency known.
  bool timed() const { return throughput > std::numeric_limits<double>::min(); }
  /// The natural logarithm of the latency in ns; it must be timed().
  double log_latency() const { return -std::log(throughput); }
};

/// What a trial tells search. Errors: invalid_input when the config is not one of the space (a log of another
/// space).
Result<Observation> observe(const Space& space, const Trial& trial);

/// Logarithms of the smallest and the largest latency in ns.
struct LatencyRange {
  double fastest = 0;
  double slowest = 0;
};

/// Every config learnt about, in the order of learning; a config learnt twice keeps its newest throughput.
/// Not thread safe.
class Observations {
 public:
  void add(const Observation& observation);
  const std::vector<Observation>& all() const { return all_; }
  size_t size() const { return all_.size(); }
  /// What is known of a config; nullptr when nothing is. Good until the next add().
  const Observation* find(const ConfigKey& key) const;
  /// Of everything timed(); 0 and 0 when nothing is.
  LatencyRange log_latencies() const;
  size_t valid_count() const { return valid_count_; }

 private:
  std::vector<Observation> all_;
  ConfigMap<size_t> positions_;
  size_t valid_count_ = 0;
};

/// Models are fitted to at most so many trials, so that neither the time of a fit nor its memory grows with a
/// session for ever.
inline constexpr size_t kMostTrainingRows = 8192;

/// What a model is fitted to: all observations in the order of learning, or of more than `most` the fastest,
/// up to half as many, and a random choice of the others. Draws random numbers only where it has to choose.
std::vector<Observation> choose_training_set(const Observations& observations, size_t most, Random& random);

/// The configs of a space that are allowed and were neither proposed nor learnt before, by key.
///
/// Memory grows with what was marked, not with the space, save for one case: when random draws of a space of
/// at most kEnumerable configs keep missing, the configs that are left are listed once and drawn from, so
/// that a space is exhausted exactly and without spinning. In a larger space whose constraints allow fewer
/// than about one config in kDraws, a run of kEnumerable configs is searched too, and when that holds none
/// either, the space counts as exhausted; where its allowed configs are enumerated (Space::enumerated) they
/// are drawn from directly, and nothing has to be searched. Not thread safe.
class UnseenConfigs {
 public:
  static constexpr uint64_t kEnumerable = Space::kVisitable;
  static constexpr int kDraws = 20000;

  /// `space` must outlive this.
  explicit UnseenConfigs(const Space& space) : space_(&space) {}

  /// Whether the key is of an allowed config that was not marked.
  bool contains(const ConfigKey& key) const;
  /// Whether the key was marked, allowed or not.
  bool marked(const ConfigKey& key) const { return marked_.contains(key); }
  void mark(const ConfigKey& key) { marked_.insert(key); }

  /// A uniformly random unseen config, without marking it; nothing when there is none.
  std::optional<ConfigKey> draw(Random& random);
  /// Walks through a space from position 0: the first unseen config at or after a position, which moves
  /// behind it; nothing when there is none. Positions are indexes, ascending; only in an enumerated space of
  /// more than kEnumerable allowed configs they are ranks, whose order is another. The space must be
  /// countable.
  std::optional<ConfigKey> next(uint64_t& position);

  /// Where a walk through a space is, at first before all of it.
  struct Walk {
    uint64_t position = 0;  ///< as next(position) has it; in a listed space that is not countable a place
    std::optional<Config> config = std::nullopt;  ///< the last one met in a space that is not countable
    bool over = false;                            ///< whether the last of all was met there
  };
  /// The next unseen config of a walk through any space, in the order of keys or of ranks; nothing when there
  /// is none. In a space that is not countable, also when none of kEnumerable configs in a row is unseen.
  std::optional<ConfigKey> next(Walk& walk);

 private:
  bool enumerated_and_large() const;
  ConfigKey key_at(uint64_t rank) const;
  bool advance(Walk& walk) const;
  std::optional<ConfigKey> next_of_many(Walk& walk);
  std::optional<ConfigKey> draw_of_many(Random& random);
  std::optional<ConfigKey> draw_enumerated(Random& random);
  std::optional<ConfigKey> draw_listed(Random& random);
  void list_what_is_left();

  const Space* space_;
  ConfigSet marked_;
  bool listed_ = false;
  std::vector<ConfigKey>
      order_;  ///< all allowed configs of a small enumerated space, once it is walked through
  std::vector<ConfigKey> left_;  ///< once listed_: every unseen config, and perhaps some marked since
};

/// What a strategy remembers of a search: which configs are still unseen, and what came of the others. Not
/// thread safe.
class TrialMemory {
 public:
  /// `space` must outlive this.
  explicit TrialMemory(const Space& space) : space_(space), unseen_(space) {}

  /// Takes in trials, whoever proposed them; what each of them told, in their order. Errors: invalid_input
  /// for a config of another space.
  Result<std::vector<Observation>> learn(std::span<const Trial> trials);
  /// The config of an unseen key, which counts as seen from here on: how a proposal is made.
  Config take(const ConfigKey& key);
  /// `count` proposals, fewer where no more exist: each what `next` gives, an unseen key, or a uniformly
  /// random one where it gives none. Errors: those of `next`.
  Result<std::vector<Config>> propose(size_t count, Random& random,
                                      const std::function<Result<std::optional<ConfigKey>>()>& next);
  /// Adds uniformly random unseen configs until there are `count` proposals or no more exist.
  void fill_at_random(std::vector<Config>& proposals, size_t count, Random& random);

  const Space& space() const { return space_; }
  const Observations& observations() const { return observations_; }
  const UnseenConfigs& unseen() const { return unseen_; }
  /// For UnseenConfigs::draw, which may list what is left.
  UnseenConfigs& unseen() { return unseen_; }

 private:
  const Space& space_;
  UnseenConfigs unseen_;
  Observations observations_;
};

}  // namespace tamis
