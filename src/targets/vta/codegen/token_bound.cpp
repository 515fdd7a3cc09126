#include "targets/vta/codegen/token_bound.h"

#include <algorithm>
#include <vector>

namespace tamis::vta {
namespace {

/// From LOAD to COMPUTE a token for each step that loads, and back one for each that is released. The n-th
/// wait takes the n-th release.
class StepTokens {
 public:
  explicit StepTokens(const std::vector<Step>& steps) : steps_(steps) {}

  uint64_t most() {
    for (const Step& step : steps_) pass(step);
    return most_;
  }

 private:
  void pass(const Step& step) {
    if (step.loads()) {
      ++loads_;
      if (step.wait_compute) {
        ++waits_;
        take_release();
      }
      most_ = std::max(most_, loads_ - taken_loads_);
    }
    if (!step.release_compute) return;
    // COMPUTE has this step's operands, so LOAD has waited for all that it had to until here.
    most_ = std::max(most_, ++releases_ - waits_);
  }

  /// LOAD now knows that COMPUTE has ended the next released step and taken the loads until then.
  void take_release() {
    for (; next_ < steps_.size(); ++next_) {
      const Step& step = steps_[next_];
      taken_loads_ += step.loads() ? 1 : 0;
      if (!step.release_compute) continue;
      ++next_;
      return;
    }
  }

  const std::vector<Step>& steps_;
  uint64_t loads_ = 0, waits_ = 0, releases_ = 0, most_ = 0;
  size_t next_ = 0;           // the first step of which LOAD knows nothing
  uint64_t taken_loads_ = 0;  // among those before
};

/// From COMPUTE to STORE a token for each part of a tile that is stored, and back one for each tile that is
/// released. A group is opened as a whole before any of it is finished.
class TileTokens {
 public:
  TileTokens(const Plan& plan, int64_t blocks) : plan_(plan), blocks_(static_cast<uint64_t>(blocks)) {}

  uint64_t most() {
    for (const TileGroup& group : plan_.groups) {
      for (size_t i = group.tiles_begin; i < group.tiles_end; ++i)
        if (plan_.tiles[i].wait_store) {
          ++waits_;
          take_release();
        }
      for (size_t i = group.tiles_begin; i < group.tiles_end; ++i) close(plan_.tiles[i]);
    }
    return most_;
  }

 private:
  uint64_t parts(const Tile& tile) const { return tile.by_block ? blocks_ : 1; }

  void close(const Tile& tile) {
    finished_ += parts(tile);
    most_ = std::max(most_, finished_ - stored_);
    if (tile.release_store) most_ = std::max(most_, ++releases_ - waits_);
  }

  /// COMPUTE now knows that STORE has stored the next released tile and those before.
  void take_release() {
    for (; next_ < plan_.tiles.size(); ++next_) {
      stored_ += parts(plan_.tiles[next_]);
      if (!plan_.tiles[next_].release_store) continue;
      ++next_;
      return;
    }
  }

  const Plan& plan_;
  uint64_t blocks_;
  uint64_t finished_ = 0, stored_ = 0, waits_ = 0, releases_ = 0, most_ = 0;
  size_t next_ = 0;  // the first tile of which COMPUTE knows nothing
};

}  // namespace

uint64_t most_waiting_tokens(const Plan& plan, int64_t blocks) {
  return std::max(StepTokens(plan.steps).most(), TileTokens(plan, blocks).most());
}

}  // namespace tamis::vta
