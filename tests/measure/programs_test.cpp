// Programs that are built in one process and run in another (MeasureRequest::program and keep).

#include "measure/attempt.h"
#include "measure/measure_fixture.h"

#include <functional>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;

class Programs : public MeasureTest {
 protected:
  void SetUp() override {
    MeasureTest::SetUp();
    options_.memory_limit_bytes = 0;  // what a sanitizer reserves is beyond any bound
  }

  MeasureRequest request(const std::string& fault) const { return requests({fault}).front(); }
  std::unique_ptr<Measurer> builders() const {
    MeasureOptions options = options_;
    options.only_build = true;
    return make_worker_measurer(task_, options).value();
  }
  /// The trial of one request, or the error that ended measuring.
  static Result<Trial> measure_one(Measurer& measurer, const MeasureRequest& request) {
    std::optional<Trial> trial;
    const auto finished = [&](Trial one) {
      trial = std::move(one);
      return Status();
    };
    TAMIS_TRY(measurer.measure({&request, 1}, finished, {}));
    return trial.value();
  }
  /// The program of a config, as a measurer builds it; and its trial.
  static std::pair<std::string, Trial> build(Measurer& measurer, MeasureRequest request) {
    request.keep = std::make_shared<std::string>("not written");
    Result<Trial> trial = measure_one(measurer, request);
    EXPECT_TRUE(trial.ok()) << trial.error().message;
    return {*request.keep, std::move(*trial)};
  }
  static Result<Trial> run(Measurer& measurer, MeasureRequest request, std::string program) {
    request.program = std::make_shared<const std::string>(std::move(program));
    return measure_one(measurer, request);
  }
};

/// What does not differ from one attempt to the next.
Trial without_times(Trial trial) {
  trial.build_ns = trial.run_ns = trial.finished_unix_ms = 0;
  return trial;
}

TEST_F(Programs, AreBuiltInOneWorkerAndRunInAnother) {
  const auto builder = builders();
  const auto runner = workers().value();
  for (const std::string fault : {"none", "wrong_result", "run_failed", "code:none", "throw"}) {
    SCOPED_TRACE(fault);
    const auto [program, built] = build(*builder, request(fault));
    EXPECT_FALSE(program.empty());
    EXPECT_EQ(built.verdict, Verdict::valid) << built.message;
    EXPECT_FALSE(built.measured);
    const Trial ran = run(*runner, request(fault), program).value();
    const Trial direct = measure_one(*runner, request(fault)).value();
    EXPECT_TRUE(ran.measured);
    EXPECT_EQ(without_times(join_halves(built, ran)), without_times(direct));
  }
}

TEST_F(Programs, AreBuiltAndRunInThisProcessAlike) {
  const auto measurer = in_process().value();
  const auto [program, built] = build(*measurer, request("wrong_result"));
  EXPECT_FALSE(built.measured);
  const Trial ran = run(*measurer, request("wrong_result"), program).value();
  EXPECT_EQ(without_times(join_halves(built, ran)),
            without_times(measure_one(*measurer, request("wrong_result")).value()));
}

TEST_F(Programs, AreNotRunByAWorkerThatIsToBuildThemThoughItHasADevice) {
  const auto worker = workers().value();
  const auto [program, built] = build(*worker, request("segfault"));
  EXPECT_FALSE(program.empty());
  EXPECT_EQ(built.verdict, Verdict::valid) << built.message;
  EXPECT_FALSE(built.measured);
  EXPECT_TRUE(built.costs.empty());
}

TEST_F(Programs, AreNoneWhereTheConfigIsNotBuilt) {
  const auto builder = builders();
  for (const std::string fault : {"build:refuse", "build:exit"}) {
    const auto [program, built] = build(*builder, request(fault));
    EXPECT_EQ(program, "") << fault;
    EXPECT_EQ(built.verdict, Verdict::build_failed) << fault;
    EXPECT_EQ(join_halves(built, Trial{}), built);
  }
}

TEST_F(Programs, ExceedWhatMayBeSent) {
  for (const auto& measurer : {builders(), in_process().value()}) {
    const auto [program, built] = build(*measurer, request("save:long"));
    EXPECT_EQ(program, "");
    EXPECT_EQ(built.verdict, Verdict::resource_exceeded);
    EXPECT_THAT(built.message, HasSubstr("and may have 8388608 to be sent to where it runs"));
  }
}

