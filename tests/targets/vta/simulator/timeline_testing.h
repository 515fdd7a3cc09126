#pragma once

#include "targets/vta/simulator/timeline.h"

#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta::testing {

inline constexpr std::array kAllEngines = {Engine::fetch, Engine::load, Engine::compute, Engine::store};

/// Cycles of an engine that are work, or are not.
inline uint64_t sum(const Timeline& timeline, Engine engine, bool work) {
  uint64_t cycles = 0;
  for (size_t i = 0; i < kActivities; ++i)
    if (is_work(static_cast<Activity>(i)) == work)
      cycles += timeline.effort(engine, static_cast<Activity>(i)).cycles;
  return cycles;
}

/// Spans follow one another from 0 to `end`.
inline void expect_covers(const std::vector<Span>& spans, uint64_t end) {
  uint64_t at = 0;
  for (const Span& span : spans) {
    EXPECT_EQ(span.begin, at);
    EXPECT_LT(span.begin, span.end);
    at = span.end;
  }
  EXPECT_EQ(at, end);
}

inline void expect_adds_up(const Timeline& timeline) {
  uint64_t on_path = 0, beats = 0;
  for (const Engine engine : kAllEngines) {
    expect_covers(timeline.rows[static_cast<size_t>(engine)], timeline.end);
    EXPECT_EQ(sum(timeline, engine, true) + sum(timeline, engine, false), timeline.end);
    for (size_t i = 0; i < kActivities; ++i) {
      const auto activity = static_cast<Activity>(i);
      const Effort &effort = timeline.effort(engine, activity), &path = timeline.on_path(engine, activity);
      EXPECT_LE(effort.useful + effort.others, effort.cycles);
      EXPECT_LE(path.useful + path.others, path.cycles);
      EXPECT_LE(path.instructions, effort.instructions + 1);  // a trap is on the path, but did not run
      EXPECT_TRUE(is_work(activity) || path.cycles == 0) << name_of(activity);
      on_path += path.cycles;
    }
  }
  expect_covers(timeline.path, timeline.cycles);
  // Every chain of causes leads to the first batch, and the start is no more than that.
  if (!timeline.path.empty()) {
    EXPECT_EQ(timeline.path.front().activity, Activity::start);
    EXPECT_LE(timeline.path.front().end, timeline.rows[0].front().end);
  }
  EXPECT_EQ(on_path, timeline.cycles);
  for (const uint64_t one : timeline.beats) beats += one;
  EXPECT_LE(beats, timeline.end);
}

}  // namespace tamis::vta::testing
