#pragma once

#include "tamis/data.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/workload.h"
#include "targets/gpu/runtime/program.h"
#include "targets/gpu/runtime/runtime.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::gpu {

/// What an argument of an operator's program holds.
enum class ArgumentRole { input, weights, bias, residual, output, scratch };

/// An argument of an operator's program, in the order of the program's arguments.
struct OperatorArgument {
  std::string name;
  ArgumentRole role = ArgumentRole::input;
  int64_t bytes = 0;
  /// Weights: how the program reads them, made once and ahead of time. Axis i of what it reads is axis
  /// order[i] of what WorkloadData has, whose extents these are; empty: as they are.
  std::vector<int64_t> extents = {};
  std::vector<size_t> order = {};
  /// Weights that are transformed by Winograd's algorithm instead (transform_weights): rows of outputs of a
  /// tile; 0: none.
  int64_t winograd_tile = 0;
};

/// A built-in operator as a config computes it.
struct OperatorProgram {
  KernelProgram program;
  std::vector<OperatorArgument> arguments;
  int64_t shared_bytes = 0;  ///< shared memory of a group, of the launch that needs most
};

/// The configs of a workload on a device (docs/explanation/gpu-codegen). Only knobs with a choice are there;
/// what exceeds the device's items of a group or shared memory is outside. Errors: unsupported, saying what
/// cannot be computed.
Result<Space> operator_space(const Workload& workload, const DeviceFacts& facts);

/// A config that suits most workloads of most devices: what tuning is compared with.
Config default_operator_config(const Workload& workload, const DeviceFacts& facts, const Space& space);

/// Configs that a search should begin with, the default one first.
std::vector<Config> operator_suggestions(const Workload& workload, const DeviceFacts& facts,
                                         const Space& space);

/// The program of a config of that space, of which nothing depends on the device any more. Errors: as
/// print_program.
Result<OperatorProgram> operator_program(const Workload& workload, const Space& space, const Config& config,
                                         Language language);

/// What an argument holds before a launch: the bytes of the data as the program reads them; zeros for the
/// output and scratch memory.
std::vector<std::byte> argument_bytes(const OperatorArgument& argument, const WorkloadData& data);

}  // namespace tamis::gpu
