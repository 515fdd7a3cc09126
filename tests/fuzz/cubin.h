#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tamis::fuzz {

/// Bytes as a cubin (targets/gpu/runtime/cubin.h).
void run_cubin(std::string_view input);
std::vector<std::string> cubin_seeds();

}  // namespace tamis::fuzz
