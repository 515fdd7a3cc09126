#pragma once

#include <map>
#include <string>
#include <vector>

namespace tamis::gpu {

/// Headers that sources of others include and that NVRTC lacks, by their names, as far as a source includes
/// them and no include folder has one of that name: what device code can use of `stdint.h`, `math.h` and
/// `float.h`, and nothing of those that are for host code or whose contents NVRTC knows by itself.
std::map<std::string, std::string> stand_in_headers(const std::string& source,
                                                    const std::vector<std::string>& include_folders);

}  // namespace tamis::gpu
