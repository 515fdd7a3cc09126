#pragma once

#include "tamis/result.h"
#include "targets/gpu/runtime/runtime.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tamis::gpu {

/// What a multiprocessor of an architecture has, which bounds how many blocks it holds at once. Source: the
/// table "Technical Specifications per Compute Capability" of the CUDA C++ Programming Guide, for how
/// registers and shared memory are handed out the CUDA Occupancy Calculator, and for sm_88 and sm_110
/// the architecture traits of CCCL 13.3.5, with which the occupancy calculator of CUDA 13.5 agrees.
struct MultiprocessorLimits {
  int architecture = 0;             ///< 90 for sm_90
  int threads = 0;                  ///< at once
  int blocks = 0;                   ///< at once
  uint64_t registers = 65536;       ///< of 32 bits, of the multiprocessor and of a block
  uint64_t shared_bytes = 0;        ///< of the multiprocessor
  uint64_t block_shared_bytes = 0;  ///< that a block may have where it asks for more than 48 KiB
  uint64_t reserved_shared = 0;     ///< that each block takes besides its own, bytes
  uint64_t shared_granularity = 0;  ///< a block's shared memory is a multiple of it, bytes
};

/// Items that a block may have on every architecture in the table, and registers that a thread may have.
inline constexpr uint64_t kMostBlockThreads = 1024;
inline constexpr uint64_t kMostThreadRegisters = 255;
/// Shared memory that a block may declare in its source, and have without asking, bytes.
inline constexpr uint64_t kStaticSharedBytes = 48 << 10;

/// The row of an architecture; nullptr for one that the table does not know, whose occupancy is then unknown.
const MultiprocessorLimits* find_limits(int architecture);

/// What of a block decides how many fit.
struct BlockNeeds {
  uint64_t threads = 1;
  int registers = 0;          ///< of a thread
  uint64_t shared_bytes = 0;  ///< static and dynamic together
};

/// The share of the threads that a multiprocessor can hold which it holds when it is full of such blocks,
/// 0 to 1; 0 where not one block fits.
double occupancy(const MultiprocessorLimits& limits, const BlockNeeds& needs);

/// 90 of `sm_90` and of `sm_90a`. Errors: invalid_input, saying how an architecture is written.
Result<int> architecture_number(const std::string& name);

/// What is known of any device of an architecture: what a block may have. Numbers that devices of one
/// architecture differ in (memory, multiprocessors) are 0. Errors: as architecture_number.
Result<DeviceFacts> facts_of_architecture(const std::string& name);

}  // namespace tamis::gpu
