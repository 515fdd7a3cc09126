#include "tamis/trial.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Verdict, HasAWordOfItsOwnThatIsReadBack) {
  std::set<std::string_view> words;
  for (const Verdict verdict : kVerdicts) {
    const std::string_view word = to_string(verdict);
    EXPECT_TRUE(words.insert(word).second) << word;
    EXPECT_EQ(*parse_verdict(word), verdict) << word;
  }
  EXPECT_EQ(words.size(), 11U);
}

TEST(Verdict, ListsEveryValueInOrder) {
  for (size_t i = 0; i < kVerdicts.size(); ++i) EXPECT_EQ(static_cast<size_t>(kVerdicts[i]), i);
  EXPECT_EQ(kVerdicts.back(), Verdict::device_lost);
}

TEST(Verdict, RefusesOtherWords) {
  for (const char* word : {"", "Valid", "valid ", "ok", "invalid"}) {
    EXPECT_EQ(parse_verdict(word).error().kind, ErrorKind::corrupt) << word;
  }
}

}  // namespace
}  // namespace tamis
