#include "bindings/c/c_testing.h"
#include "bindings/c/header.h"
#include "support/temporary_directory.h"
#include "tamis/version.h"

#include <array>
#include <fstream>

#include <gmock/gmock.h>

namespace tamis::c {
namespace {

using testing::HasSubstr;

TEST(CApi, TellsItsVersion) { EXPECT_STREQ(tamis_version(), kVersion); }

TEST(CApi, ReadsSpacesFromTextAndFiles) {
  const SpaceHandle space = small_space();
  EXPECT_EQ(tamis_space_size(space.get()), 64U);
  uint64_t allowed = 0;
  EXPECT_TRUE(tamis_space_allowed(space.get(), &allowed));
  EXPECT_EQ(allowed, 56U);
  EXPECT_EQ(tamis_space_knob_count(space.get()), 4U);
  EXPECT_STREQ(tamis_space_knob(space.get(), 2), "layout");
  EXPECT_EQ(tamis_space_knob(space.get(), 4), nullptr);

  const TemporaryDirectory directory;
  std::ofstream(directory.file("space.json")) << R"({"tamis": 1, "knobs": {"a": [1, 2]}})";
  ErrorPlace error;
  const SpaceHandle read(tamis_space_read(directory.file("space.json").c_str(), error));
  ASSERT_TRUE(error.empty()) << error.take();
  EXPECT_EQ(tamis_space_size(read.get()), 2U);
}

TEST(CApi, TakesSpacesThatNoIndexCounts) {
  std::string text = "tamis: 1\nknobs:\n";
  for (int i = 0; i < 170; ++i) text += "  k" + std::to_string(i) + ": [1, 2]\n";
  ErrorPlace error;
  const SpaceHandle space(tamis_space_parse(text.c_str(), error));
  ASSERT_TRUE(error.empty()) << error.take();
  EXPECT_EQ(tamis_space_size(space.get()), UINT64_MAX);
  uint64_t allowed = 0;
  EXPECT_FALSE(tamis_space_allowed(space.get(), &allowed));
  EXPECT_EQ(tamis_space_knob_count(space.get()), 170U);
}

TEST(CApi, RefusesSpacesThatAreNone) {
  ErrorPlace error;
  EXPECT_EQ(tamis_space_parse("[1, 2", error), nullptr);
  EXPECT_FALSE(error.take().empty());
  EXPECT_EQ(tamis_space_parse(nullptr, error), nullptr);
  EXPECT_THAT(error.take(), HasSubstr("is NULL"));
  EXPECT_EQ(tamis_space_read("/no/such/space", error), nullptr);
  EXPECT_EQ(error.kind(), TAMIS_NOT_FOUND);
  EXPECT_THAT(error.take(), HasSubstr("/no/such/space"));
}

TEST(CApi, GivesTheValuesOfAConfig) {
  const SpaceHandle space = small_space();
  const ConfigHandle config = parse(space, {"tile=8", "scale=2", "loop=4"});
  ErrorPlace error;
  EXPECT_EQ(tamis_config_integer(config.get(), "tile", error), 8);
  EXPECT_EQ(tamis_config_number(config.get(), "tile", error), 8.0);
  EXPECT_EQ(tamis_config_number(config.get(), "scale", error), 2.0);
  EXPECT_STREQ(tamis_config_text(config.get(), "layout", error), "rows");
  EXPECT_STREQ(tamis_config_text(config.get(), "tile", error), "8");
  std::array<int64_t, 2> factors = {};
  EXPECT_EQ(tamis_config_factors(config.get(), "loop", factors.data(), factors.size(), error), 2U);
  EXPECT_EQ(factors, (std::array<int64_t, 2>{2, 4}));
  EXPECT_EQ(tamis_config_factors(config.get(), "loop", nullptr, 0, error), 2U);
  EXPECT_STREQ(tamis_config_describe(config.get()), "tile=8 scale=2 layout=rows loop=4");
  EXPECT_TRUE(error.empty());
}

TEST(CApi, SaysWhatIsWrongWithAConfig) {
  const SpaceHandle space = small_space();
  const ConfigHandle config = parse(space, {});
  ErrorPlace error;
  EXPECT_EQ(tamis_config_integer(config.get(), "tiel", error), 0);
  EXPECT_EQ(error.kind(), TAMIS_NOT_FOUND);
  EXPECT_THAT(error.take(), HasSubstr("did you mean \"tile\"?"));
  EXPECT_EQ(tamis_config_integer(config.get(), "layout", error), 0);
  EXPECT_EQ(error.take(), "the value rows of the knob layout is not an integer");
  EXPECT_EQ(tamis_config_number(config.get(), "layout", error), 0);
  EXPECT_THAT(error.take(), HasSubstr("is not a number"));
  EXPECT_EQ(tamis_config_factors(config.get(), "tile", nullptr, 0, error), 0U);
  EXPECT_THAT(error.take(), HasSubstr("is not a split into factors"));
  EXPECT_EQ(tamis_config_text(config.get(), nullptr, error), nullptr);
  EXPECT_THAT(error.take(), HasSubstr("is NULL"));
  const char* odd = "tile=3";
  EXPECT_EQ(tamis_config_parse(space.get(), &odd, 1, error), nullptr);
  EXPECT_THAT(error.take(), HasSubstr("the knob tile has no value \"3\""));
}

TEST(CApi, KeepsTheFirstOfSeveralErrors) {
  const ConfigHandle config = parse(small_space(), {});
  ErrorPlace error;
  tamis_config_integer(config.get(), "first", error);
  tamis_config_integer(config.get(), "second", error);
  EXPECT_THAT(error.take(), HasSubstr("\"first\""));
  // And nobody need take them.
  EXPECT_EQ(tamis_config_integer(config.get(), "first", nullptr), 0);
}

TEST(CApi, TakesNullForEveryHandle) {
  ErrorPlace error;
  tamis_space_free(nullptr);
  tamis_config_free(nullptr);
  tamis_study_free(nullptr);
  tamis_error_free(nullptr);
  EXPECT_STREQ(tamis_error_message(nullptr), "");
  EXPECT_EQ(tamis_space_size(nullptr), 0U);
  EXPECT_EQ(tamis_space_knob(nullptr, 0), nullptr);
  EXPECT_FALSE(tamis_space_allowed(nullptr, nullptr));
  EXPECT_STREQ(tamis_config_describe(nullptr), "");
  EXPECT_TRUE(tamis_study_done(nullptr));
  EXPECT_EQ(tamis_study_resumed(nullptr), 0U);
  EXPECT_STREQ(tamis_study_resume_note(nullptr), "");
  EXPECT_EQ(tamis_study_open(nullptr, nullptr, error), nullptr);
  EXPECT_EQ(error.take(), "the space is NULL");
  EXPECT_FALSE(tamis_study_tell_latency(nullptr, nullptr, 1, error));
  EXPECT_EQ(error.take(), "the study is NULL");
}

TEST(CApi, NamesVerdicts) {
  EXPECT_STREQ(tamis_verdict_name(TAMIS_VALID), "valid");
  EXPECT_STREQ(tamis_verdict_name(TAMIS_DEVICE_LOST), "device_lost");
  EXPECT_EQ(tamis_verdict_name(static_cast<tamis_verdict>(11)), nullptr);
}

TEST(CApi, HasStructsThatCAndCppSeeAlike) { EXPECT_EQ(size_of_outcome(), sizeof(tamis_outcome)); }

}  // namespace
}  // namespace tamis::c
