#include "exchange/autotvm.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "exchange/autotvm_testing.h"
#include "tamis/random.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Factors = std::vector<int64_t>;

std::string data(const std::string& name) {
  auto text = read_file(std::string(TAMIS_TEST_DATA) + "/autotvm/" + name);
  EXPECT_TRUE(text.ok()) << text.error().message;
  return *text;
}

const std::string kLine =
    R"({"input": ["llvm -mcpu=core-avx2", "dense_nopack.x86", [["TENSOR", [1, 64], "float32"], null, "float32"], {}], )"
    R"("config": {"index": 12, "code_hash": null, "entity": [["tile_y", "sp", [-1, 1, 1]], ["order", "re", [1, 0]], )"
    R"(["ann", "an", ["none", "vec"]], ["unroll", "ot", true], ["step", "ot", 16], ["layout", "ot", "NCHW"]]}, )"
    R"("result": [[0.000125, 0.00013], 0, 1.5, 1600000000.25], "version": 0.2, "tvm_version": "0.9.0"})";

/// The line with a part replaced.
std::string with(const std::string& part, const std::string& replacement) {
  std::string line = kLine;
  const size_t at = line.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return line.replace(at, part.size(), replacement);
}

TEST(AutotvmRecord, IsRead) {
  const AutotvmRecord record = parse_autotvm_record(kLine).value();
  EXPECT_EQ(record.task.target, "llvm -mcpu=core-avx2");
  EXPECT_EQ(record.task.name, "dense_nopack.x86");
  EXPECT_EQ(record.task.args, R"([["TENSOR", [1, 64], "float32"], null, "float32"])");
  EXPECT_EQ(record.task.kwargs, "{}");
  EXPECT_EQ(record.task.code_hash, "null");
  EXPECT_EQ(record.index, 12U);
  ASSERT_EQ(record.entities.size(), 6U);
  EXPECT_EQ(record.entities[0].kind, AutotvmKind::split);
  EXPECT_EQ(record.entities[0].value, KnobValue(Factors{-1, 1, 1}));
  EXPECT_EQ(record.entities[1].value, KnobValue("[1, 0]"));
  EXPECT_EQ(record.entities[2].value, KnobValue(R"(["none", "vec"])"));
  EXPECT_EQ(record.entities[3].value, KnobValue("true"));
  EXPECT_EQ(record.entities[4].value, KnobValue(int64_t{16}));
  EXPECT_EQ(record.entities[5].value, KnobValue("NCHW"));
  EXPECT_THAT(record.costs_s, ElementsAre(0.000125, 0.00013));
  EXPECT_EQ(record.error_no, 0);
  EXPECT_EQ(record.all_cost_s, 1.5);
  EXPECT_EQ(record.timestamp_s, 1600000000.25);
  EXPECT_EQ(record.tvm_version, "0.9.0");
}

TEST(AutotvmRecord, IsWrittenAsPythonWroteIt) {
  EXPECT_EQ(write_autotvm_record(parse_autotvm_record(kLine).value()), kLine);
}

TEST(AutotvmRecord, OfAFailureCostsABillionSeconds) {
  const std::string line = with("[[0.000125, 0.00013], 0,", "[[1000000000.0], 4,");
  const AutotvmRecord record = parse_autotvm_record(line).value();
  EXPECT_EQ(record.error_no, 4);
  EXPECT_EQ(write_autotvm_record(record), line);
}

