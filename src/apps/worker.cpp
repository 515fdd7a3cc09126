#include "tamis/worker.h"

#include "tamis/targets.h"

#include <cstdio>

int main() {
  const tamis::Status served = tamis::run_worker_program(tamis::make_target);
  if (served.ok()) return 0;
  std::fprintf(stderr, "tamis-worker: %s\n", served.error().message.c_str());
  return 2;
}
