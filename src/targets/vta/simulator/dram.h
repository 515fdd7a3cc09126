#pragma once

#include "targets/vta/isa/program.h"

#include <cstdint>
#include <vector>

namespace tamis::vta {

/// The DRAM of a launch: finds the bytes behind a physical address. Holds pointers into the launch's buffers,
/// which must outlive it and keep their sizes. Not thread safe.
class Dram {
 public:
  explicit Dram(std::vector<DramBuffer>& buffers);

  /// The bytes [address, address + size) if they lie within one buffer, else nullptr.
  uint8_t* find(uint64_t address, uint64_t size);

 private:
  struct Span {
    uint64_t begin, end;
    uint8_t* bytes;
    bool holds(uint64_t address, uint64_t size) const { return begin <= address && address + size <= end; }
  };
  std::vector<Span> spans_;  // by address
  size_t last_ = 0;          // neighbouring instructions mostly touch the same buffer
};

}  // namespace tamis::vta
