#include "space/file/python_values.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

/// The values with blanks between them; texts in quotes.
std::string values_of_text(const std::string& text) {
  const auto parsed = parse_python_values(text, "t");
  if (!parsed.ok()) return parsed.error().message;
  std::string all;
  for (const KnobValue& value : *parsed) {
    const bool name = std::holds_alternative<std::string>(value);
    all += (all.empty() ? "" : " ") + (name ? "'" + to_string(value) + "'" : to_string(value));
  }
  return all;
}

TEST(PythonValues, AreListsAndTuples) {
  EXPECT_EQ(values_of_text("[16, 32, 64]"), "16 32 64");
  EXPECT_EQ(values_of_text("(1, 2,)"), "1 2");
  EXPECT_EQ(values_of_text("(1,)"), "1");
  EXPECT_EQ(values_of_text("[]"), "");
  EXPECT_EQ(values_of_text("['nchw', \"nhwc\"]"), "'nchw' 'nhwc'");
  EXPECT_EQ(values_of_text("[True, False]"), "1 0");
  EXPECT_EQ(values_of_text("[0.5, -1, +2, 1e3]"), "0.5 -1 2 1000");
}

TEST(PythonValues, AreJoinedAndRepeated) {
  EXPECT_EQ(values_of_text("[1, 2, 4, 8, 16] + list(range(32, 128+1, 32))"), "1 2 4 8 16 32 64 96 128");
  EXPECT_EQ(values_of_text("(1, 2) + (4,)"), "1 2 4");
  EXPECT_EQ(values_of_text("[1, 2] * 2 + 0 * [9]"), "1 2 1 2");
}

TEST(PythonValues, AreRanges) {
  EXPECT_EQ(values_of_text("list(range(1, 5))"), "1 2 3 4");
  EXPECT_EQ(values_of_text("range(3)"), "0 1 2");
  EXPECT_EQ(values_of_text("tuple(range(10, 0, -4))"), "10 6 2");
  EXPECT_EQ(values_of_text("range(5, 5)"), "");
}

TEST(PythonValues, AreComprehensions) {
  EXPECT_EQ(values_of_text("[2**i for i in range(0, 6)]"), "1 2 4 8 16 32");
  EXPECT_EQ(values_of_text("[i for i in range(1, 11) if i % 2 == 0]"), "2 4 6 8 10");
  EXPECT_EQ(values_of_text("[10*i + j for i in range(3) for j in range(i)]"), "10 20 21");
  EXPECT_EQ(values_of_text("list(i for i in (3, 1, 2) if i != 1)"), "3 2");
  EXPECT_EQ(values_of_text("[i for i in [j * 2 for j in range(3)]]"), "0 2 4");
  EXPECT_EQ(values_of_text("[i for i in range(4) if i > 0 if i < 3]"), "1 2");
  EXPECT_EQ(values_of_text("[x for x in [] for y in [1]]"), "");
  EXPECT_EQ(values_of_text("[s + 'x' for s in ['a', 'b'] if s not in ('b',)]"), "'ax'");
}

TEST(PythonValues, AreCalculated) {
  EXPECT_EQ(values_of_text("[7 // 2, 7 % 4, 2 ** -1, 6 / 2, 1 / 4, -2 ** 2]"), "3 3 0.5 3 0.25 -4");
  EXPECT_EQ(values_of_text("[min(3, 2), max([1, 5]), abs(-4), int(2.9), float(1), len([1, 2])]"),
            "2 5 4 2 1 2");
  EXPECT_EQ(values_of_text("sorted([3, 1, 2])"), "1 2 3");
  EXPECT_EQ(values_of_text("[1 < 2 < 3, 1 == 2, not 1, 0 or 4, 2 and 3]"), "1 0 0 4 3");
}

TEST(PythonValues, AreWhatPythonMakesOfThem) {
  EXPECT_EQ(values_of_text("[1 << i for i in range(4)]"), "1 2 4 8");
  EXPECT_EQ(values_of_text("[i if i > 1 else 10 for i in range(3)]"), "10 10 2");
  EXPECT_EQ(values_of_text("[round(2.5), pow(2, 5), sum([1, 2]), 5 & 3, int('7')]"), "2 32 3 1 7");
  EXPECT_EQ(values_of_text("['t' + str(i) for i in (1, 2)]"), "'t1' 't2'");
  EXPECT_EQ(values_of_text("[[1, 2], [3]][0] + [8, 9, 10][::2]  # both"), "1 2 8 10");
  EXPECT_EQ(values_of_text("[j for i in range(1, 3) for j in [i, i * 10]]"), "1 10 2 20");
  EXPECT_EQ(values_of_text("[x for x in (1, 0) if x and 4 // x]"), "1")
      << "`and` does not ask what it need not";
}

