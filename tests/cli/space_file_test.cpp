// `tamis space` with space files.

#include "base/json.h"
#include "cli/command.h"

#include <set>
#include <string>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string data(const std::string& name) { return std::string(TAMIS_TEST_DATA) + "/spaces/" + name; }

class SpaceFileCommand : public CommandTest {
 protected:
  std::string file(const std::string& content, const std::string& name = "some.yaml") const {
    std::string path = directory_.path() + "/" + name;
    write(path, content);
    return path;
  }
};

TEST_F(SpaceFileCommand, CountsAPublishedSpace) {
  const Finished finished = tamis({"space", data("gemm_milo_T1.json"), "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json json = *parse_json(finished.out, "space");
  EXPECT_EQ(json.at("workload"), "gemm");
  EXPECT_EQ(json.at("size"), 663552);
  EXPECT_EQ(json.at("valid_size"), 116928);
  EXPECT_EQ(json.at("allowed"), 116928);
  EXPECT_LT(json.at("enumeration_ms").get<double>(), 1000.0);
  EXPECT_EQ(json.at("knobs").size(), 17U);
  EXPECT_EQ(json.at("constraints").size(), 8U);
  EXPECT_EQ(json.at("default").at("MWG"), 64);
}

TEST_F(SpaceFileCommand, ShowsASpaceToPeople) {
  const Finished finished = tamis({"space", data("matmul.yaml")});
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out,
              HasSubstr("4536 configs, 1680 of them allowed by the constraints, enumerated in"));
  EXPECT_THAT(finished.out, HasSubstr("constraint: (use_shared == 1) or pad == 0"));
  EXPECT_THAT(finished.out, HasSubstr("default: tile_m=16 unroll=1 tile_n=8 order=n,m,k use_shared=0 pad=0"));
}

TEST_F(SpaceFileCommand, ShowsWhatIsLikelyGood) {
  const std::string path = directory_.file("hinted.yaml");
  write(path,
        "tamis: 1\nknobs: {a: [1, 2, 4], s: {split: 4}}\nlikely_good: [{a: [2, 4], s: [2, 2]}, {a: 1}]\n");
  EXPECT_THAT(tamis({"space", path}).out, HasSubstr("likely good: a=2|4 s=2\nlikely good: a=1\n"));
  EXPECT_EQ(parse_json(tamis({"space", path, "--json"}).out, "space").value().at("likely_good").dump(),
            R"([{"a":[2,4],"s":[[2,2]]},{"a":[1]}])");
}

TEST_F(SpaceFileCommand, SamplesTheSameConfigsForTheSameSeed) {
  const auto samples = [&](const char* seed) {
    const Finished finished =
        tamis({"space", data("hotspot_milo_T1.json"), "--sample", "20", "--seed", seed, "--json"});
    EXPECT_EQ(finished.code, 0) << finished.err;
    return parse_json(finished.out, "space").value().at("samples");
  };
  const Json first = samples("1");
  EXPECT_EQ(first.size(), 20U);
  for (const Json& sample : first) {
    const Json& config = sample.at("config");
    const int threads = config.at("block_size_x").get<int>() * config.at("block_size_y").get<int>();
    EXPECT_GE(threads, 32);
    EXPECT_LE(threads, 1024);
  }
  EXPECT_EQ(samples("1"), first);
  EXPECT_NE(samples("2"), first);
}

TEST_F(SpaceFileCommand, IsNotTakenFromATargetThatWasNamed) {
  const std::string path = file(
      "tamis: 1\nname: toy\nknobs: {tile: [1, 2, 4]}\nprogram: {run: echo 7 us, latency: '(?P<us>[0-9]+) "
      "us'}\n");
  for (const std::string target : {"vta", "cpu"}) {
    for (const std::string command : {"tune", "space"}) {
      std::vector<std::string> arguments = {command, path, "--target", target};
      if (command == "tune") arguments.insert(arguments.end(), {"--log", directory_.file("log.sqlite")});
      const Finished finished = tamis(arguments);
      EXPECT_EQ(finished.code, 2);
      EXPECT_EQ(finished.err,
                "tamis: error: " + path + " is a space file, which the target command takes and " + target +
                    " does not; write --target command, or leave out --target " + target + "\n");
    }
  }
  EXPECT_EQ(tamis({"space", path}).code, 0);
  if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--target", "command"}}) {
    std::vector<std::string> arguments = {"tune", path, "--log", "none", "--trials", "3", "--finalists", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("toy"));
  }
}

