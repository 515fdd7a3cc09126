// write_small_library DIRECTORY [THREADS]: writes the small library of the tests.

#include "network/deploy/library_files.h"
#include "network/deploy/support/small_library.h"

#include <cstdio>
#include <cstdlib>

int main(int count, char** arguments) {
  using namespace tamis::network;
  if (count < 2) return 2;
  const int threads = count > 2 ? std::atoi(arguments[2]) : 1;
  const tamis::Status written = write_library(testing::small_library("tiny", threads), arguments[1]);
  if (written.ok()) return 0;
  std::fprintf(stderr, "%s\n", written.error().message.c_str());
  return 2;
}
