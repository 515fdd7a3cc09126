#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// What a file of NumPy's format (.npy, versions 1 to 3) holds.
struct NpyFile {
  std::string type;            ///< of an element, by NumPy's letter and its bytes: `f4`, `i8`, `b1`
  size_t element_bytes = 0;    ///< 1, 2, 4 or 8
  std::vector<int64_t> shape;  ///< the sizes, outermost first; none for a scalar
  bool fortran = false;        ///< whether the first index is the fastest, instead of the last
  std::string_view elements;   ///< in the bytes that were read, as many as the shape has
};

/// Reads a file's bytes, which the result points into. `origin` names the file in errors. Errors: corrupt for
/// what is no such file or cut off; unsupported for elements that are not little-endian numbers of up to 64
/// bits (texts, complex numbers, big-endian). Source: the module numpy.lib.format of NumPy 1.24, which
/// describes the format. Thread safe.
Result<NpyFile> read_npy_file(std::string_view bytes, const std::string& origin);

/// Writes the elements with the last index fastest, whatever the file's order; `to` holds as many bytes as
/// `file.elements`.
void copy_row_major(const NpyFile& file, std::byte* to);

}  // namespace tamis
