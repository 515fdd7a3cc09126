#include "experiment/report/rooflines.h"

#include "base/json.h"
#include "base/text.h"
#include "tamis/task.h"
#include "targets/vta/isa/hardware.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tamis::report {
namespace {

/// Bytes that VTA's read port brings in a cycle.
constexpr double kBeatBytes = 8;
constexpr double kInstructionBytes = 16;

/// What one machine is known by, and what it can do at most; ops and bytes are per ns: giga per second.
struct RooflineMachine {
  std::string key;   ///< equal for subjects on the same machine
  std::string name;  ///< for people
  bool is_vta = false;
  vta::Hardware hardware = {};  ///< of VTA

  double giga_ops() const {
    const double macs = static_cast<double>(hardware.batch() * hardware.block() * hardware.block());
    return 2 * macs * hardware.memory.clock_mhz / 1000;
  }
  double giga_bytes() const { return kBeatBytes * hardware.memory.clock_mhz / 1000; }
};

/// What stands for a property that the log of an older release lacks.
std::string property_or_unknown(const TaskIdentity& identity, std::string_view name) {
  return identity.property(name).value_or("?");
}

std::optional<RooflineMachine> vta_machine(const TaskIdentity& identity) {
  const Result<Json> json = parse_json(identity.subject, "the identity");
  if (!json.ok()) return std::nullopt;
  Result<vta::Hardware> hardware = vta::hardware_from_json(*json, "the identity");
  if (!hardware.ok()) return std::nullopt;
  const std::string device = property_or_unknown(identity, "device");
  RooflineMachine machine{identity.subject + " " + device, "", true, std::move(*hardware)};
  const vta::Hardware& made = machine.hardware;
  machine.name = fmt::format("VTA ({}, {}), {} × {} × {} at {} MHz", vta::to_string(made.design), device,
                             made.batch(), made.block(), made.block(), made.memory.clock_mhz);
  return machine;
}

/// The machine of an identity; nothing for one that names none.
std::optional<RooflineMachine> machine_of(const Subject& subject) {
  const Result<TaskIdentity> identity = parse_identity(subject.target_identity);
  if (!identity.ok()) return std::nullopt;
  if (identity->kind == "vta" && subject.target_spec.starts_with("vta")) return vta_machine(*identity);
  const std::string caches = property_or_unknown(*identity, "caches");
  if (identity->kind == "cpu" && subject.target_spec.starts_with("cpu")) {
    const std::string processor = identity->subject.substr(0, identity->subject.find(' '));
    const std::string threads = property_or_unknown(*identity, "threads");
    return RooflineMachine{fmt::format("cpu {} {} {}", identity->subject, threads, caches),
                           fmt::format("{}, {}, caches {}", processor,
                                       threads == "1" ? "1 thread" : threads + " threads", caches)};
  }
  if (identity->kind == "opencl" || identity->kind == "cuda")
    return RooflineMachine{fmt::format("{} {} {}", identity->kind, identity->subject, caches),
                           fmt::format("{} ({}), caches {}", identity->subject, identity->kind, caches)};
  return std::nullopt;
}

/// Bytes that every program of a workload has to move: what it reads and what it writes, each once.
double compulsory_bytes(const Workload& workload) {
  const TensorSizes sizes = tensor_sizes(workload);
  const double element = workload.type == DataType::int8 ? 1 : is_half(workload.type) ? 2 : 4;
  double elements = static_cast<double>(sizes.input) + static_cast<double>(sizes.weights) +
                    static_cast<double>(sizes.inner_weights) + static_cast<double>(sizes.output);
  if (workload.epilogue.residual) elements += static_cast<double>(sizes.residual);
  double biases = workload.epilogue.bias ? static_cast<double>(sizes.bias) : 0;
  if (workload.inner && workload.inner->bias) biases += static_cast<double>(sizes.inner_bias);
  return elements * element + biases * 4;
}

/// Bytes that a program of VTA reads from DRAM, by what simulating or building it revealed; nothing where
/// neither is in the log.
std::optional<double> bytes_read(const Features& features) {
  const double simulated = features.get("inp_bytes") + features.get("wgt_bytes") + features.get("acc_bytes") +
                           features.get("uop_bytes") + kInstructionBytes * features.get("instructions");
  if (std::isfinite(simulated) && simulated > 0) return simulated;
  const double built =
      features.get("program_load_bytes") + kInstructionBytes * features.get("program_instructions");
  return std::isfinite(built) && built > 0 ? std::optional<double>(built) : std::nullopt;
}

/// A machine with the points of its subjects.
class RooflineDrawing {
 public:
  explicit RooflineDrawing(RooflineMachine machine) : machine_(std::move(machine)) {}

