#pragma once

#include "tamis/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tamis {

/// Whether bytes begin as gzip data do. Thread safe.
bool is_gzip(std::string_view bytes);

/// `content` compressed. Errors: unsupported, after `origin`, for more than 4 GiB; io. Thread safe.
Result<std::string> gzip(std::string_view content, const std::string& origin);

/// What gzip() or another program compressed, in one member or several. Errors: corrupt, after `origin`, for
/// damaged data and for such as unpack to more than `most` bytes, of which a little more than `most` are in
/// memory at any time. Thread safe.
Result<std::string> gunzip(std::string_view packed, const std::string& origin, uint64_t most);

}  // namespace tamis
