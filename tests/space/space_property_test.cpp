#include "base/text.h"
#include "tamis/space.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

/// A space of up to six knobs of any kind.
Space any_plain_space() {
  std::vector<Knob> knobs;
  const int count = *rc::gen::inRange(1, 7);
  for (int i = 0; i < count; ++i) {
    const std::string name = "knob" + std::to_string(i);
    const int size = *rc::gen::inRange(1, 9);
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        knobs.push_back(split_knob(name, *rc::gen::inRange(1, 65), *rc::gen::inRange(2, 4)));
        break;
      case 1: {
        std::vector<int64_t> values;
        for (int j = 0; j < size; ++j) values.push_back(3 * j - 2);
        knobs.push_back(number_knob(name, values));
        break;
      }
      default: {
        std::vector<std::string> values;
        for (int j = 0; j < size; ++j) values.push_back(std::string(1, static_cast<char>('a' + j)));
        knobs.push_back(name_knob(name, values));
      }
    }
  }
  return *Space::create(std::move(knobs));
}

TEST(SpaceProperty, IndexAndConfigAreInverse) {
  EXPECT_TRUE(rc::check([] {
    const Space space = any_plain_space();
    const auto index = *rc::gen::inRange<uint64_t>(0, space.size());
    RC_ASSERT(space.index(space.config(index)) == index);
  }));
}

TEST(SpaceProperty, DescriptionsAreReadBack) {
  EXPECT_TRUE(rc::check([] {
    const Space space = any_plain_space();
    const Config config = space.config(*rc::gen::inRange<uint64_t>(0, space.size()));
    const auto back = space.parse(split_text(space.describe(config), ' '));
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == config);
  }));
}

TEST(SpaceProperty, MutationMovesExactlyOneKnob) {
  EXPECT_TRUE(rc::check([] {
    const Space space = any_plain_space();
    RC_PRE(space.size() > 1);
    Random random(*rc::gen::arbitrary<uint64_t>());
    const Config config = space.config(*rc::gen::inRange<uint64_t>(0, space.size()));
    const Config mutated = space.mutate(config, random);
    int moved = 0;
    for (size_t i = 0; i < config.choices.size(); ++i) {
      RC_ASSERT(mutated.choices[i] < space.knobs()[i].values.size());
      moved += mutated.choices[i] != config.choices[i];
    }
    RC_ASSERT(moved == 1);
  }));
}

}  // namespace
}  // namespace tamis
