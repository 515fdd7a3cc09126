#include "drawing/panel_parts.h"

#include <algorithm>
#include <array>

namespace tamis {

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

PlotArea draw_row_labels(Canvas& canvas, const std::string& title, const std::vector<std::string>& labels,
                         const Frame& frame) {
  double widest = 0.0;
  for (const std::string& label : labels) widest = std::max(widest, canvas.text_width(label, kLabelStyle));
  widest = std::min(widest, frame.width * 0.4);
  const PlotArea area{frame.x + widest + kGap, frame.x + frame.width - kGap, frame.y + kTitleHeight,
                      frame.y + kTitleHeight + static_cast<double>(labels.size()) * kRowHeight};
  canvas.text({frame.x, frame.y + 13.0}, shortened(canvas, title, kTitleStyle, frame.width), kTitleStyle);
  TextStyle style = kLabelStyle;
  style.align = Align::right;
  for (size_t i = 0; i < labels.size(); ++i)
    canvas.text({area.left - kGap, area.top + (static_cast<double>(i) + 0.5) * kRowHeight + 3.5},
                shortened(canvas, labels[i], style, widest), style);
  return area;
}

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

}  // namespace tamis
