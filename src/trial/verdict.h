#pragma once

#include "base/result.h"

#include <array>
#include <string_view>

namespace tamis {

/// What came of trying a config.
enum class Verdict {
  valid,              ///< built, ran, and computed the reference result
  rejected,           ///< a declared constraint excludes it; only from imported data
  build_failed,       ///< no program could be made
  build_timeout,      ///< making the program took longer than allowed
  resource_exceeded,  ///< a program exists but does not fit: memories, registers, instruction fields
  launch_failed,      ///< the device did not accept the program
  run_failed,         ///< the device reported an error while running it
  crashed,            ///< the process that ran it died
  run_timeout,        ///< it hung
  wrong_result,       ///< it ran and computed something else than the reference
  device_lost,  ///< the device went away: not the config's fault, tried again elsewhere, never learnt from
};

inline constexpr std::array kVerdicts = {
    Verdict::valid,         Verdict::rejected,          Verdict::build_failed,
    Verdict::build_timeout, Verdict::resource_exceeded, Verdict::launch_failed,
    Verdict::run_failed,    Verdict::crashed,           Verdict::run_timeout,
    Verdict::wrong_result,  Verdict::device_lost};

/// `valid`, `resource_exceeded`, ...: the word in logs, messages and files.
std::string_view to_string(Verdict verdict);
/// The verdict of a word. Errors: corrupt.
Result<Verdict> parse_verdict(std::string_view word);

}  // namespace tamis
