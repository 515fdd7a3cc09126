#pragma once

#include "cli/console.h"
#include "tamis/result.h"
#include "tamis/task.h"

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// `tamis space --build` and the flags that go with it.
struct BuildArguments {
  bool build = false;
  std::string trials = "all";
  std::string log = "none";
  std::string build_timeout = "60s";
  std::string memory_limit = "4G";
  int jobs = 0;

  void add_to(CLI::App& app);
  /// Errors: invalid_input for flags that mean nothing without --build.
  Status check() const;

 private:
  std::vector<CLI::Option*> others_;  // that --build gives a meaning
};

/// Builds configs of each task without running them, and says what came of it: verdicts, why configs do not
/// build, what features were, builds a second. Errors: as build_configs and Log.
Result<int> build_spaces(const std::vector<SharedTask>& tasks, const BuildArguments& arguments, uint64_t seed,
                         bool json, const Console& console);

}  // namespace tamis::cli
