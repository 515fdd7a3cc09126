#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tamis {

/// Parses one JSON document (UTF-8, no comments). `origin` names it in the error (a path, "--json argument",
/// ...). Errors: corrupt, with the line and column where parsing stopped; nesting deeper than 200 and a key
/// that one object has twice are refused.
Result<Json> parse_json(std::string_view text, const std::string& origin);

/// Reads and parses a JSON file; one whose first bytes are gzip's is decompressed first.
Result<Json> read_json(const std::string& path);

/// JSON as Python's `json.dumps` writes it with its usual settings: a blank after commas and colons, ASCII
/// only, a real number always with a point or an exponent. Logs of Python programs come out as they went in.
/// Thread safe.
std::string python_json(const Json& json);

/// Reads members of one JSON object with errors that name the object and the key.
///
///     JsonObject object(json, "workload file layers.json");
///     TAMIS_TRY(object.allow_only({"operator", "n"}));
///     TAMIS_ASSIGN(int64_t n, object.integer("n", 1, 1024));
class JsonObject {
 public:
  /// `json` must outlive this. A `json` that is not an object makes every call fail with a clear error.
  JsonObject(const Json& json, std::string origin) : json_(json), origin_(std::move(origin)) {}

  /// Fails on the first key that is not in the list, naming it and the nearest allowed one.
  Status allow_only(std::initializer_list<std::string_view> keys) const;
  bool has(std::string_view key) const;
  /// The member, or an error when it is missing.
  Result<const Json*> member(std::string_view key) const;
  /// An integer between low and high (inclusive).
  Result<int64_t> integer(std::string_view key, int64_t low, int64_t high) const;
  /// As above, with a value for a missing key.
  Result<int64_t> integer_or(std::string_view key, int64_t fallback, int64_t low, int64_t high) const;
  Result<double> number(std::string_view key) const;
  Result<bool> boolean_or(std::string_view key, bool fallback) const;
  Result<std::string> string(std::string_view key) const;
  Result<std::string> string_or(std::string_view key, const std::string& fallback) const;
  const std::string& origin() const { return origin_; }

 private:
  const Json& json_;
  std::string origin_;
};

}  // namespace tamis
