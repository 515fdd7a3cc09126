#include "search/tamis/worth_bounds.h"

#include "search/scores.h"
#include "tamis/random.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace tamis {
namespace {

double worth(float mean, float deviation, float valid, const WorthOptions& options) {
  const float cautious = options.caution * deviation;
  return cautious * unit_improvement((mean - options.incumbent) / cautious) * std::pow(valid, options.power);
}

TEST(WorthBounds, AreNotExceeded) {
  Random random(1);
  for (const double power : {0.0, 0.3, 0.5, 0.6, 1.0, 2.3, 3.0, 100.0}) {
    const WorthOptions options{.incumbent = 0.9F, .caution = 2, .power = power};
    std::vector<float> means, deviations, valid;
    for (size_t i = 0; i < 1003; ++i) {
      means.push_back(static_cast<float>(2 * random.uniform()));
      deviations.push_back(static_cast<float>(std::exp2(-20 * random.uniform())));
      valid.push_back(static_cast<float>(random.uniform()));
    }
    const std::vector<float> bounds = worth_bounds(means, deviations, valid, options);
    ASSERT_EQ(bounds.size(), means.size());
    for (size_t i = 0; i < bounds.size(); ++i)
      EXPECT_GE(bounds[i], static_cast<float>(worth(means[i], deviations[i], valid[i], options)))
          << power << ' ' << i;
  }
}

TEST(WorthBounds, AreNearWhatIsWorthMost) {
  const WorthOptions options{.incumbent = 1, .caution = 2, .power = 0.5};
  for (const float mean : {0.9F, 1.0F, 1.1F}) {
    const float bound = worth_bounds(std::vector{mean}, std::vector{0.1F}, std::vector{0.3F}, options)[0];
    EXPECT_LT(bound, 1.1 * worth(mean, 0.1F, 0.3F, options)) << mean;
  }
}

TEST(WorthBounds, AreNoneOfNothing) { EXPECT_TRUE(worth_bounds({}, {}, {}, {}).empty()); }

}  // namespace
}  // namespace tamis
