#pragma once

#include <string>
#include <vector>

namespace tamis {

/// How the functions of a deployed program are called and described.
struct EmitOptions {
  std::string name;       ///< of the function and of the files; an identifier of C
  double latency_ns = 0;  ///< what was measured, for the reader; 0 where nothing was
};

/// A text or an object file that is to be written, without a directory.
struct EmittedFile {
  std::string name;
  std::string content;
};

/// A piece of a program that a reader can look at.
struct ProgramText {
  std::string title;  ///< `split x by 14 into x_o and x_i`, `run`
  std::string text;
};

/// In which form a program is printed.
struct PrintOptions {
  std::string stage = "schedule";  ///< one of the target's stages
  bool steps = false;              ///< the program after each transformation instead of the last one only
};

}  // namespace tamis
