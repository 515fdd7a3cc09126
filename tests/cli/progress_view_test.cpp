#include "cli/progress_view.h"

#include "cli/resume_command.h"
#include "drawing/text_width.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kS = 1'000'000'000;

TaskView example() {
  TaskView view;
  view.name = "resnet18.C2";
  view.bound_ns = 4.5e6;
  view.counts.trials = 120;
  view.counts.invalid = 32;
  view.counts.by_verdict = {{Verdict::valid, 88}, {Verdict::resource_exceeded, 12}, {Verdict::crashed, 20}};
  view.leading = {Verdict::crashed, "SIGSEGV", 20, 3};
  view.best = 5.32e6;
  view.untuned = 234.5e6;
  view.improved_at = 97;
  view.improved_ns = 6 * kS;
  return view;
}

Course course_of(uint64_t trials, uint64_t total, double per_second) {
  Course course;
  course.trials = trials;
  course.total = total;
  course.per_second = per_second;
  return course;
}

TEST(TaskLines, HaveBarBestVerdictsAndTheMostFrequentFailure) {
  const Paper paper{{81, 24}, false, false};
  EXPECT_THAT(draw_task(example(), course_of(120, 240, 2), paper, 10 * kS),
              ElementsAre("resnet18.C2  ###################....................  120/240 trials  1 min left",
                          "  best 5.320 ms  84.6 % of bound  44.1x faster  improved 23 trials ago (4 s)",
                          "  88 valid  20 crashed  12 resource_exceeded",
                          "  most often crashed (20 times): SIGSEGV"));
}

TEST(TaskLines, AreColouredByVerdict) {
  const Paper paper{{80, 24}, true, true};
  const std::vector<std::string> lines = draw_task(example(), course_of(120, 240, 2), paper, 10 * kS);
  EXPECT_EQ(lines[2],
            "  \033[32m88 valid\033[0m  \033[31m20 crashed\033[0m  \033[33m12 resource_exceeded\033[0m");
  EXPECT_THAT(lines[0], HasSubstr("█"));
}

TEST(TaskLines, LeaveOutWhatANarrowWindowHasNoRoomFor) {
  const Paper paper{{45, 24}, false, false};
  EXPECT_THAT(draw_task(example(), course_of(120, 240, 2), paper, 10 * kS),
              ElementsAre("resnet18.C2  120/240 trials  1 min left", "  best 5.320 ms  84.6 % of bound …",
                          "  88 valid  20 crashed  12 resource_exceeded",
                          "  most often crashed (20 times): SIGSEGV"));
}

TEST(TaskLines, AreOneInASmallWindow) {
  for (const Window& window : {Window{100, 5}, Window{39, 50}, Window{20, 20}, Window{1, 1}}) {
    const std::vector<std::string> lines =
        draw_task(example(), course_of(120, 240, 2), {window, false, false}, 10 * kS);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_LE(columns_of(lines[0]), std::max<size_t>(window.columns - 1, 1)) << lines[0];
  }
  EXPECT_EQ(draw_task(example(), course_of(120, 240, 2), {{100, 5}, false, false}, 10 * kS)[0],
            "resnet18.C2  120/240  best 5.320 ms  1 min left  26.7 % invalid");
}

TEST(TaskLines, SayThatNothingIsValidYet) {
  TaskView view = example();
  view.best.reset();
  view.counts.by_verdict = {{Verdict::run_failed, 120}};
  const std::vector<std::string> lines =
      draw_task(view, course_of(120, 240, 2), {{80, 24}, false, false}, 10 * kS);
  EXPECT_EQ(lines[1], "  best none yet");
  EXPECT_EQ(lines[2], "  0 valid  120 run_failed");
}

TEST(TaskLines, HaveASpeedWhereNoBoundIsKnown) {
  TaskView view = example();
  view.bound_ns = 0;
  view.operations = 2 * 5.32e6;
  EXPECT_THAT(draw_task(view, course_of(120, 240, 2), {{80, 24}, false, false}, 10 * kS)[1],
              HasSubstr("best 5.320 ms  2.0 G ops/s  44.1x faster"));
}