TEST_F(Programs, EndMeasuringWhereTheyCannotTravel) {
  for (const auto& measurer : {builders(), in_process().value()}) {
    for (const std::string fault : {"save:never", "save:throw"}) {
      MeasureRequest one = request(fault);
      one.keep = std::make_shared<std::string>();
      const Error error = measure_one(*measurer, one).error();
      EXPECT_EQ(error.kind, fault == "save:never" ? ErrorKind::unsupported : ErrorKind::internal);
      EXPECT_THAT(error.message,
                  HasSubstr(fault == "save:never" ? "programs of the target fault cannot be written as bytes"
                                                  : "the target threw an exception: out of patience"));
    }
  }
}

TEST_F(Programs, EndMeasuringWhereTheyAreDamagedAndOthersAreRunAfterwards) {
  const auto [program, built] = build(*builders(), request("none"));
  for (const auto& measurer : {workers().value(), in_process().value()}) {
    std::string damaged = program;
    damaged.back() ^= 1;
    const Error error = run(*measurer, request("none"), damaged).error();
    EXPECT_EQ(error.kind, ErrorKind::corrupt);
    EXPECT_THAT(error.message, HasSubstr("it was damaged on its way; send it again"));
    EXPECT_THAT(run(*measurer, request("exit"), program).error().message,
                HasSubstr("its config is \"fault=none\", and here \"fault=exit\""));
    EXPECT_EQ(run(*measurer, request("none"), program).value().verdict, Verdict::valid);
  }
}

TEST_F(Programs, AreJudgedForWhatLoadingAndRunningThemDoes) {
  const auto builder = builders();
  const auto runner = workers().value();
  const auto trial_of = [&](const std::string& fault) {
    return run(*runner, request(fault), build(*builder, request(fault)).first).value();
  };
  EXPECT_EQ(trial_of("segfault").verdict, Verdict::crashed);
  EXPECT_EQ(trial_of("load:segfault").verdict, Verdict::build_failed);
  EXPECT_THAT(trial_of("load:segfault").message, HasSubstr("the worker died while building"));
  EXPECT_EQ(trial_of("load:refuse").verdict, Verdict::build_failed);
  EXPECT_EQ(trial_of("load:refuse").message, "cannot be compiled here");
  EXPECT_THAT(
      run(*runner, request("load:throw"), build(*builder, request("load:throw")).first).error().message,
      HasSubstr("the target threw an exception: out of patience"));
}

TEST_F(Programs, AreNotRunWhereTheirCodeIsKnown) {
  KnownPrograms known;
  Trial earlier;
  earlier.number = 4;
  earlier.measured = true;
  earlier.costs = {5};
  earlier.code_hash = "code of none";
  known.add(earlier);
  MeasureRequest again = request("code:none_again");
  again.known = &known;
  const auto builder = builders();
  const auto [program, built] = build(*builder, again);
  EXPECT_FALSE(built.same_code_as) << "what is only built is not asked about";
  for (const auto& measurer : {workers().value(), in_process().value()}) {
    const Trial trial = run(*measurer, again, program).value();
    EXPECT_EQ(trial.same_code_as, 4U);
    EXPECT_EQ(trial.costs, earlier.costs);
  }
}

TEST_F(Programs, ComeToWhereTheyCanBeRun) {
  const auto builder = builders();
  const std::string program = build(*builder, request("none")).first;
  EXPECT_EQ(run(*builder, request("none"), program).error().kind, ErrorKind::invalid_input);
  const auto runner = workers().value();
  MeasureRequest both = request("none");
  both.keep = std::make_shared<std::string>();
  EXPECT_EQ(run(*runner, both, program).error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(run(*runner, request("none"), "").error().message, HasSubstr("a program of 0 bytes is to run"));
  EXPECT_THAT(run(*runner, request("none"), std::string(kMostProgramBytes + 1, 'x')).error().message,
              HasSubstr("a program of 8388609 bytes is to run"));
}

}  // namespace
}  // namespace tamis
