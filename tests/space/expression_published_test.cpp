// Spaces and conditions as published in the FAIR Benchmark Hub for Auto-Tuning
// (AutoTuningAssociation/benchmark_hub, MIT licence, DOI 10.5281/zenodo.15364124). The hub's tables of the
// convolution and of dedispersion have one row for every config that the conditions allow; the number for the
// matrix product, of which the hub's table holds a part, is what Python counts.

#include "tamis/expression.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tamis {
namespace {

std::vector<int64_t> steps(int64_t from, int64_t to, int64_t step) {
  std::vector<int64_t> values;
  for (int64_t value = from; value <= to; value += step) values.push_back(value);
  return values;
}

uint64_t count_allowed(std::vector<Knob> knobs, const std::vector<std::string>& conditions) {
  Result<std::vector<Constraint>> constraints = parse_constraints(conditions, knobs);
  EXPECT_TRUE(constraints.ok()) << constraints.error().message;
  const Space space = *Space::create(std::move(knobs), std::move(*constraints));
  return space.allowed_keys(Space::kVisitable)->size();
}

TEST(PublishedSpace, OfAConvolutionIsCounted) {
  EXPECT_EQ(
      count_allowed(
          {number_knob("block_size_x", steps(16, 256, 16)), number_knob("block_size_y", {1, 2, 4, 8, 16}),
           number_knob("tile_size_x", steps(1, 4, 1)), number_knob("tile_size_y", steps(1, 4, 1)),
           number_knob("read_only", {0, 1}), number_knob("use_padding", {0, 1}),
           number_knob("use_shmem", {0, 1}), number_knob("use_cmem", {1}), number_knob("filter_height", {15}),
           number_knob("filter_width", {15})},
          {"use_padding==0 or block_size_x % 32 != 0", "block_size_x*block_size_y<=1024",
           "use_padding==0 or use_shmem != 0",
           "use_shmem == 0 or (((block_size_x*tile_size_x+(filter_width-1)))*"
           "((block_size_y*tile_size_y+(filter_height-1)))) < 12*1024"}),
      4362U);
}

TEST(PublishedSpace, OfDedispersionIsCounted) {
  EXPECT_EQ(
      count_allowed(
          {number_knob("block_size_x", {1, 2, 4, 8, 16, 32}), number_knob("block_size_y", steps(32, 256, 8)),
           number_knob("tile_size_x", steps(1, 4, 1)), number_knob("tile_size_y", steps(1, 8, 1)),
           number_knob("tile_stride_x", {0, 1}), number_knob("tile_stride_y", {0, 1})},
          {"32 <= block_size_x * block_size_y <= 1024", "tile_size_x > 1 or tile_stride_x == 0",
           "tile_size_y > 1 or tile_stride_y == 0"}),
      11130U);
}

TEST(PublishedSpace, OfAMatrixProductIsCounted) {
  EXPECT_EQ(
      count_allowed(
          {number_knob("MWG", {16, 32, 64, 128}), number_knob("NWG", {16, 32, 64, 128}),
           number_knob("KWG", {16, 32}), number_knob("MDIMC", {8, 16, 32}), number_knob("NDIMC", {8, 16, 32}),
           number_knob("MDIMA", {8, 16, 32}), number_knob("NDIMB", {8, 16, 32}), number_knob("KWI", {2}),
           number_knob("VWM", {1, 2, 4, 8}), number_knob("VWN", {1, 2, 4, 8}), number_knob("STRM", {0, 1}),
           number_knob("STRN", {0, 1}), number_knob("SA", {0, 1}), number_knob("SB", {0, 1})},
          {"KWG % KWI == 0", "MWG % (MDIMC * VWM) == 0", "NWG % (NDIMC * VWN) == 0",
           "MWG % (MDIMA * VWM) == 0", "NWG % (NDIMB * VWN) == 0", "KWG % ((MDIMC * NDIMC)/MDIMA) == 0",
           "KWG % ((MDIMC * NDIMC)/NDIMB) == 0",
           "not (MWG == 128 and NWG == 128 and MDIMC == 8 and NDIMC == 8)"}),
      116928U);
}

}  // namespace
}  // namespace tamis
