// A fleet with a key: who does not have it gets nothing run.

#include "base/file.h"
#include "fleet/fleet_fixture.h"

#include <filesystem>

namespace tamis {
namespace {

class SignedFleet : public FleetTest {
 protected:
  /// A file with a key, another one for each letter.
  std::string key(char letter) const {
    const std::string path = directory_.file(std::string("key-") + letter);
    EXPECT_TRUE(write_file(path, std::string(40, letter)).ok());
    return path;
  }
  std::string diary() const { return directory_.file("diary"); }
  void start_with_key(const std::string& key_file) {
    TestWorker worker;
    worker.key_file = key_file;
    worker.settings["diary"] = diary();
    start_workers(1, worker);
    std::filesystem::remove(diary());  // of what it proved itself with
  }
  /// A session of a few trials with this key that is stopped after some seconds; how many there were.
  size_t trials_within_seconds(const std::string& key_file) {
    tuning_.address.key_file = key_file;
    session_.budget.trials = 5;
    session_.make_measurer = make_fleet_measurers(tuning_).value();
    std::stop_source stop;
    auto tuned = std::async(std::launch::async, [&] {
      return run_session(trial_task(), nullptr, session_, {}, stop.get_token());
    });
    tuned.wait_for(std::chrono::seconds(3));
    stop.request_stop();
    const auto result = tuned.get();
    return result.ok() ? result->trials.size() : 0;
  }
};

TEST_F(SignedFleet, TriesWhatIsSignedWithItsKey) {
  start_with_key(key('a'));
  EXPECT_EQ(trials_within_seconds(key('a')), 5U);
}

TEST_F(SignedFleet, RunsNothingThatIsNotSigned) {
  start_with_key(key('a'));
  EXPECT_EQ(trials_within_seconds(""), 0U);
  EXPECT_FALSE(std::filesystem::exists(diary()));
}

TEST_F(SignedFleet, RunsNothingThatIsSignedWithAnotherKey) {
  start_with_key(key('a'));
  EXPECT_EQ(trials_within_seconds(key('b')), 0U);
  EXPECT_FALSE(std::filesystem::exists(diary()));
  // And goes on with what is signed as it should be.
  EXPECT_EQ(trials_within_seconds(key('a')), 5U);
}

TEST_F(SignedFleet, RefusesAKeyThatIsTooShort) {
  const std::string path = directory_.file("short");
  ASSERT_TRUE(write_file(path, "abc").ok());
  tuning_.address.key_file = path;
  const auto fleet = make_fleet_measurers(tuning_);
  ASSERT_FALSE(fleet.ok());
  EXPECT_EQ(fleet.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(fleet.error().message, ::testing::HasSubstr("32"));
}

}  // namespace
}  // namespace tamis
