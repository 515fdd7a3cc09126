#pragma once

#include "base/result.h"
#include "targets/cpu/codegen/machine.h"

#include <string>

namespace tamis::cpu {

/// What programs of a target cpu are made for and how they are run: all that two trials must share to be
/// comparable. A log keeps its text.
struct Identity {
  Machine machine;
  int threads = 1;
  bool cold = false;  ///< caches are emptied before each timed run
};

/// `cpu znver4 FEATURES threads=2 caches=warm generation=1`.
std::string to_string(const Identity& identity);
/// Reads such a text back; the machine need not be this one. Errors: unsupported for one of another
/// generation, whose configs are other programs now, and for a processor that LLVM does not know; corrupt for
/// any other text.
Result<Identity> parse_identity(const std::string& text);

}  // namespace tamis::cpu
