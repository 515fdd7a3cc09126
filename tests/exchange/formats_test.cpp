// One table of formats: whatever can be read can be written, and comes back.

#include "tamis/formats.h"

#include "base/file.h"
#include "base/json.h"
#include "exchange/autotvm.h"
#include "log/stored_sessions.h"
#include "support/temporary_directory.h"
#include "tamis/import.h"
#include "tamis/random.h"
#include "tamis/suite.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Trials on VTA, which every format can hold: one of every verdict that can be tried, and a second valid
/// one.
TrialSet vta_trials() {
  const vta::Hardware hardware;
  TrialSet set;
  set.workload = resolve_workloads("resnet18.C9").value().front();
  set.target_spec = "vta";
  set.target_identity = "vta " + vta::to_json(hardware).dump();
  set.space = vta::schedule_space(set.workload, vta::block_workload(set.workload, hardware).value(),
                                  vta::SpaceKind::autotvm)
                  .value();
  std::vector<Verdict> verdicts = {kVerdicts.begin(), kVerdicts.end()};
  verdicts[static_cast<size_t>(Verdict::rejected)] = Verdict::valid;
  for (const Verdict verdict : verdicts) {
    Trial trial;
    trial.number = set.trials.size();
    trial.config = set.space.config(trial.number * 7);
    trial.verdict = verdict;
    const double cycles = 1000.0 + static_cast<double>(trial.number);
    if (verdict == Verdict::valid) {
      trial.costs = {cycles * 10};
      trial.features.set("cycles", cycles);
    } else {
      trial.message = "it says, \"no\"\n(" + std::string(to_string(verdict)) + ")";
    }
    set.trials.push_back(std::move(trial));
  }
  return set;
}

/// The values of a config as text, of splits the inner factors: what every format keeps.
std::vector<std::string> values_of(const TrialSet& set, const Trial& trial) {
  std::vector<std::string> values;
  for (size_t i = 0; i < set.space.knobs().size(); ++i)
    values.push_back(set.space.knobs()[i].name + "=" + to_short_string(set.space.value(trial.config, i)));
  return values;
}

/// What a format cannot hold. A new format needs a row here and a fixture below.
struct Losses {
  bool workload = false;  ///< a set is called otherwise afterwards
  bool messages = false;
  bool verdicts = false;  ///< several become one
  bool repeats = false;   ///< a config can be in a file once
};
const std::map<std::string, Losses> kLosses = {{"autotvm", {.messages = true, .verdicts = true}},
                                               {"t4", {.workload = true}},
                                               {"kernel-tuner", {.repeats = true}},
                                               {"csv", {}}};

/// The verdict that a loss leaves of one.
Verdict left_of(Verdict verdict, const Losses& losses) {
  return losses.verdicts ? verdict_from_autotvm(autotvm_error_no(verdict)).value() : verdict;
}

TEST(Formats, AreToldApart) {
  const auto recognised = [](const std::string& text) {
    for (const Format& format : formats())
      if (format.recognises(text)) return format.name;
    return std::string();
  };
  EXPECT_EQ(recognised("{\"input\": []}"), "autotvm");
  EXPECT_EQ(recognised("{\"results\": []}"), "t4");
  EXPECT_EQ(recognised("workload,index"), "csv");
}

/// What every row of the table of formats has to stand.
class EveryFormat : public ::testing::TestWithParam<Format> {
 protected:
  /// A file of the format. A new format needs one here.
  std::string fixture() const {
    const std::map<std::string, std::string> files = {
        {"autotvm", "/autotvm/others.log"},
        {"t4", "/tables/tiny_T4.json"},
        {"kernel-tuner", "/tools/kernel_tuner_closed.json"},
        {"ktt", "/tools/ktt.json"},
        {"pyatf", "/tools/pyatf.json"},
        {"clblast", "/tools/clblast_xgemm.json"},
        {"metaschedule", "/tools/metaschedule/database_tuning_record.json"},
        {"helion", "/tools/helion.csv"},
        {"csv", "/vta/resnet18.C9.csv"}};
    return TAMIS_TEST_DATA + files.at(GetParam().name);
  }

  const TemporaryDirectory directory_;
  Log log_ = Log::open(directory_.file("log.tamis"), LogMode::read_write).value();
};

TEST_P(EveryFormat, IsToldFromTheOthersByItsContent) {
  EXPECT_EQ(read_trials(fixture()).value().format, GetParam().name);
}

TEST_P(EveryFormat, AddsEveryTrialOnce) {
  uint64_t trials = 0;
  const TrialFile file = read_trials(fixture()).value();
  for (const TrialSet& session : file.sets) trials += session.trials.size();
  uint64_t added = 0, known = 0;
  const ImportReport first = import_file(log_, fixture()).value();
  for (const ImportedWorkload& workload : first.workloads) added += workload.added;
  const ImportReport second = import_file(log_, fixture()).value();
  for (const ImportedWorkload& workload : second.workloads) known += workload.known;
  EXPECT_GT(trials, 0U);
  EXPECT_EQ(added, trials);
  EXPECT_EQ(known, trials);
}

