#include "tamis/trial.h"

#include <fmt/format.h>

namespace tamis {
namespace {

/// In the order of the enum.
constexpr std::array<std::string_view, kVerdicts.size()> kWords = {
    "valid",      "rejected", "build_failed", "build_timeout", "resource_exceeded", "launch_failed",
    "run_failed", "crashed",  "run_timeout",  "wrong_result",  "device_lost"};

}  // namespace

std::string_view to_string(Verdict verdict) { return kWords[static_cast<size_t>(verdict)]; }

Result<Verdict> parse_verdict(std::string_view word) {
  for (const Verdict verdict : kVerdicts)
    if (to_string(verdict) == word) return verdict;
  return corrupt(fmt::format("\"{}\" is not a verdict", word));
}

}  // namespace tamis
