#pragma once

#include "tamis/target.h"

#include <string>

namespace tamis::vta {

/// tamis's own simulator as a device. Timing and traps first, which is cheap; only a program that gets to its
/// end is run on data.
class SimulatorDevice : public Device {
 public:
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) override;

 private:
  std::string name_ = "vta-simulator";
};

}  // namespace tamis::vta
