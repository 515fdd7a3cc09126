#include "targets/gpu/runtime/cuda_runtime.h"

#include "targets/gpu/runtime/cuda_driver.h"
#include "targets/gpu/runtime/limits.h"
#include "targets/gpu/runtime/nvml.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

// Of CUdevice_attribute and CUfunction_attribute.
constexpr int kBlockThreads = 1;
constexpr int kBlockSizeX = 2;  // and of y and z behind it
constexpr int kGridSizeX = 5;   // and of y and z behind it
constexpr int kBlockShared = 8;
constexpr int kMultiprocessors = 16;
constexpr int kCacheBytes = 38;
constexpr int kMajor = 75;
constexpr int kMinor = 76;
constexpr int kBlockSharedOptIn = 97;
constexpr int kDynamicShared = 8;

constexpr unsigned kNonBlockingStream = 1;

/// How long a wait for a kernel asks without a pause, and how long its pauses are then.
constexpr std::chrono::microseconds kBusyWait{500};
constexpr std::chrono::microseconds kPause{50};

Result<std::string> name_of_device(const CudaDriver& driver, CudaDevice device) {
  std::array<char, 256> name{};
  TAMIS_TRY(
      driver.check(driver.functions().device_name(name.data(), static_cast<int>(name.size()) - 1, device),
                   "asking a device for its name"));
  return std::string(name.data());
}

/// Its address on the PCI bus, by which another library finds the same device, whatever is hidden from this
/// process.
Result<std::string> bus_address_of(const CudaDriver& driver, CudaDevice device) {
  std::array<char, 64> text{};
  TAMIS_TRY(driver.check(
      driver.functions().device_bus_address(text.data(), static_cast<int>(text.size()) - 1, device),
      "asking a device for its address"));
  return std::string(text.data());
}

Result<CudaDevice> device_of(const CudaDriver& driver, int ordinal) {
  CudaDevice device = 0;
  TAMIS_TRY(driver.check(driver.functions().device(&device, ordinal),
                         fmt::format("opening the CUDA device {}", ordinal)));
  return device;
}

/// A driver as its user sees it. Once lost, nothing is given back any more: that would wait for a kernel that
/// never ends, or fail; the process ends instead.
struct DriverUse {
  std::shared_ptr<const CudaDriver> driver;
  bool lost = false;
};

class CudaBuffer final : public DeviceBuffer {
 public:
  /// `whole`: what it is a part of; nothing where it is no part.
  CudaBuffer(std::shared_ptr<const DriverUse> use, CudaAddress address, size_t bytes,
             std::shared_ptr<DeviceBuffer> whole = nullptr)
      : use_(std::move(use)), address_(address), bytes_(bytes), whole_(std::move(whole)) {}
  ~CudaBuffer() override {
    if (!use_->lost && !whole_) use_->driver->functions().free(address_);
  }
  CudaBuffer(const CudaBuffer&) = delete;
  CudaBuffer& operator=(const CudaBuffer&) = delete;

  CudaAddress address() const { return address_; }
  size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<const DriverUse> use_;
  CudaAddress address_;
  size_t bytes_;
  std::shared_ptr<DeviceBuffer> whole_;
};

/// The context, a stream and two events of a device.
class CudaSession {
 public:
  static Result<std::unique_ptr<CudaSession>> open(std::shared_ptr<DriverUse> use, CudaDevice device) {
    std::unique_ptr<CudaSession> session(new CudaSession(std::move(use), device));
    TAMIS_TRY(session->begin());
    return session;
  }
  CudaSession(const CudaSession&) = delete;
  CudaSession& operator=(const CudaSession&) = delete;
  ~CudaSession() {
    if (use_->lost) return;
    const CudaFunctions& f = driver().functions();
    if (begin_ != nullptr) f.destroy_event(begin_);
    if (end_ != nullptr) f.destroy_event(end_);
    if (stream_ != nullptr) f.destroy_stream(stream_);
    if (context_ != nullptr) f.release_context(device_);
  }

