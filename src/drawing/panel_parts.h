#pragma once

#include "drawing/canvas.h"
#include "drawing/panels.h"
#include "drawing/scale.h"

#include <string>
#include <vector>

namespace tamis {

/// Sizes that all panels share, in points.
inline constexpr double kTitleHeight = 25.0;
inline constexpr double kAxisHeight = 38.0;  ///< tick labels and the axis' own label
inline constexpr double kRowHeight = 20.0;   ///< of bars and strips
inline constexpr double kGap = 8.0;

inline constexpr TextStyle kTitleStyle{12.0, true};
inline constexpr TextStyle kLabelStyle{10.5};

/// Where a panel's data is drawn, once title, labels and axes have their room.
struct PlotArea {
  double left = 0.0, right = 0.0, top = 0.0, bottom = 0.0;
};

/// The plot area of a panel of labelled rows, and its title and labels drawn.
PlotArea draw_row_labels(Canvas& canvas, const std::string& title, const std::vector<std::string>& labels,
                         const Frame& frame);
/// Grid lines, tick labels and label of a horizontal axis below the area.
void draw_x_axis(Canvas& canvas, const Axis& axis, const Scale& scale, const PlotArea& area);
/// The same for a vertical axis at its left.
void draw_y_axis(Canvas& canvas, const Axis& axis, const Scale& scale, const PlotArea& area);

/// A text cut at its end, with an ellipsis, so that it is no wider than `width`.
std::string shortened(Canvas& canvas, const std::string& text, const TextStyle& style, double width);

}  // namespace tamis
