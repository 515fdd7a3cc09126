#include "cli/commands.h"

#include <csignal>

int main(int argc, char** argv) {
  // Where files may not grow (ulimit -f), writing then fails with an error that is reported, like any other.
  std::signal(SIGXFSZ, SIG_IGN);
  return tamis::cli::run(argc, argv, tamis::cli::standard_console());
}