  CudaStream* stream() const { return stream_; }
  CudaEvent* begin_event() const { return begin_; }
  CudaEvent* end_event() const { return end_; }
  /// Makes the context that of the calling thread, which need not be the one that opened it.
  void enter() const { driver().functions().set_context(context_); }
  const std::shared_ptr<DriverUse>& use() const { return use_; }

 private:
  CudaSession(std::shared_ptr<DriverUse> use, CudaDevice device) : use_(std::move(use)), device_(device) {}

  const CudaDriver& driver() const { return *use_->driver; }

  Status begin() {
    const CudaFunctions& f = driver().functions();
    TAMIS_TRY(driver().check(f.retain_context(&context_, device_), "opening a context of the device"));
    TAMIS_TRY(driver().check(f.set_context(context_), "entering the context of the device"));
    TAMIS_TRY(driver().check(f.create_stream(&stream_, kNonBlockingStream), "making a stream"));
    TAMIS_TRY(driver().check(f.create_event(&begin_, 0), "making an event"));
    return driver().check(f.create_event(&end_, 0), "making an event");
  }

  std::shared_ptr<DriverUse> use_;
  CudaDevice device_;
  CudaContext* context_ = nullptr;
  CudaStream* stream_ = nullptr;
  CudaEvent* begin_ = nullptr;
  CudaEvent* end_ = nullptr;
};

/// The module of a program.
class LoadedModule {
 public:
  explicit LoadedModule(std::shared_ptr<const DriverUse> use) : use_(std::move(use)) {}
  LoadedModule(const LoadedModule&) = delete;
  LoadedModule& operator=(const LoadedModule&) = delete;
  ~LoadedModule() { unload(); }

  bool holds(const Cubin& program) const { return module_ != nullptr && code_ == program.code(); }

  /// The function of an entry; the program is loaded unless it is.
  std::variant<CudaFunction*, Failure> find(const Cubin& program, const std::string& entry) {
    if (auto failure = load(program)) return *failure;
    const CudaFunctions& f = use_->driver->functions();
    CudaFunction* function = nullptr;
    const std::string name = program.name_of(entry);
    if (const CudaOutcome outcome = f.find_function(&function, module_, name.c_str());
        outcome != kCudaSuccess)
      return use_->driver->failure(outcome, fmt::format("looking for the kernel {}", entry));
    return function;
  }

  /// The place and size of a variable of the program, which is loaded unless it is; nothing where it has none
  /// of this name. Variables outside of namespaces have their own name in the cubin.
  Result<std::optional<std::pair<CudaAddress, size_t>>> find_global(const Cubin& program,
                                                                    const std::string& name) {
    if (const auto failure = load(program)) return io_error(failure->message);
    CudaAddress address = 0;
    size_t bytes = 0;
    const CudaOutcome outcome =
        use_->driver->functions().find_global(&address, &bytes, module_, name.c_str());
    if (outcome == kCudaNotFound) return std::optional<std::pair<CudaAddress, size_t>>();
    TAMIS_TRY(use_->driver->check(outcome, fmt::format("looking for the __constant__ array {}", name)));
    return std::optional(std::pair(address, bytes));
  }

 private:
  /// Nothing, or why the driver does not take the program.
  std::optional<Failure> load(const Cubin& program) {
    if (holds(program)) return std::nullopt;
    unload();
    const CudaOutcome outcome =
        use_->driver->functions().load_module(&module_, program.bytes().data(), 0, nullptr, nullptr);
    if (outcome != kCudaSuccess) {
      module_ = nullptr;
      return use_->driver->failure(outcome, "loading the program");
    }
    code_ = program.code();
    return std::nullopt;
  }
  void unload() {
    if (module_ != nullptr && !use_->lost) use_->driver->functions().unload_module(module_);
    module_ = nullptr;
  }

