// The table of targets: every row keeps what the interface promises.

#include "targets/targets.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

class EveryTarget : public ::testing::TestWithParam<TargetKind> {
 protected:
  /// A small workload that the target can run.
  static Workload small_workload(const Target& target) {
    const std::string data = TAMIS_TEST_DATA;
    auto workloads =
        target.workloads(GetParam().name == "table"     ? data + "/tables/tiny_T4.json"
                         : GetParam().name == "command" ? data + "/spaces/echo.yaml"
                                                        : "conv2d:ci=16,h=4,w=4,co=16,k=3,pad=1");
    EXPECT_TRUE(workloads.ok()) << workloads.error().message;
    return workloads->front();
  }
};

TEST_P(EveryTarget, IsMadeByItsNameAndKeepsItsSpec) {
  const auto target = make_target(GetParam().name, {});
  ASSERT_TRUE(target.ok()) << target.error().message;
  EXPECT_EQ((*target)->spec(), GetParam().name);
  const Workload workload = small_workload(**target);
  EXPECT_FALSE((*target)->identity(workload).empty());
  EXPECT_EQ((*target)->identity(workload), (*make_target(GetParam().name, {}))->identity(workload));
  EXPECT_FALSE(GetParam().description.empty());
}

TEST_P(EveryTarget, RefusesAMissingConfiguration) {
  const auto target = make_target(GetParam().name + ":/missing/file.json", {});
  ASSERT_FALSE(target.ok());
  EXPECT_THAT(target.error().message, HasSubstr("/missing/file.json"));
}

TEST_P(EveryTarget, BuildsItsDefaultConfigOrSaysWhyNot) {
  const auto target = make_target(GetParam().name, {}).value();
  const Workload workload = small_workload(*target);
  const Space space = target->space(workload).value();
  const BuildOutcome built = target->build(workload, space, target->default_config(workload, space));
  EXPECT_EQ(built.verdict == Verdict::valid, built.artifact != nullptr);
  EXPECT_EQ(built.verdict == Verdict::valid, built.message.empty());
  EXPECT_GE(target->bound_ns(workload), 0.0);
}

TEST_P(EveryTarget, RefusesAWorkloadThatIsNotItsOwn) {
  const auto target = make_target(GetParam().name, {}).value();
  const bool external = GetParam().name == "table" || GetParam().name == "command";
  Workload workload = *parse_spec(external ? "dense:ci=16,co=16" : "external:some/file");
  workload.name = "the stranger";
  const auto space = target->space(workload);
  ASSERT_FALSE(space.ok());
  EXPECT_EQ(space.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(space.error().message, HasSubstr("the stranger"));
}

TEST_P(EveryTarget, RefusesAWorkloadThatDoesNotExist) {
  const auto target = make_target(GetParam().name, {}).value();
  const auto workloads = target->workloads("missing/file.json");
  ASSERT_FALSE(workloads.ok());
  EXPECT_THAT(workloads.error().message, HasSubstr("missing/file.json"));
}

INSTANTIATE_TEST_SUITE_P(Table, EveryTarget, ::testing::ValuesIn(target_kinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST(Targets, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const TargetKind& kind : target_kinds()) EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
}

TEST(Targets, NameTheNearestOfAnUnknownOne) {
  for (const char* spec : {"vtaa", "VTA", "vt:file.json"}) {
    const auto target = make_target(spec, {});
    ASSERT_FALSE(target.ok()) << spec;
    EXPECT_EQ(target.error().kind, ErrorKind::not_found);
    EXPECT_THAT(target.error().message, HasSubstr("vta"));
  }
  EXPECT_FALSE(make_target("", {}).ok());
}

}  // namespace
}  // namespace tamis
