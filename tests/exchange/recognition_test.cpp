// Files are told by what they are: each format knows its own and no other, also where the file is cut off.

#include "exchange/recognition.h"

#include "base/file.h"
#include "support/temporary_directory.h"
#include "tamis/formats.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> recognisers_of(std::string_view text) {
  std::vector<std::string> names;
  for (const Format& format : formats())
    if (format.recognises(text)) names.push_back(format.name);
  return names;
}

const std::string kAnsorLog =
    R"({"i": [["[\"matmul\", 64, 64, 64, \"float32\"]", "llvm -keys=cpu", [2, 64], "", 1, []], [[], []]], )"
    R"("r": [[0.0001], 0, 1.5, 1665000000], "v": "v0.6"})";

TEST(Recognition, IsByOneFormatForEveryFile) {
  for (const auto& [file, format] : std::vector<std::pair<std::string, std::string>>{
           {"/autotvm/others.log", "autotvm"},
           {"/tables/tiny_T4.json", "t4"},
           {"/vta/resnet18.C9.csv", "csv"},
           {"/tools/kernel_tuner_closed.json", "kernel-tuner"},
           {"/tools/kernel_tuner_open.json", "kernel-tuner"},
           {"/tools/ktt.json", "ktt"},
           {"/tools/pyatf.json", "pyatf"},
           {"/tools/clblast_xgemm.json", "clblast"},
           {"/tools/metaschedule/database_tuning_record.json", "metaschedule"},
           {"/tools/helion.csv", "helion"}}) {
    const std::string text = read_file(TAMIS_TEST_DATA + file).value();
    EXPECT_THAT(recognisers_of(text), ElementsAre(format)) << file;
    EXPECT_THAT(recognisers_of(text.substr(0, text.size() / 2)), ElementsAre(format))
        << file << ", its first half";
    EXPECT_EQ(format_of(TAMIS_TEST_DATA + file).value(), format);
  }
}

TEST(Recognition, IsByNothingForOtherContent) {
  for (const char* text :
       {"{}", "[1, 2]", "my notes\n", "a,b,c\n1,2,3\n", "{\"cache\": 3}", "{\"results\": 3}", "<xml/>"})
    EXPECT_THAT(recognisers_of(text), IsEmpty()) << text;
}

TEST(Recognition, OfUnknownContentListsTheFormatsAndHowEachIsTold) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("notes.json");
  ASSERT_TRUE(write_file(path, "{\"a\": 1}").ok());
  const std::string message = read_trials(path).error().message;
  for (const Format& format : formats()) {
    if (format.read == nullptr) continue;
    EXPECT_THAT(message, HasSubstr(format.description));
    EXPECT_THAT(message, HasSubstr(format.told_by));
    EXPECT_FALSE(format.told_by.empty()) << format.name;
  }
}

TEST(Recognition, NamesAnAnsorLogAndTheWayThatIsLeft) {
  EXPECT_THAT(recognisers_of(kAnsorLog), ElementsAre("ansor"));
  const TemporaryDirectory directory;
  const std::string path = directory.file("ansor.json");
  ASSERT_TRUE(write_file(path, kAnsorLog).ok());
  const Error error = read_trials(path).error();
  EXPECT_EQ(error.kind, ErrorKind::unsupported);
  EXPECT_THAT(error.message, HasSubstr("log of Ansor"));
  EXPECT_THAT(error.message, HasSubstr("MetaSchedule"));
  EXPECT_FALSE(looks_like_ansor(R"({"i": ["llvm", "matmul"], "r": [], "v": 0.1})")) << "AutoTVM 0.1";
}

}  // namespace
}  // namespace tamis
