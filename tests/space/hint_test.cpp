#include "tamis/hint.h"

#include "tamis/space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;

std::vector<Knob> hinted_knobs() {
  return {number_knob("tile", {8, 16, 32}), name_knob("order", {"m,n,k", "k,n,m"}), split_knob("rows", 4, 2)};
}

std::string hint_refusal(const std::string& text) {
  const auto hint = parse_hint(hinted_knobs(), text);
  EXPECT_FALSE(hint.ok()) << text;
  return hint.ok() ? "" : hint.error().message;
}

TEST(Hint, IsReadFromALine) {
  const Hint hint = parse_hint(hinted_knobs(), " order=k,n,m  tile=32|8|32 rows=4 ").value();
  EXPECT_EQ(hint, (Hint{{{0, {0, 2}}, {1, {1}}, {2, {2}}}}));
  EXPECT_EQ(parse_hint(hinted_knobs(), "rows=[1,").ok(), false);
}

TEST(Hint, NamesTheNearestOfWhatIsNotThere) {
  EXPECT_THAT(hint_refusal("til=8"), HasSubstr("did you mean \"tile\"?"));
  EXPECT_THAT(hint_refusal("tile=20"), HasSubstr("no value \"20\"; the nearest that it has is 16"));
  EXPECT_THAT(hint_refusal("order=m,n"), HasSubstr("known are: m,n,k, k,n,m"));
  EXPECT_THAT(hint_refusal("tile"), HasSubstr("must be written KNOB=VALUE"));
  EXPECT_THAT(hint_refusal("tile=8 tile=16"), HasSubstr("named twice"));
  EXPECT_THAT(hint_refusal("  "), HasSubstr("names no knob"));
}

}  // namespace
}  // namespace tamis
