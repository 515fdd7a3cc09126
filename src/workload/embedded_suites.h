#pragma once

#include <span>
#include <string_view>

namespace tamis {

/// A suite file of data/suites as it was when tamis was built: its name and its JSON text.
struct EmbeddedSuite {
  std::string_view name;
  std::string_view json;
};

/// All of them, in alphabetical order. The build writes the definition from the files (CMakeLists.txt of this
/// room), so that the library needs no path to find them.
std::span<const EmbeddedSuite> embedded_suites();

}  // namespace tamis
