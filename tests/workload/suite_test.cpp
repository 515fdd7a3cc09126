#include "tamis/suite.h"

#include "base/file.h"
#include "support/temporary_directory.h"

#include <map>
#include <numeric>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Multiply-accumulates of the whole network: every layer as often as it occurs.
int64_t network_macs(const Suite& suite) {
  int64_t sum = 0;
  for (size_t i = 0; i < suite.workloads.size(); ++i)
    sum += suite.counts[i] * multiply_accumulates(suite.workloads[i]);
  return sum;
}

TEST(Suites, AreTheSixThatComeWithTamis) {
  EXPECT_THAT(suite_names(),
              ElementsAre("bert_base", "mobilenet_v1", "resnet18", "resnet50", "vgg16", "yolov3_tiny"));
}

TEST(Suites, HoldValidDistinctNamedWorkloads) {
  for (const std::string& name : suite_names()) {
    const auto suite = find_suite(name);
    ASSERT_TRUE(suite.ok()) << suite.error().message;
    EXPECT_EQ(suite->name, name);
    EXPECT_FALSE(suite->note.empty()) << name;
    ASSERT_EQ(suite->workloads.size(), suite->counts.size());
    std::set<std::string> specs;
    for (const Workload& workload : suite->workloads) {
      EXPECT_TRUE(validate(workload).ok()) << workload.name;
      EXPECT_TRUE(workload.name.starts_with(name + ".")) << workload.name;
      EXPECT_TRUE(specs.insert(to_spec(workload)).second) << workload.name << " occurs twice";
      EXPECT_EQ(workload.shape.ci % 16, 0) << workload.name;
      EXPECT_EQ(workload.shape.co % 16, 0) << workload.name;
    }
  }
}

/// The published totals in millions, less the layers that the note of each suite leaves out.
TEST(Suites, AddUpToTheNetworks) {
  const std::map<std::string, int64_t> expected = {
      {"resnet18", 1'814'073'344 - 118'013'952 - 512'000},
      {"resnet50", 4'089'184'256 - 118'013'952 - 2'048'000},
      {"vgg16", 15'470'264'320 - 86'704'128 - 4'096'000},
      {"mobilenet_v1", 568'740'352 - 10'838'016 - 1'024'000},
      {"bert_base", int64_t{12} * 128 * (4 * 768 * 768 + 2 * 768 * 3072) + 768 * 768},
  };
  for (const auto& [name, macs] : expected) EXPECT_EQ(network_macs(*find_suite(name)), macs) << name;
}

/// The published totals, nothing left out.
TEST(Suites, AddUpToTheWholeNetworksForFloats) {
  const int64_t bert_products = int64_t{12} * 12 * 128 * 128 * 64 * 2;
  const std::map<std::string, int64_t> expected = {
      {"resnet18", 1'814'073'344},
      {"resnet50", 4'089'184'256},
      {"vgg16", 15'470'264'320},
      {"mobilenet_v1", 568'740'352},
      {"bert_base", int64_t{12} * 128 * (4 * 768 * 768 + 2 * 768 * 3072) + 768 * 768 + bert_products},
  };
  for (const auto& [name, macs] : expected)
    EXPECT_EQ(network_macs(*find_suite(name, {DataType::float32})), macs) << name;
}

TEST(Suites, HaveTypedLayersWithoutDuplicates) {
  for (const std::string& name : suite_names()) {
    const auto suite = find_suite(name, {DataType::float32});
    ASSERT_TRUE(suite.ok()) << suite.error().message;
    EXPECT_GT(suite->workloads.size(), find_suite(name).value().workloads.size()) << name;
    std::set<std::string> specs;
    for (const Workload& workload : suite->workloads) {
      EXPECT_EQ(workload.type, DataType::float32) << workload.name;
      EXPECT_TRUE(validate(workload).ok()) << workload.name;
      EXPECT_TRUE(specs.insert(to_spec(workload)).second) << workload.name << " occurs twice";
    }
  }
  EXPECT_EQ(resolve_workloads("resnet18.C1", {DataType::float32}).value().front().shape.kernel_h, 7);
}

TEST(Suites, RectifyWhatTheNetworksRectify) {
  const auto clip_min = [](const char* name) {
    return resolve_workloads(name, {DataType::float32}).value().front().epilogue.clip_min;
  };
  EXPECT_EQ(clip_min("mobilenet_v1.dw1"), 0);
  EXPECT_LT(clip_min("mobilenet_v1.classifier"), -1e300);
  EXPECT_LT(clip_min("bert_base.attention"), -1e300);
  EXPECT_EQ(resolve_workloads("bert_base.attention").value().front().epilogue.clip_min, -128);
}

TEST(Suites, HaveTheLayersOfResNet18) {
  const Suite suite = *find_suite("resnet18");
  ASSERT_EQ(suite.workloads.size(), 10U);
  const Workload& c9 = suite.workloads[7];
  EXPECT_EQ(c9.name, "resnet18.C9");
  EXPECT_EQ(to_spec(c9), "conv2d:n=1,ci=256,h=14,w=14,co=512,k=3,stride=2,pad=1");
  EXPECT_THAT(suite.counts, ElementsAre(4, 1, 1, 3, 1, 1, 3, 1, 1, 3));
}

TEST(Suites, AreNotFoundByAnotherName) {
  const auto suite = find_suite("resnet");
  ASSERT_FALSE(suite.ok());
  EXPECT_EQ(suite.error().kind, ErrorKind::not_found);
  EXPECT_THAT(find_suite("resnet19").error().message, HasSubstr("did you mean \"resnet18\"?"));
}

TEST(ReadSuite, ReadsWhatPeopleWrite) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("mine.json.gz");
  ASSERT_TRUE(write_file(path, R"({"suite": "mine", "workloads": [
      {"name": "one", "operator": "dense", "ci": 16, "co": 32, "count": 3},
      {"name": "two", "operator": "conv2d", "ci": 16, "h": 8, "w": 8, "co": 16, "k": 3, "pad": 1}]})")
                  .ok());
  const auto suite = read_suite(path);
  ASSERT_TRUE(suite.ok()) << suite.error().message;
  EXPECT_EQ(suite->workloads[1].name, "mine.two");
  EXPECT_THAT(suite->counts, ElementsAre(3, 1));
}

TEST(ReadSuite, TakesASingleWorkload) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("one.json");
  ASSERT_TRUE(write_file(path, R"({"name": "mine", "operator": "dense", "ci": 16, "co": 32})").ok());
  const auto suite = read_suite(path);
  ASSERT_TRUE(suite.ok()) << suite.error().message;
  ASSERT_EQ(suite->workloads.size(), 1U);
  EXPECT_EQ(suite->workloads[0].name, "mine");
}

TEST(ReadSuite, LeavesOutWhatIsForAnotherType) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("mine.json");
  ASSERT_TRUE(write_file(path, R"({"suite": "mine", "workloads": [
      {"name": "one", "operator": "dense", "ci": 3, "co": 32, "only": "float32"},
      {"name": "two", "operator": "dense", "ci": 16, "co": 32}]})")
                  .ok());
  EXPECT_EQ(read_suite(path).value().workloads.size(), 1U);
  EXPECT_EQ(read_suite(path, {DataType::float32}).value().workloads.size(), 2U);
  EXPECT_EQ(read_suite(path).value().workloads.front().name, "mine.two");
}

