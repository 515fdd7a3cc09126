#include "drawing/panels.h"

#include "drawing/scale.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tamis {
namespace {

/// Sizes that all panels share, in points.
constexpr double kTitleHeight = 25.0;
constexpr double kAxisHeight = 38.0;  ///< tick labels and the axis' own label
constexpr double kRowHeight = 20.0;   ///< of bars and strips
constexpr double kGap = 8.0;
constexpr double kLinesHeight = 210.0;
constexpr double kYAxisWidth = 58.0;
constexpr double kUsualWidth = 430.0;
constexpr double kSpanWidth = 1080.0;  ///< of panels of spans
constexpr double kSpanRowHeight = 30.0;
constexpr double kNoteHeight = 18.0;
constexpr double kSpanLegendRow = 18.0;
constexpr double kSpanLegendColumn = 148.0;

constexpr TextStyle kTitleStyle{12.0, true};
constexpr TextStyle kLabelStyle{10.5};

/// Where a panel's data is drawn, once title, labels and axes have their room.
struct PlotArea {
  double left = 0.0, right = 0.0, top = 0.0, bottom = 0.0;
};

/// A text cut at its end, with an ellipsis, so that it is no wider than `width`.
std::string shortened(Canvas& canvas, const std::string& text, const TextStyle& style, double width) {
  if (canvas.text_width(text, style) <= width) return text;
  std::string cut = text;
  do {
    // Not in the middle of a character of several bytes.
    while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0) == 0x80) cut.pop_back();
    if (!cut.empty()) cut.pop_back();
  } while (!cut.empty() && canvas.text_width(cut + "…", style) > width);
  return cut + "…";
}

/// The plot area of a panel of labelled rows, and its title and labels drawn.
PlotArea draw_row_labels(Canvas& canvas, const std::string& title, const std::vector<std::string>& labels,
                         const Frame& frame, double row_height = kRowHeight) {
  double widest = 0.0;
  for (const std::string& label : labels) widest = std::max(widest, canvas.text_width(label, kLabelStyle));
  widest = std::min(widest, frame.width * 0.4);
  const PlotArea area{frame.x + widest + kGap, frame.x + frame.width - kGap, frame.y + kTitleHeight,
                      frame.y + kTitleHeight + static_cast<double>(labels.size()) * row_height};
  canvas.text({frame.x, frame.y + 13.0}, shortened(canvas, title, kTitleStyle, frame.width), kTitleStyle);
  TextStyle style = kLabelStyle;
  style.align = Align::right;
  for (size_t i = 0; i < labels.size(); ++i)
    canvas.text({area.left - kGap, area.top + (static_cast<double>(i) + 0.5) * row_height + 3.5},
                shortened(canvas, labels[i], style, widest), style);
  return area;
}

/// Grid lines, tick labels and label of a horizontal axis below the area.
void draw_x_axis(Canvas& canvas, const Axis& axis, const Scale& scale, const PlotArea& area) {
  TextStyle style = kLabelStyle;
  style.align = Align::centre;
  style.colour = kFaintInk;
  for (const Tick& tick : scale.ticks()) {
    const double x = scale(tick.value);
    const std::array<Point, 2> line = {{{x, area.top}, {x, area.bottom}}};
    canvas.line(line, kGrid, 0.8);
    canvas.text({x, area.bottom + 14.0}, tick.label, style);
  }
  style.colour = kInk;
  canvas.text({(area.left + area.right) / 2.0, area.bottom + 29.0}, axis.label, style);
}

/// The same for a vertical axis at its left.
void draw_y_axis(Canvas& canvas, const Axis& axis, const Scale& scale, const PlotArea& area) {
  TextStyle style = kLabelStyle;
  style.align = Align::right;
  style.colour = kFaintInk;
  double widest = 0.0;
  for (const Tick& tick : scale.ticks()) {
    const double y = scale(tick.value);
    const std::array<Point, 2> line = {{{area.left, y}, {area.right, y}}};
    canvas.line(line, kGrid, 0.8);
    canvas.text({area.left - 6.0, y + 3.5}, tick.label, style);
    widest = std::max(widest, canvas.text_width(tick.label, style));
  }
  style.colour = kInk;
  style.align = Align::centre;
  style.upwards = true;
  canvas.text({area.left - widest - 14.0, (area.top + area.bottom) / 2.0}, axis.label, style);
}

