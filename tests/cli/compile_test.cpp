#include "base/json.h"
#include "cli/command.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kNetwork = TAMIS_TEST_DATA "/../../examples/networks/small.onnx";

class CompileTest : public CommandTest {
 protected:
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

  Finished compile(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"compile", kNetwork, "--threads", "1", "--out", path("net")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tamis(arguments);
  }

  /// An input of the network as a file of NumPy's.
  std::string input() {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 16, 16), }";
    header.append(117 - header.size(), ' ').append("\n");
    std::vector<float> values(3 * 16 * 16);
    for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    write(path("x.npy"), std::string("\x93NUMPY\x01\x00v\x00", 10) + header + bytes);
    return path("x.npy");
  }

  /// The ten numbers that a run of a model or a library gives.
  std::vector<float> outputs(const std::string& what) {
    const Finished ran = tamis({"run", what, "--input", input(), "--output", path("y.npy")});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const std::string bytes = read(path("y.npy"));
    std::vector<float> values(10);
    EXPECT_EQ(bytes.size(), 128 + 10 * sizeof(float));
    if (bytes.size() >= 128 + 10 * sizeof(float)) std::memcpy(values.data(), bytes.data() + 128, 40);
    return values;
  }

  void expect_right() {
    const std::vector<float> expected = outputs(kNetwork);
    const std::vector<float> given = outputs(path("net"));
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(given[i], expected[i], 1e-4) << i;
  }
};

TEST_F(CompileTest, WritesALibraryWithDefaultConfigs) {
  const Finished compiled = compile();
  EXPECT_EQ(compiled.code, 0) << compiled.err;
  EXPECT_THAT(compiled.out, HasSubstr("layers: 0 tuned"));
  EXPECT_THAT(compiled.out, HasSubstr("not tuned, and so with the default config: depthwise_conv2d:"));
  EXPECT_THAT(read(path("net/small.h")), HasSubstr("small_create("));
  expect_right();
}

TEST_F(CompileTest, TakesTheBestConfigsOfALog) {
  if (kSanitized) GTEST_SKIP() << "workers need more addresses than they may have";
  const Finished tuned = tamis({"tune", kNetwork, "--target", "cpu", "--threads", "1", "--trials", "20",
                                "--log", path("net.tamis"), "--quiet"});
  EXPECT_EQ(tuned.code, 0) << tuned.err;
  const Finished compiled = compile({"--log", path("net.tamis"), "--json"});
  EXPECT_EQ(compiled.code, 0) << compiled.err;
  const Json report = parse_json(compiled.out, "compile").value();
  EXPECT_EQ(report["pairs"]["offered"], 1);
  EXPECT_GE(report["tuned_layers"].get<int>() + report["pairs"]["fused"].get<int>(), 5);
  EXPECT_EQ(report["untuned"].size(), 0U);
  EXPECT_GT(report["tuned_ms"], 0);
  expect_right();
}

TEST_F(CompileTest, RefusesALogOfOtherConditions) {
  if (kSanitized) GTEST_SKIP() << "workers need more addresses than they may have";
  tamis({"tune", kNetwork, "--target", "cpu", "--threads", "1", "--trials", "8", "--log", path("net.tamis"),
         "--quiet"});
  const Finished compiled = compile({"--log", path("net.tamis"), "--caches", "cold"});
  EXPECT_EQ(compiled.code, 2);
  EXPECT_THAT(compiled.err, HasSubstr("for other conditions only"));
}

TEST_F(CompileTest, LeavesWinogradOutWhereItMustBeExact) {
  EXPECT_EQ(compile({"--exact"}).code, 0);
  EXPECT_THAT(read(path("net/small.json")), Not(HasSubstr("winograd")));
  expect_right();
}

