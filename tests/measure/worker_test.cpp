#include "tamis/worker.h"

#include "measure/fault_target.h"
#include "measure/protocol.h"

#include <array>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace tamis {
namespace {

using testing::HasSubstr;

/// A worker on a thread, and the tuner's end of its connection.
class Conversation {
 public:
  Conversation() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    ours_ = FileDescriptor(pair[0]);
    theirs_ = FileDescriptor(pair[1]);
    worker_ =
        std::jthread([this] { status_ = serve_worker(theirs_.get(), theirs_.get(), make_fault_target); });
  }
  void say(const std::string& bytes) { EXPECT_TRUE(write_frame(ours_.get(), bytes, kNever).ok()); }
  Message hear() { return decode(read_frame(ours_.get(), buffer_).value().value()).value(); }
  std::string hear_failure() { return std::get<FailedMessage>(hear()).error.message; }
  Status end() {
    ::shutdown(ours_.get(), SHUT_WR);
    worker_.join();
    return status_;
  }

 private:
  FileDescriptor ours_, theirs_;
  FrameBuffer buffer_;
  Status status_;
  std::jthread worker_;
};

HelloMessage hello(const std::string& spec = "fault") {
  HelloMessage message;
  message.target_spec = spec;
  message.workload = small_workload();
  message.data_seed = 1;
  return message;
}

TEST(Worker, AnswersATryWithPhasesAndAResult) {
  Conversation conversation;
  conversation.say(encode(hello()));
  EXPECT_EQ(std::get<ReadyMessage>(conversation.hear()).version, kProtocolVersion);
  conversation.say(encode(TryMessage{5, {{0}}}));
  EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, Phase::building);
  EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, Phase::running);
  const auto result = std::get<ResultMessage>(conversation.hear());
  EXPECT_EQ(result.number, 5U);
  EXPECT_EQ(result.trial.verdict, Verdict::valid);
  EXPECT_TRUE(conversation.end().ok());
}

TEST(Worker, AsksWhetherAProgramHasToRun) {
  const SharedTask task = fault_task(small_workload());
  Conversation conversation;
  conversation.say(encode(hello()));
  conversation.hear();
  const Config config = fault_config(task->space(), "code:none");
  for (const std::optional<uint64_t> same : {std::optional<uint64_t>(), std::optional<uint64_t>(3)}) {
    conversation.say(encode(TryMessage{5, config, {}, true}));
    EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, Phase::building);
    EXPECT_EQ(std::get<BuiltMessage>(conversation.hear()).code_hash, "code of none");
    conversation.say(encode(DecisionMessage{same}));
    if (!same) {
      EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, Phase::running);
    }
    const Trial trial = std::get<ResultMessage>(conversation.hear()).trial;
    EXPECT_EQ(trial.same_code_as, same);
    EXPECT_EQ(trial.code_hash, "code of none");
    EXPECT_EQ(trial.costs.empty(), same.has_value());
  }
  // A program that does not say its code is run at once.
  conversation.say(encode(TryMessage{6, {{0}}, {}, true}));
  conversation.hear();
  EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, Phase::running);
  conversation.hear();
  EXPECT_TRUE(conversation.end().ok());
}

TEST(Worker, TellsWhenAProgramThatIsBuiltLateBeginsAndWaitsToBeAlone) {
  const SharedTask task = fault_task(small_workload(), "fault:late");
  Conversation conversation;
  conversation.say(encode(hello("fault:late")));
  conversation.hear();
  conversation.say(encode(TryMessage{5, fault_config(task->space(), "late:none")}));
  for (const Phase phase : {Phase::building, Phase::running, Phase::timing})
    EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, phase);
  conversation.say(encode(GoMessage{}));
  EXPECT_EQ(std::get<ResultMessage>(conversation.hear()).trial.verdict, Verdict::valid);
  EXPECT_TRUE(conversation.end().ok());
}

