#include "base/file.h"

#include "base/json.h"
#include "support/temporary_directory.h"
#include "tamis/random.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

std::string random_bytes(size_t count) {
  Random random(7);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

TEST(File, ReadsBackWhatWasWritten) {
  const TemporaryDirectory directory;
  for (const std::string& content : {std::string(), std::string("text\n"), random_bytes(1'000'000)}) {
    ASSERT_TRUE(write_file(directory.file("f"), content).ok());
    EXPECT_EQ(*read_file(directory.file("f")), content);
  }
}

TEST(File, CompressesByNameAndDecompressesByContent) {
  const TemporaryDirectory directory;
  const std::string content(5'000'000, 'x');
  ASSERT_TRUE(write_file(directory.file("f.gz"), content).ok());
  EXPECT_LT(std::filesystem::file_size(directory.file("f.gz")), 100'000U);
  std::filesystem::rename(directory.file("f.gz"), directory.file("plain"));
  EXPECT_EQ(*read_file(directory.file("plain")), content);
}

TEST(File, ReadsConcatenatedGzipMembers) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file(directory.file("f.gz"), "one ").ok());
  std::filesystem::rename(directory.file("f.gz"), directory.file("one"));
  // Reading decompresses, so the raw member is doubled by way of the file system.
  const std::string command =
      "cat " + directory.file("one") + " " + directory.file("one") + " > " + directory.file("two");
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(*read_file(directory.file("two")), "one one ");
}

TEST(File, RefusesDamagedGzip) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file(directory.file("f.gz"), random_bytes(100'000)).ok());
  std::filesystem::resize_file(directory.file("f.gz"), 50'000);
  const auto content = read_file(directory.file("f.gz"));
  ASSERT_FALSE(content.ok());
  EXPECT_EQ(content.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(content.error().message, HasSubstr("damaged or truncated"));
  ASSERT_TRUE(write_file(directory.file("noise"), std::string("\x1f\x8b") + random_bytes(1000)).ok());
  EXPECT_EQ(read_file(directory.file("noise")).error().kind, ErrorKind::corrupt);
}

TEST(File, NamesWhatIsMissing) {
  const auto content = read_file("/nonexistent/layers.json");
  ASSERT_FALSE(content.ok());
  EXPECT_EQ(content.error().kind, ErrorKind::not_found);
  EXPECT_THAT(content.error().message, HasSubstr("/nonexistent/layers.json"));
  EXPECT_EQ(read_json("/nonexistent/layers.json").error().kind, ErrorKind::not_found);
}

TEST(File, RefusesADirectory) { EXPECT_THAT(read_file("/tmp").error().message, HasSubstr("is a directory")); }

TEST(File, ReportsAFullDiskAndKeepsTheOlderFile) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "this system has no /dev/full";
  const TemporaryDirectory directory;
  const std::string path = directory.file("f");
  ASSERT_TRUE(write_file(path, "older").ok());
  // The temporary neighbour that write_file uses leads to a device without space.
  std::filesystem::create_symlink("/dev/full", path + "." + std::to_string(::getpid()) + ".tmp");
  const Status status = write_file(path, "newer");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::io);
  EXPECT_THAT(status.error().message, HasSubstr("No space left"));
  EXPECT_EQ(*read_file(path), "older");
}

TEST(File, ReportsADirectoryThatIsMissing) { EXPECT_FALSE(write_file("/nonexistent/f", "x").ok()); }

TEST(File, LeavesNoTemporaryFileBehind) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file(directory.file("f"), "x").ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(MakeDirectories, MakesParentsAndAcceptsExistingOnes) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(make_directories(directory.file("a/b/c")).ok());
  EXPECT_TRUE(make_directories(directory.file("a/b/c")).ok());
  EXPECT_TRUE(std::filesystem::is_directory(directory.file("a/b/c")));
}

TEST(MakeDirectories, RefusesAPathThroughAFile) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file(directory.file("f"), "x").ok());
  EXPECT_EQ(make_directories(directory.file("f/sub")).error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace tamis
