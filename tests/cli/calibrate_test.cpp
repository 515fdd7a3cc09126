// Calibrating a device behind a driver: a memory that only the driver knows, and drivers that do not run.

#include "base/json.h"
#include "cli/command.h"
#include "targets/vta/isa/memory_profile.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CalibrateCommand : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a sanitizer reserves more addresses than a worker process may have";
    write(hidden_, R"({"READ_LATENCY": 90, "WRITE_LATENCY": 40, "BURST_BEATS": 32, "OUTSTANDING_READS": 4,
                       "CLOCK_MHZ": 1})");
  }
  Invocation calibrating(const std::vector<std::string>& more) const {
    Invocation invocation;
    invocation.arguments = {"calibrate", "--device", kTestDriver, "--output", profile_};
    invocation.arguments.insert(invocation.arguments.end(), more.begin(), more.end());
    invocation.environment["TAMIS_TEST_DRIVER_MEMORY"] = hidden_;
    return invocation;
  }
  /// Orders a fault of the driver.
  Invocation failing(const std::string& fault, const std::vector<std::string>& more) const {
    Invocation invocation = calibrating(more);
    write(fault_, fault);
    invocation.environment["TAMIS_TEST_DRIVER_FAULT"] = fault_;
    return invocation;
  }

  std::string hidden_ = directory_.file("hidden.json");
  std::string profile_ = directory_.file("profile.json");
  std::string fault_ = directory_.file("fault");
};

bool is_near(const vta::MemoryProfile& found) {
  const auto within = [](double value, double sought) {
    return value > 0.8 * sought && value < 1.25 * sought;
  };
  return within(static_cast<double>(found.read_latency), 90) &&
         within(static_cast<double>(found.write_latency), 40) && found.burst_beats == 32 &&
         found.outstanding_reads >= 3 && found.outstanding_reads <= 5 && within(found.clock_mhz, 1);
}

TEST_F(CalibrateCommand, FindsTheMemoryThatTheDriverHides) {
  // The driver sleeps; a machine that is busy with other things wakes it late, but not every time.
  constexpr int kAttempts = 4;
  vta::MemoryProfile found;
  for (int attempt = 0; attempt < kAttempts && !is_near(found); ++attempt) {
    const Finished finished = run(calibrating({"--program-time", "20ms", "--rounds", "4", "--json"}));
    ASSERT_TRUE(finished.code == 0 || finished.code == 1) << finished.err;
    const Json report = *parse_json(finished.out, "report");
    found = vta::find_profile(profile_).value();
    EXPECT_EQ(vta::profile_from_json(report.at("profile"), "report").value(), found)
        << "the file is the profile";
    EXPECT_EQ(report.at("explains_times"), finished.code == 0);
    EXPECT_EQ(report.at("programs").size(), 9U);
    EXPECT_EQ(report.at("not_fitted"), Json({"INSTRUCTION_BATCH"}));
    EXPECT_THAT(finished.err, HasSubstr("calibrating: "));
  }
  EXPECT_TRUE(is_near(found)) << read(profile_);
}

TEST_F(CalibrateCommand, PrintsTheFitAndHowToUseIt) {
  const Finished finished =
      run(calibrating({"--program-time", "3ms", "--rounds", "2", "--clock-mhz", "1", "--quiet"}));
  ASSERT_TRUE(finished.code == 0 || finished.code == 1) << finished.err;
  for (const char* text :
       {"store_rows", "read latency, cycles", "outstanding reads", "not fitted: half of a burst", "given",
        "error of the fit", "--target vta --profile "})
    EXPECT_THAT(finished.out, HasSubstr(text));
  EXPECT_THAT(finished.out, HasSubstr("--profile " + profile_));
  if (finished.code == 0) {
    EXPECT_THAT(finished.err, IsEmpty());
  }
  const Finished used = tamis({"tune", kSmall, "--profile", profile_, "--trials", "1", "--log", "none"});
  EXPECT_EQ(used.code, 0) << used.err;
}

TEST_F(CalibrateCommand, NamesWhatADriverDoesWrong) {
  struct Fault {
    const char* word;
    const char* message;
  };
  for (const Fault& fault : {Fault{"crash", "signal SIGSEGV"}, Fault{"hang", "give it more --run-timeout"},
                             Fault{"timeout", "did not finish within"}, Fault{"error", "reported error 7"},
                             Fault{"no_memory", "no memory left"}, Fault{"no_device", "gave no device"},
                             Fault{"misaligned", "must be multiples of 2048 bytes"}}) {
    const Finished finished = run(failing(fault.word, {"--run-timeout", "2s", "--program-time", "1ms"}));
    EXPECT_EQ(finished.code, 2) << fault.word;
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr(fault.message));
    EXPECT_FALSE(fs::exists(profile_)) << fault.word;
  }
}

TEST_F(CalibrateCommand, RefusesALibraryThatIsNone) {
  for (const auto& [library, message] : std::vector<std::pair<std::string, std::string>>{
           {"/missing/driver.so", "cannot load the driver library: /missing/driver.so"},
           {TAMIS_BUILD_BIN "/incomplete_driver.so", "does not export VTAFlushCache"}}) {
    const Finished finished = tamis({"calibrate", "--device", "driver:" + library});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr(message));
  }
}

TEST_F(CalibrateCommand, IsInterruptedWithoutAProfile) {
  Running running(failing("hang", {"--run-timeout", "60s"}));
  for (int waits = 0; waits < 1000 && fs::exists(fault_) && !running.ended(); ++waits)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_FALSE(fs::exists(fault_)) << running.err();
  running.send(SIGINT);
  EXPECT_EQ(running.finish(std::chrono::seconds(10)).code, 130);
  EXPECT_FALSE(fs::exists(profile_));
}

}  // namespace
}  // namespace tamis::cli::testing
