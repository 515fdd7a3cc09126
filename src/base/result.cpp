#include "tamis/result.h"

#include <cstdio>
#include <cstdlib>

namespace tamis {

// Not through fmt or iostreams: they may allocate, and this must speak whatever the state of the program.
void abort_without_value(const Error& error) noexcept {
  std::fprintf(stderr, "tamis: the value of a failed result was read; its error: %s\n",
               error.message.c_str());
  std::abort();
}

void abort_without_error() noexcept {
  std::fputs("tamis: the error of a result that succeeded was read\n", stderr);
  std::abort();
}

}  // namespace tamis
