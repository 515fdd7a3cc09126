#include "targets/vta/isa/hardware.h"

#include "base/json.h"
#include "targets/vta/isa/field_layout.h"

#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

/// Bounds that keep every size of a device a small number; real devices lie far inside them.
constexpr int kMostLogBatch = 8, kMostLogBlock = 8, kMostLogBuffer = 24;
/// sram_base has 16 bits.
constexpr int kMostLogDepth = 16;
/// Of the Chisel design's uop memory, whatever vta_config.json says.
constexpr int64_t kChiselUops = 2048;

constexpr std::array<std::pair<std::string_view, Design>, 3> kDesigns = {
    {{"chisel", Design::chisel}, {"hls", Design::hls}, {"fsim", Design::fsim}}};
/// Boards whose bitstreams are built from the HLS design.
constexpr std::array<std::string_view, 3> kHlsTargets = {"pynq", "ultra96", "zcu104"};

std::optional<Design> design_of(std::string_view name) {
  for (const auto& [known, design] : kDesigns)
    if (known == name) return design;
  return std::nullopt;
}

Status check_width(const JsonObject& object, std::string_view key, int64_t supported) {
  TAMIS_ASSIGN(const int64_t width, object.integer(key, 0, 16));
  if (width == supported) return {};
  return invalid_input(fmt::format("{}: \"{}\" is {}; only {} ({} bits) is supported", object.origin(), key,
                                   width, supported, 1 << supported));
}

/// Keys of older tvm-vta files that repeat what another key says.
Status check_same(const JsonObject& object, std::string_view key, int64_t expected, std::string_view as) {
  TAMIS_ASSIGN(const int64_t value, object.integer_or(key, expected, 0, 64));
  if (value == expected) return {};
  return invalid_input(fmt::format("{}: \"{}\" is {} but must equal {}, which is {}", object.origin(), key,
                                   value, as, expected));
}

Status check_depths(const Hardware& hardware, const std::string& origin) {
  struct Depth {
    Memory memory;
    std::string_view key;
  };
  constexpr std::array<Depth, 4> kDepths = {{{Memory::uop, "LOG_UOP_BUFF_SIZE"},
                                             {Memory::inp, "LOG_INP_BUFF_SIZE"},
                                             {Memory::wgt, "LOG_WGT_BUFF_SIZE"},
                                             {Memory::acc, "LOG_ACC_BUFF_SIZE"}}};
  for (const auto& [memory, key] : kDepths) {
    const int log_depth = hardware.log_depth(memory);
    if (log_depth < 0)
      return invalid_input(
          fmt::format("{}: the {} memory (\"{}\") holds less than one element of {} bytes; make it larger",
                      origin, to_string(memory), key, hardware.element_bytes(memory)));
    if (log_depth > kMostLogDepth)
      return invalid_input(
          fmt::format("{}: the {} memory (\"{}\") holds 2^{} elements, more than the 16 bits of "
                      "sram_base can address; make it smaller",
                      origin, to_string(memory), key, log_depth));
  }
  return {};
}

Status check_fields(const Hardware& hardware, const std::string& origin) {
  for (const auto& [name, bits, most] : word_sizes(hardware)) {
    if (bits <= most) continue;
    return invalid_input(
        fmt::format("{}: with these buffer sizes the fields of a {} need {} bits, but it has {}; "
                    "make the uop, inp, wgt or acc buffer smaller",
                    origin, name, bits, most));
  }
  return {};
}

Result<Design> read_design(const JsonObject& object, std::string_view target) {
  const bool on_xilinx = std::find(kHlsTargets.begin(), kHlsTargets.end(), target) != kHlsTargets.end();
  TAMIS_ASSIGN(const std::string hazard, object.string_or("HAZARD", ""));
  if (object.has("HAZARD") && hazard != "hls" && hazard != "rtl")
    return invalid_input(fmt::format(
        "{}: \"HAZARD\" is \"{}\"; it must be \"hls\" or \"rtl\" (the Chisel design); say \"DESIGN\" "
        "instead",
        object.origin(), hazard));
  const std::string older = hazard == "rtl" ? "chisel" : hazard;
  TAMIS_ASSIGN(const std::string name, object.string_or("DESIGN", !older.empty() ? older
                                                                  : on_xilinx    ? "hls"
                                                                                 : "chisel"));
  const std::optional<Design> design = design_of(name);
  if (!design)
    return invalid_input(
        fmt::format("{}: \"DESIGN\" is \"{}\"; it must be \"chisel\" (the RTL), \"hls\" (the FPGA design) or "
                    "\"fsim\" (the functional simulator)",
                    object.origin(), name));
  if (!older.empty() && older != name)
    return invalid_input(
        fmt::format("{}: \"DESIGN\" is \"{}\", but \"HAZARD\" is \"{}\"; leave out \"HAZARD\"",
                    object.origin(), name, hazard));
  return *design;
}

