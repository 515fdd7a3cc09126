#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace tamis::cli::testing {

/// What a terminal shows: interprets what is written to it, as far as tamis may use it. Lines that a narrower
/// window wraps are moved, as nearly all terminals do.
class Screen {
 public:
  Screen(size_t columns, size_t rows) : columns_(columns), height_(rows) {}

  void write(std::string_view bytes);
  void resize(size_t columns, size_t rows);
  /// The lines from the first that was written to the last, without blanks at their ends; those that scrolled
  /// off the window too.
  std::vector<std::string> lines() const;
  /// The same as one text.
  std::string text() const;
  /// How many lines hold the text.
  size_t count(std::string_view text) const;
  /// How often a character did not fit into its line, and how often a sequence came that is not known here.
  size_t wraps() const { return wraps_; }
  size_t unknown() const { return unknown_; }
  /// Whether any colour was chosen; the one that the next character gets, 0 for none.
  bool coloured() const { return coloured_; }
  int colour() const { return colour_; }
  /// The colour of the first place where the text stands; -1 where it does not.
  int colour_of(std::string_view text) const;
  bool cursor_visible() const { return cursor_visible_; }
  size_t cursor_column() const { return column_; }
  /// Whether the line of the cursor is empty.
  bool on_empty_line() const;

 private:
  struct Cell {
    std::string text;
    int colour = 0;
    size_t width = 1;
  };
  struct Row {
    std::vector<Cell> cells;
    bool goes_on = false;  ///< wrapped into the next one
  };

  void take_sequence(std::string_view sequence);
  void put(const std::string& character, size_t width);
  void new_line();
  Row& row();
  /// The first row that is in the window.
  size_t top() const { return rows_.size() > height_ ? rows_.size() - height_ : 0; }

  size_t columns_, height_;
  std::vector<Row> rows_ = std::vector<Row>(1);
  size_t at_ = 0, column_ = 0;  ///< the cursor's row, of all that were written, and its column
  int colour_ = 0;
  bool coloured_ = false, cursor_visible_ = true;
  size_t wraps_ = 0, unknown_ = 0;
  std::string pending_;  ///< the beginning of a sequence or character
};

/// How a program is started on a terminal.
struct OnTerminal {
  std::vector<std::string> arguments;
  size_t columns = 80, rows = 24;
  /// Set on top of this process's, which has neither NO_COLOR nor a locale then, but a TERM.
  std::map<std::string, std::string> environment = {};
  std::string directory = {};
  std::string program = {};  ///< tamis where empty
};

/// A program that runs on a pseudo-terminal of its own, which is its controlling terminal: what is typed
/// arrives as from a keyboard. Killed with its owner.
class TerminalSession {
 public:
  explicit TerminalSession(const OnTerminal& start);
  ~TerminalSession();
  TerminalSession(const TerminalSession&) = delete;
  TerminalSession& operator=(const TerminalSession&) = delete;

  void type(std::string_view keys) const;
  void send(int signal) const;
  void resize(size_t columns, size_t rows);
  /// What the terminal shows now, and all bytes that came.
  Screen screen() const;
  std::string written() const;
  /// Waits until the screen is as wanted; false after 30 s or when the program ended before.
  bool wait_for(const std::function<bool(const Screen&)>& wanted);
  bool wait_for(const std::string& text);
  /// Waits for the end; the exit code, 128 + signal where one ended it, -1 after a minute.
  int finish();

 private:
  void read_all();

  int controller_ = -1;
  pid_t pid_ = -1;
  mutable std::mutex mutex_;
  Screen screen_;
  std::string written_;
  bool ended_ = false;  // guarded, too: nothing more is to be read
  std::thread reader_;
};

}  // namespace tamis::cli::testing
