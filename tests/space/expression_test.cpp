#include "tamis/expression.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> all = {
      number_knob("tile_h", {1, 8, 56}),           number_knob("threads", {0, 32, 1024}),
      name_knob("layout", {"nchw", "nhwc"}),       split_knob("tile_w", 12, 3),
      Knob{"alpha", KnobKind::number, {0.5, 2.0}}, number_knob("odd name", {7})};
  return all;
}

/// tile_h=8 threads=32 layout=nhwc tile_w=[2, 2, 3] alpha=2.0
Config config() {
  const Space space = *Space::create(knobs());
  return *space.parse(
      std::vector<std::string>{"tile_h=8", "threads=32", "layout=nhwc", "tile_w=2x3", "alpha=2"});
}

std::string value(const std::string& text) {
  const Result<Expression> parsed = Expression::parse(text, knobs());
  if (!parsed.ok()) return parsed.error().message;
  const std::optional<KnobValue> result = parsed->evaluate(config());
  return result ? to_string(*result) : "undefined";
}

TEST(Expression, ReadsKnobs) {
  EXPECT_EQ(value("tile_h"), "8");
  EXPECT_EQ(value("layout"), "nhwc");
  EXPECT_EQ(value("alpha * 3"), "6");
  EXPECT_EQ(value("`odd name` + 1"), "8");
}

TEST(Expression, TakesTheInnermostFactorOfASplit) {
  EXPECT_EQ(value("tile_w"), "3");
  EXPECT_EQ(value("tile_w[0] * 100 + tile_w[1] * 10 + tile_w[2]"), "223");
  EXPECT_EQ(value("tile_w[-1]"), "3");
}