TEST(TaskLines, OfAResumedSessionKnowTheTrialOfTheBestButNotItsTime) {
  Trial best;
  best.number = 9;
  best.verdict = Verdict::valid;
  best.costs = {5e6};
  Counts counts;
  counts.trials = 31;
  Reasons reasons;
  Progress progress;
  progress.counts = &counts;
  progress.reasons = &reasons;
  progress.best = &best;
  TaskView view;
  view.take(progress, kS);
  const std::vector<std::string> lines =
      draw_task(view, course_of(31, 100, 2), {{80, 24}, false, false}, 10 * kS);
  EXPECT_THAT(lines[1], HasSubstr("improved 21 trials ago"));
}

TEST(Course, IsLeftForAsLongAsWhateverEndsFirst) {
  Course course = course_of(100, 1000, 10);
  EXPECT_EQ(course.left(0), "1 min 30 s left");
  course.deadline_ns = 20 * kS;
  EXPECT_EQ(course.left(10 * kS), "10 s left");
  EXPECT_DOUBLE_EQ(course.share(10 * kS).value(), 0.5);
  course.may_end_early = true;
  EXPECT_EQ(course.left(10 * kS), "at most 10 s left");
  course.deciding = true;
  EXPECT_EQ(course.left(10 * kS), "measuring the best again");
  course.stopping = true;
  EXPECT_EQ(course.left(10 * kS), "stopping");
}

TEST(Course, HasNoEndThatNobodyKnows) {
  Course course;
  course.per_second = 5;
  EXPECT_EQ(course.left(kS), "");
  EXPECT_FALSE(course.share(kS).has_value());
  course.total = 100;
  course.per_second.reset();
  EXPECT_EQ(course.left(kS), "");
}

TEST(Pace, IsThatOfTheLastHalfMinute) {
  Pace pace;
  EXPECT_FALSE(pace.per_second().has_value());
  pace.note(0, 50);
  EXPECT_FALSE(pace.per_second().has_value());
  for (int64_t second = 1; second <= 100; ++second)
    pace.note(second * kS, 50 + static_cast<uint64_t>(second));
  EXPECT_NEAR(pace.per_second().value(), 1.0, 0.01);
  for (int64_t second = 101; second <= 140; ++second)
    pace.note(second * kS, 150 + 10 * static_cast<uint64_t>(second - 100));
  EXPECT_NEAR(pace.per_second().value(), 10.0, 0.01);
}

TEST(Pace, KeepsFewNotes) {
  Pace pace;
  for (int64_t tenth = 0; tenth < 600; ++tenth) pace.note(tenth * kS / 10, static_cast<uint64_t>(tenth));
  EXPECT_NEAR(pace.per_second().value(), 10.0, 0.5);
}

TEST(DurationText, HasTwoUnitsAtMost) {
  EXPECT_EQ(duration_text(0.2), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7500), "2 h 5 min");
  EXPECT_EQ(duration_text(4 * 86400 + 3 * 3600), "4 d 3 h");
}

TEST(Gist, IsWhatTheProgramWroteAndMovesNoCursor) {
  EXPECT_EQ(gist_of("exit status 1; it last wrote: no\tluck\033[2J"), "no luck?[2J");
  EXPECT_EQ(gist_of("größer"), "größer");
}

TEST(ResumeCommand, IsQuotedAndHasTheFlagOnce) {
  const auto line = [](std::vector<std::string> words) { return resume_command(words); };
  EXPECT_EQ(line({"tamis", "tune", "resnet18.C2", "--log", "my log"}),
            "tamis tune resnet18.C2 --log 'my log' --resume");
  EXPECT_EQ(line({"tamis", "tune", "x", "--resume", "--run", "sh -c 'a b'"}),
            R"(tamis tune x --resume --run 'sh -c '\''a b'\''')");
  EXPECT_EQ(line({"tamis", "tune", "--", "--resume"}), "tamis tune --resume -- --resume");
}

}  // namespace
}  // namespace tamis::cli
