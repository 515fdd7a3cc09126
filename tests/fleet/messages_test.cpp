#include "fleet/messages.h"

#include "fleet/layout.h"
#include "support/temporary_directory.h"

#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::fleet {
namespace {

using ::testing::HasSubstr;

/// A message as it comes out of the server, without one.
Incoming arrived(const Outgoing& sent) {
  natsMsg* message = nullptr;
  EXPECT_EQ(natsMsg_Create(&message, sent.subject.c_str(), nullptr, sent.body.data(),
                           static_cast<int>(sent.body.size())),
            NATS_OK);
  for (const auto& [name, value] : sent.headers)
    EXPECT_EQ(natsMsgHeader_Set(message, name.c_str(), value.c_str()), NATS_OK);
  return Incoming(message);
}

class FleetMessages : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(nats_Open(-1), NATS_OK); }

  Key key(const std::string& bytes) const {
    const std::string path = directory_.file("key");
    std::ofstream(path) << bytes << "\n";
    Result<Key> loaded = Key::load(path);
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    return loaded.ok() ? *loaded : Key();
  }
  Key key() const { return key(std::string(32, 'k')); }

  static Job job() {
    Job job;
    job.queue = "board=1";
    job.session = "s1";
    job.id = 7;
    job.passes = 1;
    job.task = "abc";
    job.known = true;
    job.tries.push_back({3, Config{{1, 2}}, {}, false});
    job.tries.push_back({4, Config{{0, 5}}, {}, false});
    return job;
  }
  static Report report() {
    Report report;
    report.session = "s1";
    report.job = 7;
    report.part = 1;
    report.device = "board0";
    report.program = {"s1.7", 3, "digest"};
    report.body = "what came of it";
    return report;
  }

  TemporaryDirectory directory_;
};

TEST_F(FleetMessages, ArriveAsTheyWereSent) {
  const Result<Job> read = decode_job(arrived(encode_job(job(), key())), key());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->queue, "board=1");
  EXPECT_EQ(read->session, "s1");
  EXPECT_EQ(read->id, 7U);
  EXPECT_EQ(read->passes, 1U);
  EXPECT_EQ(read->task, "abc");
  EXPECT_TRUE(read->known);
  EXPECT_EQ(read->stage, Stage::whole);
  EXPECT_FALSE(read->reference);
  EXPECT_TRUE(read->programs.empty());
  ASSERT_EQ(read->tries.size(), 2U);
  EXPECT_EQ(read->tries[1].number, 4U);
  EXPECT_EQ(read->tries[1].config, (Config{{0, 5}}));
  const Result<Report> told = decode_report(arrived(encode_report(report(), key())), key());
  ASSERT_TRUE(told.ok()) << told.error().message;
  EXPECT_EQ(told->part, 1U);
  EXPECT_EQ(told->device, "board0");
  EXPECT_EQ(told->program.parts, 3U);
  EXPECT_EQ(told->program.digest, "digest");
  EXPECT_EQ(told->body, "what came of it");
}

TEST_F(FleetMessages, CarryProgramsAndAReference) {
  Job sent = job();
  sent.reference = TryMessage{9, Config{{1, 1}}, {}, false};
  sent.stage = Stage::run;
  sent.programs = {{"s1.1", 1, "a"}, {"s1.2", 2, "b"}, {"s1.3", 3, "c"}};
  const Result<Job> read = decode_job(arrived(encode_job(sent, Key())), Key());
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_TRUE(read->reference);
  EXPECT_EQ(read->reference->config, (Config{{1, 1}}));
  EXPECT_EQ(read->tries.size(), 2U);
  ASSERT_EQ(read->programs.size(), 3U);
  EXPECT_EQ(read->programs[2].key, "s1.3");
}

TEST_F(FleetMessages, OfBuildsGoToThoseWhoBuild) {
  Job sent = job();
  sent.stage = Stage::build;
  const Outgoing message = encode_job(sent, Key());
  EXPECT_EQ(message.subject, job_subject(Stage::build, "board=1", "s1"));
  const Result<Job> read = decode_job(arrived(message), Key());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->stage, Stage::build);
}

