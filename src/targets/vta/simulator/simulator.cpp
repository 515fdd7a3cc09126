#include "targets/vta/simulator/simulator.h"

#include "targets/vta/simulator/pipeline.h"

#include <array>
#include <string>

namespace tamis::vta {

Features to_features(const Counters& counters) {
  Features features;
  const auto set = [&](std::string name, uint64_t value) {
    features.set(std::move(name), static_cast<double>(value));
  };
  set("cycles", counters.cycles);
  set("instructions", counters.instructions);
  set("gemm_uops", counters.gemm_uops);
  set("reset_uops", counters.reset_uops);
  set("alu_uops", counters.alu_uops);
  set("inp_bytes", counters.inp_bytes);
  set("wgt_bytes", counters.wgt_bytes);
  set("acc_bytes", counters.acc_bytes);
  set("uop_bytes", counters.uop_bytes);
  set("out_bytes", counters.out_bytes);
  constexpr std::array<const char*, kEngines> kEngineNames = {"fetch", "load", "compute", "store"};
  for (size_t i = 0; i < kEngines; ++i) {
    set(std::string(kEngineNames[i]) + "_busy", counters.engines[i].busy);
    set(std::string(kEngineNames[i]) + "_stall", counters.engines[i].stall);
    set(std::string(kEngineNames[i]) + "_instructions", counters.engines[i].instructions);
  }
  return features;
}

SimulationOutcome simulate(const Hardware& hardware, Launch& launch, const SimulationOptions& options) {
  return Pipeline(hardware, launch, options).run();
}

}  // namespace tamis::vta
