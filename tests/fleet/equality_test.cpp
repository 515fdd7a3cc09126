#include "fleet/equality.h"

#include "tamis/random.h"

#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace tamis::fleet {
namespace {

/// Devices that run the reference when it is due, as so many trials go round.
class SimulatedFleet {
 public:
  SimulatedFleet(size_t devices, double noise, uint64_t seed)
      : slowness_(devices, 1), noise_(noise), random_(seed) {}

  void make_slower(size_t device, double factor) { slowness_[device] = factor; }
  static std::string name(size_t device) { return "board" + std::to_string(device); }
  /// The devices that were told apart.
  std::set<std::string> run(size_t trials) {
    std::set<std::string> told;
    for (size_t trial = 0; trial < trials; ++trial) {
      const size_t device = trial % slowness_.size();
      if (!is_reference_due(trial / slowness_.size() + 1)) continue;
      equality_.add(name(device), 1e6 * slowness_[device] * std::exp(noise_ * random_.normal()));
      for (const Difference& difference : equality_.take_news()) told.insert(difference.device);
    }
    return told;
  }
  const Equality& equality() const { return equality_; }

 private:
  std::vector<double> slowness_;
  double noise_;
  Random random_;
  Equality equality_;
};

TEST(Equality, TellsOneOfEightApartThatIsATenthSlowerIn200Trials) {
  int found = 0;
  int mistaken = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SimulatedFleet fleet(8, 0.03, seed);
    fleet.make_slower(5, 1.1);
    const std::set<std::string> told = fleet.run(200);
    found += static_cast<int>(told.count("board5"));
    mistaken += told.size() > told.count("board5") ? 1 : 0;
  }
  EXPECT_GE(found, 38);
  EXPECT_LE(mistaken, 2);
}

TEST(Equality, LeavesEqualDevicesAlone) {
  int mistaken = 0;
  for (uint64_t seed = 0; seed < 40; ++seed)
    mistaken += SimulatedFleet(8, 0.03, seed).run(400).empty() ? 0 : 1;
  EXPECT_LE(mistaken, 2);
}

TEST(Equality, ComparesTheSecondOfTwoWithTheFirst) {
  SimulatedFleet fleet(2, 0.01, 1);
  fleet.make_slower(0, 1.2);
  EXPECT_EQ(fleet.run(200), std::set<std::string>{"board1"});
  EXPECT_NEAR(fleet.equality().factor("board1"), 1 / 1.2, 0.02);
  EXPECT_EQ(fleet.equality().factor("board0"), 1);
}

TEST(Equality, KnowsHowMuchSlowerADeviceIs) {
  SimulatedFleet fleet(4, 0.01, 1);
  fleet.make_slower(3, 2);
  EXPECT_EQ(fleet.run(200), std::set<std::string>{"board3"});
  EXPECT_NEAR(fleet.equality().factor("board3"), 2, 0.05);
  EXPECT_EQ(fleet.equality().factor("board0"), 1);
  EXPECT_EQ(fleet.equality().factor("unknown"), 1);
}

TEST(Equality, PassesOverCostsThatAreNone) {
  Equality equality;
  for (const double cost : {0.0, -1.0, std::nan(""), HUGE_VAL})
    for (int i = 0; i < 20; ++i) equality.add("board" + std::to_string(i % 4), cost);
  EXPECT_TRUE(equality.take_news().empty());
}

TEST(Equality, WantsTheReferenceOftenAtFirstAndLessLater) {
  std::vector<uint64_t> due;
  for (uint64_t trials = 0; trials <= 300; ++trials)
    if (is_reference_due(trials)) due.push_back(trials);
  EXPECT_EQ(due, (std::vector<uint64_t>{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 192, 288}));
}

}  // namespace
}  // namespace tamis::fleet
