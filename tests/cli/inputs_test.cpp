// Folders and patterns of files, as every command that reads other programs' files takes them.

#include "base/file.h"
#include "cli/command.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Inputs : public CommandTest {
 protected:
  Inputs() {
    std::filesystem::create_directory(folder_);
    write(folder_ + "/notes.txt", "nothing of interest");
    for (const char* name : {"one", "two"}) write(folder_ + "/" + name + ".csv", table(name));
  }

  /// Its last row can never be used.
  static std::string table(const std::string& workload) {
    std::string text = "workload,index,k,verdict,latency_ns,message\n";
    for (int i = 1; i < 9; ++i)
      text += workload + "," + std::to_string(i - 1) + "," + std::to_string(i) + "," +
              (i > 6 ? "run_failed,,broken\n" : "valid," + std::to_string(100 * i) + ",\n");
    return text + workload + ",8,9,valid,0,\n";
  }

  const std::string folder_ = directory_.file("runs");
  const std::string pattern_ = folder_ + "/*";
  const std::string log_ = directory_.file("imported.tamis");
};

TEST_F(Inputs, OfEveryCommandMayBeAFolderOrAPattern) {
  for (const std::string& input : {folder_, pattern_}) {
    const Finished explained = tamis({"explain", input});
    EXPECT_EQ(explained.code, 0) << explained.err;
    EXPECT_THAT(explained.out, AllOf(HasSubstr("one"), HasSubstr("two"), HasSubstr("run_failed")));
    EXPECT_THAT(explained.err, HasSubstr("passed over 1 file of other kinds: notes.txt"));
    const Finished replayed = tamis({"replay", input, "--strategy", "grid", "--seeds", "1"});
    EXPECT_EQ(replayed.code, 0) << replayed.err;
    EXPECT_THAT(replayed.out, AllOf(HasSubstr("one"), HasSubstr("two")));
    const Finished tuned = tamis({"tune", input, "--target", "table", "--trials", "all", "--strategy",
                                  "tamis", "--learn-from", input, "--log", "none"});
    EXPECT_EQ(tuned.code, 0) << tuned.err;
    EXPECT_THAT(tuned.out, AllOf(HasSubstr("one"), HasSubstr("two")));
    const Finished studied =
        tamis({"replay", folder_ + "/one.csv", "--learn-from", input, "--strategy", "tamis", "--seeds", "1"});
    EXPECT_EQ(studied.code, 0) << studied.err;
  }
  EXPECT_EQ(tamis({"explain", folder_, "one"}).code, 0);
  const Finished missing = tamis({"explain", folder_, "three"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("no workload \"three\"; it has one, two"));
}

TEST_F(Inputs, MayHoldLogsWhereACommandReadsThem) {
  ASSERT_EQ(tamis({"import", "--log", folder_ + "/own.tamis", folder_ + "/one.csv"}).code, 0);
  const Finished explained = tamis({"explain", folder_});
  EXPECT_EQ(explained.code, 0) << explained.err;
  EXPECT_THAT(explained.err, Not(HasSubstr("own.tamis")));
  EXPECT_THAT(tamis({"import", "--log", log_, folder_}).err, HasSubstr("2 files of other kinds"));
}

TEST_F(Inputs, TellWhatATableLeavesOut) {
  for (const char* command : {"tune", "space"}) {
    std::vector<std::string> arguments = {command, folder_ + "/one.csv", "--target", "table"};
    if (std::string(command) == "tune")
      arguments.insert(arguments.end(), {"--log", "none", "--trials", "2", "--strategy", "random"});
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("one.csv: left out line 10: it is valid, but a latency of 0"))
        << command;
  }
}

/// Nobody writes into the pipe: opening it would wait for ever.
TEST_F(Inputs, PassOverPipesWithoutOpeningThem) {
  ASSERT_EQ(::mkfifo((folder_ + "/pipe.csv").c_str(), 0600), 0);
  for (const std::string& input : {folder_, folder_ + "/*.csv"}) {
    const Finished finished = tamis({"import", "--log", log_, input});
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("pipe.csv"));
  }
}

/// It would be of a known format if it could be read.
TEST_F(Inputs, SayWhyAFileOfAFolderCannotBeRead) {
  const std::string path = folder_ + "/three.csv.gz";
  ASSERT_TRUE(write_file(path, table("three")).ok());
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const Finished finished = tamis({"import", "--log", log_, folder_});
  EXPECT_EQ(finished.code, 2) << "the others are imported";
  EXPECT_THAT(finished.err, AllOf(HasSubstr("three.csv.gz"), HasSubstr("truncated"),
                                  HasSubstr("1 file of other kinds: notes.txt")));
  EXPECT_THAT(finished.out, AllOf(HasSubstr("one.csv"), HasSubstr("two.csv")));
}

}  // namespace
}  // namespace tamis::cli::testing
