#include "targets/vta/isa/program.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr uint64_t kMaxTotalBytes = uint64_t{1} << 30;
constexpr uint64_t kAddressSpace = uint64_t{1} << 32;
constexpr size_t kInstructionBytes = 16;
constexpr std::array<std::pair<BufferRole, std::string_view>, 7> kRoles = {
    {{BufferRole::data, "data"},
     {BufferRole::input, "input"},
     {BufferRole::weights, "weights"},
     {BufferRole::bias, "bias"},
     {BufferRole::uops, "uops"},
     {BufferRole::output, "output"},
     {BufferRole::constants, "constants"}}};

/// The value of a hex digit, or -1.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// `size` bytes from at most 2 * size hex digits of either case; bytes that are left out at the end are zero.
/// Errors: invalid_input for an odd number of digits, a character that is none, or more bytes than `size`.
Result<std::vector<uint8_t>> bytes_from_hex(std::string_view text, uint64_t size, const std::string& origin) {
  if (text.size() % 2 != 0)
    return invalid_input(fmt::format("{}: {} hex digits are not whole bytes", origin, text.size()));
  if (text.size() / 2 > size)
    return invalid_input(
        fmt::format("{}: holds {}, but the size is {}", origin, counted(text.size() / 2, "byte"), size));
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]), low = digit_value(text[i + 1]);
    if (high < 0 || low < 0)
      return invalid_input(fmt::format("{}: character {} or {} is not a hex digit", origin, i, i + 1));
    bytes[i / 2] = static_cast<uint8_t>(high * 16 + low);
  }
  return bytes;
}

/// Two lower-case hex digits a byte.
std::string hex_from_bytes(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

/// As above, leaving out zero bytes at the end.
std::string hex_without_trailing_zeros(std::span<const uint8_t> bytes) {
  size_t size = bytes.size();
  while (size > 0 && bytes[size - 1] == 0) --size;
  return hex_from_bytes(bytes.first(size));
}

/// Counts what a program will occupy, so that a small file cannot ask for all memory.
class MemoryLimit {
 public:
  Status take(uint64_t bytes, const std::string& origin) {
    if (bytes > left_)
      return invalid_input(
          fmt::format("{}: the program's buffers and instructions take more than 1 GiB, refused", origin));
    left_ -= bytes;
    return {};
  }

 private:
  uint64_t left_ = kMaxTotalBytes;
};

Result<EncodedInstruction> instruction_from_json(const Json& json, const std::string& origin) {
  const auto* text = json.get_ptr<const std::string*>();
  if (text == nullptr || text->size() != 2 * kInstructionBytes)
    return invalid_input(fmt::format("{}: an instruction must be a string of 32 hex digits", origin));
  TAMIS_ASSIGN(const std::vector<uint8_t> bytes, bytes_from_hex(*text, kInstructionBytes, origin));
  EncodedInstruction words;
  for (size_t i = 0; i < 8; ++i) {
    words.low |= uint64_t{bytes[i]} << (8 * i);
    words.high |= uint64_t{bytes[8 + i]} << (8 * i);
  }
  return words;
}

Result<BufferRole> role_from_json(const JsonObject& object) {
  TAMIS_ASSIGN(const std::string name, object.string_or("role", "data"));
  for (const auto& [role, role_name] : kRoles)
    if (name == role_name) return role;
  return invalid_input(fmt::format(
      "{}: the role \"{}\" does not exist; known are data, input, weights, bias, uops, output, constants",
      object.origin(), name));
}

Result<DramBuffer> buffer_from_json(const Json& json, const std::string& origin, MemoryLimit& limit) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"phy_addr", "size", "before", "after", "role"}));
  TAMIS_ASSIGN(const int64_t address, object.integer("phy_addr", 0, kAddressSpace - 1));
  TAMIS_ASSIGN(const int64_t size, object.integer("size", 0, kAddressSpace));
  if (static_cast<uint64_t>(address + size) > kAddressSpace)
    return invalid_input(fmt::format("{}: {} bytes from address {} pass the end of the 32-bit address space",
                                     origin, size, address));
  TAMIS_TRY(limit.take(size, origin));
  DramBuffer buffer;
  buffer.address = static_cast<uint32_t>(address);
  TAMIS_ASSIGN(buffer.role, role_from_json(object));
  TAMIS_ASSIGN(const std::string before, object.string("before"));
  TAMIS_ASSIGN(buffer.bytes, bytes_from_hex(before, size, origin + " before"));
  if (!object.has("after")) return buffer;
  TAMIS_TRY(limit.take(size, origin));
  TAMIS_ASSIGN(const std::string after, object.string("after"));
  TAMIS_ASSIGN(buffer.after, bytes_from_hex(after, size, origin + " after"));
  return buffer;
}

