#pragma once

#include "process/spawn.h"
#include "tamis/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tamis {

/// A program that runs beside a test, with all that it writes appended to a file. It and its session are
/// killed when this is destroyed. Not thread safe.
class BackgroundProgram {
 public:
  /// Errors: as spawn.
  static Result<BackgroundProgram> start(const std::vector<std::string>& arguments,
                                         const std::string& output_file);
  BackgroundProgram() = default;
  BackgroundProgram(BackgroundProgram&& other) noexcept;
  BackgroundProgram& operator=(BackgroundProgram&& other) noexcept;
  ~BackgroundProgram();

  /// Whether it was started and has not been seen to end.
  bool running() const { return spawned_.pid > 0; }
  pid_t pid() const { return spawned_.pid; }
  /// The processor time that it used so far, in s; 0 where it is not running.
  double processor_seconds() const;
  /// Sends it a signal, and nobody else; nothing where it is not running.
  void signal(int number) const;
  /// SIGKILL for the program alone, as a crash: what it started is left to itself. Returns once it has ended.
  void kill();
  /// Waits for its end; its status as waitpid() gives it, nothing where it did not end in time.
  std::optional<int> wait(std::chrono::milliseconds patience);

 private:
  Spawned spawned_;
};

}  // namespace tamis
