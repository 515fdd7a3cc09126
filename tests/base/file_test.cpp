#include "base/file.h"

#include "base/json.h"
#include "support/temporary_directory.h"
#include "tamis/random.h"

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
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

TEST(File, WritesToWhatIsNoRegularFileAsItIs) {
  const TemporaryDirectory directory;
  const std::string pipe = directory.file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_symlink(pipe, directory.file("link"));
  for (const std::string& path : {pipe, directory.file("link")}) {
    // Open for both, so that nobody waits for the other end.
    const int reader = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_TRUE(write_file(path, "content").ok());
    EXPECT_TRUE(std::filesystem::is_fifo(pipe));
    std::string found(100, '\0');
    if (std::filesystem::is_fifo(path)) found.resize(static_cast<size_t>(::read(reader, found.data(), 100)));
    EXPECT_EQ(found, "content");
    ::close(reader);
  }
  EXPECT_TRUE(std::filesystem::is_symlink(directory.file("link")));
  EXPECT_FALSE(write_file(directory.path(), "content").ok()) << "a directory cannot be written";
}

TEST(File, WritesTheFileThatASymlinkPointsTo) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(make_directories(directory.file("sub")).ok());
  ASSERT_TRUE(write_file(directory.file("sub/old"), "older").ok());
  std::filesystem::create_symlink("sub/old", directory.file("to_old"));
  std::filesystem::create_symlink("to_old", directory.file("to_link"));
  std::filesystem::create_symlink("sub/new", directory.file("to_new"));
  ASSERT_TRUE(write_file(directory.file("to_link"), "newer").ok());
  ASSERT_TRUE(write_file(directory.file("to_new"), "first").ok());
  EXPECT_EQ(*read_file(directory.file("sub/old")), "newer");
  EXPECT_EQ(*read_file(directory.file("sub/new")), "first");
  for (const char* link : {"to_old", "to_link", "to_new"})
    EXPECT_TRUE(std::filesystem::is_symlink(directory.file(link))) << link;
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
