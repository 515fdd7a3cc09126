#include "process/scratch.h"

#include "support/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace tamis {
namespace {

namespace fs = std::filesystem;

/// Where temporary files go during a test.
class ScratchTest : public ::testing::Test {
 protected:
  void SetUp() override { ::setenv("TMPDIR", directory_.path().c_str(), 1); }
  void TearDown() override { ::unsetenv("TMPDIR"); }
  size_t entries() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(directory_.path()), fs::directory_iterator()));
  }
  TemporaryDirectory directory_;
};

TEST_F(ScratchTest, IsRemovedWithAllThatIsInIt) {
  auto root = ScratchRoot::create().value();
  std::string path;
  {
    const auto scratch = root->make().value();
    path = scratch->path();
    fs::create_directories(path + "/a/b");
    std::ofstream(path + "/a/b/c") << "x";
    EXPECT_NE(root->make().value()->path(), path);
  }
  EXPECT_FALSE(fs::exists(path));
  root.reset();
  EXPECT_EQ(entries(), 0U);
}

TEST_F(ScratchTest, OutlivesItsRootsOwner) {
  auto root = ScratchRoot::create().value();
  const auto scratch = root->make().value();
  root.reset();
  EXPECT_TRUE(fs::exists(scratch->path()));
}

TEST_F(ScratchTest, RemovesWhatAKilledProcessLeft) {
  fs::create_directories(directory_.file("tamis-dead01/0"));
  std::ofstream(directory_.file("tamis-dead01/.lock")).flush();
  fs::create_directories(directory_.file("tamis-other"));
  const auto living = ScratchRoot::create().value();
  EXPECT_FALSE(fs::exists(directory_.file("tamis-dead01")));
  EXPECT_TRUE(fs::exists(directory_.file("tamis-other")));
  const auto next = ScratchRoot::create().value();
  EXPECT_TRUE(living->make().ok());
}

TEST_F(ScratchTest, SaysWhereItCannotBe) {
  fs::permissions(directory_.path(), fs::perms::none);
  if (std::ofstream(directory_.file("probe"))) GTEST_SKIP() << "this user may write everywhere";
  const auto root = ScratchRoot::create();
  fs::permissions(directory_.path(), fs::perms::owner_all);
  ASSERT_FALSE(root.ok());
  EXPECT_NE(root.error().message.find(directory_.path()), std::string::npos);
}

}  // namespace
}  // namespace tamis
