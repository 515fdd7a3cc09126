#include "targets/gpu/device_reference.h"

#include "process/descriptor.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

namespace tamis::gpu {
namespace {

constexpr const char* kReferenceEntry = "tamis_reference";
/// Four chains of dependent arithmetic in each item; the number of steps is an argument, so that no compiler
/// computes them ahead of time.
constexpr const char* kReferenceBody = R"(
  float a = (float)item, b = a + 1.0f, c = a + 2.0f, d = a + 3.0f;
  for (int step = 0; step < steps; ++step) {
    a = a * 0.75f + 0.25f;
    b = b * 0.75f + 0.25f;
    c = c * 0.75f + 0.25f;
    d = d * 0.75f + 0.25f;
  }
  out[item] = a + b + c + d;
}
)";
constexpr int32_t kReferenceSteps = 2048;
constexpr uint64_t kReferenceGroup = 256;
/// As many groups of each multiprocessor as keep its arithmetic units busy.
constexpr uint64_t kReferenceGroupsOfUnit = 4;
/// The first launch of some drivers compiles.
constexpr std::chrono::milliseconds kReferenceDeadline{10'000};

}  // namespace

Source DeviceReference::source(Language language) {
  Source made;
  made.language = language;
  made.name = kReferenceEntry;
  const std::string name = kReferenceEntry;
  made.text = language == Language::cuda
                  ? "extern \"C\" __global__ void " + name +
                        "(float* out, int steps) {\n  const int item = blockIdx.x * blockDim.x + threadIdx.x;"
                  : "__kernel void " + name +
                        "(__global float* out, int steps) {\n  const int item = (int)get_global_id(0);";
  made.text += kReferenceBody;
  return made;
}

std::unique_ptr<DeviceReference> DeviceReference::create(Runtime& runtime, Language language) {
  const std::vector<std::string> entries = {kReferenceEntry};
  Compiled compiled = runtime.compile(source(language), entries);
  if (compiled.failure || compiled.program == nullptr) return nullptr;
  const uint64_t group = std::min(kReferenceGroup, std::max<uint64_t>(runtime.facts().group_items, 1));
  const uint64_t groups =
      kReferenceGroupsOfUnit * static_cast<uint64_t>(std::max(runtime.facts().compute_units, 1));
  Result<std::shared_ptr<DeviceBuffer>> out = runtime.allocate(group * groups * sizeof(float));
  if (!out.ok()) return nullptr;
  std::unique_ptr<DeviceReference> reference(new DeviceReference(runtime, std::move(compiled.program)));
  reference->launch_.entry = kReferenceEntry;
  reference->launch_.grid = {{groups, 1, 1}, {group, 1, 1}};
  reference->launch_.arguments = {0, 1};
  std::vector<std::byte> steps(sizeof kReferenceSteps);
  std::memcpy(steps.data(), &kReferenceSteps, steps.size());
  reference->arguments_ = {std::move(*out), std::move(steps)};
  return reference;
}

void DeviceReference::run() {
  if (failed_) return;
  const auto ran = runtime_.launch(*program_, launch_, arguments_, deadline_after(kReferenceDeadline));
  if (const auto* ns = std::get_if<double>(&ran))
    ran_ns_ += *ns;
  else
    failed_ = true;
}

}  // namespace tamis::gpu
