// Results of CLBlast 1.5.3. What a guess had wrong: numbers at the top are texts; `best_time` has two digits,
// the time of a result three; and configs that failed are not in the file.

#include "exchange/clblast.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Clblast, ReadsResultsOfTheProgram) {
  const TrialFile file = read_trials(TAMIS_TEST_DATA "/tools/clblast_xgemm.json").value();
  EXPECT_EQ(file.format, "clblast");
  EXPECT_THAT(file.skipped, IsEmpty());
  const TrialSet& set = file.sets.at(0);
  EXPECT_EQ(set.workload.name, "xgemm_1:alpha=2.00,beta=2.00,k=64,m=64,n=64,precision=32");
  EXPECT_THAT(set.target_identity, testing::StartsWith("clblast skylake-avx512"));
  EXPECT_THAT(set.trials, SizeIs(9));
  EXPECT_DOUBLE_EQ(best_cost(set), 34000) << "0.034 of `results`, not the 0.03 of `best_time`";
  EXPECT_THAT(set.space.describe(best_trial(set)->config), HasSubstr("KWG=32 KWI=2 MDIMA=8 MDIMC=8 MWG=64"));
  EXPECT_FALSE(set.space.find("PRECISION"));
}

TEST(Clblast, SkipsTimesThatCannotBe) {
  const std::string text = R"({"kernel_family": "xdot", "best_time": "0.00", "results": [
    {"kernel": "X", "time": 0.000, "parameters": {"W": 1}}, {"kernel": "X", "time": 0.5, "parameters": {"W": 2}},
    {"kernel": "X", "time": nan, "parameters": {"W": 4}}, {"kernel": "X", "ti)";
  const TrialFile file = clblast_format().read(text, "f", {}).value();
  EXPECT_THAT(file.sets.at(0).trials, SizeIs(1));
  EXPECT_THAT(file.skipped,
              ElementsAre(HasSubstr("row 1: a latency of 0"), HasSubstr("row 3: a latency of nan"),
                          HasSubstr("row 4: the file is cut off")));
}

}  // namespace
}  // namespace tamis
