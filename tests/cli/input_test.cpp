// Files that a user hands in: workloads and device configurations.

#include "cli/command.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Input : public CommandTest {
 protected:
  /// Hands the content as a file to `tamis tune` and expects its refusal.
  void expect_refused(const std::string& content, const std::string& message) {
    SCOPED_TRACE(content);
    const std::string path = directory_.file("input.json");
    write(path, content);
    const Finished finished = tamis({"tune", path, "--log", "none", "--trials", "1"});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, AllOf(StartsWith("tamis: error: "), HasSubstr(path), HasSubstr(message)));
  }
  Finished tune_on(const std::string& hardware, const std::vector<std::string>& more = {}) {
    const std::string path = directory_.file("vta_config.json");
    write(path, hardware);
    std::vector<std::string> arguments = {"tune", kSmall, "--target", "vta:" + path, "--log", "none"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tamis(arguments);
  }
};

/// The file that tvm-vta users have, with one buffer's size left open.
std::string hardware(int log_wgt_buffer) {
  return R"({"TARGET": "sim", "HW_VER": "0.0.2", "LOG_INP_WIDTH": 3, "LOG_WGT_WIDTH": 3, "LOG_ACC_WIDTH": 5,
    "LOG_BATCH": 0, "LOG_BLOCK": 4, "LOG_UOP_BUFF_SIZE": 15, "LOG_INP_BUFF_SIZE": 15,
    "LOG_ACC_BUFF_SIZE": 17, "LOG_WGT_BUFF_SIZE": )" +
         std::to_string(log_wgt_buffer) + "}";
}

TEST_F(Input, TunesAWorkloadFile) {
  const std::string path = directory_.file("layer.json");
  write(path, R"({"operator": "conv2d", "name": "mine", "ci": 16, "h": 4, "w": 4, "co": 16, "k": 1})");
  const Finished finished = tamis({"tune", path, "--log", "none", "--trials", "4"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("mine"));
}

TEST_F(Input, RefusesMalformedWorkloadFiles) {
  expect_refused("", "not valid JSON");
  expect_refused("{\"operator\": \"conv2d\",", "not valid JSON");
  expect_refused("[]", "");
  expect_refused("{}", "");
  expect_refused(R"({"operator": "conv4d", "ci": 16})", "conv4d");
  expect_refused(R"({"operator": "conv2d", "ci": "many", "h": 4, "w": 4, "co": 16, "k": 1})", "ci");
  expect_refused(R"({"operator": "conv2d", "ci": -16, "h": 4, "w": 4, "co": 16, "k": 1})", "ci");
  expect_refused(R"({"operator": "conv2d", "ci": 16, "h": 4, "w": 4, "co": 16, "k": 9})", "");
  expect_refused("\x1f\x8b\x08 a torn gzip file", "gzip");
}

TEST_F(Input, NamesAMissingFile) {
  const Finished finished = tamis({"tune", directory_.file("missing.json"), "--log", "none"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, AllOf(HasSubstr("missing.json"), HasSubstr("No such file")));
}

TEST_F(Input, RefusesAWorkloadThatVtaCannotRunBeforeAnyTrial) {
  const Finished finished = tune("conv2d:ci=3,h=4,w=4,co=16,k=1", {});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("blocks of 16 channels, and ci = 3 is not a multiple"));
  EXPECT_FALSE(std::filesystem::exists(directory_.file("log.sqlite")));
}

TEST_F(Input, TunesOnAnotherDevice) {
  const Finished finished = tune_on(hardware(14), {"--trials", "10"});
  EXPECT_EQ(finished.code, 0) << finished.err;
}

TEST_F(Input, RefusesImpossibleDevices) {
  for (const auto& [content, message] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "\"TARGET\""},
           {"not json", "not valid JSON"},
           {hardware(7), "wgt memory (\"LOG_WGT_BUFF_SIZE\") holds less than one element"},
           {hardware(99), "LOG_WGT_BUFF_SIZE"}}) {
    const Finished finished = tune_on(content);
    EXPECT_EQ(finished.code, 2) << content;
    EXPECT_THAT(finished.err, AllOf(HasSubstr("vta_config.json"), HasSubstr(message)));
  }
}

TEST_F(Input, EndsWithOneWhereNoConfigIsValid) {
  // A weight memory of a single element: no kernel of 3 x 3 fits.
  const Finished finished = tune_on(hardware(8), {"--trials", "all", "--strategy", "grid"});
  EXPECT_EQ(finished.code, 1) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("36 trials: 0 reached the device, 36 were rejected while building"));
  EXPECT_THAT(tune_on(hardware(8), {"--trials", "5", "--json"}).out, HasSubstr("\"best\": null"));
}

TEST_F(Input, ShowsTheSpaceOfEverySuite) {
  for (const char* suite : {"resnet18", "resnet50", "vgg16", "mobilenet_v1", "yolov3_tiny", "bert_base"}) {
    const Finished finished = tamis({"space", suite, "--json"});
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr(std::string(suite) + "."));
  }
}

}  // namespace
}  // namespace tamis::cli::testing
