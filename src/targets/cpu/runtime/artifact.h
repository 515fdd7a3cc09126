#pragma once

#include "tamis/device.h"
#include "tamis/workload.h"
#include "targets/cpu/codegen/compiler.h"

#include <memory>
#include <string>
#include <vector>

namespace tamis::cpu {

/// A compiled config: `run`, and `prepare` where weights are packed ahead of time.
struct CpuArtifact : Artifact {
  Workload workload;
  CompiledObject object;
  std::shared_ptr<const CompiledObject> prepare;  ///< where it is not in `object`
  int threads = 1;
  std::vector<Buffer> run_arguments;      ///< in the order of the functions' parameters
  std::vector<Buffer> prepare_arguments;  ///< empty where there is no `prepare`

  /// Of the objects, and of the buffers that their functions get.
  std::string code_hash() const override;
};

}  // namespace tamis::cpu