  std::shared_ptr<const DriverUse> use_;
  CudaModule* module_ = nullptr;
  std::string code_;
};

Result<DeviceFacts> facts_of(const CudaDriver& driver, CudaDevice device) {
  const CudaFunctions& f = driver.functions();
  Status asked;
  const auto ask = [&](int attribute) {
    int value = 0;
    const CudaOutcome outcome = f.device_attribute(&value, attribute, device);
    if (asked.ok()) asked = driver.check(outcome, "asking a device for its properties");
    return static_cast<uint64_t>(std::max(value, 0));
  };
  DeviceFacts facts;
  TAMIS_ASSIGN(facts.name, name_of_device(driver, device));
  facts.architecture = fmt::format("sm_{}{}", ask(kMajor), ask(kMinor));
  facts.group_items = ask(kBlockThreads);
  for (int axis = 0; axis < 3; ++axis) {
    facts.group_sizes[static_cast<size_t>(axis)] = ask(kBlockSizeX + axis);
    facts.grid_sizes[static_cast<size_t>(axis)] = ask(kGridSizeX + axis);
  }
  facts.shared_bytes = std::max(ask(kBlockShared), ask(kBlockSharedOptIn));
  facts.cache_bytes = ask(kCacheBytes);
  facts.compute_units = static_cast<int>(ask(kMultiprocessors));
  if (!asked.ok()) return asked.error();
  size_t memory = 0;
  TAMIS_TRY(driver.check(f.device_memory(&memory, device), "asking a device for its memory"));
  facts.memory_bytes = memory;
  facts.largest_buffer = memory;
  return facts;
}

class CudaRuntime final : public Runtime {
 public:
  /// `management` opens what tells the device's clocks.
  CudaRuntime(std::unique_ptr<CudaSession> session, DeviceFacts facts, CudaCompiler compiler,
              std::function<std::unique_ptr<const Nvml>()> management)
      : session_(std::move(session)),
        driver_(session_->use()->driver),
        facts_(std::move(facts)),
        compiler_(std::move(compiler)),
        modules_{LoadedModule(session_->use()), LoadedModule(session_->use())},
        open_management_(std::move(management)) {}

  const DeviceFacts& facts() const override { return facts_; }

  Compiled compile(const Source& source, std::span<const std::string> entries) override {
    return compiler_.compile(source, entries);
  }

  Result<Compiled> load(const Source&, std::span<const std::string> entries,
                        std::string_view packed) override {
    return load_cubin(packed, entries, facts_.architecture);
  }

  Result<std::shared_ptr<DeviceBuffer>> allocate(size_t bytes) override {
    session_->enter();
    CudaAddress address = 0;
    // The driver gives no memory of no bytes.
    TAMIS_TRY(driver_->check(driver_->functions().allocate(&address, std::max<size_t>(bytes, 1)),
                             fmt::format("allocating {} bytes of the device", bytes)));
    return std::shared_ptr<DeviceBuffer>(std::make_shared<CudaBuffer>(session_->use(), address, bytes));
  }

  Result<std::shared_ptr<DeviceBuffer>> part_of(const std::shared_ptr<DeviceBuffer>& whole, size_t offset,
                                                size_t bytes) override {
    const auto& of = static_cast<const CudaBuffer&>(*whole);
    TAMIS_TRY(check_size(of, offset + bytes));
    return std::shared_ptr<DeviceBuffer>(
        std::make_shared<CudaBuffer>(session_->use(), of.address() + offset, bytes, whole));
  }

  Status write(DeviceBuffer& buffer, std::span<const std::byte> bytes) override {
    const auto& to = static_cast<const CudaBuffer&>(buffer);
    TAMIS_TRY(check_size(to, bytes.size()));
    if (bytes.empty()) return {};
    session_->enter();
    return driver_->check(driver_->functions().copy_in(to.address(), bytes.data(), bytes.size()),
                          "copying to the device");
  }

