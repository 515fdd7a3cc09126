#include "tamis/log.h"

#include "base/json.h"
#include "log/log_fixture.h"
#include "log/schema.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using testing::HasSubstr;

using LogFile = LogTest;

TEST_F(LogFile, KeepsSessionsAndTrialsAsTheyAre) {
  Trial invalid = trial(1);
  invalid.verdict = Verdict::resource_exceeded;
  invalid.measured = false;
  invalid.costs.clear();
  invalid.features = {};
  invalid.message = std::string("quotes ' \" and a zero \0 byte", 28);
  {
    Log log = open();
    EXPECT_EQ(log.add_session(session()).value(), 1);
    EXPECT_EQ(log.add_session(session()).value(), 2);
    ASSERT_TRUE(log.append(2, std::vector{trial(2), invalid}).ok());
    ASSERT_TRUE(log.append(2, std::vector{trial(0)}).ok());
  }
  const Log log = Log::open(path_, LogMode::read).value();
  const auto sessions = log.sessions().value();
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[1].id, 2);
  EXPECT_EQ(sessions[1].workload, session().workload);
  EXPECT_EQ(sessions[1].knobs, session().knobs);
  EXPECT_EQ(sessions[1].seed, session().seed);
  EXPECT_EQ(sessions[1].initializer, "none");
  EXPECT_EQ(log.trials(1).value(), std::vector<Trial>{});
  EXPECT_EQ(log.trials(2).value(), (std::vector{trial(0), invalid, trial(2)}));
}

TEST_F(LogFile, KeepsTheCodeOfPrograms) {
  Trial ran = trial(0);
  ran.code_hash = "00ff-10";
  Trial same = trial(1);
  same.code_hash = ran.code_hash;
  same.same_code_as = 0;
  Log log = open();
  ASSERT_EQ(log.add_session(session()).value(), 1);
  ASSERT_TRUE(log.append(1, std::vector{ran, same, trial(2)}).ok());
  EXPECT_EQ(log.trials(1).value(), (std::vector{ran, same, trial(2)}));
  EXPECT_EQ(log.trial(1, 1).value(), same);
  Counts counts;
  const std::vector<TrialCount> counted = log.counts(1).value();
  for (const TrialCount& some : counted) counts.add(some);
  EXPECT_EQ(counts.trials, 3U);
  EXPECT_EQ(counts.measurements, 2U);
  EXPECT_EQ(counts.same_code, 1U);
}

TEST_F(LogFile, KeepsWhatASessionLearntFrom) {
  Log log = open();
  SessionRecord taught = session();
  taught.learnt_from = "3:00ff 4:1234";
  taught.constraints = R"(["tile_h <= 8"])";
  taught.generation = 3;
  taught.with_default = true;
  taught.hints = R"([{"tile_h":[8]}])";
  ASSERT_TRUE(log.add_session(session()).ok());
  ASSERT_TRUE(log.add_session(taught).ok());
  EXPECT_EQ(log.sessions().value()[0].learnt_from, "");
  EXPECT_EQ(log.sessions().value()[1].learnt_from, taught.learnt_from);
  EXPECT_EQ(log.sessions().value()[0].constraints, "[]");
  EXPECT_EQ(log.sessions().value()[1].constraints, taught.constraints);
  EXPECT_EQ(log.sessions().value()[0].generation, 1U);
  EXPECT_FALSE(log.sessions().value()[0].with_default);
  EXPECT_EQ(log.sessions().value()[1].generation, 3U);
  EXPECT_TRUE(log.sessions().value()[1].with_default);
  EXPECT_EQ(log.sessions().value()[0].hints, "");
  EXPECT_EQ(log.sessions().value()[1].hints, taught.hints);
}

/// Stored logs of older versions.
class OlderLog : public LogFile, public testing::WithParamInterface<int> {
 protected:
  OlderLog() {
    std::filesystem::copy_file(fmt::format("{}/log/version{}.tamis", TAMIS_TEST_DATA, GetParam()), path_);
  }
  static void expect_content(const Log& log) {
    const auto sessions = log.sessions();
    ASSERT_TRUE(sessions.ok()) << sessions.error().message;
    ASSERT_EQ(sessions->size(), 1U);
    EXPECT_EQ(sessions->front().strategy, "random");
    EXPECT_EQ(sessions->front().seed, 7U);
    EXPECT_EQ(sessions->front().learnt_from, "");
    EXPECT_EQ(sessions->front().constraints, "[]");
    EXPECT_EQ(sessions->front().generation, 1U);
    EXPECT_EQ(sessions->front().with_default, GetParam() >= 6);
    EXPECT_EQ(sessions->front().hints, "");
    const auto trials = log.trials(1).value();
    EXPECT_EQ(log.finals(1).value(), std::nullopt);
    EXPECT_TRUE(log.asks(1).value().empty());
    EXPECT_TRUE(log.networks().value().empty());
    ASSERT_EQ(trials.size(), 6U);
    EXPECT_EQ(std::count_if(trials.begin(), trials.end(),
                            [](const Trial& trial) { return trial.verdict == Verdict::valid; }),
              GetParam() >= 6 ? 6 : 4);
  }
};

