// Formulas against what Python computes for them (tests/data/expressions).

#include "base/file.h"
#include "base/text.h"
#include "tamis/expression.h"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

namespace tamis {
namespace {

double number(const KnobValue& value) { return scalar(value); }

TEST(ExpressionPython, AgreesWithPython) {
  const std::vector<Knob> knobs = {number_knob("a", {3}),
                                   number_knob("b", {-2}),
                                   number_knob("c", {0}),
                                   number_knob("d", {7}),
                                   Knob{"e", KnobKind::number, {2.5}},
                                   number_knob("tile_h", {16})};
  const Config config{std::vector<uint32_t>(knobs.size(), 0)};
  int formulas = 0;
  for (const std::string& line : split_text(*read_file(TAMIS_TEST_DATA "/expressions/python.tsv"), '\n')) {
    if (line.empty()) continue;
    const std::vector<std::string> cells = split_text(line, '\t');
    const Result<Expression> parsed = Expression::parse(cells[0], knobs);
    ASSERT_TRUE(parsed.ok()) << cells[0] << ": " << parsed.error().message;
    const std::optional<KnobValue> value = parsed->evaluate(config);
    EXPECT_EQ(value.has_value(), cells[1] != "undefined") << line;
    if (value && cells[1] != "undefined") {
      const double expected = std::strtod(cells[1].c_str(), nullptr);
      EXPECT_NEAR(number(*value), expected, 1e-12 * std::max(1.0, std::abs(expected))) << line;
    }
    ++formulas;
  }
  EXPECT_EQ(formulas, 600);
}

}  // namespace
}  // namespace tamis
