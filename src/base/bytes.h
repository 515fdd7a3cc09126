#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tamis {

/// Numbers and texts as bytes that ByteReader reads again, on a machine of any byte order. Not thread safe.
class ByteWriter {
 public:
  /// Eight bytes, least significant first.
  void number(uint64_t value);
  /// The length of the text as a number, and then the text, which may hold any bytes.
  void text(std::string_view text);
  /// All that was written so far. Nothing is left to take again.
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what a ByteWriter wrote, in the same order, from bytes that nobody vouches for: no length is
/// believed before the bytes are there, and nothing is copied. The bytes must outlive this and what it gives.
/// Not thread safe.
class ByteReader {
 public:
  /// `origin` names the bytes in errors: `a program as bytes`.
  ByteReader(std::string_view bytes, std::string origin) : left_(bytes), origin_(std::move(origin)) {}

  /// Errors: corrupt, naming `what`, where the bytes end first, or the number is above `most`.
  Result<uint64_t> number(std::string_view what, uint64_t most = UINT64_MAX);
  /// Errors: corrupt, naming `what`, where the bytes end first.
  Result<std::string_view> text(std::string_view what);
  /// Errors: corrupt where bytes are left.
  Status end() const;

 private:
  std::string_view left_;
  std::string origin_;
};

/// Bytes as text: `TWFu` (RFC 4648, section 4, with padding). Thread safe.
std::string to_base64(std::string_view bytes);
/// What to_base64() wrote. Errors: corrupt, after `origin`, for anything else. Thread safe.
Result<std::string> from_base64(std::string_view text, const std::string& origin);

}  // namespace tamis
