#include "targets/cpu/deploy/interface.h"

#include "tamis/workload.h"
#include "workload/tensor_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::cpu {

std::string prepare_name(const Interface& kernel) { return kernel.name + "_prepare"; }

std::string parameter_name(const Interface& kernel, const Buffer& argument) {
  if (kernel.workload.op != Operator::matmul) return argument.name;
  if (argument.name == "input") return "a";
  return argument.name == "weights" ? "b" : argument.name;
}

std::string c_type(Element element) {
  switch (element) {
    case Element::float32:
      break;
    case Element::int8:
      return "int8_t";
    case Element::uint8:
      return "uint8_t";
    case Element::int32:
      return "int32_t";
    case Element::int64:
      return "int64_t";
    case Element::boolean:
      return "uint8_t";
    case Element::float16:
    case Element::bfloat16:
      return "uint16_t";
  }
  return "float";
}

std::vector<Buffer> all_arguments(const Interface& kernel) {
  std::vector<Buffer> all = kernel.run_arguments;
  for (const Buffer& argument : kernel.prepare_arguments) {
    const auto same = [&](const Buffer& other) { return other.name == argument.name; };
    if (std::none_of(all.begin(), all.end(), same)) all.push_back(argument);
  }
  return all;
}

std::string shape_of(const Interface& kernel, const Buffer& argument) {
  const Workload& workload = kernel.workload;
  if (argument.name == "bias")
    return bracketed({argument.elements()}, workload.op == Operator::matmul ? "column" : "output channel");
  if (argument.name == "inner_bias") return bracketed({argument.elements()}, "channel of the depthwise part");
  if (argument.name != "input" && argument.name != "weights" && argument.name != "output" &&
      argument.name != "residual" && argument.name != "inner_weights")
    return bracketed({argument.elements()}, "as " + prepare_name(kernel) + " writes it");
  return tensor_text(workload, argument.name);
}

}  // namespace tamis::cpu
