#include "targets/gpu/runtime/cuda_compiler.h"

#include "base/bytes.h"
#include "base/text.h"
#include "targets/gpu/runtime/cuda_headers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

/// How much of what a compiler says a message repeats, characters.
constexpr size_t kMessageCharacters = 1500;

Compiled failed(Verdict verdict, std::string message, std::string log = {}) {
  Compiled compiled;
  compiled.failure = Failure{verdict, std::move(message)};
  compiled.log = std::move(log);
  return compiled;
}

bool names_architecture(const std::string& option) {
  for (const char* begin :
       {"-arch", "--gpu-architecture", "-gencode", "--generate-code", "-code", "--gpu-code"})
    if (option.starts_with(begin)) return true;
  return false;
}

/// The user's options, those left out that NVRTC takes for errors or that this compiler decides. A value may
/// stand behind `-arch` as an option of its own.
std::vector<std::string> kept_options(const std::vector<std::string>& options) {
  std::vector<std::string> kept;
  bool value_follows = false;
  for (const std::string& option : options) {
    const bool value = std::exchange(value_follows, false) && !option.starts_with('-');
    if (option.empty() || value) continue;
    if (names_architecture(option))
      value_follows = option.find('=') == std::string::npos;
    else
      kept.push_back(option);
  }
  return kept;
}

/// Folders of `-I` and of the source, for which a stand-in may be too much.
std::vector<std::string> all_include_folders(const Source& source) {
  std::vector<std::string> folders = source.include_folders;
  for (const std::string& option : source.options)
    for (const char* begin : {"-I", "--include-path="})
      if (option.starts_with(begin) && option.size() > std::string(begin).size())
        folders.push_back(option.substr(std::string(begin).size()));
  return folders;
}

NvrtcRequest request_of(const Source& source, const std::string& architecture,
                        std::span<const std::string> entries) {
  NvrtcRequest request;
  request.text = source.text;
  request.name = source.name;
  request.entries.assign(entries.begin(), entries.end());
  request.options = {"--gpu-architecture=" + architecture, "-Xptxas", "-v"};
  for (const std::string& folder : source.include_folders) request.options.push_back("-I" + folder);
  for (std::string& option : kept_options(source.options)) request.options.push_back(std::move(option));
  request.headers = stand_in_headers(source.text, all_include_folders(source));
  return request;
}

std::string shortened(const std::string& text) {
  const std::string_view part = first_characters(text, kMessageCharacters);
  return part.size() == text.size() ? text : std::string(part) + " ...";
}

/// The entry that the source lacks, as the log says; nothing where it complains of something else.
const std::string* missing_entry(const std::string& log, std::span<const std::string> entries) {
  if (log.find("Error in parsing name expression") == std::string::npos) return nullptr;
  for (const std::string& entry : entries)
    if (log.find(fmt::format("identifier \"{}\" is undefined", entry)) != std::string::npos) return &entry;
  return nullptr;
}

Compiled failure_of(const NvrtcResult& result, std::span<const std::string> entries) {
  const std::string said = without_ptxas_reports(result.log);
  if (result.invalid_option)
    return failed(Verdict::build_failed, "NVRTC takes not all options: " + shortened(said), result.log);
  if (const std::string* entry = missing_entry(result.log, entries))
    return failed(
        Verdict::build_failed,
        fmt::format("the source has no kernel {} outside of namespaces, as these knobs make it", *entry),
        result.log);
  const bool resources = complains_of_resources(result.log);
  return failed(resources ? Verdict::resource_exceeded : Verdict::build_failed,
                said.empty() ? "NVRTC does not say why" : shortened(said), result.log);
}

