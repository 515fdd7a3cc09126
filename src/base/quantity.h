#pragma once

#include "tamis/result.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace tamis {

/// A duration as a flag has it: `90`, `90s`, `500ms`, `15m`, `2h`; more than 0. Errors: invalid_input that
/// names the flag.
Result<std::chrono::milliseconds> parse_duration(const std::string& text, const std::string& flag);

/// A size in bytes as a flag has it: `512M`, `4G`, with 1024 to the power of 1 to 4 for K, M, G, T; 0 for
/// `none`. Errors: invalid_input that names the flag.
Result<uint64_t> parse_size(const std::string& text, const std::string& flag);

}  // namespace tamis