/// Needs a hardware whose memories and design are known.
Result<int64_t> read_uop_entries(const JsonObject& object, const Hardware& hardware) {
  const int64_t addressed = int64_t{1} << hardware.log_depth(Memory::uop);
  const int64_t usual = hardware.depth(Memory::uop);
  TAMIS_ASSIGN(const int64_t entries, object.integer_or("UOP_DEPTH", usual, 1, int64_t{1} << kMostLogDepth));
  if (!std::has_single_bit(static_cast<uint64_t>(entries)) || entries > addressed)
    return invalid_input(
        fmt::format("{}: \"UOP_DEPTH\" is {}; it must be a power of two of at most {}, which is what "
                    "\"LOG_UOP_BUFF_SIZE\" addresses",
                    object.origin(), entries, addressed));
  return entries == usual ? 0 : entries;
}

}  // namespace

std::string_view to_string(Memory memory) {
  constexpr std::array<std::string_view, 6> kNames = {"uop", "wgt", "inp", "acc", "out", "acc_8bit"};
  const auto code = static_cast<size_t>(memory);
  return code < kNames.size() ? kNames[code] : "unknown";
}

std::string_view to_string(Design design) {
  for (const auto& [name, known] : kDesigns)
    if (known == design) return name;
  return "unknown";
}

int64_t Hardware::element_bytes(Memory of) const {
  switch (of) {
    case Memory::uop:
      return 4;
    case Memory::wgt:
      return block() * block();
    case Memory::acc:
      return batch() * block() * 4;
    case Memory::inp:
    case Memory::out:
    case Memory::acc_8bit:
      return batch() * block();
  }
  return 1;
}

int64_t Hardware::depth(Memory of) const {
  const int log = log_depth(of);
  const int64_t addressed = log < 0 ? 0 : int64_t{1} << log;
  if (of != Memory::uop) return addressed;
  const int64_t most = uop_entries != 0 ? uop_entries : design == Design::chisel ? kChiselUops : addressed;
  return std::min(addressed, most);
}

int Hardware::log_depth(Memory of) const {
  switch (of) {
    case Memory::uop:
      return log_uop_buffer - 2;
    case Memory::wgt:
      return log_wgt_buffer - 2 * log_block;
    case Memory::inp:
      return log_inp_buffer - log_batch - log_block;
    case Memory::acc:
    case Memory::out:
    case Memory::acc_8bit:
      return log_acc_buffer - log_batch - log_block - 2;
  }
  return -1;
}

std::string Hardware::model() const {
  return fmt::format("{}_{}x{}x{}_i{}w{}a{}_{}_{}_{}_{}", target, batch(), block(), block(),
                     1 << log_inp_width, 1 << log_wgt_width, 1 << log_acc_width, log_uop_buffer,
                     log_inp_buffer, log_wgt_buffer, log_acc_buffer);
}

uint64_t most_inp_tiles(const Hardware& hardware) {
  const bool counts = hardware.design != Design::chisel || hardware.memory.burst_beats < kMostBurstBeats;
  return counts ? ~uint64_t{0} : 2047;
}