  Status read(const DeviceBuffer& buffer, std::span<std::byte> bytes) override {
    const auto& from = static_cast<const CudaBuffer&>(buffer);
    TAMIS_TRY(check_size(from, bytes.size()));
    if (bytes.empty()) return {};
    session_->enter();
    return driver_->check(driver_->functions().copy_out(bytes.data(), from.address(), bytes.size()),
                          "copying from the device");
  }

  Status overwrite(DeviceBuffer& buffer, std::span<const std::byte> bytes) override {
    const auto& over = static_cast<const CudaBuffer&>(buffer);
    TAMIS_TRY(check_size(over, bytes.size()));
    if (bytes.empty()) return {};
    session_->enter();
    return driver_->check(
        driver_->functions().fill(over.address(), std::to_integer<unsigned char>(bytes.front()), bytes.size(),
                                  session_->stream()),
        "writing over memory of the device");
  }

  std::optional<DeviceClocks> clocks() override {
    // Opened by whoever asks first, once: the tuner never does.
    if (open_management_) management_ = std::exchange(open_management_, nullptr)();
    return management_ == nullptr ? std::nullopt : management_->clocks();
  }

  Status write_symbol(const CompiledProgram& program, const std::string& name,
                      std::span<const std::byte> bytes) override {
    const auto* cubin = dynamic_cast<const Cubin*>(&program);
    if (cubin == nullptr) return io_error("the program is not one of CUDA");
    session_->enter();
    TAMIS_ASSIGN(const auto found, module_of(*cubin).find_global(*cubin, name));
    if (!found) return {};
    const auto [address, size] = *found;
    if (bytes.size() > size)
      return io_error(fmt::format("the __constant__ array {} has {} bytes, and its argument {}", name, size,
                                  bytes.size()));
    return driver_->check(driver_->functions().copy_in(address, bytes.data(), bytes.size()),
                          fmt::format("copying to the __constant__ array {}", name));
  }

  std::optional<Failure> prepare(const CompiledProgram& program, const Launch& launch,
                                 std::span<const Argument> arguments, Deadline,
                                 const std::function<void()>& begun) override {
    const auto function = function_of(program, launch, arguments);
    if (const auto* failure = std::get_if<Failure>(&function)) return *failure;
    if (begun) begun();
    return std::nullopt;
  }

  std::variant<double, Failure> launch(const CompiledProgram& program, const Launch& launch,
                                       std::span<const Argument> arguments, Deadline deadline) override {
    std::variant<double, Failure> ran = run(program, launch, arguments, deadline);
    if (const auto* failure = std::get_if<Failure>(&ran); failure != nullptr && failure->process_lost)
      session_->use()->lost = true;
    return ran;
  }

 private:
  std::variant<double, Failure> run(const CompiledProgram& program, const Launch& launch,
                                    std::span<const Argument> arguments, Deadline deadline) {
    const auto found = function_of(program, launch, arguments);
    if (const auto* failure = std::get_if<Failure>(&found)) return *failure;
    if (auto failure = enqueue(*std::get_if<CudaFunction*>(&found), launch, arguments)) return *failure;
    if (auto failure = wait(launch, deadline)) return *failure;
    float milliseconds = 0;
    if (const CudaOutcome outcome =
            driver_->functions().elapsed(&milliseconds, session_->begin_event(), session_->end_event());
        outcome != kCudaSuccess)
      return driver_->failure(outcome, fmt::format("timing {}", launch.entry));
    return static_cast<double>(milliseconds) * 1e6;
  }

  /// Where a program is loaded, or will be: programs come one after the other, and beside them one that is
  /// run again and again to see whether the device is calm.
  LoadedModule& module_of(const Cubin& program) {
    if (!modules_[latest_].holds(program)) latest_ = 1 - latest_;
    return modules_[latest_];
  }

