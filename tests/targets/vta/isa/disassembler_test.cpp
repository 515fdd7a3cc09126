#include "targets/vta/isa/disassembler.h"

#include "base/file.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

std::string text_of(const Instruction& instruction, Design design = Design::chisel) {
  const Codec codec{Hardware{}};
  return disassemble(codec, design, codec.encode(instruction));
}

/// Compares with a golden file; TAMIS_UPDATE_GOLDEN=1 writes it instead.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = TAMIS_TEST_DATA "/golden/" + name;
  if (std::getenv("TAMIS_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(make_directories(TAMIS_TEST_DATA "/golden").ok());
    ASSERT_TRUE(write_file(path, text).ok());
  }
  const auto golden = read_file(path);
  ASSERT_TRUE(golden.ok()) << golden.error().message;
  EXPECT_EQ(text, *golden) << "run again with TAMIS_UPDATE_GOLDEN=1 to accept the new text";
}

TEST(Disassembler, ShowsARecordedProgramAsItAlwaysDid) {
  const auto program = read_program(TAMIS_TEST_DATA "/vta/programs/S3_7.json.gz");
  ASSERT_TRUE(program.ok());
  expect_golden("vta_S3_7.disassembly.txt", disassemble(Hardware{}, *program));
}

TEST(Disassembler, WritesLoopNestsAsFormulas) {
  GemmInstruction gemm;
  gemm.uop_end = 3;
  gemm.iter_out = 7;
  gemm.dst_factor_out = 14;
  gemm.dependencies.pop_prev = gemm.dependencies.push_next = true;
  EXPECT_EQ(text_of(gemm),
            "GEMM for y < 7, uop in [0, 3): acc[dst + 14y] += inp[src] * wgt[wgt]  [<-LOAD ->STORE]");
  AluInstruction alu;
  alu.opcode = AluOpcode::shr;
  alu.use_imm = true;
  alu.imm = 8;
  alu.uop_end = 1;
  alu.iter_in = 2;
  alu.dst_factor_in = 1;
  alu.src_factor_in = 1;
  EXPECT_EQ(text_of(alu), "ALU SHR for x < 2, uop in [0, 1): acc[dst + 1x] = SHR(acc[src + 1x], 8)");
}

TEST(Disassembler, ShowsWhatTheDesignReadsBesideAnImmediate) {
  AluInstruction alu;
  alu.opcode = AluOpcode::max;
  alu.use_imm = true;
  alu.uop_end = 1;
  EXPECT_EQ(text_of(alu, Design::chisel), "ALU MAX for uop in [0, 1): acc[dst] = MAX(acc[src], 0)");
  EXPECT_EQ(text_of(alu, Design::hls), "ALU MAX for uop in [0, 1): acc[dst] = MAX(acc[dst], 0)");
  EXPECT_EQ(text_of(alu, Design::fsim), "ALU MAX for uop in [0, 1): acc[dst] = MAX(acc[dst], 0)");
  alu.use_imm = false;
  EXPECT_EQ(text_of(alu), "ALU MAX for uop in [0, 1): acc[dst] = MAX(acc[dst], acc[src])");
}

TEST(Disassembler, ShowsWhatCannotBeDecoded) {
  EXPECT_THAT(disassemble(Codec{Hardware{}}, Design::chisel, EncodedInstruction{7, 1}),
              HasSubstr("0000000000000007 0000000000000001: opcode 7"));
}

}  // namespace
}  // namespace tamis::vta
