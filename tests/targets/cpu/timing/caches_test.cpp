#include "targets/cpu/timing/caches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cpu {
namespace {

TEST(Caches, AreReadAsTheyAreWritten) {
  for (const Caches caches : {Caches::warm, Caches::cold, Caches::network})
    EXPECT_EQ(parse_caches(to_string(caches)).value(), caches);
}

TEST(Caches, OfAnotherWordAreRefused) {
  EXPECT_THAT(parse_caches("lukewarm").error().message,
              ::testing::AllOf(::testing::HasSubstr("lukewarm"), ::testing::HasSubstr("network")));
}

}  // namespace
}  // namespace tamis::cpu
