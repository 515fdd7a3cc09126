#include "experiment/ranking.h"

#include "experiment/study_testing.h"

#include <gtest/gtest.h>

namespace tamis {
namespace {

RankingOptions options(std::vector<uint64_t> sizes, uint64_t seeds) {
  RankingOptions made;
  made.sizes = std::move(sizes);
  made.seeds = seeds;
  made.jobs = 2;
  return made;
}

double mean(const RankingRow& row, double RankingQuality::*metric) {
  double sum = 0.0;
  for (const RankingQuality& quality : row.seeds) sum += quality.*metric;
  return sum / static_cast<double>(row.seeds.size());
}

TEST(StudyRanking, ShowsThatZerosHideTheOrderOfValidConfigs) {
  const auto rows = study_ranking({recorded("vta/resnet18.C2.csv.gz")}, options({256}, 4), {});
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), kTreatments.size());
  const RankingRow& zeros = (*rows)[0];
  const RankingRow& left_out = (*rows)[1];
  const RankingRow& apart = (*rows)[2];
  EXPECT_EQ(zeros.treatment, Treatment::zeros);
  EXPECT_GT(mean(left_out, &RankingQuality::spearman), mean(zeros, &RankingQuality::spearman) + 0.3);
  EXPECT_GT(mean(apart, &RankingQuality::recall_all), mean(left_out, &RankingQuality::recall_all));
  for (const uint64_t valid : zeros.training_valid)
    EXPECT_NEAR(static_cast<double>(valid), 256 * 182 / 2304.0, 12.0);
}

TEST(StudyRanking, DoesNotDependOnJobs) {
  const auto table = recorded("vta/resnet18.C9.csv");
  RankingOptions one = options({32}, 3);
  one.jobs = 1;
  const auto alone = study_ranking({table}, one, {});
  const auto together = study_ranking({table}, options({32}, 3), {});
  ASSERT_TRUE(alone.ok() && together.ok());
  for (size_t i = 0; i < alone->size(); ++i)
    for (size_t seed = 0; seed < 3; ++seed)
      EXPECT_EQ((*alone)[i].seeds[seed].spearman, (*together)[i].seeds[seed].spearman);
}

TEST(StudyRanking, LeavesOutSizesThatATableIsTooSmallFor) {
  const auto rows = study_ranking({tiny()}, options({8, 64}, 2), {});
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), kTreatments.size());
  EXPECT_EQ(rows->front().trials, 8U);
}

TEST(StudyRanking, EndsWhenItIsStopped) {
  std::stop_source source;
  source.request_stop();
  const auto rows = study_ranking({tiny()}, options({8}, 2), source.get_token());
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind, ErrorKind::interrupted);
}

TEST(StudyRanking, TellsItsProgress) {
  RankingOptions told = options({8}, 3);
  size_t last = 0;
  told.progress = [&](size_t done, size_t total) {
    EXPECT_EQ(total, 3U);
    last = done;
  };
  ASSERT_TRUE(study_ranking({tiny()}, told, {}).ok());
  EXPECT_EQ(last, 3U);
}

}  // namespace
}  // namespace tamis
