// The line that is redrawn while a session runs, on a terminal of a given width.

#include "base/text.h"
#include "cli/command.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

/// A terminal of so many columns, whose screen is read by a thread.
class Terminal {
 public:
  explicit Terminal(uint16_t columns) : controller_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_TRUE(::grantpt(controller_) == 0 && ::unlockpt(controller_) == 0);
    path_ = ::ptsname(controller_);
    held_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const winsize size{50, columns, 0, 0};
    EXPECT_EQ(::ioctl(held_, TIOCSWINSZ, &size), 0);
    reader_ = std::thread([this] { read_all(); });
  }
  ~Terminal() {
    if (reader_.joinable()) written();
    ::close(held_);
    ::close(controller_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  const std::string& path() const { return path_; }
  /// Everything that was written, after the last program that writes has ended.
  std::string written() {
    ended_ = true;
    reader_.join();
    return text_;
  }

 private:
  void read_all() {
    char bytes[4096];
    pollfd ready{controller_, POLLIN, 0};
    // What is there is read to its end, also after the writer has gone.
    for (;;) {
      if (::poll(&ready, 1, 50) <= 0) {
        if (ended_) return;
        continue;
      }
      const ssize_t count = ::read(controller_, bytes, sizeof bytes);
      if (count <= 0) return;
      text_.append(bytes, static_cast<size_t>(count));
    }
  }

  int controller_;
  int held_ = -1;  // so that the terminal stays between programs
  std::string path_;
  std::atomic<bool> ended_ = false;
  std::string text_;
  std::thread reader_;
};

class LiveLine : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
    write(
        directory_.file("toy.json"),
        R"j({"tamis": 1, "name": "toy", "knobs": {"a": {"range": [1, 40]}}, "program": {"run": ["sh", "-c", )j"
        R"j("if [ {a} = 7 ]; then echo 1; else echo 'größer als der Speicher: )j" +
            std::string(200, 'x') + R"j(' >&2; exit 1; fi"], "latency": "(?P<us>[0-9.]+)"}})j");
  }
  /// What was drawn on a terminal of so many columns.
  std::vector<std::string> drawn(uint16_t columns) const {
    Terminal terminal(columns);
    Invocation invocation;
    invocation.arguments = {
        "tune", directory_.file("toy.json"), "--trials", "all", "--log", "none", "--batch", "40"};
    invocation.error = terminal.path();
    EXPECT_EQ(Running(invocation).finish().code, 0);
    std::vector<std::string> lines;
    for (std::string& piece : split_text(terminal.written(), '\r'))
      if (piece.starts_with("\033[K")) lines.push_back(piece.substr(3));
    return lines;
  }
};

size_t characters(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

TEST_F(LiveLine, FitsIntoTheTerminal) {
  for (const uint16_t columns : std::vector<uint16_t>{30, 80, 100}) {
    size_t longest = 0;
    for (const std::string& line : drawn(columns)) longest = std::max(longest, characters(line));
    EXPECT_EQ(longest, columns - 1U);
  }
}

TEST_F(LiveLine, SaysWhatTheProgramWrote) {
  EXPECT_THAT(drawn(120), AllOf(Contains(HasSubstr("run_failed: größer als der Speicher")),
                                Not(Contains(HasSubstr("exit status")))));
}

}  // namespace
}  // namespace tamis::cli::testing