  const std::string& key() const { return machine_.key; }

  void add(const Subject& subject) {
    add(subject, subject.best, "best");
    if (subject.default_trial && subject.best && subject.default_trial->config == subject.best->config)
      return;
    add(subject, subject.default_trial, "default");
  }

  bool empty() const { return points_.empty(); }

  Json json() && {
    Json json = {{"machine", machine_.name},
                 {"performance_unit", all_real_ ? "GFLOP/s" : "GOP/s"},
                 {"intensity_unit", all_real_ ? "FLOP per byte" : "operations per byte"},
                 {"roofs", Json::array()},
                 {"slopes", Json::array()},
                 {"points", std::move(points_)},
                 {"note", note()}};
    if (!machine_.is_vta) return json;
    json["roofs"].push_back({{"name", "GEMM"}, {"performance", machine_.giga_ops()}});
    json["slopes"].push_back({{"name", fmt::format("read port, {:.3g} GB/s", machine_.giga_bytes())},
                              {"per_intensity", machine_.giga_bytes()}});
    return json;
  }

 private:
  void add(const Subject& subject, const std::optional<Trial>& trial, std::string_view group) {
    if (!trial || trial->verdict != Verdict::valid) return;
    const double operations = 2 * static_cast<double>(multiply_accumulates(subject.workload));
    const std::optional<double> bytes =
        machine_.is_vta ? bytes_read(trial->features) : compulsory_bytes(subject.workload);
    const double latency_ns = trial->cost();
    if (!bytes) ++without_bytes_;
    if (!bytes || !(operations > 0) || !(*bytes > 0) || !(latency_ns > 0) || !std::isfinite(latency_ns))
      return;
    all_real_ = all_real_ && is_real(subject.workload.type);
    points_.push_back({{"label", subject.workload.name},
                       {"intensity", operations / *bytes},
                       {"performance", operations / latency_ns},
                       {"group", group}});
  }

  std::string note() const {
    constexpr std::string_view kOperations =
        "An operation is a multiplication or an addition of the operator "
        "as it is defined, whatever the program computes in its place.";
    if (machine_.is_vta)
      return fmt::format(
          "{} Bytes are those that the program reads from DRAM, instructions too, so that a point moves with "
          "its tiling: the read port brings {} a cycle. Stores have a port of their own. The clock is what "
          "the log says of the target.{}",
          kOperations, kBeatBytes,
          without_bytes_ > 0
              ? fmt::format(" Of {} the log does not have the bytes.", counted(without_bytes_, "config"))
              : "");
    return fmt::format(
        "{} Bytes are the least that any program moves: inputs, weights, biases and outputs once each. No "
        "roof is drawn, because the log tells neither the peak nor the bandwidth of this machine.",
        kOperations);
  }

  RooflineMachine machine_;
  Json points_ = Json::array();
  bool all_real_ = true;  ///< whether all points are of fractions
  uint64_t without_bytes_ = 0;
};

}  // namespace

Part rooflines_of(std::span<const Subject> subjects) {
  std::vector<RooflineDrawing> drawings;
  for (const Subject& subject : subjects) {
    if (!subject.objective.is_latency() || subject.workload.op == Operator::external) continue;
    std::optional<RooflineMachine> machine = machine_of(subject);
    if (!machine) continue;
    auto drawing = std::find_if(drawings.begin(), drawings.end(),
                                [&](const RooflineDrawing& one) { return one.key() == machine->key; });
    if (drawing == drawings.end()) drawing = drawings.emplace(drawings.end(), std::move(*machine));
    drawing->add(subject);
  }
  Part part;
  Json rooflines = Json::array();
  for (RooflineDrawing& drawing : drawings)
    if (!drawing.empty()) rooflines.push_back(std::move(drawing).json());
  if (!rooflines.empty()) part.data = std::move(rooflines);
  return part;
}

}  // namespace tamis::report