TEST(AutotvmRecord, NamesWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not valid JSON"},
      {"[]", "expected a JSON object"},
      {kLine.substr(0, 200), "not valid JSON"},
      {with("\"input\"", "\"output\""), "\"input\""},
      {with(", {}]", "]"), "\"input\" must be a list of 4"},
      {with("\"llvm -mcpu=core-avx2\"", "3"), "\"input\" must hold"},
      {with("\"index\": 12", "\"index\": -1"), "index"},
      {with("\"index\": 12", "\"index\": \"x\""), "index"},
      {with("[\"step\", \"ot\", 16]", "[\"step\", \"ot\"]"), "an entity must be written"},
      {with("\"re\"", "\"rx\""), "no kind of entity \"rx\""},
      {with("[\"step\"", "[\"ann\""), "two entities are called ann"},
      {with("[-1, 1, 1]", "[]"), "the entity tile_y: a split (sp) must be a list"},
      {with("[-1, 1, 1]", "[1, -1]"), "only the first may be -1"},
      {with("[-1, 1, 1]", "[-1, 0]"), "at least 1"},
      {with("[-1, 1, 1]", "[-1, 1.5]"), "must be an integer"},
      {with("16]", "18446744073709551615]"), "beyond 2^63"},
      {with("16]", "NaN]"), "a number is not finite"},
      {with("0.000125", "0"),
       "it has no error, but a latency of 0 ns cannot be; it must be from 0.001 to 1e+15 ns"},
      {with("0.000125", "1000000000.0"), "a latency of 1e+18 ns cannot be"},
      {with("0.000125", "1e300"), "a latency of inf ns cannot be"},
      {with("0.000125", "\"fast\""), "not a number of seconds"},
      {with("[0.000125, 0.00013]", "[]"), "no cost"},
      {with(", 0, 1.5", ", 9, 1.5"), "error_no 9"},
      {with(", 0, 1.5", ", 4294967296, 1.5"), "error_no"},
      {with(", 0, 1.5", ", 0.5, 1.5"), "\"result\" must hold"},
      {with("1600000000.25]", "\"now\"]"), "\"result\" must hold"},
      {with("1.5, 1600000000.25]", "1.5]"), "\"result\" must be a list of 4"},
  };
  for (const auto& [line, message] : cases) {
    const auto record = parse_autotvm_record(line);
    ASSERT_FALSE(record.ok()) << line;
    EXPECT_THAT(record.error().message, HasSubstr(message)) << line;
  }
}

TEST(AutotvmRecord, OfAnOlderVersionIsUnsupported) {
  for (const std::string& line :
       {std::string(R"({"i": ["llvm", "conv", [], {}, null, {}], "r": [[1.0], 0, 1.0, 1.0], "v": 0.1})"),
        with("\"version\": 0.2", "\"version\": 0.3"),
        std::string("llvm\tgANdcQAo\tgANjdHZt\tgANjdHZtLmF1\n")}) {
    const auto record = parse_autotvm_record(line);
    ASSERT_FALSE(record.ok()) << line;
    EXPECT_EQ(record.error().kind, ErrorKind::unsupported) << record.error().message;
  }
}

TEST(AutotvmLog, SkipsWhatIsNoRecordAndSaysSo) {
  const TrialFile log = read_autotvm(data("others.log"));
  size_t records = 0;
  for (const TrialSet& set : log.sets) records += set.trials.size();
  EXPECT_EQ(records, 13U);
  EXPECT_EQ(log.left_out, 2U);
  EXPECT_THAT(log.skipped, ::testing::ElementsAre(HasSubstr("line 16: it is of log version 0.1"),
                                                  HasSubstr("line 17: the last line is cut off")));
}

TEST(AutotvmRecord, ComesOutAsItWentIn) {
  for (const char* name : {"others.log", "vta_c9.log.gz"})
    for (const std::string& line : split_text(data(name), '\n')) {
      if (!line.starts_with("{\"input\"") || !line.ends_with("}")) continue;
      EXPECT_EQ(write_autotvm_record(parse_autotvm_record(line).value()), line);
    }
}