TEST_F(CompileTest, SaysThatALogIsDamagedWhoseValidTrialsHaveNoLatency) {
  if (kSanitized) GTEST_SKIP() << "workers need more addresses than they may have";
  ASSERT_EQ(tamis({"tune", kNetwork, "--target", "cpu", "--threads", "1", "--trials", "6", "--log",
                   path("net.tamis"), "--quiet"})
                .code,
            0);
  for (const char* latencies : {"[0]", "[-5]", "[]"}) {
    sqlite3* log = nullptr;
    ASSERT_EQ(sqlite3_open(path("net.tamis").c_str(), &log), SQLITE_OK);
    const std::string damage =
        "UPDATE trials SET latencies_ns = '" + std::string(latencies) + "' WHERE verdict = 'valid'";
    EXPECT_EQ(sqlite3_exec(log, damage.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(log);
    const Finished refused = compile({"--log", path("net.tamis")});
    EXPECT_EQ(refused.code, 2) << latencies;
    EXPECT_THAT(refused.err, HasSubstr("without a latency above 0; the log is damaged")) << latencies;
  }
}

TEST_F(CompileTest, NamesTheFunctionsAsAsked) {
  EXPECT_EQ(compile({"--name", "net"}).code, 0);
  EXPECT_THAT(read(path("net/net.h")), HasSubstr("net_create("));
  EXPECT_THAT(compile({"--name", "2"}).err, HasSubstr("\"2\" cannot be the name of a library in C"));
}

TEST_F(CompileTest, RefusesWhatMakesNoLibrary) {
  EXPECT_THAT(tamis({"compile", kNetwork, "--target", "vta", "--out", path("net")}).err,
              HasSubstr("a library is made for the target cpu"));
  EXPECT_THAT(compile({"--log", path("none.tamis")}).err, HasSubstr("none.tamis"));
  EXPECT_THAT(tamis({"compile", kNetwork}).err, HasSubstr("--out"));
  write(path("file"), "");
  const Finished onto = tamis({"compile", kNetwork, "--out", path("file")});
  EXPECT_EQ(onto.code, 2);
  EXPECT_THAT(onto.err, HasSubstr(path("file")));
}

/// The files of a folder and what is in them.
std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    all[entry.path().string()] = entry.is_regular_file() ? read(entry.path().string()) : "a folder";
  return all;
}

TEST_F(CompileTest, LeavesWhatWasThereWhereTheDiskIsFull) {
  Invocation compiling;
  compiling.arguments = {"compile", kNetwork, "--threads", "1", "--out", path("net")};
  compiling.file_size_limit = 2048;
  const auto refuse = [&] {
    const Finished full = run(compiling);
    EXPECT_EQ(full.code, 2);
    EXPECT_THAT(full.err, HasSubstr("File too large"));
    EXPECT_THAT(full.err, HasSubstr(path("net/small.")));
  };
  refuse();
  EXPECT_FALSE(std::filesystem::exists(path("net")));
  EXPECT_EQ(compile({"--layout", "nchw"}).code, 0);
  write(path("net/notes.txt"), "mine");
  const auto before = contents(path("net"));
  refuse();
  EXPECT_EQ(contents(path("net")), before);
}

TEST_F(CompileTest, SaysWhatIsMissingForACheck) {
  const Finished none = compile({"--check", "--python", "/usr/bin/false"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("/usr/bin/false ended with exit status 1 and printed nothing"));
  EXPECT_THAT(compile({"--python", "python3"}).err, HasSubstr("--check"));
}

TEST_F(CompileTest, WantsATolerance) {
  for (const char* tolerance : {"0", "-1", "inf", "nan", "small"})
    EXPECT_THAT(compile({"--check", "--tolerance", tolerance}).err,
                HasSubstr("it must be a finite number above 0, found \"" + std::string(tolerance) + "\""));
}

/// Compares with made-up results of onnxruntime's.
class CheckTest : public CompileTest {
 protected:
  /// What the network gives, with its first number another.
  std::string result(const std::string& name, std::optional<float> first = std::nullopt) {
    EXPECT_EQ(tamis({"run", path("net"), "--input", input(), "--output", path(name)}).code, 0);
    std::string bytes = read(path(name));
    if (first) std::memcpy(bytes.data() + 128, &*first, sizeof(float));
    write(path(name), bytes);
    return path(name);
  }

  /// `plain` and `optimised`: the first number of each, if it is not that of the network.
  Finished check(std::optional<float> plain, std::optional<float> optimised,
                 const std::vector<std::string>& more = {}) {
    const int code = std::filesystem::exists(path("net")) ? 0 : compile().code;
    EXPECT_EQ(code, 0);
    const std::string python = path("python");
    write(python, "#!/bin/sh\ncp " + result("plain.npy", plain) + " \"$4/plain0.npy\"\ncp " +
                      result("optimised.npy", optimised) + " \"$4/optimised0.npy\"\necho 1.31.1\n");
    std::filesystem::permissions(python, std::filesystem::perms::owner_all);
    std::vector<std::string> arguments{"--check", "--input", input(), "--python", python};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return compile(arguments);
  }
};

constexpr float kEndless = std::numeric_limits<float>::infinity();

TEST_F(CheckTest, NamesTheTolerance) {
  const Finished same = check({}, {});
  EXPECT_EQ(same.code, 0);
  EXPECT_THAT(same.out, HasSubstr("compared with onnxruntime 1.31.1: equal"));
  EXPECT_THAT(same.out, HasSubstr("largest number; at most 0.0001)"));
  EXPECT_EQ(check(1e6F, {}, {"--tolerance", "0.5"}).code, 0) << "the levels differ by as much";
  EXPECT_EQ(check(1e6F, 1e6F).code, 1);
}

TEST_F(CheckTest, SaysWhereTheBoundIsWhatOnnxruntimeDiffersFromItself) {
  const Finished amplified = check(1e6F, {});
  EXPECT_EQ(amplified.code, 0);
  EXPECT_THAT(amplified.out,
              HasSubstr("at most 0.0001, but of \"output\" what onnxruntime differs from itself, at "
                        "most 1.0e+00)"));
}

TEST_F(CheckTest, HoldsAnOutputToEitherLevelWhereTheyDifferWithoutMeasure) {
  const Finished equal = check(kEndless, {});
  EXPECT_EQ(equal.code, 0);
  EXPECT_THAT(equal.out,
              HasSubstr("onnxruntime optimised and not differ without measure in \"output\", which is "
                        "held to either of the two"));
  const Finished different = check(kEndless, 1e6F);
  EXPECT_EQ(different.code, 1);
  EXPECT_THAT(different.out, HasSubstr("DIFFERENT"));
  EXPECT_EQ(check(std::nanf(""), -kEndless).code, 1);
}

}  // namespace
}  // namespace tamis::cli::testing
