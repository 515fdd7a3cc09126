#pragma once

#include "tamis/target.h"

#include <string>

namespace tamis::vta {

/// tamis's own simulator as a device. It has an output only of a program that gets to its end.
class SimulatorDevice : public Device {
 public:
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) override;

 private:
  std::string name_ = "vta-simulator";
};

}  // namespace tamis::vta
