#include "targets/vta/isa/hardware.h"

#include "base/file.h"
#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

/// vta_config.json as tvm-vta ships it for its simulator.
Json shipped() {
  return Json::parse(
      R"({"TARGET": "sim", "HW_VER": "0.0.2", "LOG_INP_WIDTH": 3, "LOG_WGT_WIDTH": 3, "LOG_ACC_WIDTH": 5,
    "LOG_BATCH": 0, "LOG_BLOCK": 4, "LOG_UOP_BUFF_SIZE": 15, "LOG_INP_BUFF_SIZE": 15, "LOG_WGT_BUFF_SIZE": 18,
    "LOG_ACC_BUFF_SIZE": 17})");
}

std::string refusal(const std::string& key, const Json& value) {
  Json json = shipped();
  json[key] = value;
  const auto hardware = hardware_from_json(json, "vta_config.json");
  return hardware.ok() ? "accepted" : hardware.error().message;
}

TEST(Hardware, ReadsTheFileThatTvmVtaShips) {
  const auto hardware = hardware_from_json(shipped(), "vta_config.json");
  ASSERT_TRUE(hardware.ok()) << hardware.error().message;
  EXPECT_EQ(*hardware, Hardware{});
  EXPECT_EQ(hardware->model(), "sim_1x16x16_i8w8a32_15_15_18_17");
  EXPECT_EQ(hardware->design, Design::chisel);
  EXPECT_EQ(hardware->depth(Memory::uop), 2048);
  EXPECT_EQ(hardware->log_depth(Memory::uop), 13);
  EXPECT_EQ(hardware->depth(Memory::inp), 2048);
  EXPECT_EQ(hardware->depth(Memory::wgt), 1024);
  EXPECT_EQ(hardware->depth(Memory::acc), 2048);
  EXPECT_EQ(hardware->depth(Memory::out), 2048);
  EXPECT_EQ(hardware->element_bytes(Memory::wgt), 256);
  EXPECT_EQ(hardware->element_bytes(Memory::acc), 64);
  EXPECT_EQ(hardware->element_bytes(Memory::acc_8bit), 16);
}

TEST(Hardware, ComesBackFromItsJson) {
  Json json = shipped();
  json["DESIGN"] = "fsim";
  json["UOP_DEPTH"] = 512;
  json["MAX_INSTRUCTIONS"] = 512;
  json["LOG_BATCH"] = 1;
  const auto hardware = hardware_from_json(json, "a");
  ASSERT_TRUE(hardware.ok()) << hardware.error().message;
  EXPECT_EQ(hardware->design, Design::fsim);
  EXPECT_EQ(hardware->depth(Memory::uop), 512);
  EXPECT_EQ(hardware->max_instructions, 512u);
  EXPECT_EQ(*hardware_from_json(to_json(*hardware), "b"), *hardware);
}

Hardware with(const std::string& key, const Json& value, const std::string& target = "sim") {
  Json json = shipped();
  json["TARGET"] = target;
  if (!key.empty()) json[key] = value;
  const auto hardware = hardware_from_json(json, "vta_config.json");
  EXPECT_TRUE(hardware.ok()) << (hardware.ok() ? "" : hardware.error().message);
  return hardware.ok() ? *hardware : Hardware{};
}

TEST(Hardware, TakesTheDesignFromItsKeyOrItsOlderName) {
  EXPECT_EQ(with("DESIGN", "chisel").design, Design::chisel);
  EXPECT_EQ(with("DESIGN", "hls").design, Design::hls);
  EXPECT_EQ(with("HAZARD", "rtl", "pynq").design, Design::chisel);
  EXPECT_EQ(with("HAZARD", "hls").design, Design::hls);
  Json both = shipped();
  both["DESIGN"] = "hls";
  both["HAZARD"] = "hls";
  EXPECT_EQ(hardware_from_json(both, "x").value().design, Design::hls);
  EXPECT_FALSE(to_json(*hardware_from_json(both, "x")).contains("HAZARD"));
  both["DESIGN"] = "fsim";
  EXPECT_THAT(hardware_from_json(both, "x").error().message,
              HasSubstr("\"DESIGN\" is \"fsim\", but \"HAZARD\" is \"hls\""));
}

TEST(Hardware, TakesTheDesignOfTheBoardThatTargetNames) {
  for (const char* board : {"pynq", "ultra96", "zcu104"}) EXPECT_EQ(with("", {}, board).design, Design::hls);
  for (const char* other : {"sim", "tsim", "de10nano", "intelfocl"})
    EXPECT_EQ(with("", {}, other).design, Design::chisel);
  EXPECT_EQ(with("DESIGN", "chisel", "pynq").design, Design::chisel);
}