Result<Hardware> hardware_from_json(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"TARGET",
                               "HW_VER",
                               "LOG_INP_WIDTH",
                               "LOG_WGT_WIDTH",
                               "LOG_ACC_WIDTH",
                               "LOG_OUT_WIDTH",
                               "LOG_BATCH",
                               "LOG_BLOCK",
                               "LOG_BLOCK_IN",
                               "LOG_BLOCK_OUT",
                               "LOG_UOP_BUFF_SIZE",
                               "LOG_INP_BUFF_SIZE",
                               "LOG_WGT_BUFF_SIZE",
                               "LOG_ACC_BUFF_SIZE",
                               "LOG_BUS_WIDTH",
                               "HW_FREQ",
                               "HW_CLK_TARGET",
                               "DESIGN",
                               "HAZARD",
                               "UOP_DEPTH",
                               "MAX_INSTRUCTIONS",
                               "PROFILE",
                               "MEMORY",
                               "CLOCK_MHZ",
                               "READ_LATENCY",
                               "WRITE_LATENCY",
                               "BURST_BEATS",
                               "OUTSTANDING_READS",
                               "INSTRUCTION_BATCH"}));
  Hardware hardware;
  TAMIS_ASSIGN(hardware.target, object.string("TARGET"));
  TAMIS_ASSIGN(hardware.hw_ver, object.string_or("HW_VER", hardware.hw_ver));
  TAMIS_TRY(check_width(object, "LOG_INP_WIDTH", 3));
  TAMIS_TRY(check_width(object, "LOG_WGT_WIDTH", 3));
  TAMIS_TRY(check_width(object, "LOG_ACC_WIDTH", 5));
  TAMIS_TRY(check_same(object, "LOG_OUT_WIDTH", 3, "LOG_INP_WIDTH"));
  TAMIS_ASSIGN(hardware.log_batch, object.integer("LOG_BATCH", 0, kMostLogBatch));
  TAMIS_ASSIGN(hardware.log_block, object.integer("LOG_BLOCK", 0, kMostLogBlock));
  TAMIS_TRY(check_same(object, "LOG_BLOCK_IN", hardware.log_block, "LOG_BLOCK"));
  TAMIS_TRY(check_same(object, "LOG_BLOCK_OUT", hardware.log_block, "LOG_BLOCK"));
  TAMIS_ASSIGN(hardware.log_uop_buffer, object.integer("LOG_UOP_BUFF_SIZE", 0, kMostLogBuffer));
  TAMIS_ASSIGN(hardware.log_inp_buffer, object.integer("LOG_INP_BUFF_SIZE", 0, kMostLogBuffer));
  TAMIS_ASSIGN(hardware.log_wgt_buffer, object.integer("LOG_WGT_BUFF_SIZE", 0, kMostLogBuffer));
  TAMIS_ASSIGN(hardware.log_acc_buffer, object.integer("LOG_ACC_BUFF_SIZE", 0, kMostLogBuffer));
  TAMIS_ASSIGN(hardware.design, read_design(object, hardware.target));
  TAMIS_ASSIGN(hardware.max_instructions,
               object.integer_or("MAX_INSTRUCTIONS", int64_t{1} << 21, 1, int64_t{1} << 28));
  TAMIS_ASSIGN(hardware.memory, profile_from_json(json, origin));
  TAMIS_TRY(check_depths(hardware, origin));
  TAMIS_TRY(check_fields(hardware, origin));
  TAMIS_ASSIGN(hardware.uop_entries, read_uop_entries(object, hardware));
  return hardware;
}

Result<Hardware> read_hardware(const std::string& path) {
  TAMIS_ASSIGN(const Json json, read_json(path));
  return hardware_from_json(json, path);
}

Result<Hardware> find_hardware(const std::string& design_or_path) {
  if (const std::optional<Design> design = design_of(design_or_path)) {
    Hardware hardware;
    hardware.design = *design;
    return hardware;
  }
  std::error_code ignored;
  if (std::filesystem::exists(design_or_path, ignored)) return read_hardware(design_or_path);
  return not_found(fmt::format("there is no VTA design \"{}\", and no such file; there are chisel, hls, fsim",
                               design_or_path));
}

Json to_json(const Hardware& hardware) {
  Json json = {{"TARGET", hardware.target},
               {"HW_VER", hardware.hw_ver},
               {"LOG_INP_WIDTH", hardware.log_inp_width},
               {"LOG_WGT_WIDTH", hardware.log_wgt_width},
               {"LOG_ACC_WIDTH", hardware.log_acc_width},
               {"LOG_BATCH", hardware.log_batch},
               {"LOG_BLOCK", hardware.log_block},
               {"LOG_UOP_BUFF_SIZE", hardware.log_uop_buffer},
               {"LOG_INP_BUFF_SIZE", hardware.log_inp_buffer},
               {"LOG_WGT_BUFF_SIZE", hardware.log_wgt_buffer},
               {"LOG_ACC_BUFF_SIZE", hardware.log_acc_buffer},
               {"DESIGN", to_string(hardware.design)},
               {"MAX_INSTRUCTIONS", hardware.max_instructions}};
  if (hardware.uop_entries != 0) json["UOP_DEPTH"] = hardware.uop_entries;
  json.update(to_json(hardware.memory));
  return json;
}

}  // namespace tamis::vta
