#pragma once

#include "tamis/result.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis::gpu {

/// A shared library of this process. It stays loaded until the process ends: compilers and drivers keep
/// threads and handlers that outlive whoever opened them. Immutable and thread safe.
class SharedLibrary {
 public:
  /// `origin` is what messages call it: its path, or its name where the loader found it.
  SharedLibrary(void* handle, std::string origin) : handle_(handle), origin_(std::move(origin)) {}
  SharedLibrary(const SharedLibrary&) = delete;
  SharedLibrary& operator=(const SharedLibrary&) = delete;

  const std::string& origin() const { return origin_; }
  /// The address of a function; nullptr where the library has none of this name.
  void* find(const char* name) const;
  /// Sets `function` to the function of this name. Errors: unsupported, naming library and function.
  template <class Function>
  Status bind(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(find(name));
    if (function == nullptr) return lacks(name);
    return {};
  }

 private:
  Error lacks(const char* name) const;

  void* handle_;
  std::string origin_;
};

/// What a search for libraries looks at; tests give their own.
struct SearchScope {
  /// A variable of the environment; nothing where it is not set.
  std::function<std::optional<std::string>(const char* name)> variable;
  /// Whether what this process has loaded, the loader's own places and /usr/local/cuda count as well.
  bool system = true;
};
/// The environment of this process, and its system.
SearchScope usual_scope();

/// The folders `site-packages` (and Debian's `dist-packages`) of the Pythons that VIRTUAL_ENV, CONDA_PREFIX
/// and PATH name, in this order, and those of the user's home, by the layout of folders alone: no Python
/// runs. Only folders that exist; each once.
std::vector<std::string> python_package_folders(const SearchScope& scope);

/// Opens NVRTC, and before it its builtins by their absolute path, so that NVRTC finds them wherever they
/// lie. Looks at the file or folder that TAMIS_NVRTC names and then at nothing else; at what is loaded
/// already; below python_package_folders() at the layouts of the wheels for CUDA 13 (`nvidia/cu13/lib`) and
/// 12
/// (`nvidia/cuda_nvrtc/lib`); at what the loader finds; at CUDA_HOME, CUDA_PATH and /usr/local/cuda. Two
/// majors do not get along in one process: whoever opened one opens no other. `most_major`: versions above
/// this major are passed over; 0: none is.
/// Errors: not_found, listing every place and what to install.
Result<std::shared_ptr<const SharedLibrary>> open_nvrtc_library(const SearchScope& scope, int most_major = 0);

/// Opens `libnvidia-ml.so.1`, which tells clocks, as the loader finds it, or the file that TAMIS_NVML names.
/// Errors: not_found.
Result<std::shared_ptr<const SharedLibrary>> open_nvml_library(const SearchScope& scope);

/// Opens `libcuda.so.1` as the loader finds it, or the file that TAMIS_CUDA_DRIVER names. Errors: not_found,
/// saying what it is that is missing.
Result<std::shared_ptr<const SharedLibrary>> open_cuda_library(const SearchScope& scope);

}  // namespace tamis::gpu