TEST(Hardware, HoldsAsManyUopsAsItsDesign) {
  EXPECT_EQ(with("DESIGN", "chisel").depth(Memory::uop), 2048);
  EXPECT_EQ(with("DESIGN", "hls").depth(Memory::uop), 8192);
  EXPECT_EQ(with("DESIGN", "fsim").depth(Memory::uop), 8192);
  EXPECT_EQ(with("LOG_UOP_BUFF_SIZE", 10).depth(Memory::uop), 256);
  EXPECT_EQ(with("UOP_DEPTH", 4096).depth(Memory::uop), 4096);
  EXPECT_EQ(with("UOP_DEPTH", 2048), Hardware{});
  EXPECT_EQ(with("UOP_DEPTH", 4096).log_depth(Memory::uop), 13);
}

TEST(Hardware, IsFoundByDesignOrFile) {
  EXPECT_EQ(find_hardware("chisel").value(), Hardware{});
  EXPECT_EQ(find_hardware("hls").value().design, Design::hls);
  EXPECT_EQ(find_hardware("fsim").value().design, Design::fsim);
  const auto unknown = find_hardware("verilog");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::not_found);
  EXPECT_EQ(unknown.error().message,
            "there is no VTA design \"verilog\", and no such file; there are chisel, hls, fsim");
  EXPECT_EQ(find_hardware("./hls").error().kind, ErrorKind::not_found);
  // What is wrong inside a file that exists is not that it does not exist.
  const std::string path = ::testing::TempDir() + "/design_with_unknown_profile.json";
  Json json = to_json(Hardware{});
  json["PROFILE"] = "x";
  ASSERT_TRUE(write_file(path, json.dump()).ok());
  EXPECT_THAT(find_hardware(path).error().message, Not(HasSubstr("no such file")));
}

TEST(Hardware, NamesAMissingKey) {
  Json json = shipped();
  json.erase("LOG_BLOCK");
  const auto hardware = hardware_from_json(json, "vta_config.json");
  ASSERT_FALSE(hardware.ok());
  EXPECT_THAT(hardware.error().message, HasSubstr("LOG_BLOCK"));
}

TEST(Hardware, RefusesWhatNoDeviceIs) {
  EXPECT_THAT(refusal("LOG_BLOK", 4), HasSubstr("LOG_BLOK"));
  EXPECT_THAT(refusal("LOG_INP_WIDTH", 2), HasSubstr("only 3 (8 bits) is supported"));
  EXPECT_THAT(refusal("LOG_ACC_WIDTH", 4), HasSubstr("LOG_ACC_WIDTH"));
  EXPECT_THAT(refusal("LOG_OUT_WIDTH", 5), HasSubstr("LOG_OUT_WIDTH"));
  EXPECT_THAT(refusal("LOG_BLOCK_OUT", 5), HasSubstr("LOG_BLOCK_OUT"));
  EXPECT_THAT(refusal("LOG_BLOCK", "four"), HasSubstr("LOG_BLOCK"));
  EXPECT_THAT(refusal("LOG_BLOCK", -1), HasSubstr("LOG_BLOCK"));
  EXPECT_THAT(refusal("LOG_BLOCK", 60), HasSubstr("LOG_BLOCK"));
  EXPECT_THAT(refusal("LOG_WGT_BUFF_SIZE", 7), HasSubstr("less than one element of 256 bytes"));
  EXPECT_THAT(refusal("LOG_UOP_BUFF_SIZE", 19), HasSubstr("16 bits of sram_base"));
  EXPECT_THAT(refusal("LOG_ACC_BUFF_SIZE", 18), HasSubstr("fields of a"));
  EXPECT_THAT(refusal("HAZARD", "both"), HasSubstr("HAZARD"));
  EXPECT_THAT(refusal("DESIGN", "rtl"), HasSubstr("\"DESIGN\" is \"rtl\"; it must be \"chisel\""));
  EXPECT_THAT(refusal("UOP_DEPTH", 1000), HasSubstr("power of two of at most 8192"));
  EXPECT_THAT(refusal("UOP_DEPTH", 16384), HasSubstr("power of two of at most 8192"));
  EXPECT_THAT(refusal("UOP_DEPTH", 0), HasSubstr("UOP_DEPTH"));
  EXPECT_THAT(refusal("MAX_INSTRUCTIONS", 0), HasSubstr("MAX_INSTRUCTIONS"));
  EXPECT_FALSE(hardware_from_json(Json::array(), "x").ok());
}

TEST(Hardware, AcceptsOldKeysThatAgree) {
  Json json = shipped();
  json["LOG_OUT_WIDTH"] = 3;
  json["LOG_BLOCK_IN"] = 4;
  json["LOG_BLOCK_OUT"] = 4;
  json["HW_FREQ"] = 100;
  EXPECT_TRUE(hardware_from_json(json, "x").ok());
}

TEST(Hardware, NamesAFileThatIsNotThere) {
  const auto hardware = read_hardware("/nonexistent/vta_config.json");
  ASSERT_FALSE(hardware.ok());
  EXPECT_EQ(hardware.error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tamis::vta
