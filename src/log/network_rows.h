#pragma once

#include "log/sqlite.h"
#include "tamis/log.h"
#include "tamis/result.h"

#include <cstdint>
#include <vector>

namespace tamis {

/// Writes a network with its layers in one transaction and returns its id. Errors: invalid_input for two
/// layers at one place and for a session that the log does not hold; else as sqlite::Database.
Result<int64_t> add_network_row(sqlite::Database& database, const NetworkRecord& network);

/// Writes a layer of a network. Errors: likewise, and for a network that the log does not hold.
Status add_layer_row(const sqlite::Database& database, int64_t network, const NetworkLayer& layer);

/// All networks by id; none of a log that is too old to have any. Errors: corrupt for a row that no tamis
/// wrote; else as sqlite::Database.
Result<std::vector<NetworkRecord>> read_network_rows(const sqlite::Database& database);

}  // namespace tamis
