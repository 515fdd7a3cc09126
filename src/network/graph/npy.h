#pragma once

#include "network/graph/array.h"
#include "tamis/result.h"

#include <string>
#include <string_view>

namespace tamis::network {

/// The array that a file of NumPy's format (.npy, versions 1 to 3) holds: little-endian, of an element type
/// that arrays have, in C order or Fortran's. `origin` names the file in errors. Errors: corrupt for what is
/// no such file or cut off; unsupported for other elements (texts, complex numbers, big-endian). Source: the
/// module numpy.lib.format of NumPy 1.24, which describes the format.
Result<Array> read_npy(std::string_view bytes, const std::string& origin);

/// The array as a file of version 1, which NumPy loads. Errors: unsupported for bfloat16, which NumPy does
/// not know.
Result<std::string> to_npy(const Array& array);

}  // namespace tamis::network
