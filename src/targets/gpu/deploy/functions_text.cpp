#include "targets/gpu/deploy/host_code.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::gpu {
namespace {

size_t entry_number(const DeployedProgram& program, const std::string& entry) {
  const std::vector<std::string> entries = launched_entries(program);
  return static_cast<size_t>(std::find(entries.begin(), entries.end(), entry) - entries.begin());
}

std::string product_text(const std::array<uint64_t, 3>& a, const std::array<uint64_t, 3>& b) {
  return fmt::format("{}, {}, {}", a[0] * b[0], a[1] * b[1], a[2] * b[2]);
}

std::string list_text(const std::array<uint64_t, 3>& sizes) {
  return fmt::format("{}, {}, {}", sizes[0], sizes[1], sizes[2]);
}

/// Arguments that are passed by value.
std::string values(const DeployedProgram& program) {
  std::string text;
  for (size_t i = 0; i < program.arguments.size(); ++i) {
    const DeployedArgument& argument = program.arguments[i];
    if (argument.value.empty()) continue;
    std::vector<std::string> bytes;
    for (const std::byte byte : argument.value)
      bytes.push_back(fmt::format("0x{:02x}", std::to_integer<unsigned>(byte)));
    text += fmt::format("/* {}: {} */\nstatic const unsigned char value_{}[{}] = {{{}}};\n", argument.name,
                        argument.value_text, i, argument.value.size(), fmt::join(bytes, ", "));
  }
  return text.empty() ? text : text + "\n";
}

std::string quoted_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string entry_names(const DeployedProgram& program) {
  std::vector<std::string> names;
  for (const std::string& entry : launched_entries(program)) {
    const auto name = program.names.find(entry);
    names.push_back(quoted_text(name == program.names.end() ? entry : name->second));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string opencl_options(const Source& source) {
  std::string text;
  for (const std::string& option : source.options)
    if (!option.empty()) text += (text.empty() ? "" : " ") + option;
  if (source.text.find("#include") != std::string::npos)
    for (const std::string& folder : source.include_folders) text += (text.empty() ? "-I " : " -I ") + folder;
  return text;
}

std::string opencl_program(const DeployedProgram& program) {
  return fmt::format(
      R"(cl_int {0}_create(cl_context context, cl_device_id device, const char *source, {0}_program *program) {{
  static const char *const entries[{0}_KERNELS] = {{{1}}};
  cl_int code = CL_SUCCESS;
  memset(program, 0, sizeof(*program));
  program->program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
  if (code == CL_SUCCESS) code = clBuildProgram(program->program, 1, &device, {2}, NULL, NULL);
  for (int i = 0; i < {0}_KERNELS && code == CL_SUCCESS; ++i)
    program->kernels[i] = clCreateKernel(program->program, entries[i], &code);
  if (code != CL_SUCCESS) {0}_release(program);
  return code;
}}

void {0}_release({0}_program *program) {{
  for (int i = 0; i < {0}_KERNELS; ++i)
    if (program->kernels[i] != NULL) clReleaseKernel(program->kernels[i]);
  if (program->program != NULL) clReleaseProgram(program->program);
  memset(program, 0, sizeof(*program));
}}

)",
      program.name, entry_names(program), quoted_text(opencl_options(program.program.source)));
}

std::string cuda_program(const DeployedProgram& program) {
  std::string attributes;
  for (const Launch& launch : program.program.launches)
    if (launch.shared_bytes > 0)
      attributes += fmt::format(
          "  if (code == CUDA_SUCCESS)\n    code = cuFuncSetAttribute(program->kernels[{}], "
          "CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, {});\n",
          entry_number(program, launch.entry), launch.shared_bytes);
  return fmt::format(
      R"(CUresult {0}_create(const void *cubin, {0}_program *program) {{
  static const char *const entries[{0}_KERNELS] = {{{1}}};
  CUresult code = CUDA_SUCCESS;
  memset(program, 0, sizeof(*program));
  code = cuModuleLoadData(&program->module, cubin);
  for (int i = 0; i < {0}_KERNELS && code == CUDA_SUCCESS; ++i)
    code = cuModuleGetFunction(&program->kernels[i], program->module, entries[i]);
{2}  if (code != CUDA_SUCCESS) {0}_release(program);
  return code;
}}

void {0}_release({0}_program *program) {{
  if (program->module != NULL) cuModuleUnload(program->module);
  memset(program, 0, sizeof(*program));
}}

)",
      program.name, entry_names(program), attributes);
}

