#include "targets/gpu/runtime/opencl_program.h"

#include "targets/gpu/runtime/limits.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr std::string_view kTemporary = "tempfile_";
constexpr size_t kLongestMessage = 2000;

bool is_of_path(char c) { return c != ' ' && c != '\n' && c != '"' && c != '\'' && c != '<' && c != ':'; }
bool is_of_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Where the source includes anything at all.
std::span<const std::string> include_folders(const Source& source) {
  if (source.text.find("#include") == std::string::npos && source.text.find("# include") == std::string::npos)
    return {};
  return source.include_folders;
}

std::string joined_options(const Source& source) {
  std::string text;
  for (const std::string& option : source.options) {
    if (option.empty()) continue;
    text += (text.empty() ? "" : " ") + option;
  }
  for (const std::string& folder : include_folders(source)) text += (text.empty() ? "-I " : " -I ") + folder;
  return text;
}

/// Options are one text that drivers cut at blanks, so that a folder may hold none. Nothing where that is so.
std::optional<Failure> find_unnameable(const Source& source) {
  for (const std::string& folder : include_folders(source))
    if (folder.find_first_of(" \t\n\"'") != std::string::npos)
      return Failure{
          Verdict::build_failed,
          fmt::format("OpenCL drivers cannot be told to look for includes in {}; move the files to a folder "
                      "whose path has neither blanks nor quotes",
                      folder)};
  return std::nullopt;
}

std::string build_log(const OpenClFunctions& cl, cl_program program, cl_device_id device) {
  size_t size = 0;
  if (cl.get_build_info(program, device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size) != CL_SUCCESS) return {};
  std::string log(size, '\0');
  cl.get_build_info(program, device, CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr);
  log.resize(std::min(log.size(), log.find('\0')));
  return log;
}

std::string kernel_names(const OpenClFunctions& cl, cl_program program) {
  size_t size = 0;
  if (cl.get_program_info(program, CL_PROGRAM_KERNEL_NAMES, 0, nullptr, &size) != CL_SUCCESS) return {};
  std::string names(size, '\0');
  cl.get_program_info(program, CL_PROGRAM_KERNEL_NAMES, size, names.data(), nullptr);
  names.resize(std::min(names.size(), names.find('\0')));
  for (size_t at = 0; (at = names.find(';', at)) != std::string::npos; at += 2) names.replace(at, 1, ", ");
  return names;
}

Failure build_failure(cl_int code, const std::string& log, const std::string& options) {
  Failure failure{Verdict::build_failed, log.substr(0, kLongestMessage)};
  if (code == CL_INVALID_BUILD_OPTIONS)
    failure.message = fmt::format("the compiler refuses the options \"{}\"{}{}", options,
                                  log.empty() ? "" : ": ", failure.message);
  else if (log.empty())
    failure.message = fmt::format("clBuildProgram: {}", error_name(code));
  return failure;
}

std::optional<Failure> check_group(const DeviceFacts& device, const Launch& launch, uint64_t most,
                                   const std::array<size_t, 3>& demanded) {
  const Grid& grid = launch.grid;
  for (size_t axis = 0; axis < 3; ++axis)
    if (grid.group[axis] == 0 || grid.groups[axis] == 0)
      return Failure{Verdict::launch_failed,
                     fmt::format("{}: a launch of {} groups of {} items has nothing to run", launch.entry,
                                 sizes_text(grid.groups), sizes_text(grid.group))};
  if (auto excess = find_excess(device, launch)) return excess;
  if (grid.group_items() > most)
    return Failure{Verdict::resource_exceeded,
                   fmt::format("{}: groups of {} = {} items; for this kernel the device has at most {}",
                               launch.entry, sizes_text(grid.group), grid.group_items(), most)};
  const bool demands = demanded[0] != 0;
  if (demands && !std::equal(demanded.begin(), demanded.end(), grid.group.begin()))
    return Failure{
        Verdict::launch_failed,
        fmt::format("{}: groups of {} items; the kernel's reqd_work_group_size is {}", launch.entry,
                    sizes_text(grid.group), sizes_text({demanded[0], demanded[1], demanded[2]}))};
  return std::nullopt;
}

}  // namespace

std::string normal_log(std::string_view log, std::string_view name) {
  std::string text(log);
  for (size_t at = 0; (at = text.find(kTemporary, at)) != std::string::npos;) {
    size_t begin = at, end = at + kTemporary.size();
    while (begin > 0 && is_of_path(text[begin - 1])) --begin;
    while (end < text.size() && is_of_name(text[end])) ++end;
    if (text.compare(end, 3, ".cl") == 0) end += 3;
    text.replace(begin, end - begin, name);
    at = begin + name.size();
  }
  std::string kept;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const bool says_nothing =
        line.empty() || (line.starts_with("Device ") && line.ends_with(" failed to build the program"));
    if (!says_nothing) kept += (kept.empty() ? "" : "\n") + line;
  }
  return kept;
}

OpenClProgram::~OpenClProgram() {
  const OpenClFunctions& cl = library_->functions();
  for (const auto& [entry, kernel] : kernels_) cl.release_kernel(kernel);
  cl.release_program(program_);
}

