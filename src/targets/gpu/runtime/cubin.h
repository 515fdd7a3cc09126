#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::gpu {

/// A parameter of a kernel, as the cubin declares it.
struct KernelParameter {
  uint64_t offset = 0;  ///< bytes from the beginning of the parameters
  uint64_t bytes = 0;
  friend bool operator==(const KernelParameter&, const KernelParameter&) = default;
};

/// What a cubin says of a kernel.
struct KernelFacts {
  int registers = 0;                             ///< of a thread
  uint64_t frame_bytes = 0;                      ///< of a thread's stack
  uint64_t most_threads = 0;                     ///< of a block, by its launch bounds; 0: it declares none
  uint64_t shared_bytes = 0;                     ///< static shared memory of a block, the kernel's own
  uint64_t code_bytes = 0;                       ///< of its instructions
  int barriers = 0;                              ///< 0 where the cubin does not say
  std::vector<KernelParameter> parameters = {};  ///< in their order
  friend bool operator==(const KernelFacts&, const KernelFacts&) = default;
};

/// What a cubin, an ELF file of NVIDIA's, says of its kernels. `cuobjdump -elf` shows the same sections; the
/// numbers of attributes are those of cubins of NVRTC 12.9 and 13.5, checked against what ptxas reports.
struct CubinFacts {
  int architecture = 0;                        ///< 90 for sm_90; 0 where the file does not say
  std::map<std::string, KernelFacts> kernels;  ///< by their names in the file, which may be mangled
  /// A digest of code, constants, sizes and attributes: equal for cubins that execute the same. Notes, which
  /// hold the compiler's options, and debug information do not count.
  std::string code;
};

/// Reads a cubin. Every offset is checked: any bytes may come. Errors: corrupt, saying what is wrong.
Result<CubinFacts> read_cubin(std::string_view bytes);

}  // namespace tamis::gpu
