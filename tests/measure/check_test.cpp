#include "measure/check.h"

#include "measure/attempt.h"
#include "measure/fault_target.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

TEST(Check, FindsNothingWhereOutputsAgree) {
  WorkloadData data;
  data.output = std::vector<int8_t>(30, 5);
  EXPECT_EQ(find_difference(small_workload(), data, data.output), std::nullopt);
}

TEST(Check, SaysHowManyDifferAndWhereTheFirstIs) {
  WorkloadData data;
  data.output = std::vector<int8_t>(30, 5);
  std::vector<int8_t> actual(30, 5);
  actual[3 * 4 + 1] = -7;
  actual[29] = 0;
  EXPECT_EQ(find_difference(small_workload(), data, actual),
            "2 of 30 elements differ from the reference; the first is at n=0 c=0 y=4 x=1: -7 instead of 5");
}

TEST(ProgramPath, KeepsNamesThatFilesCanHave) {
  const auto target = make_fault_target("fault", {}).value();
  const Workload workload = small_workload();
  const Space space = target->space(workload).value();
  const MeasureTask task{target.get(), &workload, &space};
  EXPECT_EQ(program_path("out", task, space.config(3)), "out/small_conv_1-3.json.gz");
  EXPECT_EQ(program_path("", task, space.config(3)), "");
}

}  // namespace
}  // namespace tamis
