#pragma once

#include <string_view>

namespace tamis {

// What files are, by what stands in them: for the formats whose readers lie in other files.

/// A table of T4: a list `results` at the top of a JSON object, whose rows have configurations; whatever
/// follows where the file is cut off.
bool looks_like_t4(std::string_view text);

/// A table of tamis: a first line with the columns that every one of them has.
bool looks_like_csv(std::string_view text);

/// A log of Ansor, TVM's auto_scheduler: JSON records whose `i` begins with a workload key in JSON.
bool looks_like_ansor(std::string_view text);

/// The first line that is neither empty nor a comment (`#`).
std::string_view first_record(std::string_view text);

}  // namespace tamis
