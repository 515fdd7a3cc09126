#pragma once

#include "base/json.h"
#include "tamis/target.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <string>

namespace tamis::vta {

/// A VTA program with what is needed to feed it and to read its result.
class VtaArtifact : public Artifact {
 public:
  Hardware hardware;
  Workload workload;
  BlockedWorkload blocked;
  Json config;    ///< knob names and values, kept in saved programs
  Launch launch;  ///< operands zero
  BiasRoute bias = BiasRoute::alu;

  /// Of the instructions and of what they read but the operands.
  std::string code_hash() const override;
};

/// The launch with the operands packed into its buffers. Errors: unsupported for a bias that the program
/// cannot carry (bias_blocks.h).
Result<Launch> load_operands(const VtaArtifact& artifact, const WorkloadData& data);
/// The NCHW output in a launch that ran.
Tensor read_output(const VtaArtifact& artifact, const Launch& launch);
/// Saves a launch as a recorded program: `before` as it was handed to the device, `after` as the device left
/// it.
Status save_launch(const std::string& path, const VtaArtifact& artifact, const Launch& before,
                   const Launch& after);

}  // namespace tamis::vta