TEST(Expression, ReadsNumbers) {
  EXPECT_EQ(value("0x10"), "16");
  EXPECT_EQ(value("1.5e3"), "1500");
  EXPECT_EQ(value(".5"), "0.5");
  EXPECT_EQ(value("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(value("9223372036854775808"), "9.223372036854776e+18");
  EXPECT_EQ(value("0b101 + 0o17"), "20");
}

TEST(Expression, BindsAsPythonDoes) {
  EXPECT_EQ(value("2 + 3 * 4 ** 2"), "50");
  EXPECT_EQ(value("-2 ** 2"), "-4");
  EXPECT_EQ(value("2 ** -1"), "0.5");
  EXPECT_EQ(value("2 ** 3 ** 2"), "512");
  EXPECT_EQ(value("not 1 == 2"), "1");
  EXPECT_EQ(value("1 or 0 and 0"), "1");
}

TEST(Expression, RoundsTowardsNegativeInfinity) {
  EXPECT_EQ(value("-7 // 2"), "-4");
  EXPECT_EQ(value("-7 % 3"), "2");
  EXPECT_EQ(value("7 % -3"), "-2");
}

TEST(Expression, DividesExactlyWhereItCan) {
  EXPECT_EQ(value("8 / 4"), "2");
  EXPECT_EQ(value("7 / 2"), "3.5");
  EXPECT_EQ(value("32 % ((8 * 16) / 32)"), "0");
}

TEST(Expression, IsExactBeyond64Bits) {
  EXPECT_EQ(value("9223372036854775807 + 1"), "9.223372036854776e+18") << "what is given has 64 bits";
  EXPECT_EQ(value("9223372036854775807 + 1 == 9223372036854775808"), "1");
  EXPECT_EQ(value("(2 ** 64 + 1) % 3"), "2") << "a double gives 1";
  EXPECT_EQ(value("(4611686018427387904 * 4 + 6) // 4611686018427387904"), "4");
  EXPECT_EQ(value("4611686018427387904 * 4"), "1.8446744073709552e+19");
  EXPECT_EQ(value("2 ** 62"), "4611686018427387904");
  EXPECT_EQ(value("2 ** 64 > 9223372036854775807"), "1");
  EXPECT_EQ(value("(-9223372036854775807 - 1) // -1"), "9.223372036854776e+18");
  EXPECT_EQ(value("(-9223372036854775807 - 1) % -1"), "0");
  EXPECT_EQ(value("9007199254740993 == 9007199254740992.0"), "0");
  EXPECT_EQ(value("9007199254740993 / 1 == 9007199254740992"), "1") << "a quotient is a double, as in Python";
  EXPECT_EQ(value("2 ** 126 > 2 ** 125"), "1");
  EXPECT_EQ(value("2 ** 127"), "undefined") << "127 bits are held";
}

TEST(Expression, ComparesInChains) {
  EXPECT_EQ(value("32 <= tile_h * threads <= 1024"), "1");
  EXPECT_EQ(value("1 < 2 < 2"), "0");
  EXPECT_EQ(value("3 < 2 < 1 / 0"), "0");
}

TEST(Expression, KnowsLists) {
  EXPECT_EQ(value("tile_h in (1, 8)"), "1");
  EXPECT_EQ(value("tile_h in [1, 2,]"), "0");
  EXPECT_EQ(value("tile_h not in (1, 2)"), "1");
  EXPECT_EQ(value("layout in ('nchw', \"nhwc\")"), "1");
  EXPECT_EQ(value("tile_h in ()"), "0");
  EXPECT_EQ(value("1 < tile_h in (8, 9)"), "1");
}

TEST(Expression, KnowsRangesAndSets) {
  EXPECT_EQ(value("tile_h in range(0, 64, 8)"), "1");
  EXPECT_EQ(value("tile_h in range(0, 10**9, 8)"), "1") << "a range is not written out";
  EXPECT_EQ(value("tile_h not in range(8)"), "1");
  EXPECT_EQ(value("tile_h in {1, 2, 8}"), "1");
  EXPECT_EQ(value("8.0 in range(10)"), "1");
}

TEST(Expression, OperatesOnBits) {
  EXPECT_EQ(value("tile_h & (tile_h - 1)"), "0");
  EXPECT_EQ(value("5 | 2 ^ 6 & 3"), "5");
  EXPECT_EQ(value("1 << 3 + 1"), "16");
  EXPECT_EQ(value("-9 >> 1"), "-5");
  EXPECT_EQ(value("~tile_h"), "-9");
  EXPECT_EQ(value("1 << -1"), "undefined");
  EXPECT_EQ(value("tile_h & 12 == 8"), "1") << "`&` binds tighter than `==`, in C it does not";
}

TEST(Expression, ChoosesBetweenTwo) {
  EXPECT_EQ(value("tile_h if threads > 1 else 1 / 0"), "8");
  EXPECT_EQ(value("1 if 0 else 2 if 0 else 3"), "3");
  EXPECT_EQ(value("(threads if layout == 'nchw' else tile_h) <= 8"), "1");
}

TEST(Expression, KnowsSequences) {
  EXPECT_EQ(value("[10, 20, 30][-1]"), "30");
  EXPECT_EQ(value("(1, 2, 3)[tile_h // 8]"), "2");
  EXPECT_EQ(value("[1, 2][5]"), "undefined");
  EXPECT_EQ(value("sum([1, 2, 3, 4][1:3])"), "5");
  EXPECT_EQ(value("len([tile_h, threads])"), "2");
  EXPECT_EQ(value("max([tile_h, 9])"), "9");
  EXPECT_EQ(value("all(x % 2 == 0 for x in [tile_h, threads])"), "1");
  EXPECT_EQ(value("any([tile_h > 9, threads > 9])"), "1");
  EXPECT_EQ(value("[tile_h, threads] == [8, 32]"), "1");
  EXPECT_EQ(value("any(8 // x > 4 for x in [1, 0])"), "1") << "what comes behind is not asked";
  EXPECT_EQ(value("any([8 // x > 4 for x in [1, 0]])"), "undefined") << "a list is made first";
  EXPECT_EQ(value("all(x < 1 for x in range(10**3) for y in range(10**3))"), "0");
  EXPECT_EQ(value("all(x > 1 for x in [])"), "1");
  EXPECT_EQ(value("any(x > 1 for x in [])"), "0");
  EXPECT_EQ(value("tile_h in (1, 1 / 0, 8)"), "undefined") << "Python makes the whole list first";
}

TEST(Expression, KnowsTexts) {
  EXPECT_EQ(value("str(tile_h) + 'x'"), "8x");
  EXPECT_EQ(value("'hw' in layout"), "1");
  EXPECT_EQ(value("layout[0] == 'n'"), "1");
  EXPECT_EQ(value("len(layout)"), "4");
  EXPECT_EQ(value("int('12') + 1"), "13");
  EXPECT_EQ(value("str(2.0) == '2.0'"), "1");
}

TEST(Expression, PassesCommentsOver) {
  EXPECT_EQ(value("tile_h  # the height"), "8");
  EXPECT_EQ(value("tile_h +  # more\n 1"), "9");
  EXPECT_EQ(value("'#' == '#'"), "1");
}

TEST(Expression, ReadsLambdas) {
  EXPECT_EQ(value("lambda p: p['tile_h'] * p[\"threads\"]"), "256");
  EXPECT_EQ(value("lambda tile_h, threads: tile_h + threads"), "40");
}

TEST(Expression, ReadsTheSpellingsOfC) {
  EXPECT_EQ(value("tile_h == 8 && !(threads == 0) || 0"), "1");
  EXPECT_EQ(value("!tile_h == 0"), "1");
}

TEST(Expression, HasFunctions) {
  EXPECT_EQ(value("min(tile_h, 3, 5)"), "3");
  EXPECT_EQ(value("max(tile_h, alpha)"), "8");
  EXPECT_EQ(value("abs(3 - tile_h)"), "5");
  EXPECT_EQ(value("True + True"), "2");
  EXPECT_EQ(value("int(-2.5) + int(2.5)"), "0");
  EXPECT_EQ(value("round(2.5) * 10 + round(3.5)"), "24") << "half to even";
  EXPECT_EQ(value("round(2.675, 2)"), "2.67") << "2.675 is a little less";
  EXPECT_EQ(value("round(1250, -2)"), "1200");
  EXPECT_EQ(value("pow(2, 10) + pow(3, 4, 5)"), "1025");
  EXPECT_EQ(value("sum([True, 2])"), "3");
}

TEST(Expression, LeavesADivisionByZeroUndefined) {
  for (const char* text : {"1 / 0", "1 // 0", "1 % 0", "1 % 0.0", "0 ** -1", "(-8) ** 0.5", "not (1 / 0)"}) {
    EXPECT_EQ(value(text), "undefined") << text;
    EXPECT_FALSE(Expression::parse(text, knobs()).value().holds(config())) << text;
  }
  EXPECT_EQ(value("threads == 32 or 1 / 0 > 2"), "1");
  EXPECT_EQ(value("threads == 0 and 1 / 0 > 2"), "0");
}

struct Refusal {
  const char* text;
  const char* message;
};

class ExpressionRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(ExpressionRefuses, WithAMessage) {
  const Result<Expression> parsed = Expression::parse(GetParam().text, knobs());
  ASSERT_FALSE(parsed.ok()) << GetParam().text;
  EXPECT_EQ(parsed.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(parsed.error().message, HasSubstr(GetParam().message)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Formulas, ExpressionRefuses,
    ::testing::Values(
        Refusal{"", "empty"}, Refusal{"tile_q > 1", "did you mean \"tile_h\""}, Refusal{"tile_h = 1", "`==`"},
        Refusal{"alpha & 1", "a real number stands"}, Refusal{"tile_h >", "not the end"},
        Refusal{"tile_h 8", "should end before"}, Refusal{"(tile_h", "`)` is expected"},
        Refusal{"tile_h $ 2", "no such character"}, Refusal{"layout == 'nchw", "never closed"},
        Refusal{"8tile_h", "middle of a word"}, Refusal{"0x", "middle of a word"},
        Refusal{"1e999", "cannot be read"}, Refusal{"0xfffffffffffffffffffffffffffffffff", "cannot be read"},
        Refusal{"layout == 3", "in quotes"}, Refusal{"layout < 'x'", "no order"},
        Refusal{"layout + 1", "a number is needed"}, Refusal{"not layout", "a number is needed"},
        Refusal{"1 and layout", "a number is needed"}, Refusal{"layout or 1", "a number is needed"},
        Refusal{"tile_h in 3", "a list is expected"}, Refusal{"tile_h in (1 2)", "`,` or `)`"},
        Refusal{"tile_h in (1, 'a')", "mixes"}, Refusal{"1 in (1,) == 1", "parentheses"},
        Refusal{"tile_h[0]", "is not a split"}, Refusal{"tile_w[3]", "0 (the outermost) to 2"},
        Refusal{"tile_w[tile_h]", "0 (the outermost) to 2"}, Refusal{"tile_w[1", "`]`"},
        Refusal{"sqrt(4)", "there is no function"}, Refusal{"min(1)", "two or more"},
        Refusal{"abs(1, 2)", "one argument"}, Refusal{"min()", "a value is expected"},
        Refusal{"max(1, 2", "`)` is expected"}, Refusal{"010", "zeros"},
        Refusal{"tile_h if 1", "`else` is expected"}, Refusal{"tile_h is 8", "write `==`"},
        Refusal{"'a\\d'", "is not read"}, Refusal{"{1: 2}", "dictionary"},
        Refusal{"1 + lambda x: 2", "beginning"}, Refusal{"lambda q: q", "there is no knob"},
        Refusal{"[1, 2]", "not a list"}, Refusal{"tile_h == [8]", "a list is compared"},
        Refusal{"len(tile_h)", "a list or a range"}, Refusal{"len(x for x in [1])", "without brackets"},
        Refusal{"(tile_h, 1)[0.5]", "an integer"}, Refusal{"range(0.5)", "an integer"},
        Refusal{"[x for x in y]", "there is no knob"}, Refusal{"[x for x in [1]] + x", "there is no knob"}));

TEST(ExpressionRefuses, ToLookIntoTextsOfLists) {
  const std::vector<Knob> tuples = {name_knob("tile", {"(1, 2)", "(2, 1)"})};
  EXPECT_TRUE(Expression::parse("tile == '(1, 2)'", tuples).ok());
  for (const char* text :
       {"tile[0] == 1", "len(tile) == 2", "'1' in tile", "tile + 'x' == 'y'", "max(tile) == '2'"})
    EXPECT_THAT(Expression::parse(text, tuples).error().message, HasSubstr("are lists")) << text;
}

TEST(ExpressionError, PointsAtThePlace) {
  EXPECT_EQ(Expression::parse("tile_h * 2 <= tile_q", knobs()).error().message,
            "there is no knob \"tile_q\"; did you mean \"tile_h\"?\n"
            "  tile_h * 2 <= tile_q\n"
            "                ^");
}

TEST(ExpressionError, ShowsOnlyTheNeighbourhoodOfALongText) {
  const std::string text = "1 + " + std::string(400, ' ') + "\x01 + 1" + std::string(400, ' ');
  const std::string message = Expression::parse(text, knobs()).error().message;
  EXPECT_LT(message.size(), 300U);
  EXPECT_THAT(message, HasSubstr("? + 1"));
}

TEST(Expression, RefusesHostileNesting) {
  for (const char* opening : {"(", "-", "not ", "!", "abs(", "1 + (", "1 ** (", "2 ** ", "1 < 1 + 1 * (",
                              "1 in (", "[", "~", "1 if 1 else ", "[x for x in "}) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += opening;
    const Result<Expression> parsed = Expression::parse(text, knobs());
    ASSERT_FALSE(parsed.ok());
    EXPECT_THAT(parsed.error().message, HasSubstr("nested too deeply")) << opening;
  }
  EXPECT_FALSE(Expression::parse(std::string(70000, '('), knobs()).ok());
}

TEST(Expression, IsBoundedInWork) {
  EXPECT_EQ(value("len([x for x in range(10**9)])"), "undefined");
  EXPECT_EQ(value("sum([y for x in range(1000) for y in range(1000)])"), "undefined");
  EXPECT_EQ(value("len([1] * 10**9)"), "undefined");
  EXPECT_EQ(value("10 ** 10 ** 10 > 1"), "undefined");
  EXPECT_EQ(value("1 << 10 ** 18"), "undefined");
  EXPECT_EQ(value("pow(3, 10 ** 30, 7)"), "4");
}

TEST(Expression, ReadsLongChains) {
  std::string sum = "1";
  for (int i = 0; i < 5000; ++i) sum += " + 1";
  EXPECT_EQ(value(sum), "5001");
  std::string all = "1";
  for (int i = 0; i < 2000; ++i) all += " and 1";
  EXPECT_EQ(value(all), "1");
}

TEST(Expression, IsUndefinedForAConfigOfAnotherSpace) {
  const Expression sum = *Expression::parse("tile_h + threads", knobs());
  EXPECT_FALSE(sum.evaluate(Config{}).has_value());
  EXPECT_FALSE(sum.evaluate(Config{{9, 9}}).has_value());
}

TEST(ParseConstraint, ExcludesConfigs) {
  const Constraint constraint = *parse_constraint("  tile_h * threads <= 256 ", knobs());
  EXPECT_EQ(constraint.text, "tile_h * threads <= 256");
  const Space space = *Space::create(knobs(), {constraint});
  EXPECT_TRUE(space.allows(config()));
  EXPECT_FALSE(space.allows(*space.parse(std::vector<std::string>{"tile_h=56", "threads=32"})));
}

TEST(ParseConstraint, RefusesAName) {
  EXPECT_THAT(parse_constraint("layout", knobs()).error().message, HasSubstr("true or false"));
}

TEST(ParseConstraint, ReadsConditionsOfRecordedSpaces) {
  std::vector<Knob> gpu;
  for (const char* name : {"MWG", "MDIMC", "VWM", "KWG", "NDIMC", "MDIMA", "use_padding", "block_size_x"})
    gpu.push_back(number_knob(name, {0, 8, 16, 32, 128}));
  for (const char* text : {"MWG % (MDIMC * VWM) == 0", "use_padding==0 or block_size_x % 32 != 0",
                           "KWG % ((MDIMC * NDIMC)/MDIMA) == 0", "not (MWG == 128 and MDIMC == 8)",
                           "(((block_size_x*MWG+(VWM-1)))*((MDIMC*MDIMC+(VWM-1)))) < 12*1024",
                           "32 <= block_size_x * MWG <= 1024"}) {
    const Result<Constraint> constraint = parse_constraint(text, gpu);
    ASSERT_TRUE(constraint.ok()) << constraint.error().message;
    const Space space = *Space::create(gpu, {*constraint});
    EXPECT_TRUE(space.sample(*std::make_unique<Random>(1)).has_value()) << text;
  }
}

TEST(ExpressionName, QuotesWhatIsNoPlainWord) {
  EXPECT_EQ(expression_name("tile_h"), "tile_h");
  EXPECT_EQ(expression_name("in"), "`in`");
  EXPECT_EQ(expression_name("a `b\\"), "`a \\`b\\\\`");
  EXPECT_EQ(expression_text("it's"), "'it\\'s'");
}

TEST(Expression, ComparesSetsByWhatIsInThem) {
  EXPECT_EQ(value("{tile_h, 2} < {8, 2, 3}"), "1");
  EXPECT_EQ(value("{tile_h, 2} < {8, 2}"), "0");
  EXPECT_EQ(value("{tile_h, 2} <= {8, 2}"), "1");
  EXPECT_EQ(value("{1, 2, 8} > {tile_h}"), "1");
  EXPECT_EQ(value("{1, 2} >= {tile_h}"), "0") << "there is no order of these two, and no error either";
  EXPECT_EQ(value("{1, 2} < {tile_h, 9}"), "0");
  EXPECT_EQ(value("{3, 1} == {1, 3} != {1, tile_h}"), "1");
}

/// Python goes through a set in an order of its own: what depends on it is refused, all else is not.
TEST(Expression, KnowsNoOrderOfASet) {
  for (const char* text : {"list({3, tile_h})[0]", "tuple(set([3, 1]))[0]", "[x for x in {3, tile_h}][-1]",
                           "list({3, 1}) == [1, 3]", "list({3, 1})[:1] == [1]", "list({3, 1}) < [2]"})
    EXPECT_THAT(value(text), HasSubstr("sorted() gives one")) << text;
  // Where it cannot be seen in the text.
  EXPECT_EQ(value("list({3, 1} if tile_h > 1 else (3, 1))[0]"), "undefined");
  EXPECT_EQ(value("([0] + list({3, 1} if tile_h > 1 else (3, 1)))[1]"), "undefined");
  EXPECT_EQ(value("sorted({9, tile_h})[0]"), "8");
  for (const char* text :
       {"str({3, tile_h})", "str({3})", "str(set([1, 2]))", "str(range(3))", "str(list({3, 1}))"})
    EXPECT_THAT(value(text + std::string(" == 'x'")), HasSubstr("str of a set or a range is not read"))
        << text;
  EXPECT_EQ(value("len(list({3, 1, tile_h})) + sum([x for x in {1, 2}])"), "6");
  EXPECT_EQ(value("list({tile_h})[0]"), "8") << "one item has an order";
  EXPECT_EQ(value("8 in list({3, tile_h}) and list((3, 1))[0] == 3"), "1");
}

TEST(Expression, SortsTuplesAsPythonDoes) {
  EXPECT_EQ(value("sorted([(tile_h, 2), (8, 1), (3, 'x')])[1][1]"), "1");
  EXPECT_EQ(value("sorted([(1, 2), (1,)])[0] == (1,)"), "1");
  EXPECT_EQ(value("len(sorted([None]))"), "1");
  EXPECT_EQ(value("sorted([(1, 'x'), (tile_h, 1), (1, 2)])[2][0]"), "undefined");
  EXPECT_EQ(value("sorted([1, (tile_h, 1)])[0]"), "undefined");
}

TEST(Expression, ReadsNumbersInTextsAsPythonDoes) {
  EXPECT_EQ(value("tile_h < float('inf') and float(' -Infinity ') < 0"), "1");
  EXPECT_EQ(value("min(float('1e999'), tile_h)"), "8");
  EXPECT_EQ(value("float('+1_0.5') + int('1_000')"), "1010.5");
  EXPECT_EQ(value("int('0x10', 16) + int('-ff', 16) + int('0b11', 0) + int('z', 36) + int('0x_1f', 16)"),
            "-170");
  EXPECT_EQ(value("int('00', 0) + int('010', 8) + int(' 11 ', 2)"), "11");
  for (const char* text : {"int('010', 0)", "int('1__0')", "float('1_e5')", "int('0x', 16)", "int('9', 8)",
                           "int('1', 1)", "int('_1')", "float('+-1')"})
    EXPECT_EQ(value(text), "undefined") << text;
  EXPECT_THAT(value("int(tile_h, 16)"), HasSubstr("int takes a base only behind a text"));
  EXPECT_THAT(value("float('nan') < tile_h"), HasSubstr("formulas have no NaN"));
}

TEST(Expression, TakesTheInverseOfANegativePower) {
  EXPECT_EQ(value("pow(2, -1, 7)"), "4");
  EXPECT_EQ(value("pow(3, -2, -7)"), "-3");
  EXPECT_EQ(value("pow(tile_h, -1, 1)"), "0");
  EXPECT_EQ(value("pow(-3, -1, 1000000007)"), "666666671");
  EXPECT_EQ(value("pow(2, -1, tile_h)"), "undefined") << "they share a factor";
  EXPECT_EQ(value("pow(0, -1, 7)"), "undefined");
}

}  // namespace
}  // namespace tamis
