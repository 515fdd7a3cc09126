#include "targets/gpu/opencl/faulty_kernel.h"

#include <filesystem>

namespace tamis::gpu {
namespace {

namespace fs = std::filesystem;

size_t entries_of_folder(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// The threads of this process and of those that it started.
size_t children() {
  size_t count = 0;
  for (const auto& thread : fs::directory_iterator("/proc/self/task")) {
    std::ifstream list(thread.path() / "children");
    for (std::string id; list >> id;) ++count;
  }
  return count;
}

class OpenClLeaks : public FaultyKernelTest {
 protected:
  /// Tries so many configs, one in ten of which takes its worker with it.
  void try_many(size_t count) {
    const auto task = task_of(write_file());
    ASSERT_TRUE(task.ok()) << task.error().message;
    options_.run_deadline = std::chrono::milliseconds(500);
    options_.jobs = 2;
    TemporaryDirectory scratch;
    ::setenv("TMPDIR", scratch.path().c_str(), 1);
    const std::vector<std::string> faults = {"0", "1", "2", "5", "7", "8", "9", "0", "2", "4"};
    std::vector<std::vector<std::string>> configs;
    for (size_t i = 0; i < count; ++i)
      configs.push_back({"FAULT=" + (i % 50 == 49 ? std::string("3") : faults[i % faults.size()]),
                         i % 3 == 0 ? "SIZE=8" : "SIZE=16"});
    const size_t descriptors = entries_of_folder("/proc/self/fd");
    for (const Trial& trial : measure(*task, configs))
      EXPECT_EQ(trial.message.empty(), trial.verdict == Verdict::valid);
    ::unsetenv("TMPDIR");
    EXPECT_EQ(entries_of_folder("/proc/self/fd"), descriptors);
    EXPECT_EQ(children(), 0U);
    // What a process that was killed last has left is removed by the next one.
    EXPECT_LE(entries_of_folder(scratch.path()), 2U);
  }
};

TEST_F(OpenClLeaks, AreNoneAfterAHundredTrials) { try_many(100); }

TEST_F(OpenClLeaks, DISABLED_AreNoneAfterAThousandTrials) { try_many(1000); }

}  // namespace
}  // namespace tamis::gpu
