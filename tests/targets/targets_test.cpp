// The table of targets: every row keeps what the interface promises.

#include "tamis/targets.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

/// What a kind of target keeps to whatever it is; what its tasks keep to is in target_conformance_test.cpp.
class EveryTarget : public ::testing::TestWithParam<TargetKind> {};

TEST_P(EveryTarget, IsMadeByItsNameAndKeepsItsSpec) {
  const auto target = make_target(GetParam().name);
  ASSERT_TRUE(target.ok()) << target.error().message;
  EXPECT_EQ((*target)->spec(), GetParam().name);
  EXPECT_TRUE((*target)->settings().empty());
  EXPECT_FALSE(GetParam().description.empty());
}

TEST_P(EveryTarget, DescribesItsSettings) {
  std::set<std::string> names;
  for (const SettingKind& setting : GetParam().settings) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name << " twice";
    EXPECT_FALSE(setting.description.empty()) << setting.name;
    EXPECT_THAT(setting.name, ::testing::MatchesRegex("[a-z][a-z-]*"));
  }
}

TEST_P(EveryTarget, DropsSettingsThatSayWhatTheirDefaultSays) {
  Settings defaults;
  for (const SettingKind& setting : GetParam().settings) defaults[setting.name] = setting.default_value;
  const auto target = make_target(GetParam().name, defaults);
  ASSERT_TRUE(target.ok()) << target.error().message;
  EXPECT_TRUE((*target)->settings().empty());
}

TEST_P(EveryTarget, RefusesAnUnknownSetting) {
  const auto target = make_target(GetParam().name, {{"no-such-setting", "1"}});
  ASSERT_FALSE(target.ok());
  EXPECT_EQ(target.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(target.error().message,
              HasSubstr("the target " + GetParam().name + " has no setting \"no-such-setting\""));
}

TEST_P(EveryTarget, RefusesTheSettingsOfOthersAndNamesThem) {
  std::set<std::string> own;
  for (const SettingKind& setting : GetParam().settings) own.insert(setting.name);
  for (const TargetKind& other : target_kinds()) {
    for (const SettingKind& setting : other.settings) {
      if (own.count(setting.name) != 0) continue;
      const auto target = make_target(GetParam().name, {{setting.name, setting.default_value}});
      ASSERT_FALSE(target.ok()) << setting.name;
      EXPECT_EQ(target.error().kind, ErrorKind::invalid_input);
      EXPECT_THAT(target.error().message, HasSubstr("--" + setting.name + " is a setting of the target "));
      EXPECT_THAT(target.error().message, HasSubstr("the target here is " + GetParam().name));
    }
  }
}

TEST_P(EveryTarget, RefusesAMissingConfiguration) {
  const auto target = make_target(GetParam().name + ":/missing/file.json", {});
  ASSERT_FALSE(target.ok());
  EXPECT_THAT(target.error().message, HasSubstr("/missing/file.json"));
}

TEST_P(EveryTarget, RefusesAWorkloadThatIsNotItsOwn) {
  const auto target = make_target(GetParam().name, {}).value();
  const bool external =
      GetParam().name == "table" || GetParam().name == "command" || GetParam().name == "opencl";
  Workload workload = *parse_spec(external ? "dense:ci=16,co=16" : "external:some/file");
  workload.name = "the stranger";
  const auto task = bind_task(target, workload);
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(task.error().message, HasSubstr("the stranger"));
}

TEST_P(EveryTarget, RefusesAWorkloadThatDoesNotExist) {
  const auto target = make_target(GetParam().name, {}).value();
  const auto workloads = target->resolve("missing/file.json");
  if (!workloads.ok()) {
    EXPECT_THAT(workloads.error().message, HasSubstr("missing/file.json"));
    return;
  }
  // A target that reads nothing before it binds says the same then.
  const auto task = bind_task(target, workloads->front());
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::not_found);
  EXPECT_THAT(task.error().message, HasSubstr("cannot read missing/file.json"));
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

TEST(Targets, KeepSettingsThatSaySomething) {
  const auto target = make_target("cpu", {{"caches", "cold"}, {"threads", "1"}, {"layout", "nhwc"}});
  ASSERT_TRUE(target.ok()) << target.error().message;
  EXPECT_EQ((*target)->settings(), (Settings{{"caches", "cold"}, {"threads", "1"}}));
}

TEST(Targets, SayWhoseASettingIs) {
  const auto target = make_target("vta", {{"threads", "2"}});
  ASSERT_FALSE(target.ok());
  EXPECT_THAT(target.error().message,
              HasSubstr("--threads is a setting of the target cpu or opencl, and the target here is vta: add "
                        "--target cpu or opencl or leave --threads out"));
  EXPECT_THAT(make_target("vta", {{"objective", "energy:J"}}).error().message,
              HasSubstr("--objective is a setting of the target table or command"));
}

TEST(Targets, NameTheNearestOfAnUnknownSetting) {
  const auto target = make_target("cpu", {{"thread", "2"}});
  ASSERT_FALSE(target.ok());
  EXPECT_EQ(target.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(target.error().message, HasSubstr("the target cpu has no setting \"thread\""));
  EXPECT_THAT(target.error().message, HasSubstr("did you mean \"threads\"?"));
}

}  // namespace
}  // namespace tamis
