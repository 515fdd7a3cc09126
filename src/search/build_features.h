#pragma once

#include "model/features.h"
#include "tamis/task.h"

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tamis {

/// What building shows of configs that are not tried, each built once, and again only after kMostKept others.
/// Not thread safe.
class BuildFeatures {
 public:
  /// `task` must outlive this.
  explicit BuildFeatures(const Task& task) : task_(task) {}

  /// So many configs are remembered at most: some tens of megabytes.
  static constexpr size_t kMostKept = 65536;

  /// Whether configs can be built without trying them.
  bool available() const { return task_.target().traits().builds_freely; }
  /// What building this config shows, without the program itself, good until the next call; available() must
  /// hold.
  const BuildOutcome& at(const ConfigKey& key);
  /// The names of what the first of these configs that builds shows.
  std::vector<std::string> shown_by(std::span<const ConfigKey> keys);
  /// Lets rows() show what the first of these configs that builds shows.
  void choose_columns(const std::vector<ConfigKey>& keys) { columns_ = shown_by(keys); }
  /// One row per config: knobs as append_knob_features gives them, and the chosen columns, in which what a
  /// config lacks, or what is not finite, counts as 0.
  FeatureMatrix rows(const std::vector<ConfigKey>& keys);

 private:
  const Task& task_;
  std::unordered_map<ConfigKey, BuildOutcome> built_;
  std::vector<std::string> columns_;
};

}  // namespace tamis
