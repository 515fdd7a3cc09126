#pragma once

#include "base/result.h"
#include "target/target.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <CLI/App.hpp>

namespace tamis::cli {

/// `--trials`: a positive number, or `all` (nothing).
Result<std::optional<uint64_t>> parse_trials(const std::string& text);
/// `--time`: `90`, `90s`, `15m`, `2h`; more than 0.
Result<std::chrono::milliseconds> parse_duration(const std::string& text);

/// The flags that name a target and its settings; the same for every command that has them.
struct TargetArguments {
  std::string target = "vta";
  TargetOptions options;
  void add_to(CLI::App& app);
};

}  // namespace tamis::cli
