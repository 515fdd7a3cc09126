#include "fleet/connection.h"

#include "fleet/fleet_fixture.h"

#include <filesystem>
#include <set>

#include <fcntl.h>

namespace tamis {
namespace {

class FleetConnection : public FleetTest {
 protected:
  /// The open files of this process that a program it starts would inherit.
  static std::set<int> inheritable() {
    std::set<int> files;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      const int file = std::stoi(entry.path().filename());
      const int flags = ::fcntl(file, F_GETFD);
      if (flags >= 0 && (flags & FD_CLOEXEC) == 0) files.insert(file);
    }
    return files;
  }
};

// The client of NATS 3.4.1 opens its sockets without close-on-exec.
TEST_F(FleetConnection, IsNotInheritedByWhatAWorkerStarts) {
  const std::set<int> before = inheritable();
  const auto connection = fleet::Connection::open(address(), {"test", "worker", true});
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  const std::set<int> after = inheritable();
  EXPECT_TRUE(std::includes(before.begin(), before.end(), after.begin(), after.end()));
}

TEST_F(FleetConnection, LeavesFilesOfATunerAsTheyAre) {
  const int file = ::open("/dev/null", O_RDONLY);
  const auto connection = fleet::Connection::open(address(), {"test", "tuner"});
  ASSERT_TRUE(connection.ok()) << connection.error().message;
  EXPECT_TRUE(inheritable().contains(file));
  ::close(file);
}

}  // namespace
}  // namespace tamis
