#include "cli/terminal.h"

#include "cli/command.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tamis::cli::testing {
namespace {

using std::chrono::steady_clock;

/// As terminals have it, for the characters that tests use.
size_t width_of(uint32_t point) {
  if ((point >= 0x300 && point < 0x370) || point == 0x200D) return 0;
  const bool wide = (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
                    (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xFF01 && point <= 0xFF60) ||
                    (point >= 0x1F300 && point <= 0x1FAFF);
  return wide ? 2 : 1;
}

size_t bytes_of(unsigned char lead) { return lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2; }

uint32_t point_of(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character[0]);
  uint32_t point = static_cast<unsigned char>(character[0]) & (0x7FU >> character.size());
  for (const char c : character.substr(1)) point = point << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  return point;
}

/// In the child, between fork and exec.
[[noreturn]] void become_on(const std::string& terminal, const OnTerminal& start,
                            const std::string& program) {
  ::setsid();
  const int file = ::open(terminal.c_str(), O_RDWR);  // becomes the controlling terminal
  if (file < 0) ::_exit(125);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(file, descriptor);
  if (file > STDERR_FILENO) ::close(file);
  if (!start.directory.empty() && ::chdir(start.directory.c_str()) != 0) ::_exit(125);
  for (const char* name : {"NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"}) ::unsetenv(name);
  ::setenv("TERM", "xterm", 1);
  for (const auto& [name, value] : start.environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : start.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  ::_exit(126);
}

}  // namespace

void Screen::write(std::string_view bytes) {
  pending_ += bytes;
  size_t at = 0;
  while (at < pending_.size()) {
    const auto c = static_cast<unsigned char>(pending_[at]);
    if (c == '\033') {
      if (at + 1 == pending_.size()) break;
      if (pending_[at + 1] != '[') {
        ++unknown_;
        ++at;
        continue;
      }
      const size_t end = pending_.find_first_not_of("0123456789;?", at + 2);
      if (end == std::string::npos) break;
      take_sequence(std::string_view(pending_).substr(at + 2, end + 1 - (at + 2)));
      at = end + 1;
    } else if (c == '\r') {
      column_ = 0;
      ++at;
    } else if (c == '\n') {
      new_line();
      ++at;
    } else if (c < 0x20) {
      ++unknown_;
      ++at;
    } else {
      const size_t length = bytes_of(c);
      if (at + length > pending_.size()) break;
      const std::string character = pending_.substr(at, length);
      put(character, width_of(point_of(character)));
      at += length;
    }
  }
  pending_.erase(0, at);
}

void Screen::take_sequence(std::string_view sequence) {
  const char last = sequence.back();
  const std::string parameter(sequence.substr(0, sequence.size() - 1));
  const size_t number = parameter.empty() || parameter[0] == '?' ? 0 : std::stoul(parameter);
  if (last == 'A') {
    at_ = std::max(top(), at_ - std::min(at_, std::max<size_t>(1, number)));
  } else if (last == 'K' && number == 0) {
    row().cells.resize(std::min(row().cells.size(), column_));
    row().goes_on = false;
  } else if (last == 'J' && number == 0) {
    row().cells.resize(std::min(row().cells.size(), column_));
    row().goes_on = false;
    rows_.resize(at_ + 1);
  } else if (last == 'm') {
    colour_ = static_cast<int>(number);
    coloured_ = coloured_ || colour_ != 0;
  } else if (parameter == "?25" && (last == 'h' || last == 'l')) {
    cursor_visible_ = last == 'h';
  } else {
    ++unknown_;
  }
}

Screen::Row& Screen::row() {
  if (at_ >= rows_.size()) rows_.resize(at_ + 1);
  return rows_[at_];
}

void Screen::new_line() {
  // The terminal's driver adds the return.
  ++at_;
  (void)row();
}

void Screen::put(const std::string& character, size_t width) {
  if (width == 0) {
    if (column_ > 0 && column_ <= row().cells.size()) row().cells[column_ - 1].text += character;
    return;
  }
  if (column_ + width > columns_) {
    ++wraps_;
    row().goes_on = true;
    new_line();
    column_ = 0;
  }
  std::vector<Cell>& cells = row().cells;
  if (cells.size() < column_ + width) cells.resize(column_ + width, Cell{" "});
  cells[column_] = {character, colour_, width};
  for (size_t i = 1; i < width; ++i) cells[column_ + i] = {"", colour_, 0};
  column_ += width;
}

void Screen::resize(size_t columns, size_t rows) {
  std::vector<Row> moved;
  size_t at = 0;
  for (size_t begin = 0; begin < rows_.size();) {
    std::vector<Cell> line;
    size_t end = begin;
    for (;; ++end) {
      if (end == at_) at = moved.size();
      line.insert(line.end(), rows_[end].cells.begin(), rows_[end].cells.end());
      if (!rows_[end].goes_on || end + 1 == rows_.size()) break;
    }
    do {
      const size_t taken = std::min(line.size(), columns);
      moved.push_back({{line.begin(), line.begin() + static_cast<std::ptrdiff_t>(taken)}, false});
      line.erase(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(taken));
      moved.back().goes_on = !line.empty();
    } while (!line.empty());
    begin = end + 1;
  }
  rows_ = std::move(moved);
  at_ = at;
  columns_ = columns;
  height_ = rows;
}

std::vector<std::string> Screen::lines() const {
  std::vector<std::string> all;
  for (const Row& row : rows_) {
    std::string line;
    for (const Cell& cell : row.cells) line += cell.text;
    line.erase(line.find_last_not_of(' ') + 1);
    all.push_back(std::move(line));
  }
  while (!all.empty() && all.back().empty()) all.pop_back();
  return all;
}

std::string Screen::text() const {
  std::string text;
  for (const std::string& line : lines()) text += line + "\n";
  return text;
}

size_t Screen::count(std::string_view text) const {
  const std::vector<std::string> all = lines();
  return static_cast<size_t>(std::count_if(
      all.begin(), all.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

int Screen::colour_of(std::string_view text) const {
  for (const Row& row : rows_) {
    std::string line;
    std::vector<int> colours;
    for (const Cell& cell : row.cells) {
      line += cell.text;
      colours.resize(line.size(), cell.colour);
    }
    if (const size_t found = line.find(text); found != std::string::npos) return colours[found];
  }
  return -1;
}

bool Screen::on_empty_line() const { return at_ >= rows_.size() || rows_[at_].cells.empty(); }

TerminalSession::TerminalSession(const OnTerminal& start) : screen_(start.columns, start.rows) {
  controller_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_TRUE(::grantpt(controller_) == 0 && ::unlockpt(controller_) == 0);
  const std::string path = ::ptsname(controller_);
  const winsize size{static_cast<uint16_t>(start.rows), static_cast<uint16_t>(start.columns), 0, 0};
  EXPECT_EQ(::ioctl(controller_, TIOCSWINSZ, &size), 0);
  const std::string program = start.program.empty() ? kTamis : start.program;
  pid_ = ::fork();
  if (pid_ == 0) become_on(path, start, program);
  EXPECT_GT(pid_, 0);
  reader_ = std::thread([this] { read_all(); });
}

TerminalSession::~TerminalSession() {
  if (pid_ > 0) {
    send(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (reader_.joinable()) reader_.join();
  ::close(controller_);
}

void TerminalSession::read_all() {
  char bytes[4096];
  for (;;) {
    const ssize_t count = ::read(controller_, bytes, sizeof bytes);
    if (count <= 0 && pid_ > 0 && errno == EIO) {
      // Nobody has the terminal open: the program has not opened it yet, or has ended.
      siginfo_t info{};
      const bool runs = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                        info.si_pid == 0;
      if (runs) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
    }
    const std::lock_guard lock(mutex_);
    if (count <= 0) {
      ended_ = true;
      return;
    }
    const std::string_view some(bytes, static_cast<size_t>(count));
    written_ += some;
    screen_.write(some);
  }
}

void TerminalSession::type(std::string_view keys) const {
  EXPECT_EQ(::write(controller_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
}

void TerminalSession::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

void TerminalSession::resize(size_t columns, size_t rows) {
  const std::lock_guard lock(mutex_);
  const winsize size{static_cast<uint16_t>(rows), static_cast<uint16_t>(columns), 0, 0};
  EXPECT_EQ(::ioctl(controller_, TIOCSWINSZ, &size), 0);
  screen_.resize(columns, rows);
}

Screen TerminalSession::screen() const {
  const std::lock_guard lock(mutex_);
  return screen_;
}

std::string TerminalSession::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

bool TerminalSession::wait_for(const std::function<bool(const Screen&)>& wanted) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(30);
  while (steady_clock::now() < deadline) {
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      last = ended_;
      if (wanted(screen_)) return true;
    }
    if (last) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

bool TerminalSession::wait_for(const std::string& text) {
  return wait_for([&](const Screen& screen) { return screen.count(text) > 0; });
}

int TerminalSession::finish() {
  const auto deadline = steady_clock::now() + std::chrono::seconds(60);
  int status = 0;
  pid_t reaped = 0;
  // The reader looks at whether it has ended, so it is joined first.
  bool over = false;
  while (!over && steady_clock::now() < deadline) {
    {
      const std::lock_guard lock(mutex_);
      over = ended_;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (!over) {
    ADD_FAILURE() << "the program did not end within a minute; the screen shows:\n" << screen().text();
    send(SIGKILL);
  }
  reader_.join();
  reaped = ::waitpid(pid_, &status, 0);
  EXPECT_EQ(reaped, pid_);
  pid_ = -1;
  if (!over) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tamis::cli::testing
