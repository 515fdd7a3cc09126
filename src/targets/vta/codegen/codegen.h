#pragma once

#include "tamis/space.h"
#include "tamis/trial.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/program.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <optional>
#include <string>

namespace tamis::vta {

/// Why no program that this device can run exists for a config, found without running it.
struct Rejection {
  Verdict verdict = Verdict::resource_exceeded;  ///< under `--checks static`
  Verdict on_device = Verdict::run_failed;       ///< what the device says under `--checks none`
  std::string message;                           ///< the resource, how much was needed and how much there is
};

/// What code generation gives for one config.
struct Generated {
  /// Set unless no program can be written at all. Buffers hold the micro-ops; input, weights, bias and output
  /// are zero-filled buffers of the right size and role, to be packed by whoever runs it.
  std::optional<Launch> launch;
  BiasRoute bias = BiasRoute::alu;  ///< how the bias is to be packed
  /// What the static checks found, whether or not there is a launch: the first reason. Its `on_device` weighs
  /// all reasons where the checks were ignored; otherwise checking stops at the first.
  std::optional<Rejection> rejection;
  /// Named inp_needed, wgt_needed, acc_needed, uop_needed (elements of all virtual threads), contexts, tiles,
  /// steps.
  Features features;
};

/// Writes the program of a config of schedule_space(). Checks follow the hardware's design. One of them may
/// reject what the device would run: the bound on waiting tokens holds for engines of any speed. With
/// `ignore_checks` a program comes even where the checks reject it, as from a compiler without them: values
/// lose the bits that do not fit, and nothing stops a tile at the end of its memory. Thread safe.
Generated generate(const Hardware& hardware, const Workload& workload, const BlockedWorkload& blocked,
                   const Space& space, const Config& config, bool ignore_checks);

}  // namespace tamis::vta
