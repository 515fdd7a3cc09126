// tamis-worker with nothing but the fault target.
#include "measure/fault_target.h"
#include "tamis/worker.h"

#include <cstdio>

int main() {
  const tamis::Status served = tamis::run_worker_program(tamis::make_fault_target);
  if (served.ok()) return 0;
  std::fprintf(stderr, "%s\n", served.error().message.c_str());
  return 2;
}
