#include "targets/gpu/deploy/host_code.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace tamis::gpu {

const HostDialect& host_dialect(Language language) {
  static const HostDialect kOpenCl{"CL/cl.h", "cl_int", "CL_SUCCESS", "cl_mem", "cl_command_queue", "cl"};
  static const HostDialect kCuda{"cuda.h", "CUresult", "CUDA_SUCCESS", "CUdeviceptr", "CUstream", "cu"};
  return language == Language::opencl ? kOpenCl : kCuda;
}

std::string bytes_macro(const DeployedProgram& program, const std::string& argument) {
  std::string macro = argument + "_BYTES";
  for (char& c : macro) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return program.name + "_" + macro;
}

std::vector<const DeployedArgument*> memory_arguments(const DeployedProgram& program) {
  std::vector<const DeployedArgument*> all;
  for (const DeployedArgument& argument : program.arguments)
    if (argument.value.empty()) all.push_back(&argument);
  return all;
}

const DeployedArgument* prepared_argument(const DeployedProgram& program) {
  for (const DeployedArgument& argument : program.arguments)
    if (!argument.preparation.extents.empty()) return &argument;
  return nullptr;
}

std::vector<std::string> launched_entries(const DeployedProgram& program) {
  std::vector<std::string> entries;
  for (const Launch& launch : program.program.launches)
    if (std::find(entries.begin(), entries.end(), launch.entry) == entries.end())
      entries.push_back(launch.entry);
  return entries;
}

std::string memory_parameters(const DeployedProgram& program) {
  std::string text;
  for (const DeployedArgument* argument : memory_arguments(program))
    text += fmt::format(", {} {}", host_dialect(program.program.source.language).memory, argument->name);
  return text;
}

std::vector<EmittedFile> deployed_files(const DeployedProgram& program) {
  const HostDialect& dialect = host_dialect(program.program.source.language);
  std::vector<EmittedFile> files = {{program.name + "." + dialect.stop, program.program.source.text}};
  if (!program.binary.empty()) files.push_back({program.name + ".cubin", program.binary});
  files.push_back({program.name + ".h", header_text(program)});
  files.push_back({program.name + ".c", functions_text(program)});
  files.push_back({program.name + "_run.c", run_text(program)});
  return files;
}

}  // namespace tamis::gpu
