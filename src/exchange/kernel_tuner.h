#pragma once

#include "tamis/formats.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <span>
#include <string>

namespace tamis {

/// Caches of Kernel Tuner (https://github.com/KernelTuner/kernel_tuner): a JSON file with an entry for each
/// config, which the program appends to while it runs, so that it ends in a comma and without brackets until
/// the run is over. Read as release 1.5.0 reads them, older ones too; written so that its simulation mode
/// (`tune_kernel(..., cache=FILE, simulation_mode=True)`) replays them.
const Format& kernel_tuner_format();

/// The cache of one set; docs/reference/formats tells the members. Of trials that share a config the first
/// whose device was not lost is written, and so of trials whose configs Kernel Tuner cannot tell apart, which
/// are counted. Errors: invalid_input for more sets than one, and for a knob that is called like a member of
/// entries.
Result<TrialText> write_kernel_tuner(std::span<const TrialSet> sets);

/// What a failure's entry has under `__error__`, as release 1.5.0 tells three kinds apart.
std::string_view kernel_tuner_error(Verdict verdict);

// Members of an entry that Kernel Tuner does not know and passes over: what our own failures say beyond.
inline constexpr const char* kKernelTunerVerdict = "tamis_verdict";
inline constexpr const char* kKernelTunerMessage = "tamis_message";
/// The member of a cache that says the objective in full where it is no latency (to_string of an Objective):
/// Kernel Tuner keeps its name only, and is told the direction when it tunes.
inline constexpr const char* kKernelTunerObjective = "tamis_objective";
/// Whether an entry's member of this name says something of the trial, and so cannot be a knob.
bool is_kernel_tuner_member(std::string_view name);
/// How the sources of workloads and the identities from this format begin.
inline constexpr std::string_view kKernelTuner = "kernel-tuner";

}  // namespace tamis
