#include "cli/commands.h"
#include "cli/console.h"

#include <csignal>

#include <unistd.h>

namespace {

/// Ends the process as a command does that was interrupted. Those with something to keep wait for the signals
/// themselves, and hold them back meanwhile.
extern "C" void end_interrupted(int /*signal*/) { ::_exit(tamis::cli::kInterrupted); }

/// But for a signal that the caller has this process ignore, as nohup does.
void end_on(int signal) {
  if (std::signal(signal, end_interrupted) == SIG_IGN) std::signal(signal, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  // Where files may not grow (ulimit -f), writing then fails with an error that is reported, like any other.
  std::signal(SIGXFSZ, SIG_IGN);
  end_on(SIGINT);
  end_on(SIGTERM);
  return tamis::cli::run(argc, argv, tamis::cli::standard_console());
}
