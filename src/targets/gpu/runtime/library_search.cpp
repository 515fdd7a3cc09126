#include "targets/gpu/runtime/library_search.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

namespace tamis::gpu {
namespace {

namespace fs = std::filesystem;

/// The majors of NVRTC that are known to work, the newest first.
constexpr std::array kNvrtcMajors = {13, 12};
constexpr const char* kNvrtcName = "libnvrtc.so.";
constexpr const char* kBuiltinsName = "libnvrtc-builtins.so.";
constexpr const char* kDriverName = "libcuda.so.1";
constexpr const char* kManagementName = "libnvidia-ml.so.1";

std::string variable_or_empty(const SearchScope& scope, const char* name) {
  return scope.variable(name).value_or("");
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Appends a folder that exists and was not met under any name.
void add_folder(std::vector<std::string>& folders, const fs::path& folder) {
  std::error_code code;
  const fs::path real = fs::canonical(folder, code);
  if (code || !fs::is_directory(real, code)) return;
  if (std::find(folders.begin(), folders.end(), real.string()) == folders.end())
    folders.push_back(real.string());
}

/// The package folders of a Python that is installed below `prefix`.
void add_packages_of(std::vector<std::string>& folders, const fs::path& prefix) {
  for (const char* library : {"lib", "lib64"}) {
    for (const fs::path& entry : entries_of(prefix / library)) {
      if (!entry.filename().string().starts_with("python3")) continue;
      add_folder(folders, entry / "site-packages");
      add_folder(folders, entry / "dist-packages");
    }
  }
}

/// The folder that a Python is installed below: of an environment the folder around `bin`, else where its
/// symlinks lead.
std::vector<fs::path> prefixes_of_path(const SearchScope& scope) {
  std::vector<fs::path> prefixes;
  for (const std::string& folder : split_text(variable_or_empty(scope, "PATH"), ':')) {
    for (const char* name : {"python3", "python"}) {
      std::error_code code;
      const fs::path python = fs::path(folder) / name;
      if (folder.empty() || !fs::exists(python, code)) continue;
      const fs::path around = python.parent_path().parent_path();
      if (!fs::exists(around / "pyvenv.cfg", code))
        if (const fs::path real = fs::canonical(python, code); !code)
          prefixes.push_back(real.parent_path().parent_path());
      prefixes.push_back(around);
    }
  }
  return prefixes;
}

/// What a search tried so far.
class Attempts {
 public:
  /// Opens a file; nullptr where it is not there or not to be opened.
  std::shared_ptr<const SharedLibrary> open(const std::string& path, bool only_loaded = false) {
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | (only_loaded ? RTLD_NOLOAD : 0));
    if (handle != nullptr) return std::make_shared<const SharedLibrary>(handle, path);
    const char* fault = ::dlerror();  // read in any case: the next one is to be another's
    if (!only_loaded) failed(path, fault == nullptr ? "it cannot be opened" : fault);
    return nullptr;
  }
  void failed(const std::string& place, const std::string& why) {
    places_ += fmt::format("{}{} ({})", places_.empty() ? "" : "; ", place, why);
  }
  const std::string& places() const { return places_; }

 private:
  std::string places_;
};

/// The number behind `libnvrtc.so.`; 0 where a file is another.
int nvrtc_major(const std::string& file) {
  if (!file.starts_with(kNvrtcName)) return 0;
  std::string rest = file.substr(std::string(kNvrtcName).size());
  rest = rest.substr(0, rest.find('.'));
  return static_cast<int>(parse_integer(rest).value_or(0));
}

bool takes_major(int major, int most_major) { return most_major == 0 || major <= most_major; }

/// Loads NVRTC's builtins that lie in a folder, which NVRTC then finds loaded. One that lacks them says so
/// when it compiles.
void preload_builtins(const fs::path& folder) {
  for (const fs::path& file : entries_of(folder))
    if (file.filename().string().starts_with(kBuiltinsName)) ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
}

using Library = std::shared_ptr<const SharedLibrary>;

Library open_nvrtc_file(const fs::path& file, Attempts& attempts) {
  preload_builtins(file.parent_path());
  return attempts.open(file.string());
}

/// The newest NVRTC of a folder.
Library open_nvrtc_of(const fs::path& folder, int most_major, Attempts& attempts) {
  std::vector<std::pair<int, fs::path>> files;
  for (const fs::path& file : entries_of(folder)) {
    const int major = nvrtc_major(file.filename().string());
    if (major > 0 && !takes_major(major, most_major))
      attempts.failed(file.string(), fmt::format("newer than CUDA {}", most_major));
    else if (major > 0)
      files.emplace_back(major, file);
  }
  std::stable_sort(files.begin(), files.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [major, file] : files)
    if (Library library = open_nvrtc_file(file, attempts)) return library;
  if (files.empty()) attempts.failed(folder.string(), "there is no libnvrtc");
  return nullptr;
}

Library open_nvrtc_by_name(bool only_loaded, int most_major, Attempts& attempts) {
  for (const int major : kNvrtcMajors) {
    if (!takes_major(major, most_major)) continue;
    if (Library library = attempts.open(fmt::format("{}{}", kNvrtcName, major), only_loaded)) return library;
  }
  return nullptr;
}

Library open_nvrtc_of_python(const SearchScope& scope, int most_major, Attempts& attempts) {
  for (const std::string& packages : python_package_folders(scope)) {
    bool met = false;
    std::error_code code;
    for (const char* layout : {"nvidia/cu13/lib", "nvidia/cuda_nvrtc/lib"}) {
      const fs::path folder = fs::path(packages) / layout;
      if (!fs::is_directory(folder, code)) continue;
      met = true;
      if (Library library = open_nvrtc_of(folder, most_major, attempts)) return library;
    }
    if (!met) attempts.failed(packages, "neither nvidia/cu13/lib nor nvidia/cuda_nvrtc/lib");
  }
  return nullptr;
}

Library open_nvrtc_of_toolkit(const SearchScope& scope, int most_major, Attempts& attempts) {
  std::vector<std::string> roots = {variable_or_empty(scope, "CUDA_HOME"),
                                    variable_or_empty(scope, "CUDA_PATH")};
  if (scope.system) roots.emplace_back("/usr/local/cuda");
  for (const std::string& root : roots) {
    if (root.empty()) continue;
    bool met = false;
    std::error_code code;
    for (const char* inner : {"lib64", "lib", "targets/x86_64-linux/lib"}) {
      const fs::path folder = fs::path(root) / inner;
      if (!fs::is_directory(folder, code)) continue;
      met = true;
      if (Library library = open_nvrtc_of(folder, most_major, attempts)) return library;
    }
    if (!met) attempts.failed(root, "no folder of libraries");
  }
  return nullptr;
}

Library open_named_nvrtc(const std::string& named, int most_major, Attempts& attempts) {
  std::error_code code;
  if (fs::is_directory(named, code)) return open_nvrtc_of(named, most_major, attempts);
  return open_nvrtc_file(named, attempts);
}

Error no_nvrtc(const Attempts& attempts, int most_major) {
  const int major = most_major == 0 ? kNvrtcMajors.front() : most_major;
  return not_found(fmt::format(
      "there is no libnvrtc{}, which compiles CUDA C++: install it with `pip install {}` into the Python of "
      "PATH, or name its file or folder in TAMIS_NVRTC; tried: {}",
      most_major == 0 ? "" : fmt::format(" of CUDA {} or older", most_major),
      major >= 13 ? "nvidia-cuda-nvrtc" : "nvidia-cuda-nvrtc-cu12",
      attempts.places().empty() ? "nothing, as no place was to be looked at" : attempts.places()));
}

}  // namespace

void* SharedLibrary::find(const char* name) const { return ::dlsym(handle_, name); }

Error SharedLibrary::lacks(const char* name) const {
  return unsupported(
      fmt::format("{} has no function {}: it is too old, or another library of this name", origin_, name));
}

SearchScope usual_scope() {
  return {[](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }};
}

std::vector<std::string> python_package_folders(const SearchScope& scope) {
  std::vector<std::string> folders;
  for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"})
    if (const std::string prefix = variable_or_empty(scope, name); !prefix.empty())
      add_packages_of(folders, prefix);
  for (const fs::path& prefix : prefixes_of_path(scope)) add_packages_of(folders, prefix);
  if (const std::string home = variable_or_empty(scope, "HOME"); !home.empty())
    add_packages_of(folders, fs::path(home) / ".local");
  // Debian's Python has a folder of its own for all its versions.
  if (scope.system) add_folder(folders, "/usr/lib/python3/dist-packages");
  return folders;
}

Result<Library> open_nvrtc_library(const SearchScope& scope, int most_major) {
  Attempts attempts;
  Library found;
  if (const std::string named = variable_or_empty(scope, "TAMIS_NVRTC"); !named.empty()) {
    found = open_named_nvrtc(named, most_major, attempts);
    if (found == nullptr)
      return not_found(
          fmt::format("TAMIS_NVRTC names no libnvrtc that can be opened: {}", attempts.places()));
    return found;
  }
  if (scope.system) found = open_nvrtc_by_name(true, most_major, attempts);
  if (found == nullptr) found = open_nvrtc_of_python(scope, most_major, attempts);
  if (found == nullptr && scope.system) found = open_nvrtc_by_name(false, most_major, attempts);
  if (found == nullptr) found = open_nvrtc_of_toolkit(scope, most_major, attempts);
  if (found == nullptr) return no_nvrtc(attempts, most_major);
  return found;
}

Result<Library> open_nvml_library(const SearchScope& scope) {
  Attempts attempts;
  const std::string named = variable_or_empty(scope, "TAMIS_NVML");
  Library found;
  if (!named.empty() || scope.system) found = attempts.open(named.empty() ? kManagementName : named);
  if (found == nullptr)
    return not_found(fmt::format("clocks are not read, as there is no {}: {}", kManagementName,
                                 attempts.places().empty() ? "TAMIS_NVML names none" : attempts.places()));
  return found;
}

Result<Library> open_cuda_library(const SearchScope& scope) {
  Attempts attempts;
  const std::string named = variable_or_empty(scope, "TAMIS_CUDA_DRIVER");
  if (named.empty() && !scope.system)
    return not_found(fmt::format("{} is not looked for, and TAMIS_CUDA_DRIVER names none", kDriverName));
  Library found = attempts.open(named.empty() ? kDriverName : named);
  if (found == nullptr)
    return not_found(
        fmt::format("there is no NVIDIA driver to run CUDA programs with: {}; `tamis space WORKLOAD --target "
                    "cuda:arch=sm_90 --build` builds configs without a device",
                    attempts.places()));
  return found;
}

}  // namespace tamis::gpu
