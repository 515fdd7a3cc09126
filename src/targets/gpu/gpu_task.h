#pragma once

#include "tamis/result.h"
#include "tamis/task.h"
#include "targets/gpu/deploy/deployed_program.h"
#include "targets/gpu/gpu_device.h"

#include <memory>
#include <string>
#include <utility>

namespace tamis::gpu {

/// A task of a target of GPUs. Immutable and thread safe.
class GpuTask : public Task {
 public:
  GpuTask(TaskFacts facts, std::shared_ptr<SharedRuntime> runtime)
      : Task(std::move(facts)), runtime_(std::move(runtime)) {}

  /// The program of a config with its arguments, as it leaves tamis, but for its name, its times and what a
  /// compiler makes of it. Errors: those of making the program, and of reading the files of a kernel.
  virtual Result<DeployedProgram> deploy(const Config& config) const = 0;

  /// What compiles its programs.
  SharedRuntime& runtime() const { return *runtime_; }

 protected:
  /// What its programs are made by.
  std::string code() const { return identity().property("kernel").value_or(std::string()); }

 private:
  Result<std::string> pack(const Config&, const Artifact& artifact) const override {
    return pack_program(static_cast<const GpuArtifact&>(artifact), code());
  }

  std::shared_ptr<SharedRuntime> runtime_;
};

}  // namespace tamis::gpu
