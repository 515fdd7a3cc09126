// A server in C++: the tiles of a matrix transposition that runs in the server itself.
//
//     tamis tune transpose --target command --serve build/release/bin/transpose_server --trials 60

#include <chrono>
#include <cstdint>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;

constexpr int kSize = 1024;
constexpr int kScratchpadBytes = 32 * 1024;

struct Tiles {
  int rows, columns;
  bool buffered;  // whether a tile is copied into a scratchpad first
};

/// Transposes `from` into `to`, tile by tile.
void transpose(const std::vector<float>& from, std::vector<float>& to, const Tiles& tiles,
               std::vector<float>& scratchpad) {
  for (int y0 = 0; y0 < kSize; y0 += tiles.rows)
    for (int x0 = 0; x0 < kSize; x0 += tiles.columns) {
      const auto source = [&](int y, int x) { return from[static_cast<size_t>((y0 + y) * kSize + x0 + x)]; };
      if (tiles.buffered)
        for (int y = 0; y < tiles.rows; ++y)
          for (int x = 0; x < tiles.columns; ++x)
            scratchpad[static_cast<size_t>(x * tiles.rows + y)] = source(y, x);
      for (int x = 0; x < tiles.columns; ++x)
        for (int y = 0; y < tiles.rows; ++y)
          to[static_cast<size_t>((x0 + x) * kSize + y0 + y)] =
              tiles.buffered ? scratchpad[static_cast<size_t>(x * tiles.rows + y)] : source(y, x);
    }
}

Json describe(const Json& request) {
  return {{"tamis", 1},
          {"name", request.at("workload")},
          {"requests", {"run", "features"}},
          {"knobs",
           {{"rows", {{"powers_of_two", {1, kSize}}}},
            {"columns", {{"powers_of_two", {1, kSize}}}},
            {"buffered", {0, 1}}}},
          {"default", {{"rows", kSize}, {"columns", 1}, {"buffered", 0}}}};
}

Tiles tiles_of(const Json& request) {
  const Json& config = request.at("config");
  return {config.at("rows"), config.at("columns"), config.at("buffered") == 1};
}

/// What can be told of a config without running it.
Json features(const Json& request) {
  const Tiles tiles = tiles_of(request);
  return {{"features", {{"tile_bytes", tiles.rows * tiles.columns * 4}}}};
}

Json run(const Json& request) {
  const Tiles tiles = tiles_of(request);
  if (tiles.buffered && tiles.rows * tiles.columns * 4 > kScratchpadBytes)
    return {{"verdict", "resource_exceeded"}, {"message", "the tile does not fit the scratchpad of 32 KiB"}};
  std::vector<float> from(static_cast<size_t>(kSize) * kSize);
  std::vector<float> to(from.size());
  std::vector<float> scratchpad(kScratchpadBytes / sizeof(float));
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i % 1001);
  Json samples = Json::array();
  for (int repetition = 0; repetition < 3; ++repetition) {
    const auto begin = std::chrono::steady_clock::now();
    transpose(from, to, tiles, scratchpad);
    const std::chrono::nanoseconds elapsed = std::chrono::steady_clock::now() - begin;
    samples.push_back(elapsed.count());
  }
  for (size_t y = 0; y < kSize; ++y)
    for (size_t x = 0; x < kSize; ++x)
      if (to[x * kSize + y] != from[y * kSize + x])
        return {{"verdict", "wrong_result"}, {"message", "a wrong element"}};
  return {{"latencies_ns", std::move(samples)}};
}

/// The answer to a line, whatever it is.
Json answer(const std::string& line) {
  static const std::map<std::string, Json (*)(const Json&)> requests = {
      {"describe", describe}, {"features", features}, {"run", run}};
  Json id;
  try {
    const Json request = Json::parse(line);
    id = request.at("id");
    Json reply = requests.at(request.at("request"))(request);
    reply["id"] = id;
    return reply;
  } catch (const std::exception& error) {
    return {{"id", id}, {"error", error.what()}};
  }
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << answer(line).dump() << std::endl;
}
