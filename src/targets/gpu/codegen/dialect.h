#pragma once

#include "targets/gpu/runtime/program.h"
#include "targets/loop/program.h"

#include <string>

namespace tamis::gpu {

/// What OpenCL C and CUDA C++ call differently.
struct Dialect {
  Language language;
  std::string kernel;        ///< in front of a kernel's name
  std::string global;        ///< in front of a pointer to global memory
  std::string restricted;    ///< behind it
  std::string shared;        ///< in front of an array in shared memory
  std::string aligned;       ///< in front of an array in registers that vectors are moved to
  std::string barrier;       ///< a statement
  std::string float_suffix;  ///< of mathematical functions of float
  std::string function;      ///< in front of the functions in the prelude
  std::string signed_char;   ///< an int8

  /// The number of the group, or of the item in its group, along axis 0 to 2.
  [[nodiscard]] std::string place(bool group, int axis) const;
  /// What precedes a kernel for groups of so many items.
  [[nodiscard]] std::string group_size(const Grid& grid) const;
  /// The type of an element in memory.
  [[nodiscard]] std::string type(loop::Element element) const;
};

const Dialect& dialect_of(Language language);

/// Functions that a text calls, by their definitions: those of `smaller`, `larger`, of 16-bit numbers and of
/// CUDA's instructions that occur in it.
std::string prelude_of(const std::string& text, const Dialect& dialect);

}  // namespace tamis::gpu
