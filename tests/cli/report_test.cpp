// A log as a page, and the commands that the page names.

#include "base/file.h"
#include "base/json.h"
#include "cli/command.h"
#include "support/json_schema.h"
#include "tamis/log.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace tamis::cli::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Report : public CommandTest {
 protected:
  std::string file(const std::string& name) const { return directory_.file(name); }
  void SetUp() override {
    ASSERT_EQ(tamis({"tune", kSmall, "--target", "vta", "--trials", "20", "--log", log_, "--quiet"}).code, 0);
  }
  Json document(const std::vector<std::string>& further = {}) {
    std::vector<std::string> arguments = {"report", log_, "--json"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return parse_json(finished.out, "document").value();
  }

  std::string log_ = file("tuning.tamis");
  std::string page_ = file("report.html");
};

TEST_F(Report, WritesOnePageThatNeedsNothingElse) {
  const Finished finished = tamis({"report", log_, "-o", page_});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("wrote " + page_ + ": 20 trials of 1 session"));
  const std::string page = read_file(page_).value();
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("%TAMIS_DATA%")));
  for (const char* outside : {"src=\"http", "href=\"http", "src='http", "url(http", "@import"})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
}

TEST_F(Report, PrintsADocumentThatFitsItsSchema) {
  const Json json = document();
  const std::optional<bool> fits = fits_schema(kReportSchema, json.dump());
  if (!fits) GTEST_SKIP() << "python3-jsonschema is missing";
  EXPECT_TRUE(*fits);
  EXPECT_EQ(json.at("sessions").at(0).at("counts").at("trials"), 20);
  EXPECT_GT(json.at("sessions").at(0).at("bound_ns"), 0);
  EXPECT_FALSE(json.at("programs").empty());
}

TEST_F(Report, IsTheSameForTheSameLogButForItsDate) {
  Json first = document(), second = document();
  first.erase("generated_unix_ms");
  second.erase("generated_unix_ms");
  EXPECT_EQ(first, second);
}

TEST_F(Report, NamesACommandThatGivesTheSameAgain) {
  const Json session = document().at("sessions").at(0);
  const auto command = session.at("best").at("command").get<std::string>();
  const std::string repeated = file("repeated.json");
  ASSERT_EQ(std::system(("PATH=" TAMIS_BUILD_BIN ":$PATH " + command + " --json >" + repeated).c_str()), 0)
      << command;
  const Json again = read_json(repeated).value().at("workloads").at(0);
  EXPECT_EQ(again.at("best").at("latency_ns"), session.at("best").at("value"));
  EXPECT_EQ(again.at("counts").at("trials"), 1);
}

TEST_F(Report, ReadsFilesOfOtherProgramsAndSeveralAtOnce) {
  const Finished finished =
      tamis({"report", log_, TAMIS_TEST_DATA "/tools/kernel_tuner_open.json", "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_GE(parse_json(finished.out, "document").value().at("sessions").size(), 2);
  for (const char* name : {"/autotvm/vta_c9.log.gz", "/tables/tiny_T4.json", "/tools/ktt.json",
                           "/tools/helion.csv", "/tools/clblast_xgemm.json", "/vta/resnet18.C9.csv"}) {
    const Finished one = tamis({"report", std::string(TAMIS_TEST_DATA) + name, "-o", page_});
    EXPECT_EQ(one.code, 0) << name << one.err;
  }
}

TEST_F(Report, RefusesWhatItCannotRead) {
  for (const std::string& input : {file("none.tamis"), std::string(TAMIS_TEST_DATA "/log/README.md")}) {
    const Finished finished = tamis({"report", input, "-o", page_});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr(input));
    EXPECT_THAT(finished.out, IsEmpty());
  }
  EXPECT_THAT(tamis({"report", log_, "--workload", "other"}).err, HasSubstr("has no workload \"other\""));
  EXPECT_EQ(tamis({"report", log_, "--session", "9"}).code, 2);
  EXPECT_THAT(tamis({"report", log_, log_, "--session", "1"}).err, HasSubstr("leave it out"));
  EXPECT_THAT(tamis({"report", log_, "-o", file("no/such/folder.html")}).err, HasSubstr("no/such"));
}

TEST_F(Report, LeavesAnOlderPageWhereTheDiskIsFull) {
  ASSERT_TRUE(write_file(page_, "an older page").ok());
  Invocation invocation;
  invocation.arguments = {"report", log_, "-o", page_};
  invocation.file_size_limit = 100'000;  // the page is larger, what SQLite writes beside the log is not
  const Finished finished = run(invocation);
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr(page_));
  EXPECT_EQ(read_file(page_).value(), "an older page");
}

