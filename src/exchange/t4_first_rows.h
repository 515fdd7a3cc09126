#pragma once

#include "exchange/json_cursor.h"
#include "tamis/formats.h"

#include <optional>
#include <string>
#include <vector>

namespace tamis {

// What the first rows of a T4 table say of all of them. Each call takes a copy of the cursor at the first row
// of the list; one that is damaged or cut off there is read as far as it goes. Thread safe.

/// The knobs that most of these rows have, each once, in the order of the first of these.
std::vector<std::string> t4_knobs(JsonCursor rows);

/// The measurement that the options ask for. Nothing where they ask for none, and where they ask for the
/// latency as such, none is called so, and what the table says its objective is has to be asked of every row.
std::optional<std::string> t4_measurement(JsonCursor rows, const ReadOptions& options);

}  // namespace tamis