/// Two boards under one workload's name, explicit factors and open ones, a number that is minus zero: an
/// imported record goes out as it came.
TEST(AutotvmLog, GoesOutAsItCame) {
  const auto line = [](const char* target, const char* data_shape, const char* tile, const char* extra,
                       int index) {
    return fmt::format(
               R"({{"input": ["{}", "dense_packed.vta", [["TENSOR", {}, "int8"], ["TENSOR", [4, 8, 16, 16], )"
               R"("int8"], null, "int32"], {{}}], "config": {{"index": {}, "code_hash": null, "entity": )"
               R"([["tile_b", "sp", {}], ["tile_ci", "sp", [2, 4]], ["tile_co", "sp", [-1, 1]], )"
               R"(["oc_nthread", "ot", 1]{}]}}, "result": [[0.00041], 0, 3.2, 1700000000.5], "version": 0.2, )"
               R"("tvm_version": "0.8.dev0"}})",
               target, data_shape, index, tile, extra) +
           "\n";
  };
  const std::string boards =
      line("ext_dev -keys=vta,cpu -device=vta -model=sim_1x16_i8w8a32_15_15_18_17", "[1, 8, 1, 16]", "[1, 1]",
           "", 2) +
      line("ext_dev -keys=vta,cpu -device=vta -model=sim_1x16_i8w8a32_15_15_18_17", "[1, 8, 1, 16]",
           "[-1, 1]", "", 2) +
      line("ext_dev -device=vta -model=boardx_4x8_i8w8a32_15_16_16_18", "[2, 8, 1, 16]", "[1, 2]", "", 5) +
      line("llvm", "[1, 8, 1, 16]", "[1, 4]", R"(, ["pad", "ot", -0.0])", 7) +
      line("llvm", "[1, 8, 1, 16]", "[-1, 4]", R"(, ["pad", "ot", 0])", 7);
  std::string again;
  const TrialFile log = read_autotvm(boards);
  EXPECT_EQ(log.sets.size(), 3U);
  EXPECT_EQ(log.left_out, 0U);
  for (const TrialSet& set : log.sets) again += autotvm_lines(set).value();
  EXPECT_EQ(again, boards);
}

/// A log keeps an index as a real number, which beyond 2^53 would be another one.
TEST(AutotvmRecord, OfAnIndexThatALogCannotKeepIsRefused) {
  const size_t begin = kLine.find("\"index\": ") + 9;
  std::string line = kLine;
  line.replace(begin, line.find(',', begin) - begin, "9007199254740993");
  EXPECT_THAT(parse_autotvm_record(line).error().message, HasSubstr("index"));
}

TEST(AutotvmLog, WithoutARecordIsAnError) {
  const auto refusal = [](const std::string& text) { return open_autotvm(text, "a.log", {}).error(); };
  EXPECT_THAT(refusal("# nothing\n\n").message, HasSubstr("no records"));
  EXPECT_THAT(refusal("\n" + kLine.substr(0, 100)).message,
              HasSubstr("a.log, line 2: the last line is cut off"));
  EXPECT_EQ(refusal(R"({"i": [], "r": [], "v": 0.1})").kind, ErrorKind::unsupported);
}

TEST(AutotvmLog, IsToldFromOtherFiles) {
  EXPECT_TRUE(looks_like_autotvm("# comment\r\n\r\n" + kLine));
  EXPECT_TRUE(looks_like_autotvm("{\"input\": [\"llvm\", \"conv"));
  EXPECT_TRUE(looks_like_autotvm("llvm\tabc\tdef\tghi\n"));
  for (const char* other : {"", "# comment\n", "{\"schema_version\": \"1.0.0\"}", "{", "{\n", "[]",
                            "workload,index,k,verdict,message\n"})
    EXPECT_FALSE(looks_like_autotvm(other)) << other;
}

/// Any JSON that the value of an entity could be.
Json any_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return *rc::gen::inRange<int64_t>(-(int64_t{1} << 53), int64_t{1} << 53);
    case 1:
      return static_cast<double>(*rc::gen::inRange<int64_t>(-1000000, 1000000)) / 64 + 0.0078125;
    case 2:
      return *rc::gen::arbitrary<bool>();
    case 3:
      return nullptr;
    case 4:
      return *rc::gen::element<std::string>("true", "null", "3", "[1]", "{}", "\"x\"", "", "NCHW", "-", "1e5",
                                            " 1");
    case 5:
      return *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    default: {
      Json list = Json::array();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) list.push_back(any_value(depth - 1));
      return list;
    }
  }
}

TEST(AutotvmValue, SurvivesWhateverItIs) {
  EXPECT_TRUE(rc::check([] {
    const auto kind = *rc::gen::element(AutotvmKind::reorder, AutotvmKind::annotate, AutotvmKind::other);
    const Json json = any_value(3);
    RC_ASSERT(autotvm_json(kind, autotvm_value(kind, json).value()) == json);
  }));
}

