#pragma once

#include "fleet/fleet_fixture.h"
#include "fleet/message_doubler.h"
#include "tamis/log.h"
#include "tamis/random.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tamis {

/// What is done to a fleet while a session is tuned on it.
struct Disturbances {
  size_t workers = 8;
  uint64_t trials = 2000;
  uint64_t seed = 1;
  std::string strategy = "random";
  /// How long trials take, log-uniform.
  int shortest_ms = 20;
  int longest_ms = 200;
  /// A worker is killed about so often, and started again a moment later; 0: none.
  std::chrono::milliseconds between_worker_kills{3'000};
  /// At which shares of the trials the server is killed and started again, stalled for two seconds, and the
  /// tuner killed and resumed.
  std::vector<double> server_kills;
  std::vector<double> stalls;
  std::vector<double> tuner_kills;
  bool doubled_messages = true;
};

/// What was done.
struct Disturbed {
  uint64_t worker_kills = 0;
  uint64_t server_kills = 0;
  uint64_t stalls = 0;
  uint64_t tuner_kills = 0;
  uint64_t doubled = 0;
  double seconds = 0;
};

/// Sessions on a fleet, tuned by a process of its own, where workers, server, network and tuner fail.
class ChaosTest : public FleetTest {
 protected:
  /// Tunes to the end under these disturbances. The log is in log_file().
  Disturbed tune_disturbed(const Disturbances& wanted);
  std::string log_file() const { return directory_.file("tuning.db"); }
  /// The trials of the log's only session.
  std::vector<Trial> logged() const;
  /// Whether the log holds each number from 0 once, and of each config what an undisturbed session has.
  void expect_as_undisturbed(const Disturbances& wanted) const;
  /// Whether a session that is resumed takes all trials from the log and has nothing to add.
  void expect_resumes_exactly(const Disturbances& wanted) const;

 private:
  void start_tuner(const Disturbances& wanted, bool resume);
  uint64_t progress() const;
  /// Starts again the workers whose time has come.
  void restart_workers();
  void kill_a_worker();
  /// Does what is due at this progress.
  void disturb(const Disturbances& wanted, Disturbed& done, double share);

  using Clock = std::chrono::steady_clock;
  BackgroundProgram tuner_;
  Random chance_{1};
  std::vector<Clock::time_point> restarts_;
};

}  // namespace tamis
