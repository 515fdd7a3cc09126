#include "trial/verdict.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

struct VerdictRow {
  Verdict verdict;
  std::string_view word;
  int autotvm;
  std::string_view t4;
};

constexpr std::array<VerdictRow, kVerdicts.size()> kRows = {{
    {Verdict::valid, "valid", 0, "correct"},
    {Verdict::rejected, "rejected", 1, "constraints"},
    {Verdict::build_failed, "build_failed", 2, "compile"},
    {Verdict::build_timeout, "build_timeout", 6, "timeout"},
    {Verdict::resource_exceeded, "resource_exceeded", 1, "compile"},
    {Verdict::launch_failed, "launch_failed", 4, "runtime"},
    {Verdict::run_failed, "run_failed", 4, "runtime"},
    {Verdict::crashed, "crashed", 4, "runtime"},
    {Verdict::run_timeout, "run_timeout", 7, "timeout"},
    {Verdict::wrong_result, "wrong_result", 5, "correctness"},
    {Verdict::device_lost, "device_lost", 8, "runtime"},
}};

const VerdictRow& row(Verdict verdict) { return kRows[static_cast<size_t>(verdict)]; }

}  // namespace

std::string_view to_string(Verdict verdict) { return row(verdict).word; }

Result<Verdict> parse_verdict(std::string_view word) {
  for (const VerdictRow& candidate : kRows)
    if (candidate.word == word) return candidate.verdict;
  return corrupt(fmt::format("\"{}\" is not a verdict", word));
}

int autotvm_error_no(Verdict verdict) { return row(verdict).autotvm; }

Result<Verdict> verdict_from_autotvm(int error_no) {
  // One number stands for several of our verdicts; the most general of them is taken.
  switch (error_no) {
    case 0:
      return Verdict::valid;
    case 1:
    case 2:
    case 3:
      return Verdict::build_failed;
    case 4:
      return Verdict::run_failed;
    case 5:
      return Verdict::wrong_result;
    case 6:
      return Verdict::build_timeout;
    case 7:
      return Verdict::run_timeout;
    case 8:
      return Verdict::run_failed;
    default:
      return corrupt(fmt::format("AutoTVM has no error_no {}", error_no));
  }
}

std::string_view t4_invalidity(Verdict verdict) { return row(verdict).t4; }

Result<Verdict> verdict_from_t4(std::string_view invalidity) {
  if (invalidity == "correct") return Verdict::valid;
  if (invalidity == "constraints") return Verdict::rejected;
  if (invalidity == "compile") return Verdict::build_failed;
  if (invalidity == "runtime") return Verdict::run_failed;
  if (invalidity == "timeout") return Verdict::run_timeout;
  if (invalidity == "correctness") return Verdict::wrong_result;
  return corrupt(fmt::format("T4 has no invalidity \"{}\"", invalidity));
}

}  // namespace tamis
