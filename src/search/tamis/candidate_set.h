#pragma once

#include "model/config_grid.h"
#include "search/build_features.h"
#include "tamis/task.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tamis {

/// The configs that beliefs are held about: all that were learnt, and those that may be proposed. Not thread
/// safe.
class CandidateSet {
 public:
  /// Configs of these keys of the space, each once.
  CandidateSet(const Space& space, std::vector<ConfigKey> keys);

  const ConfigGrid& grid() const { return grid_; }
  /// For columns of what building shows; before any belief is held.
  ConfigGrid& grid() { return grid_; }
  size_t size() const { return keys_.size(); }
  /// The config at a position, by its key.
  const ConfigKey& key(size_t position) const { return keys_[position]; }
  std::span<const ConfigKey> keys() const { return keys_; }
  /// Where a config is; nothing when it is not among them.
  std::optional<size_t> find(const ConfigKey& key) const;
  /// Whether the config at a position may be proposed still.
  bool open(size_t position) const { return open_[position] != 0; }
  void close(size_t position) { open_[position] = 0; }

 private:
  std::vector<ConfigKey> keys_;
  std::unordered_map<ConfigKey, size_t> positions_;
  ConfigGrid grid_;
  std::vector<uint8_t> open_;  ///< 1 where a config may be proposed; bytes are read without a branch
};

/// What building without running tells of configs, where the target lets a strategy build for free. Not
/// thread safe.
class BuildProbe {
 public:
  /// So many configs are built in a moment.
  static constexpr size_t kMostBuilt = 3000;

  /// `task` must outlive this.
  explicit BuildProbe(const Task& task) : built_(task) {}

  bool available() const { return built_.available(); }
  /// Leaves out configs that building refuses.
  void keep_buildable(std::vector<ConfigKey>& keys);
  /// Adds a column for every feature that building shows.
  void add_columns(CandidateSet& candidates);
  /// Throughput, in units of the best candidate, if everything that programs make the device do were
  /// equally dear; empty where no such feature is shown.
  std::vector<float> guess_throughput(const CandidateSet& candidates);

 private:
  BuildFeatures built_;
};

}  // namespace tamis
