#pragma once

#include "tamis/result.h"

#include <functional>
#include <span>
#include <string>

typedef struct _cairo cairo_t;  // NOLINT(bugprone-reserved-identifier): cairo's own name

namespace tamis {

struct Colour {
  double red = 0.0, green = 0.0, blue = 0.0, opacity = 1.0;
  Colour with_opacity(double value) const { return {red, green, blue, value}; }
};

inline constexpr Colour kInk{0.13, 0.13, 0.13};
inline constexpr Colour kFaintInk{0.40, 0.40, 0.40};
inline constexpr Colour kGrid{0.88, 0.88, 0.88};

/// The colour of the i-th series: Okabe and Ito's, from the beginning again when there are more.
Colour series_colour(size_t i);
/// The dashes of the i-th series: solid, then others. Positions are lengths in points, drawn and left out.
std::span<const double> series_dashes(size_t i);

struct Point {
  double x = 0.0, y = 0.0;
};

enum class Align { left, centre, right };

struct TextStyle {
  double size = 11.0;  ///< points
  bool bold = false;
  Align align = Align::left;
  bool upwards = false;  ///< turned, to be read from the right
  Colour colour = kInk;
};

/// A sheet to draw on; points from the upper left corner.
class Canvas {
 public:
  explicit Canvas(cairo_t* context) : context_(context) {}

  void line(std::span<const Point> points, const Colour& colour, double width,
            std::span<const double> dashes = {});
  void polygon(std::span<const Point> points, const Colour& colour);
  void rectangle(Point corner, double width, double height, const Colour& colour);
  void circle(Point centre, double radius, const Colour& colour);
  void cross(Point centre, double radius, const Colour& colour);
  /// `at` is on the base line, at the side of the text that `align` says.
  void text(Point at, const std::string& text, const TextStyle& style);
  double text_width(const std::string& text, const TextStyle& style);
  /// Keeps what `draw` draws inside the rectangle.
  void clipped(Point corner, double width, double height, const std::function<void()>& draw);

 private:
  void set(const Colour& colour);
  void set(const TextStyle& style);
  cairo_t* context_;
};

/// How wide a text is, before there is a canvas: the layout of a sheet decides its size.
double measured_width(const std::string& text, const TextStyle& style);

enum class PictureFormat { svg, png };

/// A picture of that many points, painted by `paint`. Errors: internal.
Result<std::string> paint_picture(PictureFormat format, double width, double height,
                                  const std::function<void(Canvas&)>& paint);

}  // namespace tamis
