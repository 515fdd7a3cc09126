#pragma once

namespace tamis {

/// The version of the library and the command; CMakeLists.txt names the same (a test holds them together).
inline constexpr const char* kVersion = "0.1.0";

}  // namespace tamis
