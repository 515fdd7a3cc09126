#include "drawing/canvas.h"

#include <array>
#include <cmath>
#include <memory>
#include <numbers>

#include <cairo-svg.h>
#include <cairo.h>
#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kPixelsPerPoint = 2.0;

// Okabe and Ito, "Color Universal Design" (2008), black left out because text has it.
constexpr std::array kPalette = {Colour{0.000, 0.447, 0.698}, Colour{0.902, 0.624, 0.000},
                                 Colour{0.000, 0.620, 0.451}, Colour{0.835, 0.369, 0.000},
                                 Colour{0.800, 0.475, 0.655}, Colour{0.337, 0.706, 0.914},
                                 Colour{0.450, 0.450, 0.450}, Colour{0.941, 0.894, 0.259}};

constexpr std::array<double, 2> kDashed = {6.0, 3.0};
constexpr std::array<double, 2> kDotted = {1.5, 2.5};
constexpr std::array<double, 4> kMixed = {8.0, 3.0, 2.0, 3.0};

cairo_status_t append(void* text, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

struct Release {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using Surface = std::unique_ptr<cairo_surface_t, Release>;

Status check(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return {};
  return Error{ErrorKind::internal, fmt::format("cairo cannot draw: {}", cairo_status_to_string(status))};
}

}  // namespace

Colour series_colour(size_t i) { return kPalette[i % kPalette.size()]; }

std::span<const double> series_dashes(size_t i) {
  switch (i % 4) {
    case 1:
      return kDashed;
    case 2:
      return kMixed;
    case 3:
      return kDotted;
    default:
      return {};
  }
}

void Canvas::set(const Colour& colour) {
  cairo_set_source_rgba(context_, colour.red, colour.green, colour.blue, colour.opacity);
}

void Canvas::set(const TextStyle& style) {
  cairo_select_font_face(context_, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context_, style.size);
}

void Canvas::line(std::span<const Point> points, const Colour& colour, double width,
                  std::span<const double> dashes) {
  if (points.empty()) return;
  set(colour);
  cairo_set_line_width(context_, width);
  cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash(context_, dashes.data(), static_cast<int>(dashes.size()), 0.0);
  cairo_move_to(context_, points.front().x, points.front().y);
  for (const Point& point : points.subspan(1)) cairo_line_to(context_, point.x, point.y);
  cairo_stroke(context_);
}

void Canvas::polygon(std::span<const Point> points, const Colour& colour) {
  if (points.empty()) return;
  set(colour);
  cairo_move_to(context_, points.front().x, points.front().y);
  for (const Point& point : points.subspan(1)) cairo_line_to(context_, point.x, point.y);
  cairo_close_path(context_);
  cairo_fill(context_);
}

void Canvas::rectangle(Point corner, double width, double height, const Colour& colour) {
  set(colour);
  cairo_rectangle(context_, corner.x, corner.y, width, height);
  cairo_fill(context_);
}

void Canvas::circle(Point centre, double radius, const Colour& colour) {
  set(colour);
  cairo_new_sub_path(context_);
  cairo_arc(context_, centre.x, centre.y, radius, 0.0, 2.0 * std::numbers::pi);
  cairo_fill(context_);
}

void Canvas::cross(Point centre, double radius, const Colour& colour) {
  const std::array<Point, 2> down = {
      {{centre.x - radius, centre.y - radius}, {centre.x + radius, centre.y + radius}}};
  const std::array<Point, 2> up = {
      {{centre.x - radius, centre.y + radius}, {centre.x + radius, centre.y - radius}}};
  line(down, colour, 1.4);
  line(up, colour, 1.4);
}

void Canvas::text(Point at, const std::string& text, const TextStyle& style) {
  set(style);
  set(style.colour);
  const double width = text_width(text, style);
  const double back = style.align == Align::left ? 0.0 : style.align == Align::right ? width : width / 2.0;
  cairo_save(context_);
  cairo_translate(context_, at.x, at.y);
  if (style.upwards) cairo_rotate(context_, -std::numbers::pi / 2.0);
  cairo_move_to(context_, -back, 0.0);
  cairo_show_text(context_, text.c_str());
  cairo_restore(context_);
}

double Canvas::text_width(const std::string& text, const TextStyle& style) {
  set(style);
  cairo_text_extents_t extents;
  cairo_text_extents(context_, text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::clipped(Point corner, double width, double height, const std::function<void()>& draw) {
  cairo_save(context_);
  cairo_rectangle(context_, corner.x, corner.y, width, height);
  cairo_clip(context_);
  draw();
  cairo_restore(context_);
}

double measured_width(const std::string& text, const TextStyle& style) {
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  const std::unique_ptr<cairo_t, Release> context(cairo_create(surface.get()));
  return Canvas(context.get()).text_width(text, style);
}

Result<std::string> paint_picture(PictureFormat format, double width, double height,
                                  const std::function<void(Canvas&)>& paint) {
  std::string bytes;
  const bool svg = format == PictureFormat::svg;
  const double scale = svg ? 1.0 : kPixelsPerPoint;
  const auto pixels = [&](double points) { return static_cast<int>(std::ceil(points * scale)); };
  const Surface surface(svg ? cairo_svg_surface_create_for_stream(append, &bytes, width, height)
                            : cairo_image_surface_create(CAIRO_FORMAT_RGB24, pixels(width), pixels(height)));
  TAMIS_TRY(check(cairo_surface_status(surface.get())));
  {
    const std::unique_ptr<cairo_t, Release> context(cairo_create(surface.get()));
    cairo_scale(context.get(), scale, scale);
    Canvas canvas(context.get());
    canvas.rectangle({0, 0}, width, height, {1.0, 1.0, 1.0});
    paint(canvas);
    TAMIS_TRY(check(cairo_status(context.get())));
  }
  if (!svg) TAMIS_TRY(check(cairo_surface_write_to_png_stream(surface.get(), append, &bytes)));
  cairo_surface_finish(surface.get());
  TAMIS_TRY(check(cairo_surface_status(surface.get())));
  return bytes;
}

}  // namespace tamis