TEST(ReadSuite, NamesWhatIsWrong) {
  const std::string layer = R"({"name": "a", "operator": "dense", "ci": 16, "co": 32)";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"suite": "s"})", "\"workloads\" is missing"},
      {R"({"suite": "s", "workloads": []})", "at least one workload"},
      {R"({"suite": "s", "workloads": {}})", "at least one workload"},
      {R"({"suite": "s", "workloads": [3]})", "workload 1: expected a JSON object"},
      {R"({"suite": "s", "workloads": [)" + layer + "}," + layer + "}]}", "two workloads are called s.a"},
      {R"({"suite": "s", "workloads": [)" + layer + R"(, "count": 0}]})", "\"count\" is 0"},
      {R"({"suite": "s", "workloads": [)" + layer + R"(, "cuont": 1}]})", "\"cuont\""},
      {R"({"suite": "s", "workloads": [)" + layer + R"(, "only": "float"}]})", "did you mean \"float32\"?"},
      {R"({"suite": "s", "workloads": [)" + layer + R"(, "only": 3}]})", "\"only\" must be a string"},
      {R"({"suite": "s", "workloads": [)" + layer + R"(, "only": "float32"}]})", "none of its workloads"},
      {R"({"suite": "s/t", "workloads": [)" + layer + "}]}", "must be made of letters"},
      {R"({"suite": "", "workloads": [)" + layer + "}]}", "must be made of letters"},
      {R"({"suite": "s", "workload": []})", "did you mean \"workloads\"?"},
      {R"({"suite": "s", "workloads": [{"operator": "dense"}]})", "\"name\" is missing"},
  };
  const TemporaryDirectory directory;
  const std::string path = directory.file("bad.json");
  for (const auto& [text, message] : cases) {
    ASSERT_TRUE(write_file(path, text).ok());
    const auto suite = read_suite(path);
    ASSERT_FALSE(suite.ok()) << text;
    EXPECT_EQ(suite.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(suite.error().message, HasSubstr(path));
    EXPECT_THAT(suite.error().message, HasSubstr(message)) << text;
  }
}

TEST(ResolveWorkloads, UnderstandsSuiteMemberSpecAndFile) {
  EXPECT_EQ(resolve_workloads("resnet18").value().size(), 10U);
  EXPECT_EQ(resolve_workloads("resnet18.C2").value().front().name, "resnet18.C2");
  EXPECT_EQ(resolve_workloads("dense:ci=16,co=32").value().front().op, Operator::dense);
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file(directory.file("one.json"), R"({"operator": "dense", "ci": 16, "co": 32})").ok());
  EXPECT_EQ(resolve_workloads(directory.file("one.json")).value().size(), 1U);
}

TEST(ResolveWorkloads, SaysWhatIsNear) {
  EXPECT_THAT(resolve_workloads("resnet81").error().message, HasSubstr("did you mean \"resnet18\"?"));
  EXPECT_THAT(resolve_workloads("resnet18.C0").error().message, HasSubstr("did you mean \"resnet18.C"));
  EXPECT_THAT(resolve_workloads("resnet18.C1").error().message,
              HasSubstr("resnet18.C1 is only for targets that compute in float32"));
  EXPECT_EQ(resolve_workloads("missing.json").error().kind, ErrorKind::not_found);
  EXPECT_EQ(resolve_workloads("").error().kind, ErrorKind::not_found);
  EXPECT_EQ(resolve_workloads("resnet18.").error().kind, ErrorKind::not_found);
  EXPECT_EQ(resolve_workloads("conv2d:").error().kind, ErrorKind::invalid_input);
}

}  // namespace
}  // namespace tamis
