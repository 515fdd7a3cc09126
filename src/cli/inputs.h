#pragma once

#include "cli/console.h"
#include "tamis/result.h"

#include <string>
#include <vector>

namespace tamis::cli {

/// Whether the logs of tamis in a folder count among what a command reads.
enum class Logs { pass_over, take };

/// The files that an argument means: itself; of a folder or a pattern such as `runs/*.json` the files in it
/// that are of a known format, sorted, the hidden ones of a folder left aside. What else is there is passed
/// over and told of, without being opened where it is no regular file; a file that cannot be read is among
/// those given, so that whoever reads it says why. Errors: not_found where there is no such file.
Result<std::vector<std::string>> expand_input(const std::string& argument, Logs logs, const Console& console);

/// The same for several arguments. Errors: those of the first that has one.
Result<std::vector<std::string>> expand_inputs(const std::vector<std::string>& arguments, Logs logs,
                                               const Console& console);

/// Whether a command may write its result to a path: not where that is one of its inputs, by whatever name,
/// or any log of tamis, whose trials would be lost. Errors: invalid_input.
Status check_output(const std::string& output, const std::vector<std::string>& inputs);

}  // namespace tamis::cli
