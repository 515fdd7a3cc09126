#pragma once

#include "cli/console.h"
#include "cli/named_files.h"
#include "tamis/result.h"

#include <cstddef>
#include <string>

#include <CLI/App.hpp>

namespace tamis::cli {

/// How a compiled network is run and timed.
struct TimingArguments {
  int threads = 0;    ///< of a run; 0: as many as it was compiled for
  size_t repeat = 0;  ///< runs that are timed; 0: none
  bool by_layer = false;
  void add_to(CLI::App& app);
  bool given() const { return threads != 0 || repeat != 0 || by_layer; }
};

struct LibraryArguments {
  std::string directory;
  NamedFileArguments files;
  TimingArguments timing;
  bool json = false;
};

/// `tamis run DIR`: runs a compiled network in this process; gives the exit code. Errors: as
/// network::LoadedLibrary, read_inputs and write_outputs.
Result<int> run_library(const LibraryArguments& arguments, const Console& console);

}  // namespace tamis::cli
