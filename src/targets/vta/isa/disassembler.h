#pragma once

#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/program.h"

#include <string>

namespace tamis::vta {

/// One instruction as a line of text without its position, as the design reads its operands; an undecodable
/// one as its hex words and the reason.
std::string disassemble(const Codec& codec, Design design, const EncodedInstruction& encoded);

/// A whole program so that a person can read it: buffers, then every instruction with its position, engine,
/// dependency flags as arrows and operands, uop loads followed by the uops they bring, loop nests written out
/// as formulas.
std::string disassemble(const Hardware& hardware, const Program& program);

}  // namespace tamis::vta