TEST_P(OlderLog, IsReadAndLeftAsItIs) {
  const std::string before = bytes_of(path_);
  expect_content(Log::open(path_, LogMode::read).value());
  EXPECT_EQ(bytes_of(path_), before);
}

TEST_P(OlderLog, IsBroughtUpToDateByWriting) {
  {
    Log log = open();
    expect_content(log);
    EXPECT_EQ(log.add_session(session()).value(), 2);
    EXPECT_TRUE(log.append(2, finals(6)).ok());
    EXPECT_TRUE(log.append(2, AskRecord{0, 8, 8, {}}).ok());
    EXPECT_EQ(log.add_network(network()).value(), 1);
  }
  const Log again = open();
  EXPECT_EQ(again.networks().value(), std::vector{network()});
  EXPECT_EQ(again.finals(2).value(), finals(6));
  EXPECT_EQ(again.sessions().value().size(), 2U);
  EXPECT_EQ(again.trials(1).value().size(), 6U);
}

INSTANTIATE_TEST_SUITE_P(Versions, OlderLog, testing::Values(1, 2, 3, 4, 6, 7, 8));

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

TEST_F(LogFile, KeepsAsksInTheirOrder) {
  Log log = open();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(log.add_session(session()).ok());
  const AskRecord first{0, 8, 8, {}};
  const AskRecord second{9, 4, 3, {0, 2, 8}};
  ASSERT_TRUE(log.append(1, second).ok());
  ASSERT_TRUE(log.append(1, first).ok());
  EXPECT_EQ(log.asks(1).value(), (std::vector{first, second}));
  EXPECT_TRUE(log.asks(2).value().empty());
  EXPECT_EQ(Log::open(path_, LogMode::read).value().asks(1).value().size(), 2U);
}

TEST_F(LogFile, RefusesAsksTwiceAndThoseOfNoSession) {
  Log log = open();
  ASSERT_TRUE(log.add_session(session()).ok());
  ASSERT_TRUE(log.append(1, AskRecord{0, 8, 8, {}}).ok());
  EXPECT_THAT(log.append(1, AskRecord{0, 4, 4, {}}).error().message,
              HasSubstr("session 1 was already asked for its config 0"));
  EXPECT_FALSE(log.append(7, AskRecord{0, 8, 8, {}}).ok());
}

TEST_F(LogFile, TellsADamagedAskFromData) {
  for (const char* change : {"learnt = '[1,'", "given = 0", "given = 9", "first = -1"}) {
    {
      Log log = open();
      ASSERT_TRUE(log.add_session(session()).ok());
      ASSERT_TRUE(log.append(1, AskRecord{0, 8, 8, {}}).ok());
    }
    run_sql(path_, std::string("UPDATE asks SET ") + change);
    EXPECT_THAT(Log::open(path_, LogMode::read).value().asks(1).error().message, HasSubstr("no tamis wrote"));
    std::filesystem::remove(path_);
  }
}

TEST_F(LogFile, KeepsTheNewestFinals) {
  Log log = open();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(log.add_session(session()).ok());
  EXPECT_EQ(log.finals(1).value(), std::nullopt);
  ASSERT_TRUE(log.append(1, finals(20)).ok());
  ASSERT_TRUE(log.append(1, finals(10)).ok());
  EXPECT_EQ(log.finals(1).value(), finals(20));
  EXPECT_EQ(log.finals(2).value(), std::nullopt);
  EXPECT_EQ(Log::open(path_, LogMode::read).value().finals(1).value(), finals(20));
}

TEST_F(LogFile, RefusesFinalsTwiceAndThoseOfNoSession) {
  Log log = open();
  ASSERT_TRUE(log.add_session(session()).ok());
  ASSERT_TRUE(log.append(1, finals(20)).ok());
  const Status again = log.append(1, finals(20));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(again.error().message, HasSubstr("session 1 already has finals after 20 trials"));
  EXPECT_FALSE(log.append(7, finals(20)).ok());
  EXPECT_FALSE(Log::open(path_, LogMode::read).value().append(1, finals(30)).ok());
  // And nothing is left half done.
  EXPECT_TRUE(log.append(1, finals(30)).ok());
}

