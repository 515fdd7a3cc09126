#pragma once

#include <cstddef>

namespace tamis {

/// A valid config with what it reached.
struct Reached {
  size_t position = 0;    ///< in the field
  double throughput = 0;  ///< 1 / latency in ns
};

}  // namespace tamis
