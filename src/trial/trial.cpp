#include "trial/trial.h"

#include "base/median.h"

namespace tamis {

double Trial::latency_ns() const { return median(latencies_ns); }

}  // namespace tamis