TEST_F(LogFile, RefusesFinalsThatNoTamisWrote) {
  for (const auto& [change, words] : std::vector<std::pair<std::string, std::string>>{
           {"verdict = 'splendid'", "an unknown verdict"},
           {"latencies_ns = '[1,'", "costs that are not a list"},
           {"latencies_ns = '[]'", "costs that do not fit their verdict"}}) {
    {
      Log log = open();
      ASSERT_TRUE(log.append(log.add_session(session()).value(), finals(3)).ok());
    }
    run_sql(path_, "UPDATE finals SET " + change);
    EXPECT_THAT(Log::open(path_, LogMode::read).value().finals(1).error().message, HasSubstr(words));
    std::filesystem::remove(path_);
  }
}

TEST_F(LogFile, KeepsAFeatureThatIsNoNumberAsNaN) {
  Log log = open();
  const int64_t id = log.add_session(session()).value();
  Trial odd = trial(0);
  odd.features.set("odd", INFINITY);
  ASSERT_TRUE(log.append(id, std::vector{odd}).ok());
  EXPECT_TRUE(std::isnan(log.trials(id).value().at(0).features.get("odd")));
}

TEST_F(LogFile, RefusesATrialTwiceAndKeepsNothingOfItsBatch) {
  Log log = open();
  const int64_t id = log.add_session(session()).value();
  ASSERT_TRUE(log.append(id, std::vector{trial(1)}).ok());
  Trial fresh = trial(0);
  fresh.features.set("new", 1);  // its row of names is rolled back too
  const Status twice = log.append(id, std::vector{fresh, trial(1)});
  EXPECT_THAT(twice.error().message, HasSubstr("session 1 already has a trial 1"));
  EXPECT_EQ(log.trials(id).value(), std::vector{trial(1)});
  ASSERT_TRUE(log.append(id, std::vector{fresh}).ok());
  EXPECT_EQ(log.trials(id).value().at(0), fresh);
}