TEST_P(EveryFormat, NumbersTrialsAndSaysWhyTheyFailed) {
  const TrialFile file = read_trials(fixture()).value();
  for (const TrialSet& session : file.sets) {
    EXPECT_THAT(session.target_identity, ::testing::StartsWith(GetParam().name));
    for (size_t i = 0; i < session.trials.size(); ++i) {
      const Trial& trial = session.trials[i];
      EXPECT_EQ(trial.number, i);
      EXPECT_EQ(trial.message.empty(), trial.verdict == Verdict::valid);
      EXPECT_EQ(trial.costs.empty(), trial.verdict != Verdict::valid);
    }
  }
}

TEST_P(EveryFormat, SurvivesDamage) {
  const std::string original = read_file(fixture()).value().substr(0, 6000);
  const std::string spice = "{}[]\",:\n#-0\xff\\";
  Random random(23);
  for (int i = 0; i < 150; ++i) {
    std::string text = original;
    for (uint64_t edits = random.below(4); edits > 0; --edits)
      text[random.below(text.size())] = spice[random.below(spice.size())];
    text.resize(random.below(text.size()));
    const std::string path = directory_.file("damaged");
    ASSERT_TRUE(write_file(path, text).ok());
    (void)import_file(log_, path);
  }
  const auto sessions = log_.sessions();
  ASSERT_TRUE(sessions.ok()) << sessions.error().message;
  for (const SessionRecord& session : *sessions) EXPECT_TRUE(log_.trials(session.id).ok());
}

TEST_P(EveryFormat, ReadsBackWhatItWrites) {
  if (GetParam().write == nullptr) GTEST_SKIP() << "it is only read";
  const Losses losses = kLosses.at(GetParam().name);
  const TrialSet before = vta_trials();
  const std::string path = directory_.file("written");
  TrialSet written = before;
  // Once from a session of tamis, and once more from what was read.
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(write_trials(path, {written}, GetParam().name).value(), IsEmpty());
    const TrialFile file = read_trials(path).value();
    EXPECT_EQ(file.format, GetParam().name);
    EXPECT_THAT(file.skipped, IsEmpty());
    ASSERT_THAT(file.sets, SizeIs(1));
    const TrialSet& after = file.sets.front();
    EXPECT_EQ(after.workload.name, losses.workload ? "written" : "resnet18.C9");
    ASSERT_THAT(after.trials, SizeIs(before.trials.size()));
    for (size_t i = 0; i < after.trials.size(); ++i) {
      const Trial& trial = after.trials[i];
      EXPECT_EQ(trial.number, i);
      EXPECT_EQ(values_of(after, trial), values_of(before, before.trials[i]));
      EXPECT_EQ(trial.verdict, left_of(before.trials[i].verdict, losses));
      EXPECT_EQ(trial.costs, before.trials[i].costs);
      if (!losses.messages) {
        EXPECT_EQ(trial.message, before.trials[i].message);
      }
    }
    written = after;
  }
}

TEST_P(EveryFormat, WritesATableThatIsReadWhereADeviceWasLost) {
  if (GetParam().write == nullptr) GTEST_SKIP() << "it is only read";
  const Losses losses = kLosses.at(GetParam().name);
  if (losses.repeats) GTEST_SKIP() << "it holds each config once";
  if (losses.verdicts) GTEST_SKIP() << "it does not tell that a device was lost";
  TrialSet set = vta_trials();
  std::erase_if(set.trials, [](const Trial& trial) { return trial.verdict == Verdict::device_lost; });
  const size_t configs = set.trials.size();
  Trial lost;
  lost.verdict = Verdict::device_lost;
  lost.message = "unplugged";
  lost.config = set.trials.front().config;  // tried again, which gave the first trial
  set.trials.insert(set.trials.begin(), lost);
  lost.config = set.space.config(set.space.size() - 1);  // never tried again
  set.trials.push_back(lost);
  const std::string path = directory_.file("written");
  ASSERT_THAT(write_trials(path, {set}, GetParam().name).value(), IsEmpty());
  EXPECT_THAT(read_trials(path).value().sets.at(0).trials, SizeIs(configs + 2));
  const auto table = read_recorded_table(path);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->trials, SizeIs(configs));
  EXPECT_THAT(*table->space.listed(), SizeIs(configs));
  for (const Trial& trial : table->trials) EXPECT_NE(trial.verdict, Verdict::device_lost);
}

