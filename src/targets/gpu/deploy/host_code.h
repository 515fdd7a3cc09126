#pragma once

#include "targets/gpu/deploy/deployed_program.h"

#include <string>
#include <vector>

namespace tamis::gpu {

/// What C calls differently for OpenCL and for the driver API of CUDA.
struct HostDialect {
  std::string header;   ///< of the API
  std::string code;     ///< the type of its results
  std::string success;  ///< the result of what went well
  std::string memory;   ///< the type of device memory
  std::string queue;    ///< the type of what launches are enqueued in
  std::string stop;     ///< ending of the source's file
};
const HostDialect& host_dialect(Language language);

/// `NAME_INPUT_BYTES`.
std::string bytes_macro(const DeployedProgram& program, const std::string& argument);
/// Those that are memory of the device, in their order.
std::vector<const DeployedArgument*> memory_arguments(const DeployedProgram& program);
/// The argument that is prepared; nullptr where none is.
const DeployedArgument* prepared_argument(const DeployedProgram& program);
/// The functions that are launched, each once.
std::vector<std::string> launched_entries(const DeployedProgram& program);
/// `, cl_mem input, cl_mem output`.
std::string memory_parameters(const DeployedProgram& program);

std::string header_text(const DeployedProgram& program);
std::string functions_text(const DeployedProgram& program);
std::string run_text(const DeployedProgram& program);

}  // namespace tamis::gpu
