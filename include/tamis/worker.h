#pragma once

#include "tamis/result.h"
#include "tamis/target.h"

namespace tamis {

/// The worker's side of the protocol between tuner and worker: answers one tuner until it closes the
/// connection.
///
/// Blocks. Errors: corrupt for a message that is malformed or out of turn, io; an error of the target is also
/// sent to the tuner before it is returned. A target that `make` does not find is one that this program does
/// not know.
Status serve_worker(int input_fd, int output_fd, const TargetFactory& make);

/// The whole of a worker program, tamis's own or the user's: serves the tuner on standard input and output.
/// A target from outside of tamis that needs isolation (TargetTraits::needs_isolation) is measured by a
/// program that makes it, named by MeasureOptions::worker_path:
///
///     int main() {
///       const tamis::Status served = tamis::run_worker_program(make_my_target);
///       if (served.ok()) return 0;
///       std::fprintf(stderr, "%s\n", served.error().message.c_str());
///       return 2;
///     }
///
/// main() prints the error to standard error, where the tuner finds it, and exits with a status other than 0.
///
/// The connection is moved out of the way first, so that what a config prints cannot get into it: standard
/// output then leads to standard error and standard input is empty. When the tuner goes away while a config
/// runs, the whole session is killed. Call it from main() before anything else starts a thread.
Status run_worker_program(const TargetFactory& make);

}  // namespace tamis
