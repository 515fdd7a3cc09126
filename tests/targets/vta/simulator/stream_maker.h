#pragma once

#include "tamis/random.h"
#include "targets/vta/isa/program.h"

#include <vector>

namespace tamis::vta {

/// Small devices of different shapes and stream lengths, each in every design, so that a stream costs
/// microseconds.
std::vector<Hardware> fuzz_devices();

/// A random launch for a device: of random bits, of instructions that look valid, or a mutated piece of a
/// recording.
Launch random_launch(const Hardware& hardware, const std::vector<Program>& recordings, Random& random);

/// Instructions that look valid: small sizes, indices mostly within memories, addresses mostly within the
/// buffers.
Instruction plausible_instruction(const Hardware& hardware, Random& random);

/// Whether the launch may store into bytes that it loads uops from: only then may a run without data differ
/// from a full one.
bool may_change_its_uops(const Hardware& hardware, const Launch& launch);

}  // namespace tamis::vta
