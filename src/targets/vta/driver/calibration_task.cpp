#include "targets/vta/driver/calibration_task.h"

#include "base/json.h"

#include <bit>
#include <string>
#include <utility>
#include <vector>

namespace tamis::vta {
namespace {

constexpr const char* kSource = "the calibration programs of tamis";

// The knobs of the space, in their order.
constexpr size_t kProgram = 0, kRepeats = 1;

Result<Space> calibration_space(const Hardware& hardware) {
  std::vector<std::string> programs;
  for (size_t i = 0; i < kCalibrations; ++i)
    programs.emplace_back(describe(static_cast<Calibration>(i)).name);
  std::vector<int64_t> repeats;
  for (uint64_t count = 1; count <= most_repeats(hardware, Calibration::loads); count *= 2)
    repeats.push_back(static_cast<int64_t>(count));
  return Space::create(
      {name_knob("program", std::move(programs)), number_knob("repeats", std::move(repeats))});
}

class CalibrationTask final : public Task {
 public:
  CalibrationTask(TaskFacts facts, Hardware hardware)
      : Task(std::move(facts)), hardware_(std::move(hardware)) {}

  BuildOutcome build(const Config& config) const override {
    BuildOutcome outcome;
    outcome.artifact = std::make_shared<CalibrationArtifact>(
        hardware_, calibration_launch(hardware_, static_cast<Calibration>(config.choices[kProgram]),
                                      uint64_t{1} << config.choices[kRepeats]));
    return outcome;
  }

 private:
  Hardware hardware_;
};

}  // namespace

Workload calibration_workload() {
  Workload workload;
  workload.name = "calibration";
  workload.op = Operator::external;
  workload.source = kSource;
  return workload;
}

bool is_calibration(const Workload& workload) {
  return workload.op == Operator::external && workload.source == kSource;
}

Result<std::unique_ptr<Task>> bind_calibration(const Hardware& hardware) {
  TaskFacts facts;
  facts.workload = calibration_workload();
  TAMIS_ASSIGN(facts.space, calibration_space(hardware));
  facts.identity = {"vta", to_json(hardware).dump(), {{"purpose", "calibration"}}};
  facts.default_config = facts.space.config(0);
  return std::unique_ptr<Task>(std::make_unique<CalibrationTask>(std::move(facts), hardware));
}

Config calibration_config(const Space& space, Calibration program, uint64_t repeats) {
  Config config = space.config(0);
  config.choices[kProgram] = static_cast<uint32_t>(program);
  config.choices[kRepeats] = static_cast<uint32_t>(std::bit_width(repeats) - 1);
  return config;
}

}  // namespace tamis::vta
