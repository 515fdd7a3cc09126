#pragma once

#include "targets/loop/statement.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tamis::loop::testing {

/// An element of a buffer while a program is interpreted.
struct Cell {
  double number = 0;     ///< exact for every element type; of int64 up to 2^53
  bool defined = false;  ///< whether it was given or computed from what is
  int64_t writer = -1;   ///< the task that wrote it last
  int64_t reader = -1;   ///< the task that read it last
};

/// What the buffers of a program hold, by their names.
using Memory = std::map<std::string, std::vector<Cell>>;

/// Defined elements with these numbers.
std::vector<Cell> cells(const std::vector<double>& numbers);
/// The numbers of a buffer; nothing when an element is not defined.
std::optional<std::vector<double>> numbers(const std::vector<Cell>& cells);

/// Runs a lowered program by the meaning that statement.h and value.h give it: the reference for generated
/// code, slow and without LLVM. `memory` holds the arguments, and afterwards all buffers.
///
/// Returns the first fault, or nothing: an index outside its dimension, a buffer, loop or sum that is not
/// there, operands of different types, a parallel loop that is not outermost, iterations of parallel loops of
/// which one writes what another reads or writes. What was never written is not defined, nor is what is
/// computed from it; that is a fault only where the caller finds it in a result. The memory of each thread
/// and registers become undefined with each iteration of the parallel loops, which run last to first.
std::optional<std::string> interpret(const LoweredProgram& program, Memory& memory);

}  // namespace tamis::loop::testing
