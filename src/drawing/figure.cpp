#include "drawing/figure.h"

#include "drawing/canvas.h"
#include "drawing/panels.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tamis {
namespace {

constexpr double kMargin = 18.0;
constexpr double kBetween = 24.0;
constexpr double kHeading = 30.0;
constexpr double kLegendRow = 20.0;
constexpr TextStyle kHeadingStyle{14.0, true};
constexpr TextStyle kLegendStyle{11.0};

/// Lines and parts are named by the legend, the rows of strips by their labels.
struct Names {
  ColourKey key;
  size_t in_legend = 0;
};

Names names_of(const Figure& figure) {
  Names names;
  for (const Panel& panel : figure.panels) {
    if (const auto* lines = std::get_if<LinePanel>(&panel))
      for (const LineSeries& series : lines->series) names.key.add(series.name);
    if (const auto* bars = std::get_if<BarPanel>(&panel))
      for (const std::string& name : bars->names) names.key.add(name);
  }
  names.in_legend = names.key.names().size();
  for (const Panel& panel : figure.panels)
    if (const auto* strips = std::get_if<StripPanel>(&panel))
      for (const StripRow& row : strips->rows) names.key.add(row.label);
  return names;
}

double entry_width(const std::string& name) { return 48.0 + measured_width(name, kLegendStyle); }

/// The rows that the legend breaks into: for each entry its place.
std::vector<Point> legend_places(const Names& names, double width) {
  std::vector<Point> places;
  Point next;
  for (size_t i = 0; i < names.in_legend; ++i) {
    const double needed = entry_width(names.key.names()[i]);
    if (next.x > 0.0 && next.x + needed > width) next = {0.0, next.y + kLegendRow};
    places.push_back(next);
    next.x += needed;
  }
  return places;
}

class Layout {
 public:
  explicit Layout(const Figure& figure) : figure_(figure), names_(names_of(figure)) {
    columns_ = std::clamp<size_t>(figure.columns, 1, std::max<size_t>(1, figure.panels.size()));
    for (const Panel& panel : figure.panels) panel_width_ = std::max(panel_width_, panel_width(panel));
    width_ = 2.0 * kMargin + static_cast<double>(columns_) * (panel_width_ + kBetween) - kBetween;
    places_ = legend_places(names_, width_ - 2.0 * kMargin);
    const double legend = places_.empty() ? 0.0 : places_.back().y + kLegendRow + 6.0;
    top_ = kMargin + (figure.title.empty() ? 0.0 : kHeading) + legend;
    place_panels();
  }

  double width() const { return width_; }
  double height() const { return height_; }

  void paint(Canvas& canvas) const {
    canvas.text({kMargin, kMargin + 14.0}, figure_.title, kHeadingStyle);
    paint_legend(canvas);
    for (size_t i = 0; i < frames_.size(); ++i) draw_panel(canvas, figure_.panels[i], frames_[i], names_.key);
  }

 private:
  void place_panels() {
    double y = top_;
    for (size_t begin = 0; begin < figure_.panels.size(); begin += columns_) {
      double highest = 0.0;
      for (size_t i = begin; i < std::min(begin + columns_, figure_.panels.size()); ++i) {
        const double x = kMargin + static_cast<double>(i - begin) * (panel_width_ + kBetween);
        const double height = panel_height(figure_.panels[i]);
        frames_.push_back({x, y, panel_width_, height});
        highest = std::max(highest, height);
      }
      y += highest + kBetween / 2.0;
    }
    height_ = y + kMargin / 2.0;
  }

  void paint_legend(Canvas& canvas) const {
    const double top = kMargin + (figure_.title.empty() ? 0.0 : kHeading);
    for (size_t i = 0; i < places_.size(); ++i) {
      const Point at{kMargin + places_[i].x, top + places_[i].y + 10.0};
      const std::array<Point, 2> line = {{{at.x, at.y - 4.0}, {at.x + 22.0, at.y - 4.0}}};
      if (has_lines()) {
        canvas.line(line, series_colour(i), 2.2, series_dashes(i));
      } else {
        canvas.rectangle({at.x + 6.0, at.y - 9.0}, 12.0, 12.0, series_colour(i));
      }
      canvas.text({at.x + 27.0, at.y}, names_.key.names()[i], kLegendStyle);
    }
  }

  bool has_lines() const {
    return std::any_of(figure_.panels.begin(), figure_.panels.end(),
                       [](const Panel& panel) { return std::holds_alternative<LinePanel>(panel); });
  }

  const Figure& figure_;
  Names names_;
  size_t columns_ = 1;
  double panel_width_ = panel_width(Panel()), width_ = 0.0, height_ = 0.0, top_ = 0.0;
  std::vector<Point> places_;
  std::vector<Frame> frames_;
};

Result<std::string> draw(const Figure& figure, PictureFormat format) {
  const Layout layout(figure);
  return paint_picture(format, layout.width(), layout.height(),
                       [&](Canvas& canvas) { layout.paint(canvas); });
}

}  // namespace

Status drawing_supported() { return {}; }

Result<std::string> draw_svg(const Figure& figure) { return draw(figure, PictureFormat::svg); }
Result<std::string> draw_png(const Figure& figure) { return draw(figure, PictureFormat::png); }

}  // namespace tamis
