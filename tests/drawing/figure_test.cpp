#include "drawing/figure.h"

#include <cmath>

#include <gmock/gmock.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Members are set one by one: GCC 12 takes longer initializers for uninitialized reads.
BarPanel bars(const std::string& title, std::vector<std::string> names, std::vector<BarRow> rows) {
  BarPanel panel;
  panel.title = title;
  panel.names = std::move(names);
  panel.rows = std::move(rows);
  return panel;
}

LinePanel lines(std::vector<LineSeries> series) {
  LinePanel panel;
  panel.title = "Lines & <marks>";
  panel.x_axis.logarithmic = true;
  panel.y_axis.percent = true;
  panel.series = std::move(series);
  return panel;
}

StripPanel strips(std::vector<StripRow> rows) {
  StripPanel panel;
  panel.axis.logarithmic = true;
  panel.rows = std::move(rows);
  return panel;
}

SpanPanel spans(std::vector<SpanKind> kinds, std::vector<SpanRow> rows) {
  SpanPanel panel;
  panel.title = "Spans";
  panel.note = "a note";
  panel.kinds = std::move(kinds);
  panel.rows = std::move(rows);
  return panel;
}

Figure figure(const std::string& title, std::vector<Panel> panels, size_t columns) {
  Figure made;
  made.title = title;
  made.panels = std::move(panels);
  made.columns = columns;
  return made;
}

Figure every_kind() {
  std::vector<Panel> panels;
  panels.emplace_back(lines({{"first", {1, 10, 100}, {0.1, 0.5, 0.9}, {0.0, 0.4, 0.8}, {0.2, 0.6, 1.0}},
                             {"second", {1, 10, 100}, {0.2, 0.3, 0.4}, {}, {}}}));
  panels.emplace_back(bars("Bars", {"valid", "invalid"}, {{"a", {1, 2}, "3"}, {"b", {2, 1}, "3"}}));
  panels.emplace_back(strips({{"one", {3, 4, 5}, 2, 4.0, 3.0, 5.0}, {"none", {}, 3}}));
  return figure("Every kind of panel", std::move(panels), 2);
}

uint32_t big_endian(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

TEST(Figure, IsDrawnAsSvg) {
  const auto svg = draw_svg(every_kind());
  ASSERT_TRUE(svg.ok());
  EXPECT_THAT(*svg, StartsWith("<?xml"));
  EXPECT_THAT(*svg, HasSubstr("</svg>"));
}

TEST(Figure, IsDrawnAsPngOfTwiceTheSize) {
  const auto png = draw_png(every_kind());
  ASSERT_TRUE(png.ok());
  EXPECT_THAT(*png, StartsWith("\x89PNG"));
  EXPECT_EQ(big_endian(*png, 16), 2U * 920U);
  EXPECT_GT(big_endian(*png, 20), 800U);
}

TEST(Figure, IsTheSameEveryTime) { EXPECT_EQ(*draw_png(every_kind()), *draw_png(every_kind())); }

TEST(Figure, MayBeEmpty) {
  EXPECT_TRUE(draw_svg(Figure()).ok());
  std::vector<Panel> panels;
  panels.emplace_back(LinePanel());
  panels.emplace_back(BarPanel());
  panels.emplace_back(StripPanel());
  panels.emplace_back(SpanPanel());
  EXPECT_TRUE(draw_png(figure("nothing", std::move(panels), 1)).ok());
}

TEST(Figure, LeavesOutWhatIsNotFinite) {
  const double nan = std::nan("");
  std::vector<Panel> panels;
  panels.emplace_back(lines({{"x", {-1, 0, 1, INFINITY}, {nan, 1, INFINITY, 2}, {nan}, {1, 2}}}));
  panels.emplace_back(bars("", {"p"}, {{"row", {nan, 3}, ""}, {"row", {-1}, ""}, {"row", {}, ""}}));
  panels.emplace_back(strips({{"s", {nan, 0, -5, INFINITY}, 1, 0.0, -1.0, nan}}));
  EXPECT_TRUE(draw_png(figure("odd", std::move(panels), 3)).ok());
}

TEST(Figure, ShortensLongLabels) {
  const std::string longest(500, 'w');
  std::vector<Panel> panels;
  panels.emplace_back(bars(longest, {longest}, {{longest, {1}, ""}}));
  EXPECT_TRUE(draw_png(figure(longest, std::move(panels), 1)).ok());
}

TEST(Figure, DrawsSpansInAWidePanel) {
  const double nan = std::nan("");
  std::vector<Panel> panels;
  panels.emplace_back(spans({{"work", "W", 0, 0.5, false}, {"waits", "", 1, 1.0, true}},
                            {{"engine", {{0, 0, 5}, {1, 5, 9}, {0, nan, 9}, {7, 1, 2}}}, {"idle", {}}}));
  const auto png = draw_png(figure("", std::move(panels), 1));
  ASSERT_TRUE(png.ok());
  EXPECT_EQ(big_endian(*png, 16), 2U * (1080U + 2U * 18U));
}

TEST(Figure, HasColoursForAnyNumberOfSeries) {
  std::vector<LineSeries> series;
  for (int i = 0; i < 30; ++i)
    series.push_back({"series " + std::to_string(i), {0, 1}, {0.0, 1.0 * i}, {}, {}});
  std::vector<Panel> panels;
  panels.emplace_back(lines(std::move(series)));
  EXPECT_TRUE(draw_png(figure("many", std::move(panels), 1)).ok());
}

}  // namespace
}  // namespace tamis
