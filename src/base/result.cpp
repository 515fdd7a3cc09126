#include "tamis/result.h"

#include <cstdio>
#include <cstdlib>

namespace tamis {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
      return "invalid_input";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::io:
      return "io";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::interrupted:
      return "interrupted";
    case ErrorKind::internal:
      break;
  }
  return "internal";
}

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
