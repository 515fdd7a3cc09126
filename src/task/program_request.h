#pragma once

#include "space/space.h"
#include "workload/workload.h"

#include <string>
#include <vector>

namespace tamis {

/// A config whose program is wanted outside of tuning: to be deployed, or to be read.
///
/// What it is for is told by an identity instead of a target, as a log keeps one with every trial: the
/// machine that was tuned for need not be the one that the program is made on. All that is referred to must
/// outlive the request.
struct ProgramRequest {
  std::string identity;  ///< Target::identity of the workload
  const Workload& workload;
  const Space& space;  ///< its knobs count, constraints do not
  const Config& config;
};

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
