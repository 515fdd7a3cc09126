// The long version: everything fails, over and over. TAMIS_SOAK_MINUTES lets it go on for so long, a session
// of 2,000 trials after the other on the same server and workers.

#include "fleet/chaos.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace tamis {
namespace {

class Chaos : public ChaosTest {
 protected:
  static Disturbances all_of_them() {
    Disturbances wanted;
    wanted.workers = 8;
    wanted.trials = 2000;
    wanted.shortest_ms = 40;
    wanted.longest_ms = 400;
    wanted.server_kills = {0.2, 0.5, 0.8};
    wanted.stalls = {0.35};
    wanted.tuner_kills = {0.65};
    return wanted;
  }
  void report(const Disturbances& wanted, const Disturbed& done) const {
    std::printf(
        "%s, seed %llu: %llu trials in %.0f s; killed: %llu times a worker, %llu the server, %llu the tuner; "
        "%llu stalls; %llu messages doubled; the server holds %.0f MB\n",
        wanted.strategy.c_str(), static_cast<unsigned long long>(wanted.seed),
        static_cast<unsigned long long>(wanted.trials), done.seconds,
        static_cast<unsigned long long>(done.worker_kills),
        static_cast<unsigned long long>(done.server_kills), static_cast<unsigned long long>(done.tuner_kills),
        static_cast<unsigned long long>(done.stalls), static_cast<unsigned long long>(done.doubled),
        static_cast<double>(server_->resident_bytes()) / 1e6);
    std::fflush(stdout);
  }
  static std::chrono::minutes soak() {
    const char* minutes = std::getenv("TAMIS_SOAK_MINUTES");
    return std::chrono::minutes(minutes == nullptr ? 0 : std::atoi(minutes));
  }
};

TEST_F(Chaos, LosesNothingOfARandomSearch) {
  Disturbances wanted = all_of_them();
  const auto end = std::chrono::steady_clock::now() + soak();
  do {
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(log_file() + part);
    const Disturbed done = tune_disturbed(wanted);
    report(wanted, done);
    EXPECT_EQ(done.server_kills, 3U);
    EXPECT_EQ(done.stalls, 1U);
    EXPECT_EQ(done.tuner_kills, 1U);
    EXPECT_GE(done.worker_kills, 5U);
    expect_as_undisturbed(wanted);
    ++wanted.seed;
  } while (!HasFailure() && std::chrono::steady_clock::now() < end);
}

TEST_F(Chaos, LosesNothingOfASearchThatLearns) {
  Disturbances wanted = all_of_them();
  wanted.strategy = "tamis";
  wanted.trials = 600;
  const Disturbed done = tune_disturbed(wanted);
  report(wanted, done);
  EXPECT_EQ(outcomes(trial_task()->space(), logged()).size(), wanted.trials);
  expect_resumes_exactly(wanted);
}

}  // namespace
}  // namespace tamis
