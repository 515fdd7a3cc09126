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

/// Where an address of shared memory lies in it, as instructions take it.
constexpr const char* kCudaSharedAddress =
    R"(__device__ __forceinline__ unsigned int shared_address(const void* place) {
  return (unsigned int)__cvta_generic_to_shared(place);
}
)";

/// A copy to shared memory that the item does not wait for (PTX ISA, cp.async): how many bytes, and which
/// caches it goes through.
constexpr const char* kCudaCopy =
    R"(__device__ __forceinline__ void copy_later_{0}(void* to, const void* from) {{
  asm volatile("cp.async.{1}.shared.global [%0], [%1], {0};" : : "r"(shared_address(to)), "l"(from) : "memory");
}}
)";

/// Matrices of 8 rows of 16 bytes from shared memory, for the items of a warp (PTX ISA, ldmatrix).
constexpr const char* kCudaLoadTwo =
    R"(__device__ __forceinline__ void load_matrices_2{0}(unsigned int* to, const void* row) {{
  asm volatile("ldmatrix.sync.aligned.m8n8.x2{1}.shared.b16 {{%0, %1}}, [%2];"
               : "=r"(to[0]), "=r"(to[1]) : "r"(shared_address(row)) : "memory");
}}
)";
constexpr const char* kCudaLoadFour =
    R"(__device__ __forceinline__ void load_matrices_4{0}(unsigned int* to, const void* row) {{
  asm volatile("ldmatrix.sync.aligned.m8n8.x4{1}.shared.b16 {{%0, %1, %2, %3}}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "r"(shared_address(row)) : "memory");
}}
)";

/// Sums of 16 rows and 8 columns, of which an item has four, plus a product (PTX ISA, mma).
constexpr const char* kCudaMultiply =
    R"(__device__ __forceinline__ void multiply_{0}({1}& c0, {1}& c1, {1}& c2, {1}& c3, const unsigned int* a,
    const unsigned int* b) {{
  asm("mma.sync.aligned.{2} {{%0, %1, %2, %3}}, {{%4, %5, %6, %7}}, {{%8, %9}}, {{%0, %1, %2, %3}};"
      : "+{3}"(c0), "+{3}"(c1), "+{3}"(c2), "+{3}"(c3)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}}
)";

/// Functions around instructions of PTX that a text calls.
std::string instructions_of(const std::string& text) {
  const auto calls = [&](const std::string& function) {
    return text.find(function + "(") != std::string::npos;
  };
  std::string functions;
  for (const int size : {4, 8, 16})
    if (calls(fmt::format("copy_later_{}", size)))
      functions += fmt::format(kCudaCopy, size, size == 16 ? "cg" : "ca");
  for (const char* turned : {"", "_turned"}) {
    const char* suffix = *turned == 0 ? "" : ".trans";
    if (calls(fmt::format("load_matrices_2{}", turned)))
      functions += fmt::format(kCudaLoadTwo, turned, suffix);
    if (calls(fmt::format("load_matrices_4{}", turned)))
      functions += fmt::format(kCudaLoadFour, turned, suffix);
  }
  if (!functions.empty()) functions = kCudaSharedAddress + functions;
  if (calls("multiply_float16"))
    functions += fmt::format(kCudaMultiply, "float16", "float", "m16n8k16.row.col.f32.f16.f16.f32", "f");
  if (calls("multiply_bfloat16"))
    functions += fmt::format(kCudaMultiply, "bfloat16", "float", "m16n8k16.row.col.f32.bf16.bf16.f32", "f");
  if (calls("multiply_int8"))
    functions += fmt::format(kCudaMultiply, "int8", "int", "m16n8k32.row.col.s32.s8.s8.s32", "r");
  return functions;
}

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
  if (cuda) prelude += instructions_of(text);
  return prelude.empty() ? prelude : prelude + "\n";
}

}  // namespace tamis::gpu
