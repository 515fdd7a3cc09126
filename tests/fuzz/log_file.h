#pragma once

#include <string_view>

namespace tamis::fuzz {

/// Opens the input as a log and reads all that is in it.
void run_log_file(std::string_view input);

}  // namespace tamis::fuzz
