#pragma once

#include "tamis/result.h"
#include "targets/loop/statement.h"

#include <string>
#include <vector>

namespace tamis::cpu::testing {

using namespace loop;

/// Compiles a program `run` for a processor (the host where empty), runs it in this process on the arguments
/// `input`, `weights` (which may be missing) and `output`, and gives the output, which is all zeros before.
/// The arguments are float32, or int8.
Result<std::vector<double>> run_on(const std::string& processor, int threads, const LoweredProgram& program,
                                   const std::vector<double>& input, const std::vector<double>& weights);

}  // namespace tamis::cpu::testing
