#pragma once

#include "base/result.h"
#include "task/target.h"

#include <functional>
#include <memory>
#include <string>

namespace tamis {

/// Makes the target that a hello message names; make_target, but for tests.
using TargetFactory =
    std::function<Result<std::unique_ptr<Target>>(const std::string& spec, const TargetOptions& options)>;

/// The worker's side of the protocol (protocol.h): answers one tuner until it closes the connection.
///
/// Blocks. Errors: corrupt for a message that is malformed or out of turn, io; an error of the target is also
/// sent to the tuner before it is returned.
Status serve_worker(int input_fd, int output_fd, const TargetFactory& make);

/// The whole of a worker program: serves the tuner on standard input and output. main() prints the error to
/// standard error, where the tuner finds it, and exits with a status other than 0.
///
/// The connection is moved out of the way first, so that what a config prints cannot get into it: standard
/// output then leads to standard error and standard input is empty. When the tuner goes away while a config
/// runs, the whole session is killed. Call it from main() before anything else starts a thread.
Status run_worker_program(const TargetFactory& make);

}  // namespace tamis