/// The parameters of a launch that are memory, each once.
std::vector<std::string> memory_of(const DeployedProgram& program, const Launch& launch) {
  std::vector<std::string> names;
  for (const size_t i : launch.arguments) {
    const DeployedArgument& argument = program.arguments[i];
    if (argument.value.empty() && std::find(names.begin(), names.end(), argument.name) == names.end())
      names.push_back(argument.name);
  }
  return names;
}

std::string opencl_launch(const DeployedProgram& program, const Launch& launch) {
  std::string text = fmt::format(
      "  const cl_kernel kernel = program->kernels[{}];\n  const size_t items[3] = {{{}}};\n"
      "  const size_t group[3] = {{{}}};\n  cl_int code = CL_SUCCESS;\n",
      entry_number(program, launch.entry), product_text(launch.grid.groups, launch.grid.group),
      list_text(launch.grid.group));
  size_t place = 0;
  const auto set = [&](const std::string& size, const std::string& from) {
    text += fmt::format("  if (code == CL_SUCCESS) code = clSetKernelArg(kernel, {}, {}, {});\n", place++,
                        size, from);
  };
  for (const size_t i : launch.arguments) {
    const DeployedArgument& argument = program.arguments[i];
    if (argument.value.empty())
      set(fmt::format("sizeof({})", argument.name), "&" + argument.name);
    else
      set(fmt::format("sizeof(value_{})", i), fmt::format("value_{}", i));
  }
  if (launch.shared_bytes > 0) set(std::to_string(launch.shared_bytes), "NULL");
  return text +
         "  if (code == CL_SUCCESS)\n"
         "    code = clEnqueueNDRangeKernel(queue, kernel, 3, NULL, items, group, 0, NULL, NULL);\n"
         "  return code;\n";
}

std::string cuda_launch(const DeployedProgram& program, const Launch& launch) {
  std::vector<std::string> places;
  for (const size_t i : launch.arguments) {
    const DeployedArgument& argument = program.arguments[i];
    places.push_back(argument.value.empty() ? "&" + argument.name : fmt::format("(void *)value_{}", i));
  }
  if (places.empty()) places.emplace_back("NULL");
  return fmt::format(
      "  void *arguments[] = {{{}}};\n"
      "  return cuLaunchKernel(program->kernels[{}], {}, {}, {}, stream, arguments, NULL);\n",
      fmt::join(places, ", "), entry_number(program, launch.entry), list_text(launch.grid.groups),
      list_text(launch.grid.group), launch.shared_bytes);
}

/// A function for each launch.
std::string launch_functions(const DeployedProgram& program) {
  const HostDialect& dialect = host_dialect(program.program.source.language);
  const bool opencl = program.program.source.language == Language::opencl;
  std::string text;
  for (size_t i = 0; i < program.program.launches.size(); ++i) {
    const Launch& launch = program.program.launches[i];
    std::string parameters;
    for (const std::string& name : memory_of(program, launch))
      parameters += fmt::format(", {} {}", dialect.memory, name);
    text += fmt::format("static {} launch_{}(const {}_program *program, {} {}{}) {{\n{}}}\n\n", dialect.code,
                        i + 1, program.name, dialect.queue, opencl ? "queue" : "stream", parameters,
                        opencl ? opencl_launch(program, launch) : cuda_launch(program, launch));
  }
  return text;
}

/// The bytes of arguments that `__constant__` arrays take; compilers drop those that no kernel reads.
std::string symbol_copies(const DeployedProgram& program) {
  if (program.program.symbols.empty()) return "";
  std::string text = "  CUdeviceptr symbol = 0;\n  size_t bytes = 0;\n";
  for (const Symbol& symbol : program.program.symbols) {
    const std::string& argument = program.arguments[symbol.argument].name;
    text += fmt::format(
        "  if (code == CUDA_SUCCESS) {{\n"
        "    code = cuModuleGetGlobal(&symbol, &bytes, program->module, \"{}\");\n"
        "    if (code == CUDA_SUCCESS)\n"
        "      code = cuMemcpyDtoDAsync(symbol, {}, {}, stream);\n"
        "    else if (code == CUDA_ERROR_NOT_FOUND)\n"
        "      code = CUDA_SUCCESS; /* no kernel reads it */\n"
        "  }}\n",
        symbol.name, argument, bytes_macro(program, argument));
  }
  return text;
}

