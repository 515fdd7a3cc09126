#pragma once

#include "tamis/result.h"

#include <string>
#include <string_view>

namespace tamis::fleet {

/// The key that a fleet signs its messages with (HMAC-SHA-256), or none. Immutable, thread safe.
class Key {
 public:
  /// No key: signatures are empty, and everything is taken for signed.
  Key() = default;
  /// Reads a key from a file, whose bytes it is, less white space at the end; an empty path is no key.
  /// Errors: as read_file; invalid_input for fewer than 32 bytes.
  static Result<Key> load(const std::string& path);

  bool present() const { return !bytes_.empty(); }
  /// In hexadecimal digits; empty without a key.
  std::string sign(std::string_view text) const;
  /// Whether it is the text's signature; compared in a time that does not depend on where they differ.
  bool is_signature(std::string_view text, std::string_view signature) const;

 private:
  std::string bytes_;
};

/// SHA-256 of a text in hexadecimal digits.
std::string digest_of(std::string_view text);

}  // namespace tamis::fleet
