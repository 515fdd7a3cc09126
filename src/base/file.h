#pragma once

#include "tamis/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tamis {

/// Reads a whole file; gzip content (by its first two bytes, not by the name) is decompressed.
/// Errors: not_found, io; corrupt for a damaged gzip stream or one that unpacks to more than 4 GiB.
Result<std::string> read_file(const std::string& path);

/// Writes a whole file by way of a temporary neighbour and a rename, so that a reader never sees half of it
/// and a full disk leaves an older file untouched. Of a symlink the file that it points to is written. What
/// is there and is not a regular file (a device, a pipe) is opened and written as it is. A path that ends in
/// `.gz` is compressed. Errors: not_found, io.
Status write_file(const std::string& path, std::string_view content);

/// Whether a path is a regular file or a symlink to one, which a reader gets to the end of: a pipe or a
/// device may make it wait for ever. Errors: not_found; invalid_input for what is none, with what it is.
Status require_regular_file(const std::string& path);

/// Creates a directory and its parents if needed. Errors: io.
Status make_directories(const std::string& path);

}  // namespace tamis
