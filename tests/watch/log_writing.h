#pragma once

#include "log/log_fixture.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::watch {

/// Logs as tuners write them, in a directory that goes with the test.
class LogWriting : public LogTest {
 protected:
  static Trial numbered(uint64_t number) {
    Trial one = trial(number);
    one.costs = {1000.0 + static_cast<double>(number)};
    one.message = "message " + std::to_string(number % 3);
    one.device = "device " + std::to_string(number % 2);
    return one;
  }
  static void append(Log& log, int64_t session, const std::vector<uint64_t>& numbers) {
    std::vector<Trial> trials;
    for (const uint64_t number : numbers) trials.push_back(numbered(number));
    const Status appended = log.append(session, trials);
    EXPECT_TRUE(appended.ok()) << appended.error().message;
  }
  static int64_t add_session(Log& log, uint64_t seed = 1) {
    SessionRecord record = session();
    record.seed = seed;
    return log.add_session(record).value();
  }
};

}  // namespace tamis::watch
