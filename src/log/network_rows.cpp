#include "log/network_rows.h"

#include "log/schema.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tamis {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr int64_t kNoPart = -1;  // in `first_part` and `second_part` of a task that the network needs

Result<int64_t> insert_network(const Database& database, const NetworkRecord& network) {
  TAMIS_ASSIGN(Statement insert,
               database.prepare("INSERT INTO networks (name, tasks, started_unix_ms) VALUES (?, ?, ?)"));
  insert.bind(0, network.name);
  insert.bind(1, static_cast<int64_t>(network.tasks));
  insert.bind(2, network.started_unix_ms);
  TAMIS_TRY(insert.run());
  return database.last_row_id();
}

Status insert_layers(const Database& database, int64_t network, const std::vector<NetworkLayer>& layers) {
  for (const NetworkLayer& layer : layers) TAMIS_TRY(add_layer_row(database, network, layer));
  return {};
}

/// Nothing for a row that no tamis wrote.
std::optional<NetworkLayer> read_layer(const Statement& row) {
  NetworkLayer layer;
  if (row.integer(1) < 0 || row.integer(3) < 1) return std::nullopt;
  layer.place = static_cast<uint64_t>(row.integer(1));
  layer.session = row.integer(2);
  layer.occurrences = static_cast<uint64_t>(row.integer(3));
  const int64_t first = row.integer(4), second = row.integer(5);
  if (first == kNoPart && second == kNoPart) return layer;
  if (first < 0 || second < 0) return std::nullopt;
  layer.parts = {static_cast<uint64_t>(first), static_cast<uint64_t>(second)};
  return layer;
}

Error damaged(const Database& database, int64_t network) {
  return corrupt(fmt::format("{}: network {} has a layer that no tamis wrote; the log is damaged",
                             database.path(), network));
}

Status read_layers(const Database& database, std::vector<NetworkRecord>& networks) {
  TAMIS_ASSIGN(Statement rows,
               database.prepare("SELECT network, place, session, occurrences, first_part, second_part "
                                "FROM network_layers ORDER BY network, place"));
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    const int64_t id = rows.integer(0);
    const auto network = std::find_if(networks.begin(), networks.end(),
                                      [&](const NetworkRecord& one) { return one.id == id; });
    const std::optional<NetworkLayer> layer = read_layer(rows);
    if (network == networks.end() || !layer) return damaged(database, id);
    network->layers.push_back(*layer);
  }
}

}  // namespace

Result<int64_t> add_network_row(Database& database, const NetworkRecord& network) {
  TAMIS_TRY(database.execute("BEGIN IMMEDIATE"));
  Result<int64_t> id = insert_network(database, network);
  Status added = id.ok() ? insert_layers(database, *id, network.layers) : Status(id.error());
  TAMIS_TRY(end_transaction(database, std::move(added)));
  return id;
}

Status add_layer_row(const Database& database, int64_t network, const NetworkLayer& layer) {
  TAMIS_ASSIGN(Statement insert,
               database.prepare("INSERT INTO network_layers (network, place, session, occurrences, "
                                "first_part, second_part) VALUES (?, ?, ?, ?, ?, ?)"));
  const auto part = [&](size_t i) { return layer.parts ? static_cast<int64_t>((*layer.parts)[i]) : kNoPart; };
  insert.bind(0, network);
  insert.bind(1, static_cast<int64_t>(layer.place));
  insert.bind(2, layer.session);
  insert.bind(3, static_cast<int64_t>(layer.occurrences));
  insert.bind(4, part(0));
  insert.bind(5, part(1));
  Status inserted = insert.run();
  if (!inserted.ok() && database.error_code() == SQLITE_CONSTRAINT_PRIMARYKEY)
    return invalid_input(
        fmt::format("{}: network {} already has a layer at place {}", database.path(), network, layer.place));
  if (!inserted.ok() && database.error_code() == SQLITE_CONSTRAINT_FOREIGNKEY)
    return invalid_input(fmt::format("{}: there is no network {} or no session {} in this log",
                                     database.path(), network, layer.session));
  return inserted;
}

Result<std::vector<NetworkRecord>> read_network_rows(const Database& database) {
  std::vector<NetworkRecord> networks;
  TAMIS_ASSIGN(const int64_t version, database.integer("PRAGMA user_version"));
  if (version < kNetworksSince) return networks;  // an older log that is only read
  TAMIS_ASSIGN(Statement rows,
               database.prepare("SELECT id, name, tasks, started_unix_ms FROM networks ORDER BY id"));
  for (;;) {
    TAMIS_ASSIGN(const bool more, rows.step());
    if (!more) break;
    NetworkRecord& network = networks.emplace_back();
    network.id = rows.integer(0);
    network.name = rows.text(1);
    network.tasks = static_cast<uint64_t>(std::max<int64_t>(rows.integer(2), 0));
    network.started_unix_ms = rows.integer(3);
  }
  TAMIS_TRY(read_layers(database, networks));
  return networks;
}

}  // namespace tamis
