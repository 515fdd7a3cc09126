#pragma once

#include <span>
#include <string>

namespace tamis::cli {

/// The command line of these words with `--resume`, which is added unless it is there, as a shell reads it:
/// what goes on where the command was interrupted.
std::string resume_command(std::span<const std::string> words);

}  // namespace tamis::cli
