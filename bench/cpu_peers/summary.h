#pragma once

#include "cpu_peers/rounds.h"
#include "cpu_peers/task.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::peers {

/// The fastest form of a family on one task.
struct FamilyBest {
  std::string family;
  std::string form;  ///< the peer's name
  std::string implementation;
  double minimum_ns = 0;
  double median_ns = 0;
};

/// A form as the best of its family; nothing when it was not measured.
std::optional<FamilyBest> measured_form(const PeerOutcome& form);

/// What the comparison says of one task.
struct TaskSummary {
  std::string suite;  ///< of the workload, by its name (`resnet18.C2`); empty where it is in none
  std::string workload;
  std::string spec;
  int threads = 1;
  int64_t operations = 0;        ///< floating-point operations of the operator's definition
  double peak_gflops = 0;        ///< the fastest stretch of multiply-adds
  double calmness = 1;           ///< the lowest typical rate of multiply-adds as a share of the peak
  std::vector<FamilyBest> best;  ///< of each family that could run and computed the right result
  std::vector<PeerOutcome> forms;

  /// GFLOP/s of a latency: above the peak where an algorithm needs fewer operations (Winograd).
  double gflops(double ns) const { return static_cast<double>(operations) / ns; }
  /// The forms that computed a wrong result: the user is to know.
  std::vector<const PeerOutcome*> wrong() const;
};

/// Which latencies a ratio compares with tamis's.
enum class Opponent {
  onednn,       ///< oneDNN with the algorithms that it is told or chooses, any layout
  onednn_best,  ///< oneDNN in any form and version at all, Winograd on demand too
  library,      ///< the fastest form of any library
  untuned,      ///< tamis's default config: what tuning gains
};
inline constexpr Opponent kOpponents[] = {Opponent::onednn, Opponent::onednn_best, Opponent::library,
                                          Opponent::untuned};
std::string_view to_string(Opponent opponent);

/// What came of a task's rounds.
TaskSummary summarise(const Task& task, TaskOutcome outcome);

/// The opponent's least latency divided by tamis's: above 1 tamis is faster. Nothing when either is missing.
std::optional<double> ratio(const TaskSummary& summary, Opponent opponent);

/// Ratios of several tasks with one thread count.
struct GroupMean {
  std::string group;  ///< a suite, or several
  int threads = 1;
  Opponent opponent = Opponent::onednn;
  size_t tasks = 0;
  double mean = 0;  ///< geometric
  double lowest = 0;
  std::string lowest_workload;
};

/// The geometric mean of positive numbers; nothing when there are none.
std::optional<double> geometric_mean(const std::vector<double>& values);

/// Means for each suite, and for ResNet-18, ResNet-50 and MobileNet-v1 together where all three are there,
/// for each thread count and opponent. Groups without any ratio are left out.
std::vector<GroupMean> group_means(const std::vector<TaskSummary>& summaries);

}  // namespace tamis::peers
