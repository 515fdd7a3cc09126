#include "cli/console.h"

#include "base/text.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tamis::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::optional<Window> window_of(std::FILE* file) {
  winsize size{};
  if (::ioctl(::fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return Window{size.ws_col, size.ws_row > 0 ? size.ws_row : Window{}.rows};
}

bool can_draw_over() {
  const std::string_view term = environment("TERM");
  return ::isatty(STDERR_FILENO) != 0 && !term.empty() && term != "dumb";
}

bool has_blocks() {
  std::string_view locale;
  for (const char* name : {"LANG", "LC_CTYPE", "LC_ALL"})
    if (const std::string_view value = environment(name); !value.empty()) locale = value;
  const std::string small = in_small_letters(locale);
  const bool utf8 = small.find("utf-8") != std::string::npos || small.find("utf8") != std::string::npos;
  // Fonts of these languages may draw what is of ambiguous width two columns wide.
  constexpr std::array<std::string_view, 3> kWideFonts = {"ja", "ko", "zh"};
  for (const std::string_view language : kWideFonts)
    if (small.starts_with(language)) return false;
  return utf8;
}

}  // namespace

bool Console::print(std::string_view text) const {
  return std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
}

void Console::note(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), err);
  std::fflush(err);
}

Window Console::window() const { return window_of(err).value_or(Window{}); }

size_t Console::result_columns() const {
  if (::isatty(::fileno(out)) == 0) return 0;
  return window_of(out).value_or(Window{}).columns;
}

Console standard_console() {
  Console console;
  console.live = can_draw_over();
  console.colours = console.live && environment("NO_COLOR").empty();
  console.blocks = console.live && has_blocks();
  return console;
}

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
