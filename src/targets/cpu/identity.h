#pragma once

#include "tamis/result.h"
#include "tamis/task.h"
#include "targets/cpu/codegen/machine.h"
#include "targets/cpu/timing/caches.h"

namespace tamis::cpu {

/// What programs of a target cpu are made for and how they are run: all that two trials must share to be
/// comparable.
struct RunConditions {
  Machine machine;
  int threads = 1;
  Caches caches = Caches::warm;
};

/// `cpu znver4 FEATURES threads=2 caches=warm generation=1`.
TaskIdentity identity_of(const RunConditions& conditions);
/// What identity_of wrote; the machine need not be this one. Errors: unsupported for an identity of another
/// generation, whose configs are other programs now, and for a processor that LLVM does not know; corrupt for
/// any other identity.
Result<RunConditions> conditions_of(const TaskIdentity& identity);

}  // namespace tamis::cpu
