#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::gpu {

// What a config becomes before anything is compiled: the same for built-in operators and for users' kernels,
// for OpenCL and for CUDA.

enum class Language { opencl, cuda };
/// `OpenCL C`, `CUDA C++`.
std::string_view to_string(Language language);

/// A program's source with all that compiling it depends on.
struct Source {
  Language language = Language::opencl;
  std::string text;                               ///< knobs are in it, as definitions in front
  std::string name = "kernel";                    ///< what messages call it
  std::vector<std::string> options = {};          ///< of the compiler, each an option of its own
  std::vector<std::string> include_folders = {};  ///< absolute
};

/// The sizes of a launch, x first: OpenCL's work-groups and work-items, CUDA's blocks and threads.
struct Grid {
  std::array<uint64_t, 3> groups = {1, 1, 1};  ///< how many groups
  std::array<uint64_t, 3> group = {1, 1, 1};   ///< items of a group
  /// Items of a group together.
  [[nodiscard]] uint64_t group_items() const { return group[0] * group[1] * group[2]; }
  friend bool operator==(const Grid&, const Grid&) = default;
};

/// One launch of a function of a program. Launches of a program run one after the other.
struct Launch {
  std::string entry;  ///< the function's name
  Grid grid;
  /// CUDA: dynamic shared memory, bytes. OpenCL: the size of a local argument behind all others; 0: there is
  /// none.
  uint64_t shared_bytes = 0;
  std::vector<size_t> arguments;  ///< numbers of the program's arguments, in the function's order
};

/// A `__constant__` array of a CUDA program that takes the bytes of an argument before the launches.
struct Symbol {
  std::string name;
  size_t argument = 0;  ///< its number among the program's arguments
};

/// The program of a config. Its arguments are its caller's: they are the same for all configs.
struct KernelProgram {
  Source source;
  std::vector<Launch> launches;  ///< at least one
  std::vector<Symbol> symbols = {};
};

}  // namespace tamis::gpu
