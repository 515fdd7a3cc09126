#include "targets/gpu/runtime/cuda_choice.h"

#include "base/text.h"
#include "targets/gpu/runtime/architecture.h"
#include "targets/gpu/runtime/cuda_compiler.h"

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr std::string_view kArchitectureKey = "arch=";
constexpr int64_t kMostOrdinal = 1023;

Error no_device(const std::string& architecture) {
  return unsupported(fmt::format("there is no device here to run code for {}; {}", architecture,
                                 how_to_build_only(architecture)));
}

/// A runtime that compiles and does nothing else.
class CudaBuilder final : public Runtime {
 public:
  CudaBuilder(CudaCompiler compiler, DeviceFacts facts)
      : compiler_(std::move(compiler)), facts_(std::move(facts)) {}

  const DeviceFacts& facts() const override { return facts_; }
  Compiled compile(const Source& source, std::span<const std::string> entries) override {
    return compiler_.compile(source, entries);
  }
  Result<Compiled> load(const Source&, std::span<const std::string> entries,
                        std::string_view packed) override {
    return load_cubin(packed, entries, facts_.architecture);
  }
  Result<std::shared_ptr<DeviceBuffer>> allocate(size_t) override { return no_device(facts_.architecture); }
  Result<std::shared_ptr<DeviceBuffer>> part_of(const std::shared_ptr<DeviceBuffer>&, size_t,
                                                size_t) override {
    return no_device(facts_.architecture);
  }
  Status write(DeviceBuffer&, std::span<const std::byte>) override { return no_device(facts_.architecture); }
  Status read(const DeviceBuffer&, std::span<std::byte>) override { return no_device(facts_.architecture); }
  std::optional<Failure> prepare(const CompiledProgram&, const Launch&, std::span<const Argument>, Deadline,
                                 const std::function<void()>&) override {
    return nothing_runs();
  }
  std::variant<double, Failure> launch(const CompiledProgram&, const Launch&, std::span<const Argument>,
                                       Deadline) override {
    return nothing_runs();
  }

 private:
  Failure nothing_runs() const { return {Verdict::launch_failed, no_device(facts_.architecture).message}; }

  CudaCompiler compiler_;
  DeviceFacts facts_;
};

}  // namespace

Result<CudaChoice> parse_cuda_spec(const std::string& spec) {
  const auto fault = [&] {
    return invalid_input(fmt::format(
        "\"{}\" is not a cuda target; write `cuda`, `cuda:1` for the second device, or `cuda:arch=sm_90` to "
        "build for an architecture without a device",
        spec));
  };
  CudaChoice choice;
  const size_t colon = spec.find(':');
  if (spec.substr(0, colon) != "cuda") return fault();
  if (colon == std::string::npos) return choice;
  const std::string text = spec.substr(colon + 1);
  if (text.starts_with(kArchitectureKey)) {
    choice.architecture = text.substr(kArchitectureKey.size());
    TAMIS_TRY(architecture_number(choice.architecture));
    return choice;
  }
  const std::optional<int64_t> ordinal = parse_integer(text);
  if (!ordinal || *ordinal < 0 || *ordinal > kMostOrdinal) return fault();
  choice.ordinal = static_cast<int>(*ordinal);
  return choice;
}

std::string how_to_build_only(const std::string& architecture) {
  return fmt::format("`tamis space WORKLOAD --target cuda:arch={} --build` builds configs without a device",
                     architecture);
}

Result<std::unique_ptr<Runtime>> open_cuda_builder(const SearchScope& scope,
                                                   const std::string& architecture) {
  TAMIS_ASSIGN(DeviceFacts facts, facts_of_architecture(architecture));
  TAMIS_ASSIGN(auto library, open_nvrtc_library(scope));
  TAMIS_ASSIGN(auto nvrtc, Nvrtc::load(std::move(library)));
  TAMIS_ASSIGN(CudaCompiler compiler, CudaCompiler::create(std::move(nvrtc), architecture));
  facts.driver = compiler.version();
  return std::unique_ptr<Runtime>(std::make_unique<CudaBuilder>(std::move(compiler), std::move(facts)));
}

}  // namespace tamis::gpu
