#include "targets/vta/driver/driver_device.h"

#include "base/clock.h"
#include "base/text.h"
#include "targets/vta/codegen/artifact.h"
#include "targets/vta/driver/calibration_task.h"
#include "targets/vta/driver/driver_library.h"

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr int kRuns = 3;
constexpr uint32_t kWaitCycles = 100'000'000;  // a second at 100 MHz; the supervisor's deadline backs it

/// Memory of the device, freed with its owner.
class DeviceMemory {
 public:
  DeviceMemory(const DriverFunctions& driver, size_t size)
      : driver_(driver),
        size_(size),
        pointer_(driver.mem_alloc(std::max<size_t>(size, 1), 0)),
        address_(pointer_ == nullptr ? 0 : driver.mem_physical_address(pointer_)) {}
  ~DeviceMemory() {
    if (pointer_ != nullptr) driver_.mem_free(pointer_);
  }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  bool ok() const { return pointer_ != nullptr; }
  uint32_t address() const { return address_; }
  /// Why the device cannot use it, for `what`; nothing where it can.
  std::optional<RunOutcome> refusal(std::string_view what) const;
  void write(const void* source) {
    driver_.copy_from_host(pointer_, source, size_);
    driver_.flush_cache(pointer_, address_, static_cast<int>(size_));
  }
  void read(void* target) {
    driver_.invalidate_cache(pointer_, address_, static_cast<int>(size_));
    driver_.copy_to_host(target, pointer_, size_);
  }

 private:
  const DriverFunctions& driver_;
  size_t size_;
  void* pointer_;
  uint32_t address_;
};

RunOutcome failure(Verdict verdict, std::string message) {
  RunOutcome outcome;
  outcome.verdict = verdict;
  outcome.message = std::move(message);
  return outcome;
}

std::optional<RunOutcome> DeviceMemory::refusal(std::string_view what) const {
  if (!ok())
    return failure(Verdict::launch_failed, fmt::format("the driver has no memory left for the {}", what));
  constexpr uint64_t kAddressSpace = uint64_t{1} << 32;
  if (size_ <= INT_MAX && address_ + uint64_t{size_} <= kAddressSpace) return std::nullopt;
  return failure(
      Verdict::launch_failed,
      fmt::format("the driver placed {} of the {} at {:#x}: they pass the end of VTA's addresses of "
                  "32 bits, or are more than 2 GiB; give the driver memory that lies lower",
                  counted(size_, "byte"), what, address_));
}

/// A launch in the memory of the device.
class PlacedLaunch {
 public:
  explicit PlacedLaunch(const DriverFunctions& driver) : driver_(driver) {}

  /// Moves the launch to where the driver has room, and writes it there. The failure, if any.
  std::optional<RunOutcome> place(const Hardware& hardware, Launch& launch) {
    std::vector<uint32_t> addresses;
    for (const DramBuffer& buffer : launch.buffers) {
      memories_.push_back(std::make_unique<DeviceMemory>(driver_, buffer.bytes.size()));
      if (auto refused = memories_.back()->refusal("operands")) return refused;
      addresses.push_back(memories_.back()->address());
    }
    if (const Status moved = relocate(hardware, launch, addresses); !moved.ok())
      return failure(Verdict::launch_failed, moved.error().message);
    instructions_ = static_cast<uint32_t>(launch.instructions.size());
    stream_ =
        std::make_unique<DeviceMemory>(driver_, launch.instructions.size() * sizeof(EncodedInstruction));
    if (auto refused = stream_->refusal("instruction stream")) return refused;
    stream_->write(launch.instructions.data());
    for (size_t i = 0; i < memories_.size(); ++i) memories_[i]->write(launch.buffers[i].bytes.data());
    return std::nullopt;
  }
  /// The bytes that the device left.
  void read_back(Launch& launch) {
    for (size_t i = 0; i < memories_.size(); ++i) memories_[i]->read(launch.buffers[i].bytes.data());
  }
  /// Of the stream, once it is placed.
  uint32_t address() const { return stream_->address(); }
  uint32_t instructions() const { return instructions_; }

 private:
  const DriverFunctions& driver_;
  std::vector<std::unique_ptr<DeviceMemory>> memories_;
  std::unique_ptr<DeviceMemory> stream_;
  uint32_t instructions_ = 0;
};

class DriverDevice : public Device {
 public:
  DriverDevice(std::shared_ptr<DriverLibrary> library, void* device, std::string name)
      : library_(std::move(library)), device_(device), name_(std::move(name)) {}
  ~DriverDevice() override { library_->functions.device_free(device_); }