AutotvmRecord any_record() {
  AutotvmRecord record;
  record.task.target = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  record.task.name = *rc::gen::element<std::string>("conv2d_nchw.cuda", "dense_packed.vta", "a \"b\"");
  Json args = Json::array();
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) args.push_back(any_value(2));
  record.task.args = python_json(args);
  record.index = static_cast<uint64_t>(*rc::gen::inRange<int64_t>(0, int64_t{1} << 53));
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    const auto kind = *rc::gen::element(AutotvmKind::reorder, AutotvmKind::annotate, AutotvmKind::other);
    record.entities.push_back({"knob_" + std::to_string(i), kind, autotvm_value(kind, any_value(2)).value()});
  }
  record.entities.push_back(
      {"tile", AutotvmKind::split, Factors{-1, *rc::gen::inRange<int64_t>(1, 1 << 20)}});
  record.error_no = *rc::gen::inRange(0, 9);
  const auto positive = [] {
    return static_cast<double>(*rc::gen::inRange<int64_t>(1000, INT64_MAX)) / 1e15;
  };
  if (record.error_no == 0) record.costs_s = {positive(), positive()};
  record.all_cost_s = positive();
  record.timestamp_s = positive() * 1e5;
  record.tvm_version = *rc::gen::element<std::string>("", "0.9.0", "0.8.dev0");
  return record;
}

TEST(AutotvmRecord, SurvivesWhateverItHolds) {
  EXPECT_TRUE(rc::check([] {
    const AutotvmRecord record = any_record();
    const std::string line = write_autotvm_record(record);
    const auto again = parse_autotvm_record(line);
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == record);
    RC_ASSERT(write_autotvm_record(*again) == line);
  }));
}

TEST(AutotvmLog, SurvivesMutations) {
  const std::string original = data("others.log").substr(0, 3000);
  const std::string spice = "{}[]\",:\n#-0\xff\\";
  Random random(17);
  for (int i = 0; i < 2000; ++i) {
    std::string text = original;
    for (uint64_t edits = 1 + random.below(5); edits > 0; --edits)
      text[random.below(text.size())] = spice[random.below(spice.size())];
    text.resize(random.below(text.size()));
    auto log = open_autotvm(text, "mutated", {});
    if (!log.ok()) continue;
    // What is read comes out as something that is read as the same.
    for (const TrialSet& set : trial_file_of(std::move(*log)).sets) {
      const std::string lines = autotvm_lines(set).value();
      const TrialFile again = read_autotvm(lines);
      ASSERT_EQ(again.sets.size(), 1U) << lines;
      EXPECT_EQ(again.sets[0].trials, set.trials) << lines;
    }
  }
}

TEST(VerdictAutoTvm, KeepsValidityBothWays) {
  for (const Verdict verdict : kVerdicts) {
    const int number = autotvm_error_no(verdict);
    EXPECT_EQ(number == 0, verdict == Verdict::valid) << to_string(verdict);
    ASSERT_TRUE(verdict_from_autotvm(number).ok()) << number;
    // What a log of AutoTVM cannot tell apart stays together: going through it twice changes nothing more.
    const Verdict once = *verdict_from_autotvm(number);
    EXPECT_EQ(*verdict_from_autotvm(autotvm_error_no(once)), once);
  }
}

TEST(VerdictAutoTvm, FollowsItsErrorNumbers) {
  EXPECT_EQ(autotvm_error_no(Verdict::wrong_result), 5);
  EXPECT_EQ(autotvm_error_no(Verdict::build_timeout), 6);
  EXPECT_EQ(autotvm_error_no(Verdict::run_timeout), 7);
  EXPECT_EQ(*verdict_from_autotvm(6), Verdict::build_timeout);
  EXPECT_EQ(*verdict_from_autotvm(7), Verdict::run_timeout);
  EXPECT_EQ(*verdict_from_autotvm(4), Verdict::run_failed);
  for (const int number : {-1, 9, 1000})
    EXPECT_EQ(verdict_from_autotvm(number).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace tamis