TEST_F(SpaceFileCommand, SamplesSpacesOfTargetsToo) {
  const Finished finished = tamis({"space", kSmall, "--sample", "3"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("config "));
}

TEST_F(SpaceFileCommand, WritesT1) {
  const Finished written = tamis({"space", data("matmul.yaml"), "--t1"});
  ASSERT_EQ(written.code, 0) << written.err;
  const Finished again = tamis({"space", file(written.out, "again.json"), "--json"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(parse_json(again.out, "space").value().at("valid_size"), 1680);
}

TEST_F(SpaceFileCommand, TakesFurtherConstraints) {
  const Finished finished = tamis({"space", data("gemm_milo_T1.json"), "--constraint", "MWG == 16",
                                   "--constraint", "NWG == 16", "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json json = *parse_json(finished.out, "space");
  EXPECT_LT(json.at("valid_size").get<int>(), 116928);
  EXPECT_GT(json.at("valid_size").get<int>(), 0);
  EXPECT_TRUE(json.at("default").is_null());
}

TEST_F(SpaceFileCommand, SaysWhatExcludesAConfig) {
  const Finished excluded = tamis({"space", data("matmul.yaml"), "--config", "tile_m=32", "unroll=9"});
  EXPECT_EQ(excluded.code, 0) << excluded.err;
  EXPECT_THAT(excluded.out, HasSubstr("excluded by the constraint tile_m * unroll <= 64"));
  const Finished allowed = tamis({"space", data("matmul.yaml"), "--config", "tile_m=8", "tile_n=8"});
  EXPECT_THAT(allowed.out, HasSubstr("allowed"));
}

TEST_F(SpaceFileCommand, SaysThatNothingIsAllowed) {
  const std::string path = file("tamis: 1\nknobs: {a: [1, 2]}\nconstraints: [a > 2]\n");
  const Finished shown = tamis({"space", path, "--json"});
  EXPECT_EQ(shown.code, 2);
  EXPECT_EQ(parse_json(shown.out, "space").value().at("valid_size"), 0);
  EXPECT_THAT(shown.err, HasSubstr("no config is allowed: `a > 2` excludes everything"));
  const Finished further =
      tamis({"space", file("tamis: 1\nknobs: {a: [1, 2]}\n", "further.yaml"), "--constraint", "a > 2"});
  EXPECT_EQ(further.code, 2);
  EXPECT_THAT(further.err, HasSubstr("no config is allowed: `a > 2` excludes everything"));
  const Finished sampled = tamis({"space", path, "--sample", "1"});
  EXPECT_EQ(sampled.code, 2);
  EXPECT_THAT(sampled.err,
              HasSubstr("no config is allowed: `a > 2` excludes everything; leave out or loosen it"));
}

TEST_F(SpaceFileCommand, SaysWhyItDoesNotCount) {
  std::string text = "tamis: 1\nknobs:\n";
  std::string differ;
  for (int i = 0; i < 6; ++i) {
    text += "  a" + std::to_string(i) + ": {range: [1, 100]}\n";
    for (int j = 0; j < i; ++j) differ += "  - a" + std::to_string(i) + " != a" + std::to_string(j) + "\n";
  }
  const std::string path = file(text + "constraints:\n" + differ);
  const Finished finished = tamis({"space", path});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("not counted: the allowed choices of the knobs a0, a1"));
  EXPECT_TRUE(parse_json(tamis({"space", path, "--json"}).out, "space").value().at("valid_size").is_null());
}

/// What `tune` refuses is refused by `space`, which is asked first.
TEST_F(SpaceFileCommand, ReadsTheObjectiveAsTuneDoes) {
  const std::string path = file("tamis: 1\nknobs: {a: [1, 2]}\nobjective: quality\n");
  const Finished refused = tamis({"space", path});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("small or a large quality is good"));
  const std::string named =
      file("tamis: 1\nknobs: {a: [1, 2]}\nobjective: {name: quality, direction: max}\n");
  EXPECT_EQ(tamis({"space", named}).code, 0);
  const Finished t1 = tamis({"space", named, "--t1", "--objective", "quality"});
  EXPECT_EQ(t1.code, 0) << "the direction is the file's: " << t1.err;
  EXPECT_EQ(parse_json(t1.out, "t1").value().at("General").at("Objective").at("direction"), "max");
  EXPECT_EQ(tamis({"space", named, "--objective", "other"}).code, 2);
}

TEST_F(SpaceFileCommand, ShowsWhereAFileIsWrong) {
  for (const auto& [content, error] :
       {std::pair{"tamis: 1\nknobs: {a: []}\n", "knob \"a\": there are no values"},
        std::pair{"tamis: 1\nknobs: {a: [1]}\nconstraints: ['b > 1']\n", "there is no knob \"b\""},
        std::pair{"tamis: 1\nknobs: [\n", "not valid YAML"}}) {
    const Finished finished = tamis({"space", file(content)});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.out, IsEmpty());
    EXPECT_THAT(finished.err, HasSubstr("some.yaml"));
    EXPECT_THAT(finished.err, HasSubstr(error));
  }
  EXPECT_EQ(tamis({"space", data("matmul.yaml"), "--disassemble"}).code, 2);
  EXPECT_EQ(tamis({"space", data("matmul.yaml"), "--sample", "-1"}).code, 2);
}

}  // namespace
}  // namespace tamis::cli::testing
