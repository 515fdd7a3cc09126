#pragma once

#include "measure/fault_target.h"
#include "tamis/measurer.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/types.h>

namespace tamis {

/// A task of the fault target, and deadlines that a loaded machine keeps.
class MeasureTest : public testing::Test {
 protected:
  void use_target(const std::string& spec, const Settings& settings = {}) {
    task_ = fault_task(task_ ? task_->workload() : small_workload(), spec, settings);
  }
  void SetUp() override {
    use_target("fault");
    options_.run_deadline = std::chrono::seconds(3);
    options_.build_deadline = std::chrono::seconds(3);
    options_.worker_path = TAMIS_BUILD_BIN "/fault_worker";
  }

  Result<std::unique_ptr<Measurer>> in_process() const { return make_in_process_measurer(task_, options_); }
  Result<std::unique_ptr<Measurer>> workers() const { return make_worker_measurer(task_, options_); }

  std::vector<MeasureRequest> requests(const std::vector<std::string>& faults) const {
    std::vector<MeasureRequest> all;
    for (const std::string& fault : faults)
      all.push_back({100 + all.size(), fault_config(task_->space(), fault), "test"});
    return all;
  }
  /// The trials of the faults, in their order; an error fails the test.
  std::vector<Trial> measure(Measurer& measurer, const std::vector<std::string>& faults) const {
    std::vector<Trial> trials;
    const auto keep = [&](Trial trial) {
      trials.push_back(std::move(trial));
      return Status();
    };
    const Status status = measurer.measure(requests(faults), keep, {});
    EXPECT_TRUE(status.ok()) << status.error().message;
    std::sort(trials.begin(), trials.end(),
              [](const Trial& a, const Trial& b) { return a.number < b.number; });
    EXPECT_EQ(trials.size(), faults.size());
    return trials;
  }

  SharedTask task_;
  MeasureOptions options_;
};

/// The descriptors that this process has open.
inline std::set<std::string> open_descriptors() {
  std::set<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    all.insert(entry.path().filename());
  return all;
}

/// Processes whose parent is this one, zombies included.
inline std::vector<pid_t> children() {
  std::vector<pid_t> all;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::FILE* file = std::fopen((task.path() / "children").c_str(), "r");
    if (file == nullptr) continue;
    for (int pid = 0; std::fscanf(file, "%d", &pid) == 1;) all.push_back(pid);
    std::fclose(file);
  }
  return all;
}

inline size_t count_children() { return children().size(); }

}  // namespace tamis
