#pragma once

#include "base/json.h"
#include "tamis/target.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <memory>
#include <string>
#include <string_view>

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

/// The program as bytes: its way of carrying the bias, and its launch with the device that it is for,
/// compressed. Errors: unsupported for a launch of more than 64 MiB.
Result<std::string> pack_program(const VtaArtifact& artifact);
/// The launch and the bias of a program that pack_program() wrote of the same hardware and workload; `frame`
/// is the artifact without them. The launch is one that the simulator takes, whatever its instructions do:
/// its buffers are those that operands are packed into and results are read from, apart from one another, and
/// no larger than those are. How long it runs is not known: whoever runs programs of others does so in a
/// worker process, which has a deadline. Errors: corrupt, saying what is wrong; unsupported for other
/// hardware.
Result<std::shared_ptr<const VtaArtifact>> unpack_program(VtaArtifact frame, std::string_view bytes);

}  // namespace tamis::vta
