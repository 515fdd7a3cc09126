#pragma once

#include "process/descriptor.h"
#include "tamis/result.h"
#include "tamis/trial.h"
#include "targets/gpu/runtime/program.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tamis::gpu {

/// What a device is and has.
struct DeviceFacts {
  std::string name;                          ///< as its maker calls it: `NVIDIA H200`
  std::string driver;                        ///< the runtime and its version: what else its results depend on
  std::string architecture;                  ///< `sm_90`; empty where the runtime does not tell
  uint64_t group_items = 0;                  ///< items that a group may have at most
  std::array<uint64_t, 3> group_sizes = {};  ///< the same for each axis
  std::array<uint64_t, 3> grid_sizes = {};   ///< groups along each axis; 0 where the runtime does not tell
  uint64_t shared_bytes = 0;                 ///< shared (local) memory of a group
  uint64_t memory_bytes = 0;                 ///< global memory
  uint64_t largest_buffer = 0;               ///< bytes of one buffer
  uint64_t buffer_alignment = 256;  ///< bytes that the beginning of a part of a buffer is a multiple of
  uint64_t cache_bytes = 0;         ///< its last cache; 0 where the runtime does not tell
  int compute_units = 0;            ///< multiprocessors
  bool is_cpu = false;              ///< a processor that runs kernels, such as PoCL's
  int native_lanes = 0;             ///< float32 of a vector register; 0 where the runtime does not tell
};

/// How fast a device is clocked at a moment.
struct DeviceClocks {
  unsigned multiprocessor_mhz = 0;
  unsigned memory_mhz = 0;
  /// What keeps the clocks low, as the bits of NVML's clock event reasons (4: the power cap, 0x20 and 0x40:
  /// the temperature), without the one of an idle device.
  uint64_t held_back_by = 0;
};

/// Why something that a config asked for did not happen: a verdict, with what the runtime said.
struct Failure {
  Verdict verdict = Verdict::run_failed;
  std::string message;
  /// Whether this process can use the device no more, as after an illegal address: it must end, and a new one
  /// take its place.
  bool process_lost = false;
};

/// How a launch fits a device, as far as compiling reveals it.
struct Fit {
  std::optional<Failure> failure = {};   ///< why it cannot begin
  std::optional<double> occupancy = {};  ///< the share of a full multiprocessor's items, 0 to 1, where known
};

/// A compiled program, of the runtime that compiled it.
class CompiledProgram {
 public:
  virtual ~CompiledProgram() = default;
  /// How many parameters the function has; nothing where there is no way to tell. `entry` must be one that it
  /// was compiled for.
  virtual std::optional<size_t> parameter_count(const std::string& entry) const = 0;
  /// A digest of the code, equal for programs that execute the same; empty where there is none to tell.
  virtual std::string code() const { return {}; }
  /// What Runtime::load() makes the program of again on another machine; empty where that one compiles the
  /// source.
  virtual std::string pack() const { return {}; }
  /// Whether a launch can begin on a device, before it is tried. `launch.entry` as above.
  virtual Fit fit(const DeviceFacts& device, const Launch& launch) const {
    static_cast<void>(device), static_cast<void>(launch);
    return {};
  }
};

/// What compiling came to.
struct Compiled {
  std::shared_ptr<const CompiledProgram> program;  ///< set exactly where there is no failure
  std::optional<Failure> failure;
  Features features = {};  ///< what compiling reveals, also of a program that does not fit
  std::string log = {};    ///< what the compiler said, which is not empty for every success either
};

/// Memory of a device. Freed when this is destroyed, which must be before its runtime is.
class DeviceBuffer {
 public:
  virtual ~DeviceBuffer() = default;
};

/// What a function is given for a parameter: memory of the device, or the bytes of a scalar.
using Argument = std::variant<std::shared_ptr<DeviceBuffer>, std::vector<std::byte>>;

/// One device behind OpenCL or CUDA. What can hang takes a deadline, and after it the process is of no more
/// use: whoever uses this lives in a worker process. Used by one thread at a time.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual const DeviceFacts& facts() const = 0;
  /// Compiles the source for the device, and looks the entries up.
  virtual Compiled compile(const Source& source, std::span<const std::string> entries) = 0;
  /// The program of a source that another machine compiled: `packed` is what CompiledProgram::pack() gave
  /// there, or any bytes. By default nothing is there, and the source is compiled. Errors: corrupt;
  /// unsupported for a program for another device.
  virtual Result<Compiled> load(const Source& source, std::span<const std::string> entries,
                                std::string_view packed) {
    if (!packed.empty()) return corrupt("a compiled program came for a runtime that compiles its own");
    return compile(source, entries);
  }
  /// Errors: io, when the device has no such memory.
  virtual Result<std::shared_ptr<DeviceBuffer>> allocate(size_t bytes) = 0;
  /// A part of a buffer as memory of its own, which keeps the whole alive. `offset` is a multiple of
  /// DeviceFacts::buffer_alignment, and `bytes` at least 1. Errors: io, naming what the runtime said.
  virtual Result<std::shared_ptr<DeviceBuffer>> part_of(const std::shared_ptr<DeviceBuffer>& whole,
                                                        size_t offset, size_t bytes) = 0;
  /// Copies from the beginning of the buffer on. Errors: io, naming what the runtime said.
  virtual Status write(DeviceBuffer& buffer, std::span<const std::byte> bytes) = 0;
  virtual Status read(const DeviceBuffer& buffer, std::span<std::byte> bytes) = 0;
  /// Writes so many bytes over the beginning of the buffer, by the device itself where it can, before
  /// whatever is launched next: what it holds then is not promised. Errors: io, naming what the runtime said.
  virtual Status overwrite(DeviceBuffer& buffer, std::span<const std::byte> bytes) {
    return write(buffer, bytes);
  }
  /// The clocks now; nothing where the runtime does not tell. They are never set.
  virtual std::optional<DeviceClocks> clocks() { return std::nullopt; }
  /// Copies into a `__constant__` array of the program, from its beginning on; it has the bytes until two
  /// other programs were launched. Nothing happens where the program has no array of this name: compilers
  /// drop those that no kernel reads. Errors: io, naming what the runtime said, and for an array that is too
  /// small.
  virtual Status write_symbol(const CompiledProgram& program, const std::string& name,
                              std::span<const std::byte> bytes) {
    static_cast<void>(program), static_cast<void>(name), static_cast<void>(bytes);
    return {};
  }
  /// Makes ready what the first launch of these sizes would else do in its time, such as PoCL's machine code:
  /// enqueues it where there is no other way, and comes back once it has begun. `begun`, which may be empty,
  /// is called just before the kernel begins, perhaps on another thread, or where nothing was left to make
  /// ready: what happens from then on is the kernel's doing. Nothing, or why it cannot begin; then `begun`
  /// was not called. The next call must be launch() with the same arguments.
  virtual std::optional<Failure> prepare(const CompiledProgram& program, const Launch& launch,
                                         std::span<const Argument> arguments, Deadline deadline,
                                         const std::function<void()>& begun) = 0;
  /// Launches, waits until it has ended, and returns how long the device took, ns, by its own clock; where
  /// prepare() has enqueued the launch already, waits for that one. `arguments` are those of the launch, in
  /// its order. A wait that reaches the deadline is a failure of the verdict run_timeout.
  virtual std::variant<double, Failure> launch(const CompiledProgram& program, const Launch& launch,
                                               std::span<const Argument> arguments, Deadline deadline) = 0;
};

}  // namespace tamis::gpu
