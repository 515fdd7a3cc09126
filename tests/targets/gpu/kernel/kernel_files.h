#pragma once

#include "base/json.h"
#include "space/file/space_file.h"
#include "support/temporary_directory.h"
#include "targets/gpu/kernel/description.h"

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace tamis::gpu {

/// The space of most tests: two sizes, a factor that may be 0, a text, a split.
inline Space kernel_space() {
  return Space::create({number_knob("bx", {16, 32}), number_knob("tile", {1, 2, 4}),
                        number_knob("zero", {0, 1}), name_knob("layout", {"nchw", "nhwc"}),
                        split_knob("k", 8, 3)})
      .value();
}

/// What there must be in every kernel file, with further members.
inline std::string kernel_json(const std::string& members) {
  return R"({"text": "__kernel void add(__global float* a, int n) {}", "language": "opencl", "entry": "add",
             "arguments": [{"name": "a", "type": "float32", "shape": 64},
                           {"name": "n", "type": "int32", "value": 64}]
             )" +
         (members.empty() ? "" : ", " + members) + "}";
}

/// With the sizes that most tests do not care for.
inline std::string sized_kernel_json(const std::string& members) {
  return kernel_json(R"("problem_size": 64, "group": "bx")" + (members.empty() ? "" : ", " + members));
}

inline Result<KernelDescription> describe_kernel(const std::string& json, const std::string& folder = ".") {
  return KernelDescription::read(parse_json(json, "test").value(), "f.yaml, kernel", folder, kernel_space());
}

inline std::string kernel_refusal(const std::string& json, const std::string& folder = ".") {
  const auto kernel = describe_kernel(json, folder);
  return kernel.ok() ? "" : kernel.error().message;
}

/// The config with these values, as `bx=32`; the others have their first.
inline Config kernel_config(const std::vector<std::string>& values) {
  return kernel_space().parse(values).value();
}

/// Elements of an argument's bytes.
template <class T>
std::vector<T> elements_of(const std::vector<std::byte>& bytes) {
  std::vector<T> elements(bytes.size() / sizeof(T));
  std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(T));
  return elements;
}

}  // namespace tamis::gpu
