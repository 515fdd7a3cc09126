#pragma once

#include "tamis/task.h"

#include <memory>
#include <string>

namespace tamis {

/// A target whose only knob, `fault`, says what goes wrong when a config is tried; the first value is no
/// fault. Most of them would take the test program down or hang it, so they are for worker processes.
///
/// Programs say their code (Artifact::code_hash) where the fault begins with `code:`: those of `code:X` and
/// `code:X_again` are the same and have the fault X.
///
/// Programs travel (Task::save): those of `save:...` fail to where they are saved, those of `load:...` where
/// they are loaded, and else not.
///
/// The spec `fault` is obedient; `fault:refuse` cannot be made, `fault:unknown` is not found, `fault:die`
/// ends its process when it is made, `fault:late` is for the faults `late:...`, whose programs are built to
/// their end where they run and are then timed alone, `fault:alone` takes one job and no more, and
/// `fault:babble` writes bytes that are not a message to the connection it finds.
///
/// Its setting `devices` names devices, with commas between: one that is named `ILLNESS@FILE` has, as long as
/// the file is there, the fault of that name whatever the config; with the illness `away` it cannot be
/// opened.
Result<std::shared_ptr<const Target>> make_fault_target(const std::string& spec, const Settings& settings);

/// The workload bound to a target; an error ends the test program.
SharedTask fault_task(const Workload& workload, const std::string& spec = "fault",
                      const Settings& settings = {});

/// The config with the named fault; a fault that does not exist ends the test program.
Config fault_config(const Space& space, const std::string& fault);

/// A convolution of a few int8 elements, enough to be checked.
Workload small_workload();
/// The same in float32, whose outputs are compared with a tolerance: the faults `slightly_wrong`,
/// `not_a_number` and `infinite` are for it.
Workload small_float_workload();

}  // namespace tamis
