#pragma once

#include "support/temporary_directory.h"
#include "tamis/measurer.h"
#include "tamis/targets.h"
#include "tamis/task.h"
#include "targets/gpu/runtime/opencl_runtime.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {

/// A kernel whose knob FAULT says what is wrong with it; 0 is nothing.
inline const std::string kFaultyKernel = R"(
#if FAULT == 1
  nonsense
#endif
#if FAULT == 8
__attribute__((reqd_work_group_size(4, 2, 1)))
#endif
#if FAULT == 9
__kernel void k(__global float* a, __global const float* b) {
  const int n = 0;
#else
__kernel void k(__global float* a, __global const float* b, int n) {
#endif
  const int i = get_global_id(0);
  a[i] += 2 * b[i];
#if FAULT == 2
  if (i == 3) a[i] = -1;
#elif FAULT == 3
  for (volatile int x = 1; x != 0;) x = 1;
#elif FAULT == 4
  *(__global volatile float*)(ulong)n = 1;
#elif FAULT == 5
  a[get_global_size(0) + i] = 1;
#elif FAULT == 6
  __local float large[1 << 24];
  large[i + n] = b[i];
  barrier(CLK_LOCAL_MEM_FENCE);
  a[i] = large[(i + 1) % 64 + n];
#elif FAULT == 10
  if (i == 0) a[-1] = 1;
#elif FAULT == 11
  a[i] = (float)n / 0.0f - (float)n / 0.0f;
#endif
}
)";

/// A test that tries configs of the faulty kernel in worker processes; skipped where there is no OpenCL.
class FaultyKernelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto runtime = open_opencl_runtime({}); !runtime.ok()) GTEST_SKIP() << runtime.error().message;
    std::ofstream(directory_.file("k.cl")) << kFaultyKernel;
    options_.run_deadline = std::chrono::milliseconds(2'000);
  }

  /// A kernel file; `members` are further ones of `kernel`.
  std::string write_file(const std::string& default_fault = "0", const std::string& members = "") const {
    std::ofstream(directory_.file("k.yaml")) << R"(tamis: 1
knobs:
  FAULT: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
  SIZE: [8, 16]
default: {FAULT: )" << default_fault << R"(}
kernel:
  source: k.cl
  entry: k
  problem_size: 64
  group: "8192 if FAULT == 7 else SIZE"
  arguments:
    - {name: a, type: float32, shape: 64, output: true}
    - {name: b, type: float32, shape: 64}
    - {name: n, type: int32, value: 0}
)" << members;
    return directory_.file("k.yaml");
  }

  /// A kernel file whose default config has a fault, as half of the others have.
  std::string write_file_with_faulty_default(const std::string& fault) const {
    std::ofstream(directory_.file("f.yaml"))
        << "tamis: 1\nknobs: {FAULT: [" << fault << R"(, 0], SIZE: [4, 8, 16]}
kernel:
  source: k.cl
  entry: k
  problem_size: 64
  group: "8192 if FAULT == 7 else SIZE"
  arguments:
    - {name: a, type: float32, shape: 64, output: true}
    - {name: b, type: float32, shape: 64}
    - {name: n, type: int32, value: 0}
)";
    return directory_.file("f.yaml");
  }

  static Result<SharedTask> task_of(const std::string& file, const Settings& settings = {}) {
    TAMIS_ASSIGN(const auto target, make_target("opencl", settings));
    TAMIS_ASSIGN(const auto workloads, target->resolve(file));
    return bind_task(target, workloads.front());
  }

  /// The trials of configs, by number, in worker processes.
  std::vector<Trial> measure(const SharedTask& task, const std::vector<std::vector<std::string>>& configs) {
    const auto measurer = make_measurer(task, options_);
    EXPECT_TRUE(measurer.ok()) << measurer.error().message;
    std::vector<MeasureRequest> requests;
    for (const auto& config : configs)
      requests.push_back({requests.size(), task->space().parse(config).value(), "test"});
    std::vector<Trial> trials(requests.size());
    const Status measured = (*measurer)->measure(requests,
                                                 [&](Trial trial) {
                                                   trials[trial.number] = std::move(trial);
                                                   return Status();
                                                 },
                                                 {});
    EXPECT_TRUE(measured.ok()) << measured.error().message;
    return trials;
  }

  Trial measure_one(const std::string& file, const std::vector<std::string>& config,
                    const Settings& settings = {}) {
    const auto task = task_of(file, settings);
    EXPECT_TRUE(task.ok()) << task.error().message;
    return measure(*task, {config}).front();
  }

  /// What people are told of what results are compared with, in one session.
  std::vector<std::string> notices_of(const std::string& file,
                                      const std::vector<std::vector<std::string>>& configs,
                                      std::vector<Trial>& trials) {
    std::vector<std::string> notices;
    options_.recovery.event = [&](const DeviceEvent& event) { notices.push_back(describe(event)); };
    const auto task = task_of(file);
    EXPECT_TRUE(task.ok()) << task.error().message;
    trials = measure(*task, configs);
    return notices;
  }

  TemporaryDirectory directory_;
  MeasureOptions options_;
};

}  // namespace tamis::gpu
