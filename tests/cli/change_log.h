#pragma once

#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace tamis::cli::testing {

/// Executes SQL on a file, as someone else than tamis would.
inline void change_log(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

}  // namespace tamis::cli::testing
