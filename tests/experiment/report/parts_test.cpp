// What the parts of hardware give is what the page takes.

#include "base/json.h"
#include "experiment/report/networks.h"
#include "experiment/report/programs.h"
#include "experiment/report/rooflines.h"
#include "experiment/report/subject_testing.h"
#include "support/json_schema.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace tamis::report {
namespace {

TEST(PartsOfAReport, FitTheSchema) {
  const std::vector<Subject> subjects = {
      samples::subject_on_vta(*samples::task_of("vta", "dense:ci=64,co=64"), 4),
      samples::subject_on_vta(*samples::task_of("vta:hls", "conv2d:ci=16,h=8,w=8,co=16,k=3,pad=1"), 4)};
  NetworkSource log{"a.tamis"};
  for (const Subject& subject : subjects)
    log.sessions.push_back({static_cast<int64_t>(log.sessions.size()) + 1, log.sessions.size(),
                            subject.workload, subject.target_spec, subject.target_identity,
                            subject.best->cost()});
  log.networks = {{1, "net", 3, 0, {{0, 1, 4}, {1, 2, 1}}}};
  const Json document = {{"schema", 1},
                         {"product", {{"name", "tamis"}, {"version", "0"}}},
                         {"spaces", Json::array()},
                         {"sessions", Json::array()},
                         {"networks", networks_of(std::vector{log}).data},
                         {"programs", programs_of(subjects, {.spans = 100}).data},
                         {"rooflines", rooflines_of(subjects).data}};
  ASSERT_EQ(document.at("programs").size(), 2U);
  ASSERT_EQ(document.at("rooflines").size(), 2U);
  ASSERT_EQ(document.at("networks").size(), 1U);
  const std::optional<bool> fits =
      fits_schema(TAMIS_TEST_DATA "/../../web/schema/report.schema.json", document.dump());
  if (!fits) GTEST_SKIP() << "there is no python3-jsonschema";
  EXPECT_TRUE(*fits);
}

}  // namespace
}  // namespace tamis::report