TEST_F(LogFile, RefusesWhatDoesNotBelong) {
  Log log = open();
  EXPECT_EQ(log.append(7, std::vector{trial(0)}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(log.trials(7).error().kind, ErrorKind::not_found);
  const int64_t id = log.add_session(session()).value();
  Trial wrong = trial(0);
  wrong.config.choices = {0, 9, 0};
  EXPECT_THAT(log.append(id, std::vector{wrong}).error().message,
              HasSubstr("the config of trial 0 is not of"));
  wrong = trial(0);
  wrong.number = UINT64_MAX;
  EXPECT_EQ(log.append(id, std::vector{wrong}).error().kind, ErrorKind::invalid_input);
  Log reader = Log::open(path_, LogMode::read).value();
  EXPECT_FALSE(reader.append(id, std::vector{trial(0)}).ok());
  EXPECT_FALSE(reader.add_session(session()).ok());
}

TEST_F(LogFile, IsReadWhileItIsWritten) {
  Log writer = open();
  const int64_t id = writer.add_session(session()).value();
  const Log reader = Log::open(path_, LogMode::read).value();
  for (uint64_t number = 0; number < 20; ++number) {
    ASSERT_TRUE(writer.append(id, std::vector{trial(number)}).ok());
    EXPECT_EQ(reader.trials(id).value().size(), number + 1);
  }
}

TEST_F(LogFile, TakesAnEmptyFileForANewLog) {
  std::ofstream(path_).close();
  EXPECT_EQ(Log::open(path_, LogMode::read).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(Log::open(path_, LogMode::read_write).ok());
}

TEST_F(LogFile, SaysWhatCannotBeOpened) {
  EXPECT_EQ(Log::open(path_, LogMode::read).error().kind, ErrorKind::not_found);
  EXPECT_EQ(Log::open(directory_, LogMode::read_write).error().kind, ErrorKind::io);
  EXPECT_EQ(Log::open(directory_ + "/no/such/log", LogMode::read_write).error().kind, ErrorKind::io);
}

TEST_F(LogFile, LeavesForeignAndNewerFilesAsTheyAre) {
  const auto refuse = [&](ErrorKind kind, const std::string& words) {
    const std::string before = bytes_of(path_);
    for (const LogMode mode : {LogMode::read, LogMode::read_write}) {
      const auto opened = Log::open(path_, mode);
      ASSERT_FALSE(opened.ok());
      EXPECT_EQ(opened.error().kind, kind);
      EXPECT_THAT(opened.error().message, HasSubstr(words));
    }
    EXPECT_EQ(bytes_of(path_), before);
    EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
    std::filesystem::remove(path_);
  };
  std::ofstream(path_) << "number,latency\n1,2\n";
  refuse(ErrorKind::corrupt, "not a log of tamis");
  run_sql(path_, "CREATE TABLE sessions (id INTEGER); PRAGMA user_version = 1;");
  refuse(ErrorKind::corrupt, "not a log of tamis");
  { open(); }
  run_sql(path_, "PRAGMA journal_mode = DELETE; PRAGMA user_version = 10;");
  refuse(ErrorKind::unsupported, "schema version 10, made by a newer tamis");
}

TEST_F(LogFile, TellsDamageFromData) {
  {
    Log log = open();
    const int64_t id = log.add_session(session()).value();
    std::vector<Trial> many;
    for (uint64_t number = 0; number < 2000; ++number) many.push_back(trial(number));
    ASSERT_TRUE(log.append(id, many).ok());
  }
  const std::string whole = bytes_of(path_);
  // Every cut and every overwritten page gives an error or data, never a crash.
  for (size_t page = 1; page < whole.size() / 4096; page += 3) {
    std::string damaged = whole;
    damaged.replace(page * 4096, 4096, std::string(4096, '\x5a'));
    std::ofstream(path_, std::ios::binary) << damaged;
    if (const auto log = Log::open(path_, LogMode::read); log.ok()) {
      const auto trials = log->trials(1);
      if (!trials.ok()) {
        EXPECT_EQ(trials.error().kind, ErrorKind::corrupt);
      }
    }
    std::ofstream(path_, std::ios::binary) << whole.substr(0, page * 4096 + 100);
    const auto cut = Log::open(path_, LogMode::read);
    EXPECT_FALSE(cut.ok() && cut->trials(1).ok());
  }
}

TEST_F(LogFile, RefusesRowsThatNoTamisWrote) {
  const std::vector<std::pair<std::string, std::string>> all = {
      {"verdict = 'splendid'", "an unknown verdict"},
      {"choices = '[0,1,0'", "choices that are not a list"},
      {"choices = '[1,0,0]'", "choices that are not its config"},
      {"choices = '[99,0,0]'", "choices that are not of its session's space"},
      {"latencies_ns = '[1,]'", "costs that are not a list"},
      {"features = '[1]'", "features that do not fit their names"},
      {"feature_names = NULL", "features without names"}};
  for (const auto& [change, words] : all) {
    {
      Log log = open();
      ASSERT_TRUE(log.append(log.add_session(session()).value(), std::vector{trial(0)}).ok());
    }
    run_sql(path_, "UPDATE trials SET " + change);
    EXPECT_THAT(Log::open(path_, LogMode::read).value().trials(1).error().message, HasSubstr(words));
    std::filesystem::remove(path_);
  }
}

TEST(LogKnobs, ComeBackAsTheyWere) {
  std::vector<Knob> knobs = {split_knob("tile", 12, 3), number_knob("unroll", {0, 4}),
                             name_knob("layout", {"a"})};
  knobs.push_back({"scale", KnobKind::number, {0.5, 2.0}});
  const Space space = Space::create(knobs).value();
  EXPECT_EQ(space_from_text(knobs_to_text(space)).value().fingerprint(), space.fingerprint());
}

TEST(LogOnADevice, IsRefusedForWhatItIs) {
  for (const char* path : {"/dev/full", "/dev/null"}) {
    const auto log = Log::open(path, LogMode::read_write);
    ASSERT_FALSE(log.ok()) << path;
    EXPECT_THAT(log.error().message, HasSubstr("this is a device or a pipe; a log is a file on a disk"));
  }
}

TEST(LogKnobs, RefuseWhatIsNoSpace) {
  for (const char* text :
       {"{}", "[1]", R"([{"name":"a","kind":"odd","values":[1]}])",
        R"([{"name":"a","kind":"number","values":["x"]}])", R"([{"name":"a","kind":"number","values":[]}])",
        R"([{"name":"a","kind":"split","values":[[1,"x"]]}])"}) {
    const auto space = space_from_text(text);
    ASSERT_FALSE(space.ok()) << text;
    EXPECT_EQ(space.error().kind, ErrorKind::corrupt) << text;
  }
}

}  // namespace
}  // namespace tamis
