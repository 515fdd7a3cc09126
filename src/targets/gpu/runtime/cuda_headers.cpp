#include "targets/gpu/runtime/cuda_headers.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tamis::gpu {
namespace {

constexpr const char* kIntegers =
    "#pragma once\n"
    "typedef signed char int8_t;\ntypedef unsigned char uint8_t;\n"
    "typedef short int16_t;\ntypedef unsigned short uint16_t;\n"
    "typedef int int32_t;\ntypedef unsigned int uint32_t;\n"
    "typedef long long int64_t;\ntypedef unsigned long long uint64_t;\n"
    "typedef unsigned long long uintptr_t;\ntypedef long long intptr_t;\n";

constexpr const char* kMath =
    "#pragma once\n"
    "#ifndef M_PI\n#define M_PI 3.14159265358979323846\n#endif\n"
    "#ifndef M_PI_2\n#define M_PI_2 1.57079632679489661923\n#endif\n"
    "#ifndef M_E\n#define M_E 2.71828182845904523536\n#endif\n"
    "#ifndef M_SQRT2\n#define M_SQRT2 1.41421356237309504880\n#endif\n"
    "#ifndef INFINITY\n#define INFINITY __int_as_float(0x7f800000)\n#endif\n"
    "#ifndef NAN\n#define NAN __int_as_float(0x7fc00000)\n#endif\n";

constexpr const char* kFloats =
    "#pragma once\n"
    "#ifndef FLT_MAX\n#define FLT_MAX 3.402823466e+38F\n#endif\n"
    "#ifndef FLT_MIN\n#define FLT_MIN 1.175494351e-38F\n#endif\n"
    "#ifndef FLT_EPSILON\n#define FLT_EPSILON 1.192092896e-7F\n#endif\n"
    "#ifndef DBL_MAX\n#define DBL_MAX 1.7976931348623158e+308\n#endif\n"
    "#ifndef DBL_MIN\n#define DBL_MIN 2.2250738585072014e-308\n#endif\n"
    "#ifndef DBL_EPSILON\n#define DBL_EPSILON 2.2204460492503131e-16\n#endif\n";

constexpr const char* kNothing = "#pragma once\n";

constexpr std::array<std::pair<const char*, const char*>, 15> kHeaders = {{
    {"stdint.h", kIntegers},
    {"cstdint", kIntegers},
    {"math.h", kMath},
    {"cmath", kMath},
    {"float.h", kFloats},
    {"cfloat", kFloats},
    {"stddef.h", kNothing},
    {"cstddef", kNothing},
    {"stdio.h", kNothing},
    {"cstdio", kNothing},
    {"assert.h", kNothing},
    {"cuda_runtime.h", kNothing},
    {"device_launch_parameters.h", kNothing},
    {"hip/hip_runtime.h", kNothing},
    {"cuda_runtime_api.h", kNothing},
}};

bool has_file(const std::vector<std::string>& folders, const char* name) {
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    std::error_code code;
    return std::filesystem::exists(std::filesystem::path(folder) / name, code);
  });
}

/// Whether a text may include a header; a mention in a comment does no harm.
bool mentions(const std::string& source, const char* name) {
  return source.find(std::string("<") + name + ">") != std::string::npos ||
         source.find(std::string("\"") + name + "\"") != std::string::npos;
}

}  // namespace

std::map<std::string, std::string> stand_in_headers(const std::string& source,
                                                    const std::vector<std::string>& include_folders) {
  std::map<std::string, std::string> headers;
  // What headers of include folders include is not looked into: with such folders all may be needed.
  for (const auto& [name, text] : kHeaders)
    if ((mentions(source, name) || !include_folders.empty()) && !has_file(include_folders, name))
      headers.emplace(name, text);
  return headers;
}

}  // namespace tamis::gpu
