#pragma once

#include "tamis/trial.h"
#include "targets/vta/codegen/uop_table.h"
#include "targets/vta/isa/hardware.h"
#include "targets/vta/schedule/schedule.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tamis::vta {

/// Why no program that this device can run exists for a config, found without running it.
struct Rejection {
  Verdict verdict = Verdict::resource_exceeded;  ///< under `--checks static`
  Verdict on_device = Verdict::run_failed;       ///< what the device says under `--checks none`
  std::string message;                           ///< the resource, how much was needed and how much there is
};

/// Whether the tiles of all contexts fit the memories.
std::optional<Rejection> check_memories(const Hardware& hardware, const Schedule& schedule,
                                        const Footprint& footprint, const UopTable& uops);
/// Whether every micro-op finds the accumulator that it adds to up to date.
std::optional<Rejection> check_hazard(const Hardware& hardware, const UopTable& uops);
/// The rejection for a stream of more than the device's `max_instructions`.
Rejection too_many_instructions(const Hardware& hardware);
/// The rejection for a value that does not fit its instruction field.
Rejection field_too_small(const FieldOverflow& overflow);

}  // namespace tamis::vta
