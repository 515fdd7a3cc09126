#include "cli/commands.h"

int main(int argc, char** argv) { return tamis::cli::run(argc, argv, tamis::cli::standard_console()); }