  static Status check_size(const CudaBuffer& buffer, size_t bytes) {
    if (bytes <= buffer.bytes()) return {};
    return io_error(
        fmt::format("{} bytes do not fit a buffer of {} bytes of the device", bytes, buffer.bytes()));
  }

  /// The function of a launch, ready to be launched; or why it cannot be.
  std::variant<CudaFunction*, Failure> function_of(const CompiledProgram& program, const Launch& launch,
                                                   std::span<const Argument> arguments) {
    const auto* cubin = dynamic_cast<const Cubin*>(&program);
    const KernelFacts* kernel = cubin == nullptr ? nullptr : cubin->kernel(launch.entry);
    if (kernel == nullptr)
      return Failure{Verdict::launch_failed,
                     fmt::format("the program was not compiled for the kernel {}", launch.entry)};
    if (auto failure = find_excess(facts_, launch)) return *failure;
    if (auto failure = cubin->fit(facts_, launch).failure) return *failure;
    if (auto failure = find_argument_fault(*kernel, launch, arguments)) return *failure;
    session_->enter();
    auto found = module_of(*cubin).find(*cubin, launch.entry);
    auto* function = std::get_if<CudaFunction*>(&found);
    // Without asking, a block has no more than 48 KiB.
    if (function != nullptr && launch.shared_bytes + kernel->shared_bytes > kStaticSharedBytes)
      if (const CudaOutcome outcome = driver_->functions().set_function_attribute(
              *function, kDynamicShared, static_cast<int>(launch.shared_bytes));
          outcome != kCudaSuccess)
        return driver_->failure(outcome, fmt::format("asking for {} bytes of dynamic shared memory for {}",
                                                     launch.shared_bytes, launch.entry));
    return found;
  }

  /// The driver reads what lies behind the addresses that it is given, without a check.
  static std::optional<Failure> find_argument_fault(const KernelFacts& kernel, const Launch& launch,
                                                    std::span<const Argument> arguments) {
    if (arguments.size() != kernel.parameters.size())
      return Failure{Verdict::launch_failed,
                     fmt::format("{} has {} parameters and was given {} arguments", launch.entry,
                                 kernel.parameters.size(), arguments.size())};
    for (size_t i = 0; i < arguments.size(); ++i) {
      const auto* scalar = std::get_if<std::vector<std::byte>>(&arguments[i]);
      const uint64_t bytes = scalar == nullptr ? sizeof(CudaAddress) : scalar->size();
      if (bytes != kernel.parameters[i].bytes)
        return Failure{Verdict::launch_failed,
                       fmt::format("parameter {} of {} has {} bytes, and its argument {} ({})", i + 1,
                                   launch.entry, kernel.parameters[i].bytes, bytes,
                                   scalar == nullptr ? "the address of a buffer" : "a scalar")};
    }
    return std::nullopt;
  }

  std::optional<Failure> enqueue(CudaFunction* function, const Launch& launch,
                                 std::span<const Argument> arguments) {
    std::vector<CudaAddress> addresses(arguments.size());
    std::vector<void*> parameters(arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (const auto* scalar = std::get_if<std::vector<std::byte>>(&arguments[i])) {
        parameters[i] = const_cast<std::byte*>(scalar->data());  // the driver only reads
        continue;
      }
      const auto& buffer = *std::get_if<std::shared_ptr<DeviceBuffer>>(&arguments[i]);
      addresses[i] = static_cast<const CudaBuffer&>(*buffer).address();
      parameters[i] = &addresses[i];
    }
    const CudaFunctions& f = driver_->functions();
    const auto size = [](uint64_t value) { return static_cast<unsigned>(value); };
    const auto& [groups, group] = launch.grid;
    CudaOutcome outcome = f.record_event(session_->begin_event(), session_->stream());
    if (outcome == kCudaSuccess)
      outcome = f.launch(function, size(groups[0]), size(groups[1]), size(groups[2]), size(group[0]),
                         size(group[1]), size(group[2]), size(launch.shared_bytes), session_->stream(),
                         parameters.data(), nullptr);
    if (outcome == kCudaSuccess) outcome = f.record_event(session_->end_event(), session_->stream());
    if (outcome == kCudaSuccess) return std::nullopt;
    return driver_->failure(outcome, fmt::format("launching {}", launch.entry));
  }

