#include "tamis/version.h"
#include "targets/gpu/deploy/host_code.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::gpu {
namespace {

std::string sizes_text(const std::array<uint64_t, 3>& sizes) {
  return fmt::format("{} x {} x {}", sizes[0], sizes[1], sizes[2]);
}

std::string argument_lines(const DeployedProgram& program) {
  std::string text;
  for (const DeployedArgument& argument : program.arguments) {
    const char* note = argument.scratch          ? ", between the launches; what is in it before and after "
                                                   "does not matter"
                       : !argument.value.empty() ? ", passed by value and part of the program"
                       : argument.written        ? ", written"
                                                 : "";
    text += fmt::format(" *   {:<15} {}{}\n", argument.name, argument.text, note);
  }
  return text;
}

std::string launch_lines(const DeployedProgram& program) {
  std::string text;
  for (const Launch& launch : program.program.launches) {
    std::vector<std::string> names;
    for (const size_t argument : launch.arguments) names.push_back(program.arguments[argument].name);
    text += fmt::format(" *   {}({})\n *     {} groups of {} items", launch.entry, fmt::join(names, ", "),
                        sizes_text(launch.grid.groups), sizes_text(launch.grid.group));
    if (launch.shared_bytes > 0) text += fmt::format(", {} bytes of shared memory", launch.shared_bytes);
    text += "\n";
  }
  if (program.shared_bytes > 0)
    text += fmt::format(" * A group needs up to {} bytes of shared memory, which the source declares.\n",
                        program.shared_bytes);
  return text;
}

std::string opening(const DeployedProgram& program) {
  std::string text = fmt::format("/* {}\n *\n * Made by tamis {} for {}, from the config\n *   {}\n",
                                 program.what, kVersion, program.device, program.config);
  if (program.latency_ns > 0)
    text += fmt::format(" * which took {:.1f} us (median) where it was tuned.\n", program.latency_ns / 1e3);
  if (!program.architecture.empty())
    text += fmt::format(" * {}.cubin is for {}.\n", program.name, program.architecture);
  return text + " */\n";
}

std::string macros(const DeployedProgram& program) {
  std::string text;
  for (const DeployedArgument* argument : memory_arguments(program))
    text += fmt::format("#define {} ((size_t){})\n", bytes_macro(program, argument->name), argument->bytes);
  return text + fmt::format("#define {}_KERNELS {}\n", program.name, launched_entries(program).size());
}

/// What makes and frees the program.
std::string program_functions(const DeployedProgram& program) {
  const std::string& name = program.name;
  if (program.program.source.language == Language::opencl)
    return fmt::format(
        "typedef struct {{\n  cl_program program;\n  cl_kernel kernels[{0}_KERNELS];\n}} {0}_program;\n\n"
        "/* Builds the text of {0}.cl for a device: CL_SUCCESS, or an error of OpenCL's, and then nothing is "
        "kept. */\n"
        "cl_int {0}_create(cl_context context, cl_device_id device, const char *source, {0}_program "
        "*program);\n"
        "void {0}_release({0}_program *program);\n",
        name);
  return fmt::format(
      "typedef struct {{\n  CUmodule module;\n  CUfunction kernels[{0}_KERNELS];\n}} {0}_program;\n\n"
      "/* Loads the bytes of {0}.cubin into the current context: CUDA_SUCCESS, or an error, and then nothing "
      "is kept. */\n"
      "CUresult {0}_create(const void *cubin, {0}_program *program);\n"
      "void {0}_release({0}_program *program);\n",
      name);
}

std::string prepare_function(const DeployedProgram& program) {
  const DeployedArgument* argument = prepared_argument(program);
  if (argument == nullptr) return "";
  return fmt::format(
      "/* Brings the weights into the order in which {0} reads them: once, ahead of time, on the host.\n *\n"
      " *   {1:<15} {2}\n *   {3:<15} {4}\n */\nvoid {0}_prepare(const {5} *{1}, {5} *{3});\n\n",
      program.name, argument->prepared_name, argument->prepared_text, argument->name, argument->text,
      argument->type);
}

std::string enqueue_function(const DeployedProgram& program) {
  const HostDialect& dialect = host_dialect(program.program.source.language);
  const bool opencl = program.program.source.language == Language::opencl;
  std::string text = program.result.empty()
                         ? std::string("/* Enqueues the launches")
                         : fmt::format("/* output = {}\n *\n * Enqueues the launches", program.result);
  text += fmt::format(
      " and comes back before they have run. {}\n *\n{} *\n * Launches, in their order:\n{} */\n",
      opencl ? "The queue must run one after the other, and no other\n * thread may call this for the same "
               "program meanwhile."
             : "The context must be the one of the module.",
      argument_lines(program), launch_lines(program));
  return text + fmt::format("{0} {1}_enqueue(const {1}_program *program, {2} {3}{4});\n", dialect.code,
                            program.name, dialect.queue, opencl ? "queue" : "stream",
                            memory_parameters(program));
}

}  // namespace

std::string header_text(const DeployedProgram& program) {
  const bool opencl = program.program.source.language == Language::opencl;
  return fmt::format(
      "{0}#ifndef {1}_H\n#define {1}_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n{2}"
      "#include <{3}>\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n{4}\n{5}\n{6}{7}\n"
      "#ifdef __cplusplus\n}}\n#endif\n\n#endif\n",
      opening(program), program.name,
      opencl ? "#ifndef CL_TARGET_OPENCL_VERSION\n#define CL_TARGET_OPENCL_VERSION 120\n#endif\n" : "",
      host_dialect(program.program.source.language).header, macros(program), program_functions(program),
      prepare_function(program), enqueue_function(program));
}

}  // namespace tamis::gpu
