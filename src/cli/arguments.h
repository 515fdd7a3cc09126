#pragma once

#include "base/result.h"
#include "target/target.h"
#include "trial/verdict.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// `--trials`: a positive number, or `all` (nothing).
Result<std::optional<uint64_t>> parse_trials(const std::string& text);
/// `--time`: `90`, `90s`, `15m`, `2h`; more than 0.
Result<std::chrono::milliseconds> parse_duration(const std::string& text);

/// A verdict as the user names it. Errors: invalid_input, with the nearest.
Result<Verdict> named_verdict(const std::string& word);

/// A flag whose value is a list of names with commas between them. It takes one word, so that positional
/// arguments may follow.
CLI::Option* add_names(CLI::App& app, const std::string& flag, std::vector<std::string>& names,
                       const std::string& description);

/// `--constraint EXPR`, as often as needed: the same for every command that has a space.
void add_constraints(CLI::App& app, std::vector<std::string>& constraints);

/// The flags that name a target and its settings; the same for every command that has them.
struct TargetArguments {
  std::string target = "vta";
  TargetOptions options;
  std::vector<std::string> constraints;
  void add_to(CLI::App& app);
  /// The target with the declared constraints. Errors: as make_target; a wrong constraint shows when the
  /// target is asked for a space.
  Result<std::unique_ptr<Target>> make() const;
};

}  // namespace tamis::cli