TEST(Worker, SendsAProgramThatItOnlyBuildsAndRunsOneThatItIsGiven) {
  const SharedTask task = fault_task(small_workload());
  Conversation conversation;
  conversation.say(encode(hello()));
  conversation.hear();
  TryMessage build{5, fault_config(task->space(), "wrong_result")};
  build.keeps = true;
  conversation.say(encode(build));
  EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, Phase::building);
  const auto built = std::get<ResultMessage>(conversation.hear());
  EXPECT_EQ(built.trial.verdict, Verdict::valid);
  EXPECT_FALSE(built.program.empty());
  TryMessage run{6, build.config};
  run.program = built.program;
  conversation.say(encode(run));
  for (const Phase phase : {Phase::building, Phase::running})
    EXPECT_EQ(std::get<PhaseMessage>(conversation.hear()).phase, phase);
  const auto ran = std::get<ResultMessage>(conversation.hear());
  EXPECT_EQ(ran.trial.verdict, Verdict::wrong_result);
  EXPECT_TRUE(ran.program.empty());
  EXPECT_TRUE(conversation.end().ok());
}

TEST(Worker, RefusesAProgramWhereItOnlyBuilds) {
  HelloMessage only_build = hello();
  only_build.only_build = true;
  Conversation conversation;
  conversation.say(encode(only_build));
  conversation.hear();
  TryMessage run{6, {{0}}};
  run.program = "a program";
  conversation.say(encode(run));
  EXPECT_THAT(conversation.hear_failure(), HasSubstr("a program came with a config that is only built"));
  EXPECT_FALSE(conversation.end().ok());
}

TEST(Worker, EndsQuietlyWhenNobodySpeaks) {
  Conversation conversation;
  EXPECT_TRUE(conversation.end().ok());
}

TEST(Worker, TellsATargetThatItDoesNotKnowFromOneThatCannotBeMade) {
  for (const std::string spec : {"fault:unknown", "fault:refuse"}) {
    Conversation conversation;
    conversation.say(encode(hello(spec)));
    EXPECT_EQ(std::get<FailedMessage>(conversation.hear()).unknown_target, spec == "fault:unknown");
    EXPECT_FALSE(conversation.end().ok());
  }
}

TEST(Worker, GivesTheTargetItsSettings) {
  Conversation conversation;
  HelloMessage first = hello();
  first.settings = {{"devices", "board7,board8"}};
  first.slot = 1;
  conversation.say(encode(first));
  conversation.hear();
  conversation.say(encode(TryMessage{0, {{0}}}));
  conversation.hear();
  conversation.hear();
  EXPECT_EQ(std::get<ResultMessage>(conversation.hear()).trial.device, "board8");
  EXPECT_TRUE(conversation.end().ok());
}

TEST(Worker, SaysWhyItCannotGoOn) {
  {
    Conversation conversation;
    conversation.say(encode(hello("fault:refuse")));
    EXPECT_EQ(conversation.hear_failure(), "there is no such target");
    EXPECT_FALSE(conversation.end().ok());
  }
  {
    Conversation conversation;
    conversation.say(R"({"message":"hello","version":99,"colour":"red"})");
    EXPECT_THAT(conversation.hear_failure(), HasSubstr("the tuner speaks protocol version 99"));
  }
  {
    Conversation conversation;
    conversation.say(encode(hello()));
    conversation.hear();
    conversation.say(encode(TryMessage{0, {{999}}}));
    EXPECT_THAT(conversation.hear_failure(), HasSubstr("does not belong to the space"));
  }
  {
    Conversation conversation;
    conversation.say(encode(TryMessage{0, {{0}}}));
    EXPECT_THAT(conversation.hear_failure(), HasSubstr("\"try\" is out of turn"));
  }
  {
    Conversation conversation;
    conversation.say("garbage");
    EXPECT_THAT(conversation.hear_failure(), HasSubstr("a worker's message"));
  }
}

}  // namespace
}  // namespace tamis
