#pragma once

#include "network/library/library.h"
#include "tamis/result.h"
#include "targets/loop/program.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tamis::network {

/// Gives the bytes of an array when they are needed, so that not all are in memory twice.
using BytesOf = std::function<std::vector<std::byte>()>;

/// Makes 0 of the numbers of float32 that are below 1.2e-38: many processors take a hundred times as long for
/// a product of one, and no sum shows it. Of trained networks some have weights of which a fourth are such.
void flush_subnormals(std::span<std::byte> floats);

/// The arrays of the file of weights, each once. What packs weights is run by this process.
class WeightsStore {
 public:
  /// Where a constant lies. `key` tells it from all others.
  int64_t add(const std::string& key, size_t bytes, BytesOf value);
  /// Where the buffer `buffer` lies, which `prepare` computes from its arguments `sources`, by their names.
  /// The other buffers that it writes are under the same key.
  int64_t add_prepared(const std::string& key, const std::string& buffer, const loop::Program& prepare,
                       const std::map<std::string, BytesOf>& sources);

  /// The whole file. Errors: internal where `prepare` cannot be compiled.
  Result<std::vector<std::byte>> write();

 private:
  struct Constant {
    int64_t offset = 0;
    BytesOf value;
  };
  struct Prepared {
    loop::Program program;
    std::map<std::string, BytesOf> sources;
    std::map<std::string, int64_t> offsets;  // of what it writes
  };

  int64_t reserve(size_t bytes);

  int64_t size_ = kWeightsHeader;
  std::map<std::string, Constant> constants_;
  std::map<std::string, Prepared> prepared_;
};

}  // namespace tamis::network
