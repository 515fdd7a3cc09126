#pragma once

#include "support/temporary_directory.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/types.h>

namespace tamis::cli::testing {

/// Where the build puts tamis, and the driver libraries made for tests.
inline const std::string kTamis = TAMIS_BUILD_BIN "/tamis";
inline const std::string kTestDriver = "driver:" TAMIS_BUILD_BIN "/test_driver.so";

/// Sanitizers reserve more addresses than a worker process may have, and are slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// A small convolution of 36 configs, and one of 900.
inline const std::string kSmall = "conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1";
inline const std::string kLarge = "conv2d:ci=64,h=12,w=12,co=64,k=3,pad=1";

struct Invocation {
  std::vector<std::string> arguments;
  std::string program = kTamis;
  std::string directory;                           ///< to run in; this process's when empty
  std::string output;                              ///< a file for standard output instead of a capture
  std::string error;                               ///< a file or terminal for standard error, likewise
  uint64_t file_size_limit = 0;                    ///< RLIMIT_FSIZE in bytes, 0 for none
  std::map<std::string, std::string> environment;  ///< set on top of this process's
};

struct Finished {
  int code = -1;  ///< exit code; 128 + signal when killed, as a shell says it
  std::string out;
  std::string err;
};

/// A program that was started; killed with its owner. Standard output and error go to files, so that nothing
/// blocks on a pipe that nobody reads.
class Running {
 public:
  explicit Running(const Invocation& invocation);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void send(int signal) const;
  /// What it has written so far.
  std::string out() const;
  std::string err() const;
  bool ended();
  /// Waits for the text on standard error; false after 20 s or when it ended without.
  bool wait_for_err(const std::string& text);
  /// Waits for the end; a program that takes longer is killed and fails the test.
  Finished finish(std::chrono::seconds deadline = std::chrono::seconds(60));

 private:
  TemporaryDirectory files_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool reaped_ = false;
};

/// Runs a program to its end.
Finished run(const Invocation& invocation);
/// Runs `tamis` with the arguments.
Finished tamis(const std::vector<std::string>& arguments);

std::string read(const std::string& path);
void write(const std::string& path, const std::string& content);

/// A directory for one test, and the log in it.
class CommandTest : public ::testing::Test {
 protected:
  /// `tamis tune WORKLOAD --log LOG` with further arguments.
  std::vector<std::string> tune_arguments(const std::string& workload, const std::vector<std::string>& more,
                                          const std::string& log = "log.sqlite") const;
  Finished tune(const std::string& workload, const std::vector<std::string>& more,
                const std::string& log = "log.sqlite") const {
    return tamis(tune_arguments(workload, more, log));
  }
  /// The log's trials as CSV.
  std::string exported(const std::string& log = "log.sqlite") const;

  TemporaryDirectory directory_;
};

}  // namespace tamis::cli::testing
