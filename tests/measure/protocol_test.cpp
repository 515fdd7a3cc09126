#include "measure/protocol.h"

#include "measure/fault_target.h"
#include "tamis/task.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using testing::HasSubstr;

TEST(Protocol, CarriesEveryMessage) {
  HelloMessage hello;
  hello.target_spec = "vta:x.json";
  hello.settings = {{"run", "./run {tile} \"a=b\"\n"}, {"devices", "board 0,b1"}, {"", ""}};
  hello.workload = small_workload();
  hello.data_seed = std::numeric_limits<uint64_t>::max();
  hello.slot = 7;
  hello.data_descriptor = 3;
  const auto hello_back = std::get<HelloMessage>(decode(encode(hello)).value());
  EXPECT_EQ(hello_back.target_spec, hello.target_spec);
  EXPECT_EQ(hello_back.settings, hello.settings);
  EXPECT_EQ(hello_back.workload, hello.workload);
  EXPECT_EQ(hello_back.data_seed, hello.data_seed);
  EXPECT_EQ(hello_back.slot, 7);
  EXPECT_EQ(hello_back.data_descriptor, 3);
  EXPECT_EQ(std::get<ReadyMessage>(decode(encode(ReadyMessage{2, "print"})).value()).space_fingerprint,
            "print");
  const auto failed = std::get<FailedMessage>(decode(encode(FailedMessage{unsupported("no"), true})).value());
  EXPECT_EQ(failed.error.kind, ErrorKind::unsupported);
  EXPECT_EQ(failed.error.message, "no");
  EXPECT_TRUE(failed.unknown_target);
  const RunOptions options{std::chrono::milliseconds(250), "a/b", 0.1};
  const auto request =
      std::get<TryMessage>(decode(encode(TryMessage{7, {{1, 0, 4294967295U}}, options})).value());
  EXPECT_EQ(request.number, 7U);
  EXPECT_EQ(request.config.choices, (std::vector<uint32_t>{1, 0, 4294967295U}));
  EXPECT_EQ(request.options.deadline, options.deadline);
  EXPECT_EQ(request.options.save_program, "a/b");
  EXPECT_EQ(request.options.incumbent_ns, 0.1);
  EXPECT_EQ(std::get<TryMessage>(decode(encode(TryMessage{7, {{}}})).value()).options.incumbent_ns,
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(std::get<PhaseMessage>(decode(encode(PhaseMessage{Phase::running})).value()).phase,
            Phase::running);
  EXPECT_EQ(std::get<PhaseMessage>(decode(encode(PhaseMessage{Phase::timing})).value()).phase, Phase::timing);
  EXPECT_TRUE(std::holds_alternative<GoMessage>(decode(encode(GoMessage{})).value()));
  EXPECT_FALSE(request.asks);
  EXPECT_TRUE(std::get<TryMessage>(decode(encode(TryMessage{7, {{}}, {}, true})).value()).asks);
  EXPECT_EQ(std::get<BuiltMessage>(decode(encode(BuiltMessage{"abc"})).value()).code_hash, "abc");
  EXPECT_EQ(std::get<DecisionMessage>(decode(encode(DecisionMessage{})).value()).same_code_as, std::nullopt);
  EXPECT_EQ(std::get<DecisionMessage>(decode(encode(DecisionMessage{9})).value()).same_code_as, 9U);
}

TEST(Protocol, CarriesWhatIsSaidOfReferences) {
  TryMessage request{7, {{0}}};
  request.options.failed_references = {{0, "crashed: signal SIGSEGV"}, {4, ""}};
  EXPECT_EQ(std::get<TryMessage>(decode(encode(request)).value()).options.failed_references,
            request.options.failed_references);
  EXPECT_EQ(std::get<ReferringMessage>(decode(encode(ReferringMessage{3})).value()).number, 3U);
  EXPECT_EQ(std::get<ReferredMessage>(decode(encode(ReferredMessage{"a notice"})).value()).notice,
            "a notice");
}

TEST(Protocol, CarriesProgramsOfAnyBytes) {
  std::string program;
  for (int i = 0; i < 3 * 256; ++i) program += static_cast<char>(i);
  TryMessage request{7, {{0}}};
  EXPECT_EQ(std::get<TryMessage>(decode(encode(request)).value()).program, "");
  EXPECT_FALSE(std::get<TryMessage>(decode(encode(request)).value()).keeps);
  request.program = program;
  request.keeps = true;
  EXPECT_EQ(std::get<TryMessage>(decode(encode(request)).value()).program, program);
  EXPECT_TRUE(std::get<TryMessage>(decode(encode(request)).value()).keeps);
  ResultMessage result{3, {}};
  EXPECT_EQ(std::get<ResultMessage>(decode(encode(result)).value()).program, "");
  result.program = program;
  EXPECT_EQ(std::get<ResultMessage>(decode(encode(result)).value()).program, program);
}

TEST(Protocol, SendsTheLongestProgramInOneFrame) {
  TryMessage request{7, {{0}}};
  request.program = std::string(kMostProgramBytes, '\xff');
  EXPECT_LE(encode(request).size(), kMaxFrameBytes);
  request.program += 'x';
  EXPECT_THAT(decode(encode(request)).error().message,
              HasSubstr("8388609 bytes came, and it may have 8388608"));
}

TEST(Protocol, RefusesAProgramThatIsNotInBase64) {
  std::string text = encode(TryMessage{7, {{0}}});
  text.replace(text.find('{'), 1, R"({"program":"a-b=",)");
  EXPECT_THAT(decode(text).error().message, HasSubstr("\"program\": it is not written in base64"));
}

Trial some_trial() {
  Trial trial;
  trial.measured = true;
  trial.costs = {0.1, 1e300};
  trial.features.set("bytes", 1.0 / 3);
  trial.device = "here";
  trial.build_ns = 5;
  trial.run_ns = 6;
  trial.finished_unix_ms = 7;
  return trial;
}

TEST(Protocol, TellsWhetherAWorkerCanTryMore) {
  for (const bool last : {false, true})
    EXPECT_EQ(std::get<ResultMessage>(decode(encode(ResultMessage{3, some_trial(), last})).value()).last,
              last);
}

TEST(Protocol, CarriesATrialUnchanged) {
  const auto result = std::get<ResultMessage>(decode(encode(ResultMessage{3, some_trial()})).value());
  EXPECT_EQ(result.number, 3U);
  EXPECT_EQ(result.trial, some_trial());
}

TEST(Protocol, CarriesATrialThatDidNotRun) {
  Trial trial = some_trial();
  trial.code_hash = "abc";
  trial.same_code_as = 4;
  trial.costs.clear();
  EXPECT_EQ(std::get<ResultMessage>(decode(encode(ResultMessage{3, trial})).value()).trial, trial);
  trial.costs = {1};
  EXPECT_THAT(decode(encode(ResultMessage{3, trial})).error().message,
              HasSubstr("a valid trial that ran has costs, and no other has"));
}

TEST(Protocol, SurvivesTextThatIsNotUtf8AndNumbersThatAreNone) {
  Trial trial = some_trial();
  trial.message = "bad \xff byte";
  trial.features.set("infinite", INFINITY);
  const auto back = std::get<ResultMessage>(decode(encode(ResultMessage{0, trial})).value()).trial;
  EXPECT_EQ(back.message, "bad \xef\xbf\xbd byte");
  EXPECT_TRUE(std::isnan(back.features.get("infinite")));
}

TEST(Protocol, RefusesWhatItDoesNotKnow) {
  const auto error = [](const char* text) { return decode(text).error().message; };
  EXPECT_THAT(error("nonsense"), HasSubstr("a worker's message"));
  EXPECT_THAT(error("[]"), HasSubstr("object"));
  EXPECT_THAT(error(R"({"message":"dance"})"),
              HasSubstr("\"dance\" is not a message of protocol version 10"));
  EXPECT_THAT(error(R"({"message":"building","more":1})"), HasSubstr("more"));
  EXPECT_THAT(
      error(
          R"({"message":"try","number":-1,"choices":[],"deadline_ms":9,"save_program":"","incumbent_ns":null})"),
      HasSubstr("number"));
  EXPECT_THAT(
      error(
          R"({"message":"try","number":1,"choices":[4294967296],"deadline_ms":9,"save_program":"","incumbent_ns":null})"),
      HasSubstr("32 bits"));
  EXPECT_THAT(error(R"({"message":"failed","kind":"sad","reason":""})"), HasSubstr("not a kind of error"));
  const auto with_settings = [&](const std::string& settings) {
    std::string hello = encode(HelloMessage{.workload = small_workload()});
    const std::string none = "\"settings\":{}";
    return error(hello.replace(hello.find(none), none.size(), "\"settings\":" + settings).c_str());
  };
  EXPECT_THAT(with_settings("{\"run\":1}"), HasSubstr("\"settings\" must be an object of strings"));
  EXPECT_THAT(with_settings("[\"run\"]"), HasSubstr("\"settings\" must be an object of strings"));
  EXPECT_EQ(decode("{}").error().kind, ErrorKind::corrupt);
}

TEST(Protocol, ReadsNothingButTheVersionOfAnother) {
  const Result<Message> hello = decode(R"({"message":"hello","version":99,"colour":"red"})");
  ASSERT_TRUE(hello.ok()) << hello.error().message;
  EXPECT_EQ(std::get<HelloMessage>(*hello).version, 99);
}

TEST(Protocol, NeverCrashesOnDamagedMessages) {
  EXPECT_TRUE(rc::check([] {
    std::string bytes = encode(ResultMessage{0, some_trial()});
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i)
      bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    const auto message = decode(bytes);
    // The inner parentheses keep `||` from evaluating both sides.
    RC_ASSERT((message.ok() || message.error().kind == ErrorKind::corrupt));
  }));
}

}  // namespace
}  // namespace tamis
