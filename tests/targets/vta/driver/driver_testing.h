#pragma once

#include "support/temporary_directory.h"
#include "tamis/measurer.h"
#include "tamis/targets.h"
#include "targets/vta/vta_testing.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta::testing {

/// Sanitizers reserve terabytes of addresses and answer signals themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// The target vta over the test driver, and a file through which its next fault is ordered.
class DriverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TAMIS_TEST_DRIVER_FAULT", fault_file_.c_str(), 1);
    use_device("driver:" TAMIS_BUILD_BIN "/test_driver.so");
    measure_options_.worker_path = TAMIS_BUILD_BIN "/tamis-worker";
    measure_options_.run_deadline = std::chrono::milliseconds(500);
    if (kSanitized) {
      measure_options_.memory_limit_bytes = 0;
      measure_options_.run_deadline = std::chrono::seconds(3);
    }
  }
  void TearDown() override { ::unsetenv("TAMIS_TEST_DRIVER_FAULT"); }

  void use_device(const std::string& device) {
    device_ = device;
    task_ = bind_task(tamis::make_target("vta", {{"device", device}}).value(), workload_).value();
  }
  /// The driver misbehaves in this way once.
  void order_fault(const std::string& fault) const { std::ofstream(fault_file_) << fault; }

  /// Tries the best config twice in worker processes.
  Result<std::vector<Trial>> measure_twice() {
    TAMIS_ASSIGN(const auto measurer, make_measurer(task_, measure_options_));
    const Config config = task_->space().parse(std::vector<std::string>{"tile_h=4", "tile_w=4"}).value();
    const std::vector<MeasureRequest> requests = {{0, config, "test"}, {1, config, "test"}};
    std::vector<Trial> trials;
    TAMIS_TRY(measurer->measure(requests,
                                [&](Trial trial) {
                                  trials.push_back(std::move(trial));
                                  return Status();
                                },
                                {}));
    return trials;
  }

  TemporaryDirectory directory_;
  std::string fault_file_ = directory_.file("fault");
  std::string device_;
  MeasureOptions measure_options_;
  Workload workload_ = workload("conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1");
  SharedTask task_;
};

}  // namespace tamis::vta::testing
