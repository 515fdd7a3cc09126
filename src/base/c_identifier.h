#pragma once

#include <set>
#include <string>
#include <string_view>

namespace tamis {

/// Whether a text may be the name of a function in C: letters, digits and `_`, no digit first, no word of the
/// language, and none of the names that C keeps for itself.
bool is_c_identifier(std::string_view text);

/// The name of a workload as an identifier: whatever is no letter or digit becomes one `_`. `resnet18.C2` is
/// `resnet18_C2`.
std::string c_identifier(std::string_view workload);

/// The same, with `_2`, `_3`, ... behind it where that is needed to be none of `taken`, to which it is added.
std::string unique_c_identifier(std::string_view workload, std::set<std::string>& taken);

}  // namespace tamis
