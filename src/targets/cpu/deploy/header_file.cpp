#include "tamis/version.h"
#include "targets/cpu/deploy/interface.h"
#include "workload/tensor_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cpu {
namespace {

std::string parameters(const Interface& kernel, const std::vector<Buffer>& arguments) {
  std::vector<std::string> all;
  all.reserve(arguments.size() + 1);
  for (const Buffer& argument : arguments)
    all.push_back(fmt::format("{}{} *{}", argument.written ? "" : "const ", c_type(argument.element),
                              parameter_name(kernel, argument)));
  all.emplace_back("void *workspace");
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string argument_lines(const Interface& kernel, const std::vector<Buffer>& arguments) {
  std::string text;
  for (const Buffer& argument : arguments)
    text += fmt::format(" *   {:<15} {} {}\n", parameter_name(kernel, argument), c_type(argument.element),
                        shape_of(kernel, argument));
  if (kernel.workspace_bytes == 0) return text + " *   workspace       not needed: may be NULL\n";
  return text +
         fmt::format(
             " *   workspace       {}_WORKSPACE_BYTES bytes, the first at a multiple of 64; what is in "
             "them before\n"
             " *                   and after a call does not matter, but no other call may use them at the "
             "same time\n",
             kernel.name);
}

std::string header_opening(const Interface& kernel) {
  std::string text =
      fmt::format("/* {}\n *\n * Made by tamis {} for the processor {}, from the config\n *   {}\n",
                  to_spec(kernel.workload), kVersion, kernel.processor, kernel.config);
  if (kernel.latency_ns > 0)
    text += fmt::format(" * which took {:.1f} us (median) where it was tuned.\n", kernel.latency_ns / 1e3);
  text += kernel.threads > 1
              ? fmt::format(
                    " * It runs on up to {} threads of OpenMP's runtime: link libgomp. It was tuned with "
                    "each thread on\n"
                    " * a core of its own, which OMP_PROC_BIND=true in the environment sees to.\n",
                    kernel.threads)
              : " * It runs on the thread that calls it.\n";
  return text +
         " * Arguments must not overlap; all but the workspace may lie wherever their elements may. */\n";
}

std::string constants(const Interface& kernel) {
  std::string text;
  const auto define = [&](const std::string& what, int64_t bytes) {
    text += fmt::format("#define {}_{} ((size_t){})\n", kernel.name, what, bytes);
  };
  for (const Buffer& argument : all_arguments(kernel)) {
    std::string what = parameter_name(kernel, argument) + "_bytes";
    for (char& c : what) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    define(what, argument.elements() * bytes(argument.element));
  }
  define("WORKSPACE_BYTES", kernel.workspace_bytes);
  return text + fmt::format("#define {}_THREADS {}\n", kernel.name, kernel.threads);
}

std::string functions(const Interface& kernel) {
  std::string text;
  if (!kernel.prepare_arguments.empty())
    text += fmt::format(
        "/* Brings the weights into the order in which {} reads them: once, ahead of time.\n *\n{} */\n"
        "void {}({});\n\n",
        kernel.name, argument_lines(kernel, kernel.prepare_arguments), prepare_name(kernel),
        parameters(kernel, kernel.prepare_arguments));
  return text + fmt::format("/* output = {}\n *\n{} */\nvoid {}({});\n", result_text(kernel.workload),
                            argument_lines(kernel, kernel.run_arguments), kernel.name,
                            parameters(kernel, kernel.run_arguments));
}

}  // namespace

std::string header_file(const Interface& kernel) {
  return fmt::format(
      "{0}#ifndef {1}_H\n#define {1}_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
      "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n{2}\n{3}\n"
      "#ifdef __cplusplus\n}}\n#endif\n\n#endif\n",
      header_opening(kernel), kernel.name, constants(kernel), functions(kernel));
}

}  // namespace tamis::cpu
