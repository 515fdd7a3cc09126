#pragma once

#include <string>
#include <string_view>

namespace tamis {

/// A text as one word of a command line for a POSIX shell: in quotes where it holds anything but letters,
/// digits and `_.,:=+@%/-`. Thread safe.
std::string shell_word(std::string_view text);

}  // namespace tamis
