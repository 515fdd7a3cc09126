#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tamis::fuzz {

/// Reads the input as the description of a compiled network; what passes the checks lies where it may, and
/// becomes texts of C.
void run_library(std::string_view input);

std::vector<std::string> library_seeds();

}  // namespace tamis::fuzz