/// Of kernels that run one after the other: the most of what each has while it runs, and the sum of what
/// their programs hold.
Features features_of(const Cubin& cubin, std::span<const std::string> entries, const std::string& log) {
  const std::map<std::string, PtxasFacts> reports = read_ptxas_log(log);
  KernelFacts most;
  PtxasFacts spills;
  for (const std::string& entry : entries) {
    const KernelFacts* kernel = cubin.kernel(entry);
    const auto report = reports.find(cubin.name_of(entry));
    if (kernel == nullptr || report == reports.end()) continue;
    most.registers = std::max(most.registers, kernel->registers);
    most.frame_bytes =
        std::max<uint64_t>({most.frame_bytes, kernel->frame_bytes, report->second.stack_bytes});
    most.shared_bytes = std::max(most.shared_bytes, kernel->shared_bytes);
    most.barriers = std::max({most.barriers, kernel->barriers, report->second.barriers});
    most.code_bytes += kernel->code_bytes;
    spills.spill_store_bytes += report->second.spill_store_bytes;
    spills.spill_load_bytes += report->second.spill_load_bytes;
  }
  Features features;
  features.set("registers", most.registers);
  features.set("spill_store_bytes", static_cast<double>(spills.spill_store_bytes));
  features.set("spill_load_bytes", static_cast<double>(spills.spill_load_bytes));
  features.set("stack_bytes", static_cast<double>(most.frame_bytes));
  features.set("shared_bytes", static_cast<double>(most.shared_bytes));
  features.set("barriers", most.barriers);
  features.set("code_bytes", static_cast<double>(most.code_bytes));
  return features;
}

Failure exceeded(std::string message) { return {Verdict::resource_exceeded, std::move(message)}; }

/// What of a launch its kernel or the device does not allow; nothing where it may begin.
std::optional<Failure> find_misfit(const KernelFacts& kernel, const DeviceFacts& device,
                                   const Launch& launch) {
  const uint64_t threads = launch.grid.group_items();
  if (kernel.most_threads > 0 && threads > kernel.most_threads)
    return exceeded(fmt::format("a block has {} threads, and the launch bounds of {} allow {}", threads,
                                launch.entry, kernel.most_threads));
  const uint64_t shared = kernel.shared_bytes + launch.shared_bytes;
  if (device.shared_bytes > 0 && shared > device.shared_bytes)
    return exceeded(
        fmt::format("{} needs {} bytes of shared memory, {} of them dynamic, and a block may have "
                    "{}",
                    launch.entry, shared, launch.shared_bytes, device.shared_bytes));
  const Result<int> number = architecture_number(device.architecture);
  const MultiprocessorLimits* limits = number.ok() ? find_limits(*number) : nullptr;
  if (limits == nullptr) return std::nullopt;
  if (occupancy(*limits, {threads, kernel.registers, 0}) == 0)
    return exceeded(fmt::format("{} needs {} registers for each of {} threads, and a block may have {}",
                                launch.entry, kernel.registers, threads, limits->registers));
  return std::nullopt;
}

/// Whether devices of an architecture run cubins that were built for another: those of the same generation
/// that came no earlier. 90 stands for 9.0.
bool runs_on(int built_for, int device) { return built_for / 10 == device / 10 && built_for <= device; }

}  // namespace

std::string Cubin::name_of(const std::string& entry) const {
  const auto name = names_.find(entry);
  return name == names_.end() ? std::string() : name->second;
}

const KernelFacts* Cubin::kernel(const std::string& entry) const {
  const auto found = facts_.kernels.find(name_of(entry));
  return found == facts_.kernels.end() ? nullptr : &found->second;
}

std::optional<size_t> Cubin::parameter_count(const std::string& entry) const {
  const KernelFacts* found = kernel(entry);
  return found == nullptr ? std::nullopt : std::optional(found->parameters.size());
}

Fit Cubin::fit(const DeviceFacts& device, const Launch& launch) const {
  Fit fit;
  const KernelFacts* found = kernel(launch.entry);
  if (found == nullptr) return fit;
  fit.failure = find_misfit(*found, device, launch);
  const Result<int> number = architecture_number(device.architecture);
  const MultiprocessorLimits* limits = number.ok() ? find_limits(*number) : nullptr;
  if (limits != nullptr)
    fit.occupancy = occupancy(
        *limits, {launch.grid.group_items(), found->registers, found->shared_bytes + launch.shared_bytes});
  return fit;
}