/// The least and the largest of the values seen that an axis can show.
struct Range {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  void add(double value, bool logarithmic) {
    if (!std::isfinite(value) || (logarithmic && value <= 0.0)) return;
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

Scale make_scale(const Axis& axis, const std::vector<double>& values, double from, double to) {
  Range range;
  for (const double value : values) range.add(value, axis.logarithmic);
  return {axis, range.least, range.most, from, to};
}

std::vector<double> all_of(const LinePanel& panel, bool x_values) {
  std::vector<double> all;
  for (const LineSeries& series : panel.series)
    for (const auto* values : {x_values ? &series.x : &series.y, x_values ? &series.x : &series.low,
                               x_values ? &series.x : &series.high})
      all.insert(all.end(), values->begin(), values->end());
  return all;
}

struct Axes {
  Scale x, y;
};

void draw_band(Canvas& canvas, const LineSeries& series, const Axes& axes, const Colour& colour) {
  const size_t count = std::min({series.x.size(), series.low.size(), series.high.size()});
  std::vector<Point> outline;
  for (size_t i = 0; i < count; ++i)
    if (axes.x.can_show(series.x[i]) && axes.y.can_show(series.high[i]))
      outline.push_back({axes.x(series.x[i]), axes.y(series.high[i])});
  for (size_t i = count; i-- > 0;)
    if (axes.x.can_show(series.x[i]) && axes.y.can_show(series.low[i]))
      outline.push_back({axes.x(series.x[i]), axes.y(series.low[i])});
  canvas.polygon(outline, colour.with_opacity(0.15));
}

void draw_line(Canvas& canvas, const LineSeries& series, const Axes& axes, size_t place) {
  std::vector<Point> points;
  for (size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i)
    if (axes.x.can_show(series.x[i]) && axes.y.can_show(series.y[i]))
      points.push_back({axes.x(series.x[i]), axes.y(series.y[i])});
  canvas.line(points, series_colour(place), 1.8, series_dashes(place));
  if (points.size() > 12) return;
  for (const Point& point : points) canvas.circle(point, 2.6, series_colour(place));
}

std::vector<std::string> labels_of(const auto& rows) {
  std::vector<std::string> labels;
  labels.reserve(rows.size());
  for (const auto& row : rows) labels.push_back(row.label);
  return labels;
}

/// One point of a strip: equal values are spread over the height of the row, so that all are seen.
double spread(size_t i) {
  constexpr std::array kSteps = {0.0, -3.0, 3.0, -1.5, 1.5, -4.5, 4.5};
  return kSteps[i % kSteps.size()];
}

void draw_strip(Canvas& canvas, const StripRow& row, const Scale& scale, double y, const Colour& colour) {
  if (row.p10 && row.p90) {
    const std::array<Point, 2> range = {{{scale(*row.p10), y}, {scale(*row.p90), y}}};
    canvas.line(range, colour.with_opacity(0.30), 9.0);
  }
  for (size_t i = 0; i < row.values.size(); ++i)
    if (scale.can_show(row.values[i]))
      canvas.circle({scale(row.values[i]), y + spread(i)}, 2.0, colour.with_opacity(0.75));
  for (size_t i = 0; i < std::min<size_t>(row.failed, 7); ++i)
    canvas.cross({scale.to() + 9.0, y + spread(i)}, 2.5, kInk);
  if (!row.median) return;
  const std::array<Point, 2> median = {{{scale(*row.median), y - 7.0}, {scale(*row.median), y + 7.0}}};
  canvas.line(median, kInk, 2.2);
}

Colour colour_of(const SpanKind& kind) { return series_colour(kind.colour).with_opacity(kind.opacity); }

/// A bar, or a line for what is thin, in the middle of a row.
void draw_span(Canvas& canvas, const SpanKind& kind, double left, double right, double y) {
  const double height = kind.thin ? 4.0 : kSpanRowHeight - 8.0;
  canvas.rectangle({left, y - height / 2.0}, right - left, height, colour_of(kind));
  TextStyle style = kLabelStyle;
  style.align = Align::centre;
  if (kind.thin || kind.mark.empty() || right - left < canvas.text_width(kind.mark, style) + 4.0) return;
  canvas.text({(left + right) / 2.0, y + 3.5}, kind.mark, style);
}

size_t legend_columns(double width) { return static_cast<size_t>(width / kSpanLegendColumn); }

void draw_legend(Canvas& canvas, const std::vector<SpanKind>& kinds, const Frame& frame) {
  const size_t columns = legend_columns(frame.width);
  for (size_t i = 0; i < kinds.size(); ++i) {
    const size_t row = i / columns;
    const double x = frame.x + static_cast<double>(i % columns) * kSpanLegendColumn;
    const double y = frame.y + (static_cast<double>(row) + 0.5) * kSpanLegendRow;
    const double height = kinds[i].thin ? 4.0 : 14.0;
    canvas.rectangle({x, y - height / 2.0}, 18.0, height, colour_of(kinds[i]));
    TextStyle style = kLabelStyle;
    style.align = Align::centre;
    if (!kinds[i].thin) canvas.text({x + 9.0, y + 3.5}, kinds[i].mark, style);
    canvas.text({x + 24.0, y + 3.5}, shortened(canvas, kinds[i].name, kLabelStyle, kSpanLegendColumn - 28.0),
                kLabelStyle);
  }
}

}  // namespace

double panel_width(const Panel& panel) {
  return std::holds_alternative<SpanPanel>(panel) ? kSpanWidth : kUsualWidth;
}

size_t ColourKey::add(const std::string& name) {
  const size_t place = of(name);
  if (place == names_.size()) names_.push_back(name);
  return place;
}

size_t ColourKey::of(std::string_view name) const {
  return static_cast<size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
}

double height_of(const LinePanel&) { return kTitleHeight + kLinesHeight + kAxisHeight; }
double height_of(const BarPanel& panel) {
  return kTitleHeight + static_cast<double>(panel.rows.size()) * kRowHeight + kAxisHeight;
}
double height_of(const StripPanel& panel) {
  return kTitleHeight + static_cast<double>(panel.rows.size()) * kRowHeight + kAxisHeight;
}

double height_of(const SpanPanel& panel) {
  const size_t columns = legend_columns(kSpanWidth);
  const size_t legend_rows = (panel.kinds.size() + columns - 1) / columns;
  return kTitleHeight + (panel.note.empty() ? 0.0 : kNoteHeight) +
         static_cast<double>(panel.rows.size()) * kSpanRowHeight + kAxisHeight +
         static_cast<double>(legend_rows) * kSpanLegendRow + kGap;
}

void draw(Canvas& canvas, const LinePanel& panel, const Frame& frame, const ColourKey& key) {
  canvas.text({frame.x, frame.y + 13.0}, shortened(canvas, panel.title, kTitleStyle, frame.width),
              kTitleStyle);
  const PlotArea area{frame.x + kYAxisWidth, frame.x + frame.width - kGap, frame.y + kTitleHeight,
                      frame.y + kTitleHeight + kLinesHeight};
  const Axes axes{make_scale(panel.x_axis, all_of(panel, true), area.left, area.right),
                  make_scale(panel.y_axis, all_of(panel, false), area.bottom, area.top)};
  draw_x_axis(canvas, panel.x_axis, axes.x, area);
  draw_y_axis(canvas, panel.y_axis, axes.y, area);
  canvas.clipped({area.left - 3.0, area.top - 3.0}, area.right - area.left + 6.0,
                 area.bottom - area.top + 6.0, [&] {
                   for (const LineSeries& series : panel.series)
                     draw_band(canvas, series, axes, series_colour(key.of(series.name)));
                   for (const LineSeries& series : panel.series)
                     draw_line(canvas, series, axes, key.of(series.name));
                 });
}

void draw(Canvas& canvas, const BarPanel& panel, const Frame& frame, const ColourKey& key) {
  PlotArea area = draw_row_labels(canvas, panel.title, labels_of(panel.rows), frame);
  double widest_note = 0.0;
  std::vector<double> totals = {0.0};
  for (const BarRow& row : panel.rows) {
    double total = 0.0;
    for (const double part : row.parts) total += std::isfinite(part) ? part : 0.0;
    totals.push_back(total);
    widest_note = std::max(widest_note, canvas.text_width(row.note, kLabelStyle));
  }
  if (widest_note > 0.0) area.right -= widest_note + kGap;
  const Scale scale = make_scale(panel.axis, totals, area.left, area.right);
  draw_x_axis(canvas, panel.axis, scale, area);
  for (size_t i = 0; i < panel.rows.size(); ++i) {
    const double y = area.top + (static_cast<double>(i) + 0.5) * kRowHeight;
    double begin = 0.0;
    for (size_t part = 0; part < std::min(panel.rows[i].parts.size(), panel.names.size()); ++part) {
      const double value = panel.rows[i].parts[part];
      if (!std::isfinite(value) || value <= 0.0) continue;
      canvas.rectangle({scale(begin), y - 7.0}, scale(begin + value) - scale(begin), 14.0,
                       series_colour(key.of(panel.names[part])));
      begin += value;
    }
    canvas.text({area.right + kGap, y + 3.5}, panel.rows[i].note, kLabelStyle);
  }
}

void draw(Canvas& canvas, const StripPanel& panel, const Frame& frame, const ColourKey& key) {
  PlotArea area = draw_row_labels(canvas, panel.title, labels_of(panel.rows), frame);
  area.right -= 16.0;  // the crosses of failed seeds
  std::vector<double> values;
  for (const StripRow& row : panel.rows) values.insert(values.end(), row.values.begin(), row.values.end());
  const Scale scale = make_scale(panel.axis, values, area.left, area.right);
  draw_x_axis(canvas, panel.axis, scale, area);
  for (size_t i = 0; i < panel.rows.size(); ++i)
    draw_strip(canvas, panel.rows[i], scale, area.top + (static_cast<double>(i) + 0.5) * kRowHeight,
               series_colour(key.of(panel.rows[i].label)));
}

void draw(Canvas& canvas, const SpanPanel& panel, const Frame& frame, const ColourKey&) {
  Frame rows = frame;
  if (!panel.note.empty()) {
    canvas.text({frame.x, frame.y + 31.0}, shortened(canvas, panel.note, kLabelStyle, frame.width),
                kLabelStyle);
    rows.y += kNoteHeight;
  }
  canvas.text({frame.x, frame.y + 13.0}, shortened(canvas, panel.title, kTitleStyle, frame.width),
              kTitleStyle);
  const PlotArea area = draw_row_labels(canvas, "", labels_of(panel.rows), rows, kSpanRowHeight);
  std::vector<double> ends;
  for (const SpanRow& row : panel.rows)
    for (const TimedSpan& span : row.spans) ends.insert(ends.end(), {span.begin, span.end});
  const Scale scale = make_scale(panel.axis, ends, area.left, area.right);
  draw_x_axis(canvas, panel.axis, scale, area);
  for (size_t i = 0; i < panel.rows.size(); ++i) {
    const double y = area.top + (static_cast<double>(i) + 0.5) * kSpanRowHeight;
    for (const TimedSpan& span : panel.rows[i].spans)
      if (span.kind < panel.kinds.size() && std::isfinite(span.begin) && std::isfinite(span.end))
        draw_span(canvas, panel.kinds[span.kind], scale(span.begin), scale(span.end), y);
  }
  draw_legend(canvas, panel.kinds, {frame.x, area.bottom + kAxisHeight, frame.width, 0.0});
}

double panel_height(const Panel& panel) {
  return std::visit([](const auto& one) { return height_of(one); }, panel);
}

void draw_panel(Canvas& canvas, const Panel& panel, const Frame& frame, const ColourKey& key) {
  std::visit([&](const auto& one) { draw(canvas, one, frame, key); }, panel);
}

}  // namespace tamis
