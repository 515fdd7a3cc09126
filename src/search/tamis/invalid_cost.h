#pragma once

#include "tamis/task.h"
#include "tamis/trial.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tamis {

/// What an invalid trial costs, in units of a valid one: what the user says, or the ratio of the mean times
/// that trials took, to the nearest power of two, so that the noise of times rarely decides. A plain value.
class InvalidCost {
 public:
  /// So many valid and so many invalid trials with a time must be known before the times count.
  static constexpr size_t kEnough = 3;
  /// What the times make of it at least and at most. That invalid trials are dearer than valid ones is for
  /// the user to say: heeding it took more trials, and on no table less time
  /// (docs/explanation/tamis-strategy).
  static constexpr double kLeast = 1.0 / 16;
  static constexpr double kMost = 1;
  /// What a trial costs at least that the user calls free: it takes the search's own time, and its place
  /// among the trials of a session.
  static constexpr double kFree = 1.0 / 64;

  /// `given` by the user; nothing: by the times of trials, where `heeds_times`, else 1.
  InvalidCost(std::optional<double> given, bool heeds_times);

  /// Takes in how long a trial took: building and running together. One without a time, or whose time is not
  /// its own (Trial::same_code_as), says nothing.
  void learn(const Trial& trial);
  double relative() const { return relative_; }

  /// A probability p of being valid as the share that valid trials have in what such trials cost on average,
  /// p / (p + (1 - p) * relative()): itself where both cost the same.
  float weigh(float valid) const;
  /// The same of each of them.
  std::vector<float> weigh(std::vector<float> valid) const;
  /// No less than weigh() gives for probabilities up to these, however it is rounded.
  std::vector<float> most(std::span<const float> valid) const;

 private:
  struct Times {
    double sum_ns = 0;
    size_t count = 0;
  };

  bool learns_;
  double relative_;
  Times valid_;
  Times invalid_;
};

/// Whether the times of a task's trials may steer a search: where latencies vary, so that no two sessions are
/// the same anyway, and where times are recorded ones.
bool may_heed_times(const Task& task);

}  // namespace tamis
