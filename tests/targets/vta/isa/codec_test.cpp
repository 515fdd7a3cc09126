#include "tamis/random.h"
#include "targets/vta/isa/instruction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

using ::testing::HasSubstr;

EncodedInstruction words(uint64_t low, uint64_t high) { return {low, high}; }

TEST(Codec, EncodesTheFirstInstructionsOfARecordedProgram) {
  const Codec codec{Hardware{}};
  // Written out by hand from the order of the fields.
  MemoryInstruction load;
  load.memory = Memory::uop;
  load.dram_base = 0x2400;
  load.y_size = load.x_size = load.x_stride = 1;
  EXPECT_EQ(codec.encode(load), words(uint64_t{0x2400} << 26, 0x0000'0001'0001'0001));
  MemoryInstruction store;
  store.is_store = true;
  store.memory = Memory::uop;
  store.dependencies.push_prev = true;
  EXPECT_EQ(codec.encode(store), words(0x21, 0));
}

TEST(Codec, PutsGemmFieldsWhereTheHardwareReadsThem) {
  const Codec codec{Hardware{}};
  GemmInstruction gemm;
  gemm.reset = true;
  gemm.dependencies.pop_next = true;
  gemm.uop_begin = 1;
  gemm.uop_end = 2;
  gemm.iter_out = 3;
  gemm.iter_in = 4;
  gemm.dst_factor_out = 5;
  gemm.wgt_factor_in = 6;
  const uint64_t low =
      2 | 1 << 4 | 1 << 7 | uint64_t{1} << 8 | uint64_t{2} << 21 | uint64_t{3} << 35 | uint64_t{4} << 49;
  EXPECT_EQ(codec.encode(gemm), words(low, 5 | uint64_t{6} << 54));
}

TEST(Codec, KeepsTheSignOfAnImmediate) {
  const Codec codec{Hardware{}};
  AluInstruction alu;
  alu.opcode = AluOpcode::shr;
  alu.use_imm = true;
  alu.imm = -8;
  const auto decoded = codec.decode(codec.encode(alu));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(std::get<AluInstruction>(*decoded), alu);
}

TEST(Codec, DecodingThenEncodingKeepsEveryDefinedBit) {
  for (const int log_uop : {15, 12, 9, 4}) {
    Hardware hardware;
    hardware.log_uop_buffer = log_uop;
    const Codec codec(hardware);
    Random random(7);
    for (int i = 0; i < 2000; ++i) {
      const auto decoded = codec.decode(words(random.next(), random.next()));
      if (!decoded.ok()) continue;
      const auto again = codec.decode(codec.encode(*decoded));
      ASSERT_TRUE(again.ok());
      EXPECT_EQ(*again, *decoded);
      EXPECT_FALSE(codec.overflow(*decoded).has_value());
    }
  }
}

TEST(Codec, DecodesEveryUop) {
  const Codec codec{Hardware{}};
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const auto word = static_cast<uint32_t>(random.next());
    EXPECT_EQ(codec.encode(codec.decode(word)), word);
  }
  EXPECT_EQ(codec.encode(Uop{.dst = 3, .src = 5, .wgt = 7}), 3u | 5u << 11 | 7u << 22);
}

TEST(Codec, NamesTheFieldThatOverflows) {
  const Codec codec{Hardware{}};
  GemmInstruction gemm;
  gemm.iter_out = 16384;
  const auto overflow = codec.overflow(gemm);
  ASSERT_TRUE(overflow.has_value());
  EXPECT_EQ(overflow->field, "GEMM iter_out");
  EXPECT_EQ(overflow->value, 16384);
  EXPECT_EQ(overflow->most, 16383);
  AluInstruction alu;
  alu.imm = -32769;
  EXPECT_EQ(codec.overflow(alu)->field, "ALU imm");
  MemoryInstruction load;
  load.y_pad_1 = 16;
  EXPECT_EQ(codec.overflow(load)->field, "LOAD y_pad_1");
  load.is_store = true;
  EXPECT_EQ(codec.overflow(load)->field, "STORE y_pad_1");
  EXPECT_EQ(codec.overflow(Uop{.dst = 2048, .src = 0, .wgt = 0})->field, "uop dst_idx");
}

TEST(Codec, TruncatesAsBitFieldsDo) {
  const Codec codec{Hardware{}};
  GemmInstruction gemm;
  gemm.iter_out = 16384 + 5;
  EXPECT_EQ(std::get<GemmInstruction>(*codec.decode(codec.encode(gemm))).iter_out, 5u);
}

TEST(Codec, KnowsWithoutDecodingWhatExists) {
  Hardware small;
  small.log_acc_buffer = 13;
  for (const Hardware& hardware : {Hardware{}, small}) {
    const Codec codec(hardware);
    Random random(3);
    for (int i = 0; i < 20000; ++i) {
      const EncodedInstruction encoded = words(random.next(), random.next());
      const auto decoded = codec.decode(encoded);
      ASSERT_EQ(codec.exists(encoded), decoded.ok()) << encoded.low << " " << encoded.high;
      if (!decoded.ok()) continue;
      const Dependencies flags = std::visit([](const auto& any) { return any.dependencies; }, *decoded);
      ASSERT_EQ(encoded.dependencies(), flags);
    }
  }
}

TEST(Codec, RefusesWhatDoesNotExist) {
  const Codec codec{Hardware{}};
  EXPECT_THAT(codec.decode(words(7, 0)).error().message, HasSubstr("opcode 7"));
  EXPECT_THAT(codec.decode(words(0 | 6 << 7, 0)).error().message, HasSubstr("memory type 6 of a LOAD"));
  EXPECT_THAT(codec.decode(words(4, uint64_t{5} << 44)).error().message, HasSubstr("ALU opcode 5"));
}

}  // namespace
}  // namespace tamis::vta
