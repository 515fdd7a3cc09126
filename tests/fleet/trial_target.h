#pragma once

#include "tamis/target.h"
#include "tamis/task.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tamis {

/// A target whose configs come to the same on every healthy device, and whose devices may be ill.
///
/// Its knobs are `a`, `b` and `c`. What a config comes to follows from its values alone: one in ten is
/// invalid, each of build_failed, resource_exceeded, run_failed and wrong_result as often; the cost of the
/// others is least at a = 7, b = 3, c = 5.
///
/// The spec `trial` has 16 values for each knob and tries configs in worker processes. `trial:varying` is the
/// same with latencies that vary (TargetTraits::latencies_vary). `trial:free` tries them in the process that
/// serves, and all are valid. `trial:large` is as `trial:free` with 128 values for each.
///
/// Settings, which are a device's own and no part of the task's identity:
///
/// - `shortest_ms`, `longest_ms`: a trial sleeps for a time between them, log-uniform over the configs and
/// the
///   same for a config each time; 0, and as the shortest.
/// - `ill`: what the device does, healthy where it is empty: `dead` never ends, `lying` makes wrong results,
/// `slow`
///   takes `factor` times as long by its own saying, `flaky` fails with run_failed in a share `probability`
///   of the runs.
/// - `while`: a file; the device is ill only as long as it is there.
/// - `factor`, 2; `probability`, 0.2.
/// - `noise`: a share by which costs vary at random, 0.
/// - `diary`: a file to which a line `begin INDEX NS` is appended before a config runs, and `end INDEX NS`
/// after,
///   with the time of monotonic_ns().
///
/// Errors: not_found for another spec; invalid_input for a number that is none.
Result<std::shared_ptr<const Target>> make_trial_target(const std::string& spec, const Settings& settings);

/// The small workload bound to it; an error ends the test program.
SharedTask trial_task(const std::string& spec = "trial", const Settings& settings = {});

/// What a valid config costs on a healthy device without noise.
double healthy_cost(const Config& config);

/// What a program that serves a fleet in tests knows: these targets and the fault target
/// (measure/fault_target.h), whose specs begin with `fault`.
Result<std::shared_ptr<const Target>> make_fleet_test_target(const std::string& spec,
                                                             const Settings& settings);

}  // namespace tamis