TEST_P(EveryFormat, IsARecordedTableWhereItHoldsOneWorkload) {
  const auto table = read_recorded_table(fixture());
  if (read_trials(fixture()).value().sets.size() == 1) {
    EXPECT_TRUE(table.ok()) << table.error().message;
    return;
  }
  EXPECT_EQ(table.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(table.error().message,
              AllOf(HasSubstr(fixture()), HasSubstr(GetParam().name), HasSubstr("`tamis import`")));
}

TEST_P(EveryFormat, IsLearntFrom) {
  const auto related = read_related(fixture());
  ASSERT_TRUE(related.ok()) << related.error().message;
  EXPECT_THAT(*related, SizeIs(read_trials(fixture()).value().sets.size()));
  for (const TrialSet& set : *related)
    for (const Trial& trial : set.trials) EXPECT_TRUE(trial.features.values.empty());
}

TEST_P(EveryFormat, LeavesOutAValidTrialWithoutALatencyThatCanBeOne) {
  if (GetParam().write == nullptr) GTEST_SKIP() << "it is only read";
  const std::vector<double> latencies = {0, -1, std::nan(""), std::numeric_limits<double>::infinity()};
  for (const double latency_ns : latencies) {
    TrialSet set = vta_trials();
    set.trials.at(1).costs = {latency_ns};
    const TrialText text = write_trials(GetParam(), {set}).value();
    EXPECT_THAT(text.skipped, ElementsAre(HasSubstr("trial 1 of resnet18.C9: a latency of")));
    const TrialFile file = GetParam().read(text.text, "written", {}).value();
    EXPECT_THAT(file.skipped, IsEmpty());
    EXPECT_THAT(file.sets.at(0).trials, SizeIs(set.trials.size() - 1));
  }
}

TEST_P(EveryFormat, IsChosenByTheEndingAndByItsNameInCapitals) {
  const std::string name = GetParam().name;
  const auto chosen = choose_format(name, "table.csv.json.log");
  if (GetParam().write != nullptr) {
    EXPECT_EQ(chosen.value()->name, name);
  } else {
    EXPECT_THAT(chosen.error().message, HasSubstr("it writes perfetto, autotvm, t4, kernel-tuner, csv"));
  }
  std::string capitals = name;
  for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(find_format(capitals).value()->name, name);
}

/// Those that are read: Ansor's is only recognised.
std::vector<Format> read_formats() {
  std::vector<Format> read = formats();
  std::erase_if(read, [](const Format& format) { return format.name == "ansor" || format.read == nullptr; });
  return read;
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, ::testing::ValuesIn(read_formats()), [](const auto& format) {
  std::string name = format.param.name;
  std::erase(name, '-');
  return name;
});

TEST(Formats, AreChosenByTheEnding) {
  for (const auto& [ending, name] :
       std::map<std::string, std::string>{{".log", "autotvm"}, {".json", "t4"}, {".csv", "csv"}}) {
    EXPECT_EQ(choose_format("", "table" + ending).value()->name, name);
    EXPECT_EQ(choose_format("", "a.b/table" + ending + ".gz").value()->name, name);
  }
}

TEST(Formats, AreCsvWhereNothingSaysWhich) {
  for (const char* path : {"", "table", "table.txt", "table.gz"})
    EXPECT_EQ(choose_format("", path).value()->name, "csv") << path;
  EXPECT_THAT(find_format("autotmv").error().message, HasSubstr("did you mean \"autotvm\"?"));
}

TEST(WriteTrials, NeedsASetAndWhatFitsOneFile) {
  EXPECT_EQ(write_trials(*find_format("csv").value(), {}).error().kind, ErrorKind::invalid_input);
  const TrialSet set = vta_trials();
  const auto two = write_trials(*find_format("t4").value(), {set, set});
  EXPECT_THAT(two.error().message,
              HasSubstr("a T4 table holds the trials of one session, and those of 2 are to "
                        "be written; write each to a file of its own"));
  TrialSet other = named_trials("other", Space::create({number_knob("k", {1, 2})}).value(), {});
  const auto columns = write_trials(*find_format("csv").value(), {set, other});
  EXPECT_THAT(columns.error().message, HasSubstr("other has other columns than resnet18.C9"));
}

TEST(WriteTrials, TellsOfSetsThatAutotvmHasNoTaskFor) {
  TrialSet other = named_trials("other", Space::create({number_knob("k", {1, 2})}).value(), {});
  other.target_spec = "cpu";
  const TrialText text = write_trials(*find_format("autotvm").value(), {vta_trials(), other}).value();
  EXPECT_THAT(text.skipped, ElementsAre(HasSubstr("other: AutoTVM has no task for the target cpu")));
}

TEST(ReadTrials, OfALogAreItsSessions) {
  // A copy, because SQLite puts files beside a log that it reads.
  const TemporaryDirectory directory;
  const std::string path = directory.file("log.tamis");
  std::filesystem::copy_file(std::string(TAMIS_TEST_DATA) + "/log/version1.tamis", path);
  const TrialFile file = read_trials(path).value();
  EXPECT_EQ(file.format, kLogFormat);
  ASSERT_THAT(file.sets, SizeIs(1));
  EXPECT_THAT(file.sets[0].trials, SizeIs(6));
  EXPECT_EQ(file.sets[0].target_spec, "vta");
  EXPECT_GT(file.sets[0].started_unix_ms, 0);
}

}  // namespace
}  // namespace tamis