TEST_F(Report, NeverWritesOverALog) {
  const std::string before = read_file(log_).value();
  const std::string link = file("link.tamis"), other = file("other.tamis");
  std::filesystem::create_symlink(log_, link);
  std::filesystem::copy_file(log_, other);
  for (const std::string& output : {log_, link, other, log_ + "-wal", directory_.path() + "/./tuning.tamis"})
    for (const char* command : {"report", "export"}) {
      const Finished finished = tamis({command, log_, "--output", output});
      EXPECT_EQ(finished.code, 2) << command << " " << output;
      EXPECT_THAT(finished.err, HasSubstr("name another file"));
    }
  EXPECT_EQ(tamis({"report", "-o", log_, other}).code, 2);
  EXPECT_EQ(read_file(log_).value(), before);
}

TEST_F(Report, WaitsForNoPipe) {
  const std::string pipe = file("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const Finished finished = tamis({"report", pipe, "-o", page_});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr(pipe));
}

TEST_F(Report, HasAPageOfALogWithoutASession) {
  const std::string empty = file("empty.tamis");
  ASSERT_TRUE(Log::open(empty, LogMode::read_write).ok());
  EXPECT_EQ(tamis({"report", empty, "-o", page_}).code, 0);
}

TEST_F(Report, ExportsATraceOfDevices) {
  const std::string trace = file("trace.perfetto.json");
  const Finished finished = tamis({"export", log_, "--output", trace});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json events = read_json(trace).value().at("traceEvents");
  int runs = 0;
  for (const Json& event : events)
    runs += event.at("ph") == "X" && event.at("args").contains("config") ? 1 : 0;
  EXPECT_GE(runs, 20);
}

class TuneOneConfig : public CommandTest {};

TEST_F(TuneOneConfig, TriesItAndNothingElse) {
  const Finished finished =
      tamis({"tune", kSmall, "--target", "vta", "--log", "none", "--json", "--config", "tile_h=4"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json row = parse_json(finished.out, "report").value().at("workloads").at(0);
  EXPECT_EQ(row.at("counts").at("trials"), 1);
  EXPECT_TRUE(row.at("default").is_null());
  EXPECT_THAT(row.at("best").at("knobs").at("tile_h"), (Json{1, 4}));
  EXPECT_THAT(finished.err, IsEmpty());
}

TEST_F(TuneOneConfig, SaysWhatIsWrongWithIt) {
  EXPECT_THAT(tamis({"tune", kSmall, "--target", "vta", "--config", "tile_hh=4"}).err,
              HasSubstr("did you mean \"tile_h\"?"));
  EXPECT_THAT(tamis({"tune", kSmall, kLarge, "--target", "vta", "--config", "tile_h=4"}).err,
              HasSubstr("name no other WORKLOAD"));
  EXPECT_THAT(
      tamis({"tune", kSmall, "--target", "vta", "--constraint", "tile_h < 4", "--config", "tile_h=4"}).err,
      HasSubstr("excluded by the constraint: tile_h < 4"));
  EXPECT_EQ(tamis({"tune", kSmall, "--target", "vta", "--index", "100000"}).code, 2);
}

}  // namespace
}  // namespace tamis::cli::testing
