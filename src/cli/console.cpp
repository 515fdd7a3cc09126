#include "cli/console.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tamis::cli {

bool Console::print(std::string_view text) const {
  return std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
}

void Console::note(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), err);
  std::fflush(err);
}

size_t Console::columns() const {
  constexpr size_t kUsual = 80;
  winsize size{};
  if (::ioctl(::fileno(err), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

Console standard_console() { return {stdout, stderr, ::isatty(STDERR_FILENO) != 0}; }

int fail(const Console& console, const Error& error) {
  console.note(fmt::format("tamis: error: {}\n", error.message));
  return error.kind == ErrorKind::interrupted ? kInterrupted : kBadInput;
}

int finish(const Console& console, std::string_view text, int code) {
  errno = 0;
  if (console.print(text)) return code;
  // The reader has seen enough, as `head` does. Usually SIGPIPE has ended the process by now; some parents
  // have it ignored.
  if (errno == EPIPE) return code;
  return fail(console, io_error("cannot write to standard output"));
}

}  // namespace tamis::cli