std::optional<Failure> OpenClProgram::add(const std::string& entry) {
  if (kernels_.contains(entry)) return std::nullopt;
  const OpenClFunctions& cl = library_->functions();
  cl_int code = CL_SUCCESS;
  const cl_kernel kernel = cl.create_kernel(program_, entry.c_str(), &code);
  if (code == CL_SUCCESS && kernel != nullptr) {
    kernels_.emplace(entry, kernel);
    return std::nullopt;
  }
  if (code != CL_INVALID_KERNEL_NAME)
    return Failure{Verdict::build_failed, fmt::format("{}: clCreateKernel: {}", entry, error_name(code))};
  const std::string names = kernel_names(cl, program_);
  return Failure{Verdict::build_failed,
                 names.empty() ? fmt::format("the source has no kernel {}, nor any other", entry)
                               : fmt::format("the source has no kernel {}; it has {}", entry, names)};
}

template <class T>
T OpenClProgram::group_info(cl_kernel kernel, cl_kernel_work_group_info what) const {
  T value{};
  library_->functions().get_group_info(kernel, device_, what, sizeof value, &value, nullptr);
  return value;
}

uint64_t OpenClProgram::local_bytes() const {
  uint64_t most = 0;
  for (const auto& [entry, kernel] : kernels_)
    most = std::max<uint64_t>(most, group_info<cl_ulong>(kernel, CL_KERNEL_LOCAL_MEM_SIZE));
  return most;
}

uint64_t OpenClProgram::private_bytes() const {
  uint64_t most = 0;
  for (const auto& [entry, kernel] : kernels_)
    most = std::max<uint64_t>(most, group_info<cl_ulong>(kernel, CL_KERNEL_PRIVATE_MEM_SIZE));
  return most;
}

std::optional<size_t> OpenClProgram::parameter_count(const std::string& entry) const {
  cl_uint count = 0;
  if (library_->functions().get_kernel_info(kernel(entry), CL_KERNEL_NUM_ARGS, sizeof count, &count,
                                            nullptr) != CL_SUCCESS)
    return std::nullopt;
  return count;
}

Fit OpenClProgram::fit(const DeviceFacts& device, const Launch& launch) const {
  const cl_kernel one = kernel(launch.entry);
  Fit fit;
  const uint64_t local = uint64_t{group_info<cl_ulong>(one, CL_KERNEL_LOCAL_MEM_SIZE)} + launch.shared_bytes;
  if (local > device.shared_bytes) {
    fit.failure = Failure{Verdict::resource_exceeded,
                          fmt::format("{}: {} bytes of local memory; a group has at most {}", launch.entry,
                                      local, device.shared_bytes)};
    return fit;
  }
  const auto kernel_most = uint64_t{group_info<size_t>(one, CL_KERNEL_WORK_GROUP_SIZE)};
  const uint64_t most = kernel_most == 0 ? device.group_items : std::min(device.group_items, kernel_most);
  fit.failure = check_group(device, launch, most,
                            group_info<std::array<size_t, 3>>(one, CL_KERNEL_COMPILE_WORK_GROUP_SIZE));
  return fit;
}

Compiled compile_opencl(const std::shared_ptr<const OpenClLibrary>& library, cl_context context,
                        cl_device_id device, bool is_cpu, const Source& source,
                        std::span<const std::string> entries) {
  Compiled compiled;
  if (source.language != Language::opencl) {
    compiled.failure = Failure{Verdict::build_failed, fmt::format("{} is {}, which OpenCL does not compile",
                                                                  source.name, to_string(source.language))};
    return compiled;
  }
  compiled.failure = find_unnameable(source);
  if (compiled.failure) return compiled;
  const OpenClFunctions& cl = library->functions();
  const char* text = source.text.c_str();
  const size_t length = source.text.size();
  cl_int code = CL_SUCCESS;
  const cl_program made = cl.create_program(context, 1, &text, &length, &code);
  if (code != CL_SUCCESS) {
    compiled.failure =
        Failure{Verdict::build_failed, fmt::format("clCreateProgramWithSource: {}", error_name(code))};
    return compiled;
  }
  auto program = std::make_shared<OpenClProgram>(library, device, made);
  const std::string options = joined_options(source);
  code = cl.build_program(made, 1, &device, options.c_str(), nullptr, nullptr);
  compiled.log = normal_log(build_log(cl, made, device), source.name);
  if (code != CL_SUCCESS) {
    compiled.failure = build_failure(code, compiled.log, options);
    return compiled;
  }
  for (const std::string& entry : entries)
    if (std::optional<Failure> failure = program->add(entry)) {
      compiled.failure = std::move(failure);
      return compiled;
    }
  compiled.features.set("shared_bytes", static_cast<double>(program->local_bytes()));
  // PoCL says the same of every kernel.
  if (!is_cpu) compiled.features.set("private_bytes", static_cast<double>(program->private_bytes()));
  compiled.program = std::move(program);
  return compiled;
}

}  // namespace tamis::gpu