TEST(PythonValues, AreHeldExactlyOrNotAtAll) {
  EXPECT_EQ(values_of_text("[2**62, 9007199254740993]"), "4611686018427387904 9007199254740993");
  EXPECT_THAT(values_of_text("[2**64]"), HasSubstr("18446744073709551616 does not fit 64 bits"));
  EXPECT_THAT(values_of_text("{1, 2}"), HasSubstr("a list of values is expected"));
}

TEST(PythonValues, RefuseRealNumbersOfMoreDigitsThanAreKept) {
  for (const char* text : {"[1.0, 9007199254740993.0]", "[0.1000000000000000055511]"})
    EXPECT_THAT(parse_python_values(text, "here").error().message, HasSubstr("cannot be held as it stands"))
        << text;
  EXPECT_EQ(parse_python_values("['9007199254740993.0']", "here").value().at(0),
            KnobValue(std::string("9007199254740993.0")));
  EXPECT_EQ(parse_python_values("[9007199254740992.0, 10.5e-1]", "here").value(),
            (std::vector<KnobValue>{9007199254740992.0, 1.05}));
  const KnobValue zero = parse_python_values("[-0.0]", "here").value().at(0);
  EXPECT_TRUE(std::signbit(std::get<double>(zero)));
}

TEST(PythonValues, HoldListsAsTexts) {
  EXPECT_EQ(values_of_text("[(1, 2), (3,), [4, 'x']]"), "'(1, 2)' '(3,)' '[4, 'x']'");
}

TEST(PythonValues, ShowThePlaceOfAnError) {
  EXPECT_EQ(values_of_text("[1, 2"), "t: `,` or `]` is expected\n  [1, 2\n       ^");
  EXPECT_THAT(values_of_text(""), HasSubstr("a value is expected, not the end"));
  EXPECT_THAT(values_of_text("5"), HasSubstr("a list of values is expected"));
  EXPECT_THAT(values_of_text("[1] 2"), HasSubstr("should end before a number"));
  EXPECT_THAT(values_of_text("[nchw]"), HasSubstr("texts are written in quotes"));
  EXPECT_THAT(values_of_text("[open('x')]"), HasSubstr("there is no function \"open\""));
  EXPECT_THAT(values_of_text("__import__('os')"), HasSubstr("there is no function"));
  EXPECT_THAT(values_of_text("[1 / 0]"), HasSubstr("division by zero"));
  EXPECT_THAT(values_of_text("[1] + 2"), HasSubstr("`+` cannot join these two"));
  EXPECT_THAT(values_of_text("[1 < 'a']"), HasSubstr("cannot be compared"));
  EXPECT_THAT(values_of_text("[i for i in 5]"), HasSubstr("a list or a range is expected after `in`"));
  EXPECT_THAT(values_of_text("[i for 5 in x]"), HasSubstr("the name of a variable"));
  EXPECT_THAT(values_of_text("[i i for i in [1]]"), HasSubstr("`for` is expected"));
  EXPECT_THAT(values_of_text("[i for i in [1] if 0"), HasSubstr("never closed"));
  EXPECT_THAT(values_of_text("range(1, 2, 0)"), HasSubstr("cannot be 0"));
  EXPECT_THAT(values_of_text("range('a')"), HasSubstr("range takes integers"));
  EXPECT_THAT(values_of_text("range()"), HasSubstr("one to three"));
  EXPECT_THAT(values_of_text("[min([])]"), HasSubstr("no value to choose from"));
  EXPECT_THAT(values_of_text("sorted([1, 'a'])"), HasSubstr("no common order"));
}

TEST(PythonValues, AreBoundedInWork) {
  EXPECT_THAT(values_of_text("range(10**9)"), HasSubstr("more than 100000 values"));
  EXPECT_THAT(values_of_text("[1] * 10**9"), HasSubstr("more than 100000 values"));
  EXPECT_THAT(values_of_text("[1 for i in range(1000) for j in range(1000)]"), HasSubstr("more than"));
  EXPECT_THAT(values_of_text("[len(list(range(90000))) for i in range(1000)]"),
              HasSubstr("more than 1000000 steps"));
  EXPECT_THAT(values_of_text("[['x' * 9]]"), HasSubstr("`*` cannot join"));
  EXPECT_THAT(values_of_text(std::string(1000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(values_of_text(std::string(70000, ' ')), HasSubstr("too long"));
  std::string doubling = "['" + std::string(60, 'x') + "'";
  for (int i = 0; i < 12; ++i) doubling = "[s + s for s in " + doubling + (i == 0 ? "]" : "") + "]";
  EXPECT_THAT(values_of_text(doubling), HasSubstr("too long"));
}

}  // namespace
}  // namespace tamis
