#pragma once

#include "tamis/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::vta {

/// `size` bytes from at most 2 * size hex digits of either case; bytes that are left out at the end are zero.
/// Errors: invalid_input for an odd number of digits, a character that is none, or more bytes than `size`.
Result<std::vector<uint8_t>> bytes_from_hex(std::string_view text, uint64_t size, const std::string& origin);

/// Two lower-case hex digits a byte.
std::string hex_from_bytes(std::span<const uint8_t> bytes);
/// As above, leaving out zero bytes at the end.
std::string hex_without_trailing_zeros(std::span<const uint8_t> bytes);

}  // namespace tamis::vta
