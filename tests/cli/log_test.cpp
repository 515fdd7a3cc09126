// Files in the place of a log: what is not ours stays as it is, and a log that cannot be written says so.

#include "cli/change_log.h"
#include "cli/command.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <sys/mount.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LogFile : public CommandTest {
 protected:
  const std::string path_ = directory_.file("log.sqlite");

  void execute(const std::string& sql) const { change_log(path_, sql); }
  /// Every command that opens the file refuses it, and leaves it and its directory as they were.
  void expect_refused_and_unchanged(const std::string& message) const {
    const std::string before = read(path_);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"tune", kSmall, "--trials", "2", "--log", path_},
          {"tune", kSmall, "--trials", "2", "--resume", "--log", path_},
          {"show", path_},
          {"best", path_},
          {"export", path_}}) {
      const Finished finished = tamis(arguments);
      EXPECT_EQ(finished.code, 2) << arguments[0];
      EXPECT_THAT(finished.out, IsEmpty());
      EXPECT_THAT(finished.err, AllOf(HasSubstr(path_), HasSubstr(message)));
    }
    EXPECT_EQ(read(path_), before);
    const auto entries = std::filesystem::directory_iterator(directory_.path());
    EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
  }
};

TEST_F(LogFile, IsNotATextFile) {
  write(path_, "my notes, which are longer than the header of a database: " + std::string(200, '.') + "\n");
  expect_refused_and_unchanged("not a log of tamis");
}

TEST_F(LogFile, IsNotSomebodyElsesDatabase) {
  execute("CREATE TABLE sessions (id INTEGER); INSERT INTO sessions VALUES (1);");
  expect_refused_and_unchanged("not a log of tamis");
}

TEST_F(LogFile, IsNotOfANewerRelease) {
  ASSERT_EQ(tune(kSmall, {"--trials", "3"}).code, 0);
  execute("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99;");
  expect_refused_and_unchanged("99");
}

TEST_F(LogFile, MustExistToBeRead) {
  for (const char* command : {"show", "best", "export"}) {
    const Finished finished = tamis({command, path_});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(LogFile, CannotBeMadeWhereNothingCanBeWritten) {
  for (const std::string path : {"/proc/log.sqlite", "/missing/directory/log.sqlite"}) {
    const Finished finished = tamis({"tune", kSmall, "--trials", "2", "--log", path});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr(path));
  }
}

/// What a full log still holds is what was reported before it was full.
void expect_full_log(const Finished& finished, const std::string& path) {
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, IsEmpty());
  EXPECT_THAT(finished.err, HasSubstr(path));
  const Finished shown = tamis({"show", path});
  EXPECT_EQ(shown.code, 0) << shown.err;
}

TEST_F(LogFile, SaysThatItMayNotGrow) {
  Invocation invocation;
  invocation.arguments = tune_arguments(kLarge, {"--trials", "400", "--strategy", "random"});
  invocation.file_size_limit = 65536;
  expect_full_log(run(invocation), path_);
}

TEST_F(LogFile, SaysThatTheDiskIsFull) {
  const std::string disk = directory_.file("disk");
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=128k") != 0)
    GTEST_SKIP() << "a small file system cannot be mounted here";
  const Finished finished =
      tamis({"tune", kLarge, "--trials", "400", "--strategy", "random", "--log", disk + "/log.sqlite"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr(disk));
  ::umount(disk.c_str());
}

TEST_F(LogFile, SaysThatTheDiskOfSavedProgramsIsFull) {
  for (const std::string device : {"simulator", kTestDriver.c_str()}) {
    if (kSanitized && device != "simulator") continue;
    Invocation invocation;
    invocation.arguments = {"tune",
                            kLarge,
                            "--trials",
                            "50",
                            "--log",
                            "none",
                            "--device",
                            device,
                            "--save-programs",
                            directory_.file("programs")};
    invocation.file_size_limit = 2048;
    const Finished finished = run(invocation);
    EXPECT_EQ(finished.code, 2) << device;
    EXPECT_THAT(finished.err, HasSubstr("the program could not be saved: cannot write " + directory_.path()));
  }
}

}  // namespace
}  // namespace tamis::cli::testing
