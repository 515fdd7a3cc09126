// Tries configs of the target `transpose`, one process per job: a crash or a hang is a verdict.
#include "tamis/worker.h"

#include <cstdio>

#include "transpose.h"

int main() {
  const tamis::Status served = tamis::run_worker_program(example::make_transpose);
  if (served.ok()) return 0;
  std::fprintf(stderr, "transpose_worker: %s\n", served.error().message.c_str());
  return 2;
}
