#include "targets/gpu/runtime/opencl_runtime.h"

#include "process/scratch.h"
#include "targets/gpu/runtime/opencl_library.h"
#include "targets/gpu/runtime/opencl_program.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

using std::chrono::microseconds;

/// How often the state of a launch is asked for: at first often, in a long wait seldom, and on a processor
/// never so often that it takes time from the kernel.
constexpr microseconds kShortestNap{20};
constexpr microseconds kLongestNap{1'000};
constexpr uint64_t kPageBytes = 4096;

/// What PoCL reads of the environment when it is loaded: where it keeps what it compiled, which must be
/// nothing of an earlier process for building to take the time that it takes, and on how many threads it
/// runs. The folder lives as long as the process, as the loaded driver does.
class DriverEnvironment {
 public:
  static const DriverEnvironment& prepare(int threads) {
    static const DriverEnvironment once(threads);
    return once;
  }

 private:
  explicit DriverEnvironment(int threads) {
    if (threads > 0) ::setenv("POCL_MAX_PTHREAD_COUNT", std::to_string(threads).c_str(), 1);
    Result<std::shared_ptr<ScratchRoot>> root = ScratchRoot::create();
    if (!root.ok()) return;  // then it keeps to its own folder
    Result<std::unique_ptr<Scratch>> folder = (*root)->make();
    if (!folder.ok()) return;
    cache_ = std::move(*folder);
    ::setenv("POCL_CACHE_DIR", cache_->path().c_str(), 1);
  }
  std::unique_ptr<Scratch> cache_;
};

class OpenClBuffer final : public DeviceBuffer {
 public:
  /// `whole`: what it is a part of; nothing where it is no part.
  OpenClBuffer(std::shared_ptr<const OpenClLibrary> library, cl_mem memory,
               std::shared_ptr<DeviceBuffer> whole = nullptr)
      : library_(std::move(library)), memory_(memory), whole_(std::move(whole)) {}
  OpenClBuffer(const OpenClBuffer&) = delete;
  OpenClBuffer& operator=(const OpenClBuffer&) = delete;
  ~OpenClBuffer() override { library_->functions().release_memory(memory_); }
  cl_mem memory() const { return memory_; }

 private:
  std::shared_ptr<const OpenClLibrary> library_;
  cl_mem memory_;
  std::shared_ptr<DeviceBuffer> whole_;
};

cl_mem memory_of(const DeviceBuffer& buffer) { return static_cast<const OpenClBuffer&>(buffer).memory(); }

/// An event that is released with this.
class OpenClEvent {
 public:
  explicit OpenClEvent(const OpenClFunctions& cl) : cl_(&cl) {}
  OpenClEvent(const OpenClEvent&) = delete;
  OpenClEvent& operator=(const OpenClEvent&) = delete;
  ~OpenClEvent() {
    if (event != nullptr) cl_->release_event(event);
  }
  cl_int status() const {
    cl_int status = CL_QUEUED;
    const cl_int code =
        cl_->get_event_info(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, nullptr);
    return code == CL_SUCCESS ? status : code;
  }
  cl_ulong profile(cl_profiling_info what) const {
    cl_ulong ns = 0;
    cl_->get_profile(event, what, sizeof ns, &ns, nullptr);
    return ns;
  }

  cl_event event = nullptr;

 private:
  const OpenClFunctions* cl_;
};

/// Asks until the status is at most this, or an error: then what it is; nothing where the deadline came.
std::optional<cl_int> wait_for(const OpenClEvent& event, cl_int wanted, Deadline deadline) {
  microseconds nap = kShortestNap;
  for (;;) {
    const cl_int status = event.status();
    if (status <= wanted) return status;
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(nap);
    nap = std::min(nap + nap / 8, kLongestNap);
  }
}

/// Tells, once, that a kernel begins; outlives whoever waits for it where the driver calls late.
struct Announcement {
  std::mutex mutex;
  std::function<void()> begun;  // empty once it was called, or nobody is to be told any more

  void tell() {
    const std::scoped_lock lock(mutex);
    if (begun) std::exchange(begun, nullptr)();
  }
  void forget() {
    const std::scoped_lock lock(mutex);
    begun = nullptr;
  }
};

void CL_CALLBACK announce_begun(cl_event, cl_int status, void* data) {
  const std::unique_ptr<std::shared_ptr<Announcement>> told(
      static_cast<std::shared_ptr<Announcement>*>(data));
  if (status >= 0) (*told)->tell();
}

template <class T>
T device_info(const OpenClFunctions& cl, cl_device_id device, cl_device_info what) {
  T value{};
  cl.get_device_info(device, what, sizeof value, &value, nullptr);
  return value;
}

std::string platform_text(const OpenClFunctions& cl, cl_platform_id platform) {
  std::array<char, 256> text = {};
  cl.get_platform_info(platform, CL_PLATFORM_NAME, text.size() - 1, text.data(), nullptr);
  return text.data();
}

DeviceFacts facts_of(const OpenClFunctions& cl, const OpenClDevice& chosen) {
  DeviceFacts facts;
  const cl_device_id device = chosen.device;
  facts.name = chosen.name;
  facts.driver = fmt::format("{} {}", platform_text(cl, chosen.platform),
                             device_info<std::array<char, 256>>(cl, device, CL_DRIVER_VERSION).data());
  facts.group_items = device_info<size_t>(cl, device, CL_DEVICE_MAX_WORK_GROUP_SIZE);
  const auto sizes = device_info<std::array<size_t, 3>>(cl, device, CL_DEVICE_MAX_WORK_ITEM_SIZES);
  std::copy(sizes.begin(), sizes.end(), facts.group_sizes.begin());
  facts.shared_bytes = device_info<cl_ulong>(cl, device, CL_DEVICE_LOCAL_MEM_SIZE);
  facts.memory_bytes = device_info<cl_ulong>(cl, device, CL_DEVICE_GLOBAL_MEM_SIZE);
  facts.largest_buffer = device_info<cl_ulong>(cl, device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  // In bits; 4 KiB, a page, where a driver says nothing that could be right.
  const uint64_t alignment = device_info<cl_uint>(cl, device, CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8;
  facts.buffer_alignment = alignment > 0 ? std::max(alignment, facts.buffer_alignment) : kPageBytes;
  facts.cache_bytes = device_info<cl_ulong>(cl, device, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE);
  facts.compute_units = static_cast<int>(device_info<cl_uint>(cl, device, CL_DEVICE_MAX_COMPUTE_UNITS));
  facts.is_cpu = (chosen.type & CL_DEVICE_TYPE_CPU) != 0;
  facts.native_lanes =
      static_cast<int>(device_info<cl_uint>(cl, device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT));
  return facts;
}

/// What a refused or failed command says of its config.
Verdict verdict_of(cl_int code, Verdict otherwise) {
  const bool resource = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_RESOURCES ||
                        code == CL_OUT_OF_HOST_MEMORY;
  return resource ? Verdict::resource_exceeded : otherwise;
}

class OpenClRuntime final : public Runtime {
 public:
  OpenClRuntime(std::shared_ptr<const OpenClLibrary> library, const OpenClDevice& chosen)
      : library_(std::move(library)),
        cl_(library_->functions()),
        device_(chosen.device),
        facts_(facts_of(cl_, chosen)) {}
  OpenClRuntime(const OpenClRuntime&) = delete;
  OpenClRuntime& operator=(const OpenClRuntime&) = delete;
  ~OpenClRuntime() override {
    // What still runs would be waited for: it ends with the process.
    if (hangs_) return;
    if (queue_ != nullptr) cl_.release_queue(queue_);
    if (context_ != nullptr) cl_.release_context(context_);
  }

  Status open() {
    cl_int code = CL_SUCCESS;
    context_ = cl_.create_context(nullptr, 1, &device_, nullptr, nullptr, &code);
    if (code == CL_SUCCESS) queue_ = cl_.create_queue(context_, device_, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code == CL_SUCCESS) return {};
    return io_error(fmt::format("the OpenCL device {} cannot be opened: {}", facts_.name, error_name(code)));
  }

  const DeviceFacts& facts() const override { return facts_; }

  Compiled compile(const Source& source, std::span<const std::string> entries) override {
    return compile_opencl(library_, context_, device_, facts_.is_cpu, source, entries);
  }

  Result<std::shared_ptr<DeviceBuffer>> allocate(size_t bytes) override {
    cl_int code = CL_SUCCESS;
    const cl_mem memory =
        cl_.create_buffer(context_, CL_MEM_READ_WRITE, std::max<size_t>(bytes, 1), nullptr, &code);
    if (code != CL_SUCCESS)
      return io_error(fmt::format("the device {} has no {} bytes for a buffer: {}", facts_.name, bytes,
                                  error_name(code)));
    return std::shared_ptr<DeviceBuffer>(std::make_shared<OpenClBuffer>(library_, memory));
  }

  Result<std::shared_ptr<DeviceBuffer>> part_of(const std::shared_ptr<DeviceBuffer>& whole, size_t offset,
                                                size_t bytes) override {
    const cl_buffer_region region{offset, bytes};
    cl_int code = CL_SUCCESS;
    const cl_mem memory = cl_.create_sub_buffer(memory_of(*whole), CL_MEM_READ_WRITE,
                                                CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
    if (code != CL_SUCCESS)
      return io_error(fmt::format("the device {} gives no part of a buffer, {} bytes from {} on: {}",
                                  facts_.name, bytes, offset, error_name(code)));
    return std::shared_ptr<DeviceBuffer>(std::make_shared<OpenClBuffer>(library_, memory, whole));
  }

  Status write(DeviceBuffer& buffer, std::span<const std::byte> bytes) override {
    if (bytes.empty()) return {};
    return copied("written to", cl_.enqueue_write(queue_, memory_of(buffer), CL_TRUE, 0, bytes.size(),
                                                  bytes.data(), 0, nullptr, nullptr));
  }

  Status read(const DeviceBuffer& buffer, std::span<std::byte> bytes) override {
    if (bytes.empty()) return {};
    return copied("read from", cl_.enqueue_read(queue_, memory_of(buffer), CL_TRUE, 0, bytes.size(),
                                                bytes.data(), 0, nullptr, nullptr));
  }

  std::optional<Failure> prepare(const CompiledProgram& program, const Launch& launch,
                                 std::span<const Argument> arguments, Deadline deadline,
                                 const std::function<void()>& begun) override {
    // Held back until somebody listens for its beginning.
    OpenClEvent gate(cl_);
    cl_int code = CL_SUCCESS;
    gate.event = cl_.create_user_event(context_, &code);
    if (code != CL_SUCCESS)
      return Failure{Verdict::run_failed, fmt::format("clCreateUserEvent: {}", error_name(code))};
    auto event = std::make_unique<OpenClEvent>(cl_);
    if (auto refused = enqueue(program, launch, arguments, &gate.event, *event)) {
      cl_.set_user_event(gate.event, CL_COMPLETE);
      return refused;
    }
    const auto announcement = std::make_shared<Announcement>();
    announcement->begun = begun;
    listen(*event, announcement);
    cl_.set_user_event(gate.event, CL_COMPLETE);
    cl_.flush(queue_);
    const std::optional<cl_int> status = wait_for(*event, CL_RUNNING, deadline);
    if (status && *status >= 0) {
      announcement->tell();  // where the driver did not
      prepared_ = std::move(event);
      return std::nullopt;
    }
    announcement->forget();
    if (!status) {
      hangs_ = true;
      return Failure{Verdict::build_timeout,
                     fmt::format("{}: the driver did not begin the launch in time", launch.entry), true};
    }
    return Failure{verdict_of(*status, Verdict::build_failed),
                   fmt::format("{}: the driver made no machine code: {}", launch.entry, error_name(*status))};
  }

  std::variant<double, Failure> launch(const CompiledProgram& program, const Launch& launch,
                                       std::span<const Argument> arguments, Deadline deadline) override {
    std::unique_ptr<OpenClEvent> event = std::move(prepared_);
    if (!event) {
      event = std::make_unique<OpenClEvent>(cl_);
      if (auto refused = enqueue(program, launch, arguments, nullptr, *event)) return *refused;
      cl_.flush(queue_);
    }
    const std::optional<cl_int> status = wait_for(*event, CL_COMPLETE, deadline);
    if (!status) {
      hangs_ = true;
      return Failure{Verdict::run_timeout, fmt::format("{} did not end in time", launch.entry), true};
    }
    if (*status < 0)
      return Failure{verdict_of(*status, Verdict::run_failed),
                     fmt::format("{}: the device reports {}", launch.entry, error_name(*status))};
    return static_cast<double>(event->profile(CL_PROFILING_COMMAND_END) -
                               event->profile(CL_PROFILING_COMMAND_START));
  }

 private:
  Status copied(const char* what, cl_int code) const {
    if (code == CL_SUCCESS) return {};
    return io_error(fmt::format("nothing could be {} the device: {}", what, error_name(code)));
  }

  void listen(const OpenClEvent& event, const std::shared_ptr<Announcement>& announcement) const {
    auto told = std::make_unique<std::shared_ptr<Announcement>>(announcement);
    if (cl_.set_callback(event.event, CL_RUNNING, announce_begun, told.get()) == CL_SUCCESS)
      static_cast<void>(told.release());  // announce_begun owns it
  }

  std::optional<Failure> set_arguments(cl_kernel kernel, const Launch& launch,
                                       std::span<const Argument> arguments) const {
    cl_uint place = 0;
    for (const Argument& argument : arguments) {
      size_t size = sizeof(cl_mem);
      cl_int code = CL_SUCCESS;
      if (const auto* buffer = std::get_if<std::shared_ptr<DeviceBuffer>>(&argument)) {
        const cl_mem memory = memory_of(**buffer);
        code = cl_.set_argument(kernel, place, size, &memory);
      } else if (const auto* bytes = std::get_if<std::vector<std::byte>>(&argument)) {
        size = bytes->size();
        code = cl_.set_argument(kernel, place, size, bytes->data());
      }
      if (code != CL_SUCCESS)
        return Failure{Verdict::launch_failed,
                       fmt::format("{}: its parameter {} does not take the argument of {} bytes: {}",
                                   launch.entry, place + 1, size, error_name(code))};
      ++place;
    }
    if (launch.shared_bytes == 0) return std::nullopt;
    const cl_int code = cl_.set_argument(kernel, place, launch.shared_bytes, nullptr);
    if (code == CL_SUCCESS) return std::nullopt;
    return Failure{Verdict::launch_failed,
                   fmt::format("{}: its parameter {} does not take {} bytes of local memory: {}",
                               launch.entry, place + 1, launch.shared_bytes, error_name(code))};
  }

  /// Nothing, or why the launch was refused.
  std::optional<Failure> enqueue(const CompiledProgram& program, const Launch& launch,
                                 std::span<const Argument> arguments, const cl_event* after,
                                 OpenClEvent& event) const {
    const cl_kernel kernel = static_cast<const OpenClProgram&>(program).kernel(launch.entry);
    if (auto refused = set_arguments(kernel, launch, arguments)) return refused;
    std::array<size_t, 3> global{}, local{};
    for (size_t axis = 0; axis < 3; ++axis) {
      local[axis] = launch.grid.group[axis];
      global[axis] = launch.grid.groups[axis] * local[axis];
    }
    const cl_int code = cl_.enqueue_kernel(queue_, kernel, 3, nullptr, global.data(), local.data(),
                                           after == nullptr ? 0 : 1, after, &event.event);
    if (code == CL_SUCCESS) return std::nullopt;
    return Failure{verdict_of(code, Verdict::launch_failed),
                   fmt::format("{}: the driver refuses the launch of {} x {} x {} groups of {} x {} x {} "
                               "items: {}",
                               launch.entry, launch.grid.groups[0], launch.grid.groups[1],
                               launch.grid.groups[2], local[0], local[1], local[2], error_name(code))};
  }

  std::shared_ptr<const OpenClLibrary> library_;
  const OpenClFunctions& cl_;
  cl_device_id device_;
  DeviceFacts facts_;
  cl_context context_ = nullptr;
  cl_command_queue queue_ = nullptr;
  std::unique_ptr<OpenClEvent> prepared_;  // the launch that prepare() has begun
  bool hangs_ = false;                     // a launch did not end
};

}  // namespace

Result<std::unique_ptr<Runtime>> open_opencl_runtime(const OpenClOptions& options) {
  DriverEnvironment::prepare(options.threads);
  TAMIS_ASSIGN(const std::shared_ptr<const OpenClLibrary> library, OpenClLibrary::open(options.library));
  TAMIS_ASSIGN(const std::vector<OpenClDevice> devices, list_devices(library->functions()));
  TAMIS_ASSIGN(const OpenClDevice chosen, choose_device(devices, options.device));
  auto runtime = std::make_unique<OpenClRuntime>(library, chosen);
  TAMIS_TRY(runtime->open());
  return std::unique_ptr<Runtime>(std::move(runtime));
}

}  // namespace tamis::gpu
