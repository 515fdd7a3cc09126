// What a driver does wrong is a verdict, found out from outside the process that loaded it; the next config
// is tried as if nothing had been.

#include "targets/vta/driver/driver_testing.h"
#include "targets/vta/isa/program.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

struct Fault {
  const char* word;
  Verdict verdict;
  const char* message;
};

class DriverFaults : public testing::DriverTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(DriverFaults, AreVerdictsAndMeasuringGoesOn) {
  if (testing::kSanitized && std::string(GetParam().word) == "crash")
    GTEST_SKIP() << "a sanitizer turns the signal into an exit status";
  order_fault(GetParam().word);
  const Result<std::vector<Trial>> trials = measure_twice();
  ASSERT_TRUE(trials.ok()) << trials.error().message;
  ASSERT_EQ(trials->size(), 2U);
  EXPECT_EQ(to_string((*trials)[0].verdict), to_string(GetParam().verdict));
  EXPECT_THAT((*trials)[0].message, HasSubstr(GetParam().message));
  EXPECT_TRUE((*trials)[0].measured);
  EXPECT_TRUE((*trials)[0].costs.empty());
  EXPECT_EQ(to_string((*trials)[1].verdict), "valid") << (*trials)[1].message;
  EXPECT_FALSE(std::filesystem::exists(fault_file_)) << "the fault did not happen";
}

INSTANTIATE_TEST_SUITE_P(
    All, DriverFaults,
    ::testing::Values(Fault{"crash", Verdict::crashed, "the worker died while running: signal SIGSEGV"},
                      Fault{"exit", Verdict::crashed, "exit status 3"},
                      Fault{"hang", Verdict::run_timeout, "and was killed"},
                      Fault{"timeout", Verdict::run_timeout, "did not finish within 100000000 cycles"},
                      Fault{"error", Verdict::run_failed, "the driver reported error 7"},
                      Fault{"garbage", Verdict::wrong_result, "elements differ"},
                      Fault{"no_memory", Verdict::launch_failed, "the driver has no memory left"},
                      Fault{"too_high", Verdict::launch_failed,
                            "they pass the end of VTA's addresses of 32 bits"},
                      Fault{"misaligned", Verdict::launch_failed, "which is not a multiple of"}),
    [](const auto& fault) { return std::string(fault.param.word); });

using DriverMeasuring = testing::DriverTest;

TEST_F(DriverMeasuring, GoesThroughAWorker) {
  const Result<std::vector<Trial>> trials = measure_twice();
  ASSERT_TRUE(trials.ok()) << trials.error().message;
  for (const Trial& trial : *trials) {
    EXPECT_EQ(to_string(trial.verdict), "valid") << trial.message;
    EXPECT_EQ(trial.device, device_);
    EXPECT_GT(trial.cost(), 0.0);
  }
}

TEST_F(DriverMeasuring, SavesPrograms) {
  measure_options_.save_programs = directory_.file("programs");
  ASSERT_TRUE(measure_twice().ok());
  size_t programs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(measure_options_.save_programs)) {
    const Result<Program> program = read_program(entry.path());
    ASSERT_TRUE(program.ok()) << program.error().message;
    EXPECT_FALSE(program->launches.at(0).instructions.empty());
    ++programs;
  }
  EXPECT_EQ(programs, 1U);
}

TEST_F(DriverMeasuring, EndsWithTheReasonWhereNoDriverCanBeOpened) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"driver:" TAMIS_BUILD_BIN "/incomplete_driver.so", "does not export VTAFlushCache"},
      {"driver:/missing/driver.so", "cannot load the driver library: /missing/driver.so"},
      {"driver:" TAMIS_TEST_DATA "/vta/README.md", "cannot load the driver library"}};
  for (const auto& [device, message] : wrong) {
    use_device(device);
    const Result<std::vector<Trial>> trials = measure_twice();
    ASSERT_FALSE(trials.ok()) << device;
    EXPECT_THAT(trials.error().message, HasSubstr(message));
  }
}

TEST_F(DriverMeasuring, EndsWhereTheDriverHasNoDevice) {
  order_fault("no_device");
  const Result<std::vector<Trial>> trials = measure_twice();
  ASSERT_FALSE(trials.ok());
  EXPECT_THAT(trials.error().message, HasSubstr("gave no device"));
}

}  // namespace
}  // namespace tamis::vta