std::string enqueue(const DeployedProgram& program) {
  const HostDialect& dialect = host_dialect(program.program.source.language);
  const char* queue = program.program.source.language == Language::opencl ? "queue" : "stream";
  std::string text = fmt::format(
      "{0} {1}_enqueue(const {1}_program *program, {2} {3}{4}) {{\n  {0} code = {5};\n", dialect.code,
      program.name, dialect.queue, queue, memory_parameters(program), dialect.success);
  text += symbol_copies(program);
  std::vector<std::string> used;
  for (size_t i = 0; i < program.program.launches.size(); ++i) {
    const std::vector<std::string> names = memory_of(program, program.program.launches[i]);
    used.insert(used.end(), names.begin(), names.end());
    std::string arguments;
    for (const std::string& name : names) arguments += ", " + name;
    text += fmt::format("  if (code == {}) code = launch_{}(program, {}{});\n", dialect.success, i + 1, queue,
                        arguments);
  }
  for (const DeployedArgument* argument : memory_arguments(program))
    if (std::find(used.begin(), used.end(), argument->name) == used.end())
      text += fmt::format("  (void){};\n", argument->name);
  return text + "  return code;\n}\n";
}

std::string reordering(const DeployedArgument& argument) {
  const DeployedPreparation& preparation = argument.preparation;
  const size_t axes = preparation.extents.size();
  std::vector<int64_t> steps(axes, 1);
  for (size_t i = axes - 1; i-- > 0;) steps[i] = steps[i + 1] * preparation.extents[i + 1];
  std::string text = "  size_t to = 0;\n";
  std::vector<std::string> place;
  for (size_t i = 0; i < axes; ++i) {
    const size_t axis = preparation.order[i];
    text += fmt::format("{0:{1}}for (size_t axis_{2} = 0; axis_{2} < {3}; ++axis_{2})\n", "", 2 + 2 * i, axis,
                        preparation.extents[axis]);
    place.push_back(fmt::format("axis_{} * {}", axis, steps[axis]));
  }
  return text + fmt::format("{:{}}{}[to++] = {}[{}];\n", "", 2 + 2 * axes, argument.name,
                            argument.prepared_name, fmt::join(place, " + "));
}

/// G g G^T for the kernel of every pair of channels.
std::string winograd_transform(const DeployedArgument& argument) {
  const DeployedPreparation& preparation = argument.preparation;
  std::vector<std::string> rows;
  for (const std::vector<double>& row : preparation.winograd)
    rows.push_back(fmt::format("{{{:.17g}, {:.17g}, {:.17g}}}", row[0], row[1], row[2]));
  return fmt::format(
      R"(  static const double g[{0}][3] = {{{1}}};
  for (size_t co = 0; co < {2}; ++co)
    for (size_t ci = 0; ci < {3}; ++ci) {{
      const float *kernel = {4} + (co * {3} + ci) * 9;
      double half[{0}][3] = {{{{0}}}};
      for (size_t i = 0; i < {0}; ++i)
        for (size_t j = 0; j < 3; ++j)
          for (size_t k = 0; k < 3; ++k) half[i][j] += g[i][k] * kernel[k * 3 + j];
      for (size_t i = 0; i < {0}; ++i)
        for (size_t j = 0; j < {0}; ++j) {{
          double sum = 0;
          for (size_t k = 0; k < 3; ++k) sum += half[i][k] * g[j][k];
          {5}[((i * {0} + j) * {3} + ci) * {2} + co] = (float)sum;
        }}
    }}
)",
      preparation.winograd.size(), fmt::join(rows, ", "), preparation.extents[0], preparation.extents[1],
      argument.prepared_name, argument.name);
}

std::string prepare(const DeployedProgram& program) {
  const DeployedArgument* argument = prepared_argument(program);
  if (argument == nullptr) return "";
  return fmt::format(
      "void {0}_prepare(const {1} *{2}, {1} *{3}) {{\n{4}}}\n\n", program.name, argument->type,
      argument->prepared_name, argument->name,
      argument->preparation.winograd.empty() ? reordering(*argument) : winograd_transform(*argument));
}

}  // namespace

std::string functions_text(const DeployedProgram& program) {
  const bool opencl = program.program.source.language == Language::opencl;
  return fmt::format("/* The functions of {0}.h. */\n#include \"{0}.h\"\n\n#include <string.h>\n\n",
                     program.name) +
         values(program) + (opencl ? opencl_program(program) : cuda_program(program)) + prepare(program) +
         launch_functions(program) + enqueue(program);
}

}  // namespace tamis::gpu
