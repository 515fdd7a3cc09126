#pragma once

#include "tamis/data.h"
#include "tamis/task.h"
#include "tamis/workload.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/vta_target.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace tamis::vta::testing {

/// A workload from its spec, which must be right.
inline Workload workload(const std::string& spec) {
  const Result<Workload> parsed = parse_spec(spec);
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().message);
  return *parsed;
}

/// A device that is small enough for its limits to be met by small workloads.
inline Hardware small_hardware() {
  Hardware hardware;
  hardware.log_block = 3;
  hardware.log_uop_buffer = 10;
  hardware.log_inp_buffer = 10;
  hardware.log_wgt_buffer = 13;
  hardware.log_acc_buffer = 11;
  return hardware;
}

/// What came of one config on the simulator, checked against the reference.
struct Attempt {
  Verdict verdict = Verdict::valid;
  std::string message;
  Features features;
};

inline Attempt attempt(const Task& task, const Config& config, const WorkloadData& data) {
  BuildOutcome built = task.build(config);
  if (built.verdict != Verdict::valid) return {built.verdict, built.message, built.features};
  const std::unique_ptr<Device> device = task.target().open_device({}).value();
  const RunOutcome run = device->run(*built.artifact, data, {});
  if (run.verdict == Verdict::valid && run.output != data.output)
    return {Verdict::wrong_result, "", run.features};
  return {run.verdict, run.message, run.features};
}

}  // namespace tamis::vta::testing