  /// Waits for the event behind the launch, without ever blocking in the driver.
  std::optional<Failure> wait(const Launch& launch, Deadline deadline) {
    const auto busy_until = std::chrono::steady_clock::now() + kBusyWait;
    for (;;) {
      const CudaOutcome outcome = driver_->functions().query_event(session_->end_event());
      if (outcome == kCudaSuccess) return std::nullopt;
      if (outcome != kCudaNotReady) return driver_->failure(outcome, fmt::format("running {}", launch.entry));
      const auto now = std::chrono::steady_clock::now();
      if (now >= deadline)
        return Failure{Verdict::run_timeout, fmt::format("{} did not end in time", launch.entry), true};
      if (now > busy_until) std::this_thread::sleep_for(kPause);
    }
  }

  std::unique_ptr<CudaSession> session_;
  std::shared_ptr<const CudaDriver> driver_;
  DeviceFacts facts_;
  CudaCompiler compiler_;
  std::array<LoadedModule, 2> modules_;  // behind the session, whose context they need
  size_t latest_ = 0;
  std::function<std::unique_ptr<const Nvml>()> open_management_;
  std::unique_ptr<const Nvml> management_;
};

Result<std::shared_ptr<const CudaDriver>> load_driver(const SearchScope& scope) {
  TAMIS_ASSIGN(auto library, open_cuda_library(scope));
  return CudaDriver::load(std::move(library));
}

}  // namespace

Result<std::vector<std::string>> list_cuda_devices(const SearchScope& scope) {
  TAMIS_ASSIGN(const auto driver, load_driver(scope));
  std::vector<std::string> names;
  for (int ordinal = 0; ordinal < driver->device_count(); ++ordinal) {
    TAMIS_ASSIGN(const CudaDevice device, device_of(*driver, ordinal));
    TAMIS_ASSIGN(std::string name, name_of_device(*driver, device));
    names.push_back(std::move(name));
  }
  return names;
}

Result<std::unique_ptr<Runtime>> open_cuda_runtime(const SearchScope& scope, int ordinal) {
  TAMIS_ASSIGN(const auto driver, load_driver(scope));
  if (ordinal < 0 || ordinal >= driver->device_count())
    return not_found(fmt::format("there is no CUDA device {}: this process may use {}, numbered from 0",
                                 ordinal, driver->device_count()));
  TAMIS_ASSIGN(const CudaDevice device, device_of(*driver, ordinal));
  TAMIS_ASSIGN(DeviceFacts facts, facts_of(*driver, device));
  TAMIS_ASSIGN(const std::string bus_address, bus_address_of(*driver, device));
  TAMIS_ASSIGN(auto library, open_nvrtc_library(scope, driver->major()));
  TAMIS_ASSIGN(auto nvrtc, Nvrtc::load(std::move(library)));
  TAMIS_ASSIGN(CudaCompiler compiler, CudaCompiler::create(std::move(nvrtc), facts.architecture));
  facts.driver = fmt::format("CUDA driver {}, {}", driver->version(), compiler.version());
  TAMIS_ASSIGN(auto session, CudaSession::open(std::make_shared<DriverUse>(DriverUse{driver}), device));
  return std::unique_ptr<Runtime>(
      std::make_unique<CudaRuntime>(std::move(session), std::move(facts), std::move(compiler),
                                    [scope, bus_address] { return Nvml::open(scope, bus_address); }));
}

}  // namespace tamis::gpu
