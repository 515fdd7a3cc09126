#pragma once

#include "drawing/canvas.h"
#include "drawing/figure.h"

#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// The names that are told apart by colour, in the order of their colours.
class ColourKey {
 public:
  /// The position of a name, which is added when it is new.
  size_t add(const std::string& name);
  /// The position of a name that was added.
  size_t of(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

/// A part of the sheet.
struct Frame {
  double x = 0.0, y = 0.0, width = 0.0, height = 0.0;
};

/// The width that a panel has, in points.
double panel_width(const Panel& panel);
/// The height that a panel wants, in points, title and axis included.
double panel_height(const Panel& panel);
/// Draws a panel into a frame of its height.
void draw_panel(Canvas& canvas, const Panel& panel, const Frame& frame, const ColourKey& key);

// Of one kind each; panel_height and draw_panel choose.
double height_of(const LinePanel& panel);
double height_of(const BarPanel& panel);
double height_of(const StripPanel& panel);
double height_of(const SpanPanel& panel);
void draw(Canvas& canvas, const LinePanel& panel, const Frame& frame, const ColourKey& key);
void draw(Canvas& canvas, const BarPanel& panel, const Frame& frame, const ColourKey& key);
void draw(Canvas& canvas, const StripPanel& panel, const Frame& frame, const ColourKey& key);
void draw(Canvas& canvas, const SpanPanel& panel, const Frame& frame, const ColourKey& key);

}  // namespace tamis