std::string Cubin::pack() const {
  ByteWriter writer;
  writer.number(names_.size());
  for (const auto& [entry, name] : names_) {
    writer.text(entry);
    writer.text(name);
  }
  writer.text(bytes_);
  return writer.take();
}

Result<Compiled> load_cubin(std::string_view packed, std::span<const std::string> entries,
                            const std::string& architecture) {
  const char* const origin = "a program of CUDA as bytes";
  ByteReader reader(packed, origin);
  TAMIS_ASSIGN(const uint64_t count, reader.number("the number of its kernels", entries.size()));
  std::map<std::string, std::string> names;
  for (uint64_t i = 0; i < count; ++i) {
    TAMIS_ASSIGN(const std::string_view entry, reader.text("a kernel"));
    TAMIS_ASSIGN(const std::string_view name, reader.text("a kernel's name"));
    names.emplace(entry, name);
  }
  TAMIS_ASSIGN(const std::string_view bytes, reader.text("the cubin"));
  TAMIS_TRY(reader.end());
  Result<CubinFacts> facts = read_cubin(bytes);
  if (!facts.ok()) return facts.error().within(origin);
  TAMIS_ASSIGN(const int here, architecture_number(architecture));
  if (!runs_on(facts->architecture, here))
    return unsupported(fmt::format("{}: it was built for sm_{}, and the device is of {}; build for that one",
                                   origin, facts->architecture, architecture));
  const auto cubin = std::make_shared<const Cubin>(std::string(bytes), std::move(*facts), std::move(names));
  for (const std::string& entry : entries)
    if (cubin->kernel(entry) == nullptr)
      return corrupt(fmt::format("{}: it has no kernel {}", origin, entry));
  Compiled compiled;
  compiled.program = cubin;
  return compiled;
}

Result<CudaCompiler> CudaCompiler::create(std::shared_ptr<const Nvrtc> nvrtc,
                                          const std::string& architecture) {
  TAMIS_ASSIGN(const int number, architecture_number(architecture));
  const std::vector<int>& known = nvrtc->architectures();
  if (std::find(known.begin(), known.end(), number) == known.end()) {
    std::string all;
    for (const int one : known) all += fmt::format("{}sm_{}", all.empty() ? "" : ", ", one);
    return invalid_input(
        fmt::format("NVRTC {} does not compile for {}; it knows {}", nvrtc->version(), architecture, all));
  }
  return CudaCompiler(std::move(nvrtc), architecture);
}

std::string CudaCompiler::version() const { return "NVRTC " + nvrtc_->version(); }

Compiled CudaCompiler::compile(const Source& source, std::span<const std::string> entries) const {
  if (source.language != Language::cuda)
    return failed(Verdict::build_failed, fmt::format("{} is {}, and this target compiles {}", source.name,
                                                     to_string(source.language), to_string(Language::cuda)));
  Result<NvrtcResult> result = nvrtc_->compile(request_of(source, architecture_, entries));
  if (!result.ok()) return failed(Verdict::build_failed, result.error().message);
  if (!result->compiled) return failure_of(*result, entries);
  Result<CubinFacts> facts = read_cubin(result->cubin);
  if (!facts.ok()) return failed(Verdict::build_failed, facts.error().message, result->log);
  const auto cubin =
      std::make_shared<const Cubin>(std::move(result->cubin), std::move(*facts), std::move(result->names));
  for (const std::string& entry : entries)
    if (cubin->kernel(entry) == nullptr)
      return failed(Verdict::build_failed, fmt::format("{} is a function and no kernel", entry), result->log);
  Compiled compiled;
  compiled.features = features_of(*cubin, entries, result->log);
  compiled.program = cubin;
  compiled.log = std::move(result->log);
  return compiled;
}

}  // namespace tamis::gpu
