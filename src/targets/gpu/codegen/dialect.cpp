#include "targets/gpu/codegen/dialect.h"

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

using loop::Element;

const Dialect kOpencl{Language::opencl,
                      "__kernel void ",
                      "__global ",
                      "restrict ",
                      "__local ",
                      "",
                      "barrier(CLK_LOCAL_MEM_FENCE);",
                      "",
                      "",
                      "char"};
const Dialect kCuda{Language::cuda,
                    "extern \"C\" __global__ void ",
                    "",
                    "__restrict__ ",
                    "__shared__ __align__(16) ",
                    "__align__(16) ",
                    "__syncthreads();",
                    "f",
                    "__device__ __forceinline__ ",
                    "signed char"};

/// What CUDA has only in a header that a compiler at run time may not find.
constexpr const char* kCudaHalves =
    R"(__device__ __forceinline__ float load_half(const unsigned short* from) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(*from));
  return value;
}
__device__ __forceinline__ void store_half(float value, unsigned short* to) {
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  *to = bits;
}
)";

/// Rounds to nearest, halves to even; what is not a number stays none.
constexpr const char* kBfloats = R"({0}float load_bfloat16(const {1}unsigned short* from) {{
  return {2}((unsigned int)*from << 16);
}}
{0}void store_bfloat16(float value, {1}unsigned short* to) {{
  const unsigned int bits = {3}(value);
  *to = value != value ? (unsigned short)0x7fc0
                       : (unsigned short)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}}
)";

}  // namespace

std::string Dialect::place(bool group, int axis) const {
  if (language == Language::opencl)
    return fmt::format("(int){}({})", group ? "get_group_id" : "get_local_id", axis);
  return fmt::format("(int){}.{}", group ? "blockIdx" : "threadIdx", "xyz"[axis]);
}

std::string Dialect::group_size(const Grid& grid) const {
  if (language == Language::opencl)
    return fmt::format("__attribute__((reqd_work_group_size({}, {}, {})))\n", grid.group[0], grid.group[1],
                       grid.group[2]);
  return "";
}

std::string Dialect::type(Element element) const {
  switch (element) {
    case Element::float32:
      return "float";
    case Element::int8:
      return signed_char;
    case Element::uint8:
    case Element::boolean:
      return "unsigned char";
    case Element::int32:
      return "int";
    case Element::int64:
      return "long";
    case Element::float16:
      return language == Language::opencl ? "half" : "unsigned short";
    case Element::bfloat16:
      return "unsigned short";
  }
  return "float";
}

const Dialect& dialect_of(Language language) { return language == Language::opencl ? kOpencl : kCuda; }

std::string prelude_of(const std::string& text, const Dialect& dialect) {
  std::string prelude;
  for (const char* type : {"float", "int"})
    for (const char* width : {"", "2", "4", "8", "16"}) {
      const std::string name = std::string(type) + width;
      // As the epilogue is defined, a where either is not a number.
      if (text.find("smaller_" + name + "(") != std::string::npos)
        prelude += fmt::format("{0}{1} smaller_{1}({1} a, {1} b) {{ return b < a ? b : a; }}\n",
                               dialect.function, name);
      if (text.find("larger_" + name + "(") != std::string::npos)
        prelude += fmt::format("{0}{1} larger_{1}({1} a, {1} b) {{ return b > a ? b : a; }}\n",
                               dialect.function, name);
    }
  const bool cuda = dialect.language == Language::cuda;
  if (cuda && text.find("_half(") != std::string::npos) prelude += kCudaHalves;
  if (text.find("_bfloat16(") != std::string::npos)
    prelude += fmt::format(kBfloats, dialect.function, dialect.global, cuda ? "__uint_as_float" : "as_float",
                           cuda ? "__float_as_uint" : "as_uint");
  return prelude.empty() ? prelude : prelude + "\n";
}

}  // namespace tamis::gpu