  const std::string& name() const override { return name_; }

  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) override {
    if (const auto* calibration = dynamic_cast<const CalibrationArtifact*>(&artifact))
      return time_program(*calibration);
    const auto& program = static_cast<const VtaArtifact&>(artifact);
    Result<Launch> loaded = load_operands(program, data);
    if (!loaded.ok()) return failure(Verdict::run_failed, loaded.error().message);
    Launch launch = std::move(*loaded);
    PlacedLaunch placed(library_->functions);
    if (auto failed = placed.place(program.hardware, launch)) return std::move(*failed);
    const Launch before = launch;
    RunOutcome outcome = launch_repeatedly(placed);
    if (outcome.verdict != Verdict::valid) return outcome;
    placed.read_back(launch);
    outcome.output = read_output(program, launch);
    if (!options.save_program.empty()) {
      if (const Status saved = save_launch(options.save_program, program, before, launch); !saved.ok())
        outcome.message = saved.error().message;
    }
    return outcome;
  }

 private:
  RunOutcome time_program(const CalibrationArtifact& program) {
    Launch launch = program.launch;
    PlacedLaunch placed(library_->functions);
    if (auto failed = placed.place(program.hardware, launch)) return std::move(*failed);
    for (const DramBuffer& buffer : launch.buffers)
      if (buffer.address % kCalibrationAlignment != 0)
        return failure(Verdict::launch_failed,
                       fmt::format("the driver placed a buffer at {:#x}; to calibrate, its addresses must be "
                                   "multiples of {} bytes, the longest burst",
                                   buffer.address, kCalibrationAlignment));
    return launch_repeatedly(placed);
  }

  RunOutcome launch_repeatedly(const PlacedLaunch& placed) {
    RunOutcome outcome;
    const uint32_t address = placed.address();
    for (int i = 0; i < kRuns; ++i) {
      const int64_t begin = monotonic_ns();
      const int code = library_->functions.device_run(device_, address, placed.instructions(), kWaitCycles);
      if (code == 1)
        return failure(Verdict::run_timeout,
                       fmt::format("the device did not finish within {} cycles", kWaitCycles));
      if (code != 0) return failure(Verdict::run_failed, fmt::format("the driver reported error {}", code));
      outcome.costs.push_back(static_cast<double>(monotonic_ns() - begin));
    }
    return outcome;
  }

  std::shared_ptr<DriverLibrary> library_;
  void* device_;
  std::string name_;
};

Status relocate_one(const Hardware& hardware, const std::vector<DramBuffer>& buffers,
                    const std::vector<uint32_t>& addresses, size_t position, MemoryInstruction& instruction) {
  const auto element = static_cast<uint64_t>(hardware.element_bytes(instruction.memory));
  const uint64_t address = instruction.dram_base * element;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const uint64_t begin = buffers[i].address;
    if (address < begin || address >= begin + buffers[i].bytes.size()) continue;
    const uint64_t moved = addresses[i] + (address - begin);
    if (moved % element != 0)
      return invalid_input(fmt::format(
          "the driver placed a buffer at {:#x}, which is not a multiple of {} bytes", addresses[i], element));
    instruction.dram_base = static_cast<uint32_t>(moved / element);
    return {};
  }
  return invalid_input(
      fmt::format("instruction {} accesses DRAM at {:#x}, outside every buffer", position, address));
}

}  // namespace

Result<std::unique_ptr<Device>> open_driver_device(const std::string& library_path) {
  TAMIS_ASSIGN(std::shared_ptr<DriverLibrary> library, DriverLibrary::load(library_path));
  void* device = library->functions.device_alloc();
  if (device == nullptr) return io_error(fmt::format("the driver library {} gave no device", library_path));
  return std::unique_ptr<Device>(
      std::make_unique<DriverDevice>(std::move(library), device, fmt::format("driver:{}", library_path)));
}

Status relocate(const Hardware& hardware, Launch& launch, const std::vector<uint32_t>& addresses) {
  const Codec codec(hardware);
  for (size_t i = 0; i < launch.instructions.size(); ++i) {
    Result<Instruction> decoded = codec.decode(launch.instructions[i]);
    if (!decoded.ok()) continue;  // the device's to refuse
    auto* memory = std::get_if<MemoryInstruction>(&*decoded);
    if (memory == nullptr || memory->x_size == 0) continue;
    TAMIS_TRY(relocate_one(hardware, launch.buffers, addresses, i, *memory));
    launch.instructions[i] = codec.encode(*decoded);
  }
  for (size_t i = 0; i < launch.buffers.size(); ++i) launch.buffers[i].address = addresses[i];
  return {};
}

}  // namespace tamis::vta
