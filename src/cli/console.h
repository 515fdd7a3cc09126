#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::cli {

/// Exit codes of every command.
enum ExitCode : int {
  kDone = 0,
  kNothingValid = 1,  ///< nothing valid was found, or a check that was asked for failed
  kBadInput = 2,      ///< usage, input or environment error
  kInterrupted = 130,
};

/// How large a terminal is, in characters.
struct Window {
  size_t columns = 80;
  size_t rows = 24;

  friend bool operator==(const Window&, const Window&) = default;
};

/// Where a command writes: results to standard output, everything else to standard error.
struct Console {
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  bool live = false;     ///< standard error is a terminal on which lines may be drawn over
  bool colours = false;  ///< and its user wants colours
  bool blocks = false;   ///< and it has the block characters of Unicode, each a column wide
  std::vector<std::string> command_line = {};  ///< its words, for saying how to go on; none where not known

  /// Writes to standard output; false when that failed (a full disk, a closed pipe).
  bool print(std::string_view text) const;
  void note(std::string_view text) const;
  /// How large the terminal of standard error is now; 80 x 24 where it does not say.
  Window window() const;
  /// How many columns there are for results now; 0 where standard output is no terminal.
  size_t result_columns() const;
};

/// A console over the process's standard streams. Live where standard error is a terminal and TERM is neither
/// empty nor `dumb`; colours unless NO_COLOR is set and not empty; blocks where LC_ALL, LC_CTYPE or LANG
/// names UTF-8, but no language whose fonts may draw them wide.
Console standard_console();

/// Says `tamis: error: ...` and gives the exit code of the error.
int fail(const Console& console, const Error& error);

/// Writes a command's result; an output that cannot be written is an error of its own, but not a pipe whose
/// reader has gone.
int finish(const Console& console, std::string_view text, int code = kDone);

}  // namespace tamis::cli
