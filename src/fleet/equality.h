#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tamis::fleet {

/// That a device is not as its equals are.
struct Difference {
  std::string device;
  double factor = 1;  ///< its costs are so many times those of the others
  double noise = 0;   ///< the relative deviation of a single cost of the reference config
  size_t runs = 0;    ///< of the reference config on it
};

/// Tells whether devices of one type are equal, from the costs of one config, the reference, that each runs
/// from time to time. A device is told apart when the mean of its costs lies farther from the median of all
/// devices' means than noise explains: kSigmas standard errors and kLeastShare. Of two devices nobody can
/// tell which is odd: the second by name is compared with the first. Costs are compared by their logarithms,
/// so noise is relative. Of eight devices with 3 % noise one that is 10 % slower is told apart within 200
/// trials in all of 200 simulated runs, and any other in 2 %. Pure; not thread safe.
class Equality {
 public:
  static constexpr size_t kLeastRuns = 3;
  static constexpr double kSigmas = 4;
  static constexpr double kLeastShare = 0.02;

  /// Takes in a cost of the reference, which is positive.
  void add(const std::string& device, double cost);
  /// What the costs of a device are to be divided by; 1 for one that is as the others are, or not known.
  double factor(const std::string& device) const;
  /// The devices that were told apart since this was asked last, or whose factor changed by more than
  /// kLeastShare.
  std::vector<Difference> take_news();

 private:
  void judge();
  double pooled_deviation() const;
  std::optional<double> usual_mean() const;

  std::map<std::string, std::vector<double>> logs_;  // of the costs
  std::map<std::string, double> factors_;
  std::map<std::string, double> told_;
  std::vector<Difference> news_;
};

/// Whether a device is to run the reference after so many trials of a task: after 1, 2, 3, 4, 6, 8, 12, ...,
/// then after each hundred or so.
bool is_reference_due(uint64_t trials);

}  // namespace tamis::fleet
