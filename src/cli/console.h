#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace tamis::cli {

/// Exit codes of every command.
enum ExitCode : int {
  kDone = 0,
  kNothingValid = 1,  ///< nothing valid was found, or a check that was asked for failed
  kBadInput = 2,      ///< usage, input or environment error
  kInterrupted = 130,
};

/// Where a command writes: results to standard output, everything else to standard error.
struct Console {
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  bool live = false;  ///< standard error is a terminal, so a line may be redrawn

  /// Writes to standard output; false when that failed (a full disk, a closed pipe).
  bool print(std::string_view text) const;
  void note(std::string_view text) const;
  /// How many columns the terminal of standard error has now; 80 where it does not say.
  size_t columns() const;
};

/// A console over the process's standard streams.
Console standard_console();

/// Says `tamis: error: ...` and gives the exit code of the error.
int fail(const Console& console, const Error& error);

/// Writes a command's result; an output that cannot be written is an error of its own, but not a pipe whose
/// reader has gone.
int finish(const Console& console, std::string_view text, int code = kDone);

}  // namespace tamis::cli
