// A fleet where workers and the server are killed: nothing is lost, and nothing counts twice.

#include "fleet/chaos.h"

namespace tamis {
namespace {

class ShortChaos : public ChaosTest {};

TEST_F(ShortChaos, LosesNothing) {
  Disturbances wanted;
  wanted.workers = 4;
  wanted.trials = 300;
  wanted.shortest_ms = 10;
  wanted.longest_ms = 100;
  wanted.between_worker_kills = std::chrono::seconds(1);
  wanted.server_kills = {0.4};
  const Disturbed done = tune_disturbed(wanted);
  EXPECT_EQ(done.server_kills, 1U);
  EXPECT_GT(done.worker_kills, 1U);
  expect_as_undisturbed(wanted);
}

TEST_F(ShortChaos, ResumesATunerThatWasKilled) {
  Disturbances wanted;
  wanted.workers = 3;
  wanted.trials = 120;
  wanted.strategy = "tamis";
  wanted.shortest_ms = 10;
  wanted.longest_ms = 50;
  wanted.between_worker_kills = std::chrono::seconds(0);
  wanted.tuner_kills = {0.3, 0.6};
  const Disturbed done = tune_disturbed(wanted);
  EXPECT_EQ(done.tuner_kills, 2U);
  EXPECT_EQ(outcomes(trial_task()->space(), logged()).size(), wanted.trials);
  expect_resumes_exactly(wanted);
}

}  // namespace
}  // namespace tamis
