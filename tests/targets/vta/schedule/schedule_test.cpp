#include "targets/vta/schedule/schedule.h"

#include "base/file.h"
#include "exchange/csv.h"
#include "tamis/suite.h"
#include "targets/vta/vta_testing.h"

#include <gtest/gtest.h>

namespace tamis::vta {
namespace {

Space space_of(const std::string& spec, SpaceKind kind = SpaceKind::autotvm) {
  const Workload workload = testing::workload(spec);
  const Result<BlockedWorkload> blocked = block_workload(workload, Hardware{});
  Result<Space> space = schedule_space(workload, *blocked, kind);
  EXPECT_TRUE(space.ok());
  return std::move(*space);
}

/// Config indices must mean the same here as in AutoTVM, for every config of a layer that AutoTVM recorded.
void expect_autotvm_numbering(const std::string& layer, const std::string& file) {
  const std::vector<Workload> workloads = *resolve_workloads("resnet18." + layer);
  const BlockedWorkload blocked = *block_workload(workloads.front(), Hardware{});
  const Space space = *schedule_space(workloads.front(), blocked, SpaceKind::autotvm);
  const std::string path = std::string(TAMIS_TEST_DATA) + "/vta/" + file;
  const Result<std::string> text = read_file(path);
  ASSERT_TRUE(text.ok()) << text.error().message;
  const Result<CsvContent> content = read_csv(*text, path);
  ASSERT_TRUE(content.ok()) << content.error().message;
  const TrialSet* table = &content->sets.front();
  ASSERT_EQ(space.size(), table->trials.size());
  for (size_t row = 0; row < table->trials.size(); ++row) {
    const Config config = space.config(content->indices[0][row]);
    for (const Knob& knob : table->space.knobs())
      ASSERT_EQ(space.integer(config, knob.name), table->space.integer(table->trials[row].config, knob.name))
          << knob.name << " of config " << content->indices[0][row];
  }
}

TEST(ScheduleSpace, NumbersTheConfigsOfC2AsAutoTvmDoes) {
  expect_autotvm_numbering("C2", "resnet18.C2.csv.gz");
}
TEST(ScheduleSpace, NumbersTheConfigsOfC9AsAutoTvmDoes) { expect_autotvm_numbering("C9", "resnet18.C9.csv"); }

TEST(ScheduleSpace, ADenseLayerHasFourKnobs) {
  const Space space = space_of("dense:n=4,ci=64,co=128");
  ASSERT_EQ(space.knobs().size(), 4U);
  EXPECT_EQ(space.knobs()[0].name, "tile_b");
  EXPECT_EQ(space.knobs()[3].name, "oc_nthread");
  EXPECT_EQ(space.size(), 3U * 3U * 4U * 2U);
}

TEST(ScheduleSpace, TheWideSpaceExtendsTheTemplate) {
  const char* spec = "conv2d:ci=32,h=8,w=8,co=32,k=3,pad=1";
  const Space narrow = space_of(spec);
  const Space wide = space_of(spec, SpaceKind::wide);
  ASSERT_GT(wide.knobs().size(), narrow.knobs().size());
  // The template's knobs come first and vary fastest, so its indices name the same tiles in the wide space.
  for (uint64_t index = 0; index < narrow.size(); ++index)
    for (const Knob& knob : narrow.knobs())
      ASSERT_EQ(narrow.integer(narrow.config(index), knob.name), wide.integer(wide.config(index), knob.name));
}

TEST(ScheduleSpace, RefusesAnUnknownKind) {
  const Result<SpaceKind> kind = parse_space_kind("wid");
  ASSERT_FALSE(kind.ok());
  EXPECT_NE(kind.error().message.find("wide"), std::string::npos);
}

}  // namespace
}  // namespace tamis::vta
