#include "base/json.h"
#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

const std::string kModel = TAMIS_TEST_DATA "/../../examples/networks/small.onnx";

class ModelTest : public CommandTest {
 protected:
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
};

TEST_F(ModelTest, IsShownAsTasksAndWhatIsNotTuned) {
  const Finished shown = tamis({"show", kModel});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("input  input float32 1x3x16x16"));
  EXPECT_THAT(shown.out, HasSubstr("depthwise_conv2d:"));
  EXPECT_THAT(shown.out, HasSubstr("MaxPool"));
}

TEST_F(ModelTest, IsShownAsJson) {
  const Finished shown = tamis({"show", kModel, "--json"});
  const Json json = parse_json(shown.out, "show").value();
  EXPECT_EQ(json["opset"], 17);
  EXPECT_EQ(json["tasks"].size(), 5U);
  ASSERT_EQ(json["pairs"].size(), 1U);
  EXPECT_THAT(json["pairs"][0]["spec"].get<std::string>(), HasSubstr("separable_conv2d:n=1,ci=16"));
  EXPECT_EQ(json["pairs"][0]["parts"].size(), 2U);
  EXPECT_EQ(json["not_supported"].size(), 0U);
}

TEST_F(ModelTest, HasNoTrials) {
  EXPECT_THAT(tamis({"show", kModel, "--top", "3"}).err, HasSubstr("is a model, which has no sessions"));
  EXPECT_THAT(tamis({"show", kModel, "--shape", "x=1x3x16x16"}).err, HasSubstr("no input \"x\""));
  EXPECT_THAT(tamis({"show", kModel, "--shape", "input=1x3x8x8"}).err, HasSubstr("cannot be 1x3x8x8"));
}

TEST_F(ModelTest, RefusesWhatIsNoModel) {
  write(path("broken.onnx"), "no protobuf");
  const Finished shown = tamis({"show", path("broken.onnx")});
  EXPECT_EQ(shown.code, 2);
  EXPECT_THAT(shown.err, HasSubstr("broken.onnx"));
}

TEST_F(ModelTest, RunsByTheReference) {
  // NumPy's header of version 1, and 1x3x16x16 zeros.
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 16, 16), }";
  header.append(117 - header.size(), ' ').append("\n");
  const std::string input =
      std::string("\x93NUMPY\x01\x00v\x00", 10) + header + std::string(sizeof(float) * 3 * 16 * 16, '\0');
  write(path("x.npy"), input);
  const Finished ran = tamis({"run", kModel, "--input", path("x.npy"), "--output", path("y.npy"), "--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(parse_json(ran.out, "run").value()["outputs"][0]["shape"], (Json{1, 10}));
  EXPECT_EQ(read(path("y.npy")).size(), 128 + 10 * sizeof(float));
  EXPECT_THAT(tamis({"run", kModel}).err, HasSubstr("input \"input\" is missing"));
  EXPECT_THAT(tamis({"run", kModel, "--input", "in=" + path("x.npy")}).err, HasSubstr("has no input \"in\""));
}

TEST_F(ModelTest, IsTunedUnderOneBudget) {
  const std::vector<std::string> command{"tune", kModel,  "--target",        "vta",   "--trials",
                                         "30",   "--log", path("net.tamis"), "--json"};
  const Finished first = tamis(command);
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("not tuned, 1 time in the network: conv2d:n=1,ci=3"))
      << "VTA has blocks of 16 channels";
  const Json report = parse_json(first.out, "tune").value();
  EXPECT_EQ(report["workloads"].size(), 2U);
  EXPECT_EQ(report["workloads"][0]["occurrences"], 1);
  EXPECT_LE(report["total"]["counts"]["trials"], 30);
  std::vector<std::string> again = command;
  again.push_back("--resume");
  const Json resumed = parse_json(tamis(again).out, "tune").value();
  EXPECT_EQ(resumed["total"]["best_ns"], report["total"]["best_ns"]);
  // Both runs are of one network of the log.
  EXPECT_THAT(tamis({"show", path("net.tamis")}).out, HasSubstr("small        2      2  1 to 2\n"));
  EXPECT_EQ(resumed["total"]["counts"]["trials"], report["total"]["counts"]["trials"]);
}

TEST_F(ModelTest, GivesEachOutputOneFile) {
  EXPECT_THAT(tamis({"run", kModel, "--input", "input="}).err, HasSubstr("--input input= names no file"));
  EXPECT_THAT(tamis({"run", kModel, "--input", ""}).err, HasSubstr("--input names no file"));
}

TEST_F(ModelTest, IsTunedAlone) {
  EXPECT_THAT(tamis({"tune", kModel, "--target", "table", "--log", "none"}).err,
              HasSubstr("tune a model on cpu or vta"));
  EXPECT_THAT(tamis({"tune", kModel, "resnet18", "--log", "none"}).err, HasSubstr("name no other WORKLOAD"));
  EXPECT_THAT(tamis({"tune", "resnet18", "--shape", "x=1x3", "--log", "none"}).err,
              HasSubstr("--shape is of models"));
}

}  // namespace
}  // namespace tamis::cli::testing
