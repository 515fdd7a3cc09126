#include "experiment/report/page.h"

#include <array>
#include <utility>

namespace tamis::report {
namespace {

constexpr std::string_view kPlace = "%TAMIS_DATA%";

/// What could end a script or begin markup, and the two line ends that JSON allows in texts and JavaScript
/// once did not. In JSON they stand inside texts only, so an escape means the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kEscapes = {{
    {"<", "\\u003c"},
    {">", "\\u003e"},
    {"&", "\\u0026"},
    {"\xE2\x80\xA8", "\\u2028"},
    {"\xE2\x80\xA9", "\\u2029"},
}};

void append_escaped(std::string_view document, std::string& page) {
  size_t done = 0;
  for (size_t i = document.find_first_of("<>&\xE2"); i != std::string_view::npos;
       i = document.find_first_of("<>&\xE2", i + 1)) {
    for (const auto& [text, escape] : kEscapes) {
      if (document.compare(i, text.size(), text) != 0) continue;
      page.append(document.substr(done, i - done)).append(escape);
      done = i + text.size();
      break;
    }
  }
  page.append(document.substr(done));
}

}  // namespace

std::string fill_page(std::string_view page, std::string_view document) {
  const size_t place = page.find(kPlace);
  std::string filled(page.substr(0, place));
  filled.reserve(page.size() + document.size() + document.size() / 64);
  append_escaped(document, filled);
  if (place != std::string_view::npos) filled.append(page.substr(place + kPlace.size()));
  return filled;
}

}  // namespace tamis::report