TEST_F(FleetMessages, AreRefusedWhereAnythingWasChangedThatIsSigned) {
  using Change = std::function<void(Outgoing&)>;
  const std::vector<Change> changes = {
      [](Outgoing& message) { message.body += " "; },
      [](Outgoing& message) { message.subject = job_subject(Stage::whole, "other", "s1"); },
      [](Outgoing& message) { message.headers["Tamis-Job"] = "8"; },
      [](Outgoing& message) { message.headers["Tamis-Task"] = "abd"; },
      [](Outgoing& message) { message.headers["Tamis-Programs"] = "x/1/y,x/1/z"; },
      [](Outgoing& message) { message.headers["Tamis-Signature"].back() ^= 1; },
      [](Outgoing& message) { message.headers.erase("Tamis-Signature"); }};
  for (size_t i = 0; i < changes.size(); ++i) {
    Outgoing message = encode_job(job(), key());
    changes[i](message);
    const Result<Job> read = decode_job(arrived(message), key());
    ASSERT_FALSE(read.ok()) << i;
    EXPECT_EQ(read.error().kind, ErrorKind::unsupported) << i;
    EXPECT_THAT(read.error().message, HasSubstr("signed")) << i;
  }
}

TEST_F(FleetMessages, AreRefusedThatAreSignedWithAnotherKey) {
  const Incoming message = arrived(encode_report(report(), key(std::string(32, 'x'))));
  const Result<Report> read = decode_report(message, key());
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message, HasSubstr("another key"));
}

TEST_F(FleetMessages, AreNamedWhereTheyAreDamaged) {
  using Change = std::function<void(Outgoing&)>;
  const std::vector<Change> changes = {
      [](Outgoing& message) { message.subject = "tamis.jobs.board"; },
      [](Outgoing& message) { message.headers.erase("Tamis-Job"); },
      [](Outgoing& message) { message.headers["Tamis-Job"] = "seven"; },
      [](Outgoing& message) { message.headers["Tamis-Passes"] = "-1"; },
      [](Outgoing& message) { message.headers["Tamis-Programs"] = "x/0/y"; },
      [](Outgoing& message) { message.headers["Tamis-Programs"] = "x/1/y"; },
      [](Outgoing& message) { message.headers["Tamis-Programs"] = "x/99999999999999999999/y"; },
      [](Outgoing& message) { message.body = "{}"; },
      [](Outgoing& message) { message.body = "\n\n"; },
      [](Outgoing& message) { message.body = encode(Message(GoMessage{})); }};
  for (size_t i = 0; i < changes.size(); ++i) {
    Outgoing message = encode_job(job(), Key());
    changes[i](message);
    const Result<Job> read = decode_job(arrived(message), Key());
    ASSERT_FALSE(read.ok()) << i;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt) << i << ": " << read.error().message;
  }
}

TEST_F(FleetMessages, HaveAnIdThatTellsJobsApart) {
  Job again = job();
  again.id = 8;
  EXPECT_NE(encode_job(job(), Key()).id, encode_job(again, Key()).id);
  EXPECT_EQ(encode_job(job(), Key()).id, encode_job(job(), Key()).id);
}

TEST(FleetNames, AreCheckedBeforeTheyStandInSubjects) {
  for (const char* name : {"", "a b", "a*", "a>", "a/b", ".a", "a.", "a..b", "\xc3\xa4"})
    EXPECT_FALSE(check_name(name, "the device name", true).ok()) << name;
  EXPECT_FALSE(check_name("a.b", "the device type", false).ok());
  EXPECT_FALSE(check_name(std::string(65, 'a'), "the device type", false).ok());
  EXPECT_TRUE(check_name("board-1_x.rack2", "the device name", true).ok());
  EXPECT_NE(new_id(), new_id());
}

TEST(FleetKeys, AreSHA256AsOthersComputeIt) {
  EXPECT_EQ(digest_of("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2
}

}  // namespace
}  // namespace tamis::fleet
