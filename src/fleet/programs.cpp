#include "fleet/programs.h"

#include "base/text.h"
#include "fleet/signing.h"
#include "tamis/task.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

/// More parts than a program of the greatest length has at any sensible limit of the server.
constexpr uint64_t kMostParts = 4096;

std::string key_of(const ProgramPlace& place, uint64_t part) { return fmt::format("{}.{}", place.key, part); }

}  // namespace

std::string to_text(const ProgramPlace& place) {
  return place.parts == 0 ? "-" : fmt::format("{}/{}/{}", place.key, place.parts, place.digest);
}

Result<ProgramPlace> read_place(const std::string& text) {
  ProgramPlace place;
  if (text == "-") return place;
  const std::vector<std::string> parts = split_text(text, '/');
  const auto count = parts.size() == 3 ? parse_integer(parts[1]) : std::nullopt;
  if (!count || *count < 1 || *count > static_cast<int64_t>(kMostParts))
    return corrupt("the place of a program cannot be read");
  return ProgramPlace{parts[0], static_cast<uint64_t>(*count), parts[2]};
}

Result<ProgramPlace> store_program(Bucket& bucket, const std::string& key, std::string_view program,
                                   size_t part_bytes) {
  ProgramPlace place{key, 0, digest_of(program)};
  for (size_t begin = 0; begin < program.size(); begin += part_bytes)
    TAMIS_TRY(bucket.put(key_of(place, place.parts++), std::string(program.substr(begin, part_bytes))));
  return place;
}

Result<std::string> fetch_program(const Bucket& bucket, const ProgramPlace& place) {
  std::string program;
  for (uint64_t part = 0; part < place.parts; ++part) {
    TAMIS_ASSIGN(const std::optional<std::string> bytes, bucket.get(key_of(place, part)));
    if (!bytes) return not_found("the program of a job is not on the server any more");
    program += *bytes;
    if (program.size() > kMostProgramBytes) return corrupt("the program of a job is longer than may travel");
  }
  if (digest_of(program) != place.digest)
    return corrupt("the program of a job is not the one that was built");
  return program;
}

Status remove_program(Bucket& bucket, const ProgramPlace& place) {
  for (uint64_t part = 0; part < place.parts; ++part) TAMIS_TRY(bucket.remove(key_of(place, part)));
  return {};
}

}  // namespace tamis::fleet
