#include "targets/vta/simulator/simulator.h"

#include "targets/vta/simulator/pipeline.h"

namespace tamis::vta {

SimulationOutcome simulate(const Hardware& hardware, Launch& launch, const SimulationOptions& options) {
  return Pipeline(hardware, launch, options).run();
}

}  // namespace tamis::vta
