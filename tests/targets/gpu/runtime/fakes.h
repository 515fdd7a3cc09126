#pragma once

#include "targets/gpu/runtime/library_search.h"
#include "targets/gpu/runtime/nvrtc.h"
#include "targets/gpu/runtime/program.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tamis::gpu::testing {

/// A search that finds the fake driver, the fake NVRTC and the fake NVML alone.
inline SearchScope fake_scope() {
  const std::map<std::string, std::string> variables = {
      {"TAMIS_NVRTC", std::string(TAMIS_FAKES) + "/libnvrtc.so.13"},
      {"TAMIS_CUDA_DRIVER", std::string(TAMIS_FAKES) + "/libcuda.so.1"},
      {"TAMIS_NVML", std::string(TAMIS_FAKES) + "/libnvidia-ml.so.1"}};
  return {[variables](const char* name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          false};
}

inline std::shared_ptr<const Nvrtc> fake_nvrtc() {
  return Nvrtc::load(open_nvrtc_library(fake_scope()).value()).value();
}

/// A source with wishes for the fake NVRTC, a line each without its `//fake `.
inline Source wishing(std::initializer_list<const char*> wishes) {
  Source source;
  source.language = Language::cuda;
  for (const char* wish : wishes) source.text += std::string("//fake ") + wish + "\n";
  return source;
}

}  // namespace tamis::gpu::testing
