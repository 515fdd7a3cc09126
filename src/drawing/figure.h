#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tamis {

/// An axis of numbers. Limits that are not given follow from what is drawn.
struct Axis {
  std::string label;
  bool logarithmic = false;  ///< for numbers above 0
  bool percent = false;      ///< 0.25 is labelled 25 %
  std::optional<double> low = std::nullopt, high = std::nullopt;
};

/// A line through points, with a band between `low` and `high` where they are given.
struct LineSeries {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low, high;  ///< empty, or one a point
};
struct LinePanel {
  std::string title;
  Axis x_axis, y_axis;
  std::vector<LineSeries> series;  ///< series of one name have one colour in all panels of a figure
};

/// Horizontal bars, each made of parts that follow one another.
struct BarRow {
  std::string label;
  std::vector<double> parts;  ///< one for each name of the panel
  std::string note;           ///< written behind the bar
};
struct BarPanel {
  std::string title;
  Axis axis;
  std::vector<std::string> names;  ///< of the parts; parts of one name have one colour in all panels
  std::vector<BarRow> rows;
};

/// One row of points for each label, with the median and the range from the 10th to the 90th percentile.
struct StripRow {
  std::string label;
  std::vector<double> values;
  size_t failed = 0;  ///< values beyond all others, drawn as crosses at the end of the row
  std::optional<double> median = std::nullopt, p10 = std::nullopt, p90 = std::nullopt;
};
struct StripPanel {
  std::string title;
  Axis axis;
  std::vector<StripRow> rows;  ///< rows of one label have one colour in all panels
};

/// What happened when: rows of spans along one axis, with a legend of its own below. Wider than other panels.
struct SpanKind {
  std::string name;
  std::string mark;      ///< written into spans that have room for it
  size_t colour = 0;     ///< the number of a series' colour
  double opacity = 1.0;  ///< shades of one colour
  bool thin = false;     ///< a line instead of a bar, for waiting
};
struct TimedSpan {
  size_t kind = 0;  ///< of the panel's kinds
  double begin = 0.0, end = 0.0;
};
struct SpanRow {
  std::string label;
  std::vector<TimedSpan> spans;
};
struct SpanPanel {
  std::string title;
  std::string note;  ///< below the title
  Axis axis;
  std::vector<SpanKind> kinds;
  std::vector<SpanRow> rows;
};

using Panel = std::variant<LinePanel, BarPanel, StripPanel, SpanPanel>;

/// Panels in a grid under a title, with a legend of the lines and parts.
struct Figure {
  std::string title;
  std::vector<Panel> panels;
  size_t columns = 2;  ///< panels side by side
};

/// Whether this build can draw figures. Errors: unsupported for a build without cairo (TAMIS_WITH_CAIRO=OFF).
Status drawing_supported();

/// The figure as an SVG document, or as a PNG picture at twice the size for sharp text. Colours are those of
/// Okabe and Ito (2008), which people with any kind of colour vision tell apart; lines differ in dashes too.
/// Text is in a sans-serif font of the system. Not finite numbers are left out. Thread safe. Errors:
/// internal, with cairo's own words; those of drawing_supported.
Result<std::string> draw_svg(const Figure& figure);
Result<std::string> draw_png(const Figure& figure);

}  // namespace tamis
