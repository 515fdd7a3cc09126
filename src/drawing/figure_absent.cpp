#include "drawing/figure.h"

// A build without cairo (TAMIS_WITH_CAIRO=OFF).

namespace tamis {

Status drawing_supported() {
  return unsupported(
      "this build of tamis has no cairo, so it cannot draw; build it with -DTAMIS_WITH_CAIRO=ON (Debian: "
      "libcairo2-dev)");
}

Result<std::string> draw_svg(const Figure&) { return drawing_supported().error(); }
Result<std::string> draw_png(const Figure&) { return drawing_supported().error(); }

}  // namespace tamis