Result<const Json*> list_member(const JsonObject& object, std::string_view key) {
  TAMIS_ASSIGN(const Json* list, object.member(key));
  if (!list->is_array())
    return invalid_input(
        fmt::format("{}: \"{}\" must be a list, found {}", object.origin(), key, list->type_name()));
  return list;
}

Result<Launch> launch_from_json(const Json& json, const std::string& origin, MemoryLimit& limit) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"insn_phy_addr", "instructions", "buffers"}));
  Launch launch;
  TAMIS_ASSIGN(const int64_t address, object.integer_or("insn_phy_addr", 0, 0, kAddressSpace - 1));
  launch.instruction_address = static_cast<uint32_t>(address);
  TAMIS_ASSIGN(const Json* instructions, list_member(object, "instructions"));
  TAMIS_TRY(limit.take(instructions->size() * kInstructionBytes, origin));
  launch.instructions.reserve(instructions->size());
  for (const Json& item : *instructions) {
    const auto position = launch.instructions.size();
    auto instruction = instruction_from_json(item, origin);
    if (!instruction.ok()) return instruction.error().within(fmt::format("instruction {}", position));
    launch.instructions.push_back(*instruction);
  }
  TAMIS_ASSIGN(const Json* buffers, list_member(object, "buffers"));
  for (const Json& item : *buffers) {
    const std::string name = fmt::format("{}: buffer {}", origin, launch.buffers.size());
    TAMIS_ASSIGN(DramBuffer buffer, buffer_from_json(item, name, limit));
    launch.buffers.push_back(std::move(buffer));
  }
  TAMIS_TRY(check_overlap(launch.buffers, origin));
  return launch;
}

std::string to_hex(const EncodedInstruction& words) {
  std::vector<uint8_t> bytes;
  for (const uint64_t word : {words.low, words.high})
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
  return hex_from_bytes(bytes);
}

Json to_json(const DramBuffer& buffer) {
  Json json = {{"phy_addr", buffer.address}, {"size", buffer.bytes.size()}};
  for (const auto& [role, name] : kRoles)
    if (role == buffer.role && role != BufferRole::data) json["role"] = name;
  json["before"] = hex_without_trailing_zeros(buffer.bytes);
  if (buffer.after) json["after"] = hex_without_trailing_zeros(*buffer.after);
  return json;
}

Json to_json(const Launch& launch) {
  Json instructions = Json::array(), buffers = Json::array();
  for (const auto& words : launch.instructions) instructions.push_back(to_hex(words));
  for (const auto& buffer : launch.buffers) buffers.push_back(to_json(buffer));
  return {{"insn_phy_addr", launch.instruction_address},
          {"instructions", std::move(instructions)},
          {"buffers", std::move(buffers)}};
}

}  // namespace

Status check_overlap(const std::vector<DramBuffer>& buffers, const std::string& origin) {
  std::vector<const DramBuffer*> sorted;
  for (const auto& buffer : buffers)
    if (!buffer.bytes.empty()) sorted.push_back(&buffer);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->address < b->address; });
  for (size_t i = 1; i < sorted.size(); ++i) {
    const DramBuffer &left = *sorted[i - 1], &right = *sorted[i];
    if (left.address + uint64_t{left.bytes.size()} > right.address)
      return invalid_input(fmt::format("{}: the buffer at {} ({} bytes) overlaps the one at {}", origin,
                                       left.address, left.bytes.size(), right.address));
  }
  return {};
}

Result<Program> program_from_json(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_ASSIGN(const Json* runs, list_member(object, "runs"));
  Program program;
  if (object.has("workload")) program.workload = json["workload"];
  if (object.has("config")) program.config = json["config"];
  if (object.has("hardware")) {
    TAMIS_ASSIGN(program.hardware, hardware_from_json(json["hardware"], origin + ": hardware"));
  }
  if (runs->empty())
    return invalid_input(fmt::format("{}: \"runs\" is empty; a program has at least one launch", origin));
  MemoryLimit limit;
  for (const Json& run : *runs) {
    const std::string name = fmt::format("{}: run {}", origin, program.launches.size());
    TAMIS_ASSIGN(Launch launch, launch_from_json(run, name, limit));
    program.launches.push_back(std::move(launch));
  }
  return program;
}

Result<Program> read_program(const std::string& path) {
  TAMIS_ASSIGN(const Json json, read_json(path));
  return program_from_json(json, path);
}

Json to_json(const Program& program) {
  Json json = {{"workload", program.workload}, {"config", program.config}};
  if (program.hardware) json["hardware"] = to_json(*program.hardware);
  json["runs"] = Json::array();
  for (const auto& launch : program.launches) json["runs"].push_back(to_json(launch));
  return json;
}

Status write_program(const std::string& path, const Program& program) {
  // A free-form name that is not UTF-8 must not keep a program from being written.
  return write_file(path, to_json(program).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace tamis::vta
