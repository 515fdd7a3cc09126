#include "targets/vta/codegen/alu_hazard.h"

#include "tamis/random.h"
#include "targets/vta/codegen/stream_checks.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

/// By the definition: every micro-op in its order, compared with those before.
std::optional<AluHazard> by_running(Design design, const AluInstruction& alu, const std::vector<Uop>& uops) {
  std::vector<uint64_t> written;
  for (uint64_t y = 0; y < alu.iter_out; ++y)
    for (uint64_t x = 0; x < alu.iter_in; ++x) {
      if (design == Design::hls) written.clear();
      for (uint32_t u = 0; u < uops.size(); ++u) {
        const uint64_t src = uops[u].src + y * alu.src_factor_out + x * alu.src_factor_in;
        const uint64_t dst = uops[u].dst + y * alu.dst_factor_out + x * alu.dst_factor_in;
        const size_t back = design == Design::chisel ? 1 : design == Design::hls ? 2 : 0;
        const uint64_t read = design == Design::chisel ? src : dst;
        for (size_t i = written.size() - std::min(back, written.size()); i < written.size(); ++i)
          if (written[i] == read) return AluHazard{y, x, u, read};
        written.push_back(dst);
      }
    }
  return std::nullopt;
}

std::string text_of(const std::optional<AluHazard>& hazard) {
  if (!hazard) return "none";
  return std::to_string(hazard->y) + " " + std::to_string(hazard->x) + " " + std::to_string(hazard->uop) +
         " " + std::to_string(hazard->element);
}

TEST(AluHazard, IsWhereRunningMeetsItFirst) {
  Random random(7);
  const auto below = [&](uint64_t bound) { return static_cast<uint32_t>(random.below(bound)); };
  std::map<Design, int> found;
  for (int i = 0; i < 20000; ++i) {
    std::vector<Uop> uops(1 + below(4));
    for (Uop& uop : uops) uop = {below(12), below(12), 0};
    AluInstruction alu;
    alu.uop_end = static_cast<uint32_t>(uops.size());
    alu.iter_out = 1 + below(5);
    alu.iter_in = 1 + below(5);
    alu.dst_factor_out = below(5);
    alu.dst_factor_in = below(5);
    alu.src_factor_out = below(2) == 0 ? alu.dst_factor_out : below(5);
    alu.src_factor_in = below(2) == 0 ? alu.dst_factor_in : below(5);
    for (const Design design : {Design::chisel, Design::hls, Design::fsim}) {
      const auto expected = by_running(design, alu, uops);
      ASSERT_EQ(text_of(find_alu_hazard(design, alu, uops.data())), text_of(expected)) << i;
      found[design] += expected ? 1 : 0;
    }
  }
  EXPECT_GT(found[Design::chisel], 3000);
  EXPECT_LT(found[Design::chisel], 17000);
  EXPECT_GT(found[Design::hls], 1000);
  EXPECT_EQ(found[Design::fsim], 0);
}

TEST(AluHazard, IsAbsentWhereEveryRoundHasAnElementOfItsOwn) {
  const Uop uop{.dst = 3, .src = 3, .wgt = 0};
  AluInstruction alu;
  alu.uop_end = 1;
  alu.iter_in = alu.iter_out = (1 << 14) - 1;
  alu.dst_factor_in = alu.src_factor_in = 1;
  alu.dst_factor_out = alu.src_factor_out = (1 << 14) - 1;
  EXPECT_EQ(text_of(find_alu_hazard(Design::chisel, alu, &uop)), "none");
  alu.dst_factor_in = alu.src_factor_in = 0;
  EXPECT_EQ(text_of(find_alu_hazard(Design::chisel, alu, &uop)), "0 1 0 3");
}

AluInstruction alu_of(uint32_t begin, uint32_t end) {
  AluInstruction alu;
  alu.uop_begin = begin;
  alu.uop_end = end;
  return alu;
}

MemoryInstruction load_of(uint32_t sram, uint32_t dram, uint32_t count) {
  MemoryInstruction load;
  load.memory = Memory::uop;
  load.sram_base = sram;
  load.dram_base = dram;
  load.y_size = 1;
  load.x_size = load.x_stride = count;
  return load;
}

std::vector<EncodedInstruction> encoded(const std::vector<Instruction>& instructions) {
  const Codec codec{Hardware{}};
  std::vector<EncodedInstruction> words;
  for (const Instruction& one : instructions) words.push_back(codec.encode(one));
  return words;
}

TEST(StreamChecks, FollowTheMicroOpsThatAStreamLoads) {
  const std::vector<Uop> uops = {{0, 0, 0}, {1, 1, 0}, {0, 0, 0}};
  const auto fine = encoded({load_of(0, 100, 3), alu_of(0, 3), alu_of(1, 2)});
  EXPECT_FALSE(find_alu_hazard(Hardware{}, {fine, uops, 100}));
  // The second load puts the third micro-op before the second.
  const auto bad = encoded({load_of(0, 100, 3), alu_of(0, 3), load_of(1, 102, 1), alu_of(0, 3)});
  const auto found = find_alu_hazard(Hardware{}, {bad, uops, 100});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->position, 3u);
  EXPECT_EQ(found->hazard.uop, 1u);
}

TEST(StreamChecks, FindWhatTheChiselDesignRefuses) {
  std::vector<Uop> uops(2050);
  uops[2049].dst = 2040;  // comes to lie at 1
  AluInstruction alu = alu_of(1, 2);
  alu.iter_in = 8;
  alu.dst_factor_in = 1;
  EXPECT_FALSE(traps_unchecked(Hardware{}, {encoded({load_of(0, 0, 2050), alu}), uops, 0}));
  alu.iter_in = 9;
  EXPECT_TRUE(traps_unchecked(Hardware{}, {encoded({load_of(0, 0, 2050), alu}), uops, 0}));
  EXPECT_FALSE(traps_unchecked(Hardware{}, {encoded({load_of(0, 0, 2048), alu}), uops, 0}));
  alu.iter_in = 1 << 14;  // loses its only bit
  EXPECT_TRUE(traps_unchecked(Hardware{}, {encoded({load_of(0, 0, 2048), alu}), uops, 0}));
}

}  // namespace
}  // namespace tamis::vta
