#pragma once

#include "tamis/formats.h"
#include "tamis/result.h"
#include "tamis/trial.h"
#include "tamis/trial_set.h"

#include <string>
#include <string_view>

namespace tamis {

/// Tables as the FAIR auto-tuning benchmarks publish them: JSON of one workload, one row per config.
const Format& t4_format();

/// A verdict as T4's `invalidity` (correct, constraints, compile, runtime, timeout, correctness), and back.
/// Errors: corrupt.
std::string_view t4_invalidity(Verdict verdict);
Result<Verdict> verdict_from_t4(std::string_view invalidity);

/// The measurement of a T4 row that holds the verdict's word, which tells more than `invalidity` does; other
/// programs do not write it.
inline constexpr std::string_view kT4Verdict = "verdict";

/// Reads a table in T4 format from its JSON text: what read_recorded_table does with one. `name` becomes the
/// table's name, `origin` names it in errors. Errors: corrupt with the row, counted from 1; unsupported as
/// read_recorded_table. Thread safe.
Result<TrialSet> read_t4(const std::string& text, const std::string& name, const std::string& origin);

/// Writes trials as a T4 1.0.0 table (docs/reference/formats): JSON that
/// https://github.com/AutoTuningAssociation/autotuning_methodology validates (schemas/T4.json) and read_t4
/// reads, one row per line in the order given. A split is written by its inner factors. The message of a
/// trial that is not valid stands where a valid one has its time; its verdict and all features are further
/// measurements. The table says which device ran the trials where it was a single one. Thread safe.
std::string write_t4(const TrialSet& set);

}  // namespace tamis
