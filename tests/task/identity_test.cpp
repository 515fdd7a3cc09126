#include "tamis/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tamis {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

/// At least `least` of the given characters.
rc::Gen<std::string> text_of(const std::string& characters, size_t least) {
  return rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::elementOf(characters)),
                           [least](const std::string& text) { return text.size() >= least; });
}

/// Words as processors, features and JSON have them; one with `=` is none that a property could be taken for.
rc::Gen<std::string> any_word() {
  return rc::gen::oneOf(
      text_of("abz09+-,{}\":", 1),
      rc::gen::map(text_of("az09", 0), [](const std::string& text) { return "{" + text + "=1"; }));
}

TaskIdentity any_identity() {
  TaskIdentity identity;
  identity.kind = *text_of("abz_09", 1);
  for (const std::string& word : *rc::gen::container<std::vector<std::string>>(any_word()))
    identity.subject += (identity.subject.empty() ? "" : " ") + word;
  identity.properties = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
      rc::gen::pair(text_of("abz_", 1), text_of("abz09/.:-", 0)));
  return identity;
}

RC_GTEST_PROP(TaskIdentity, IsReadAsItWasWritten, ()) {
  const TaskIdentity identity = any_identity();
  const auto read = parse_identity(to_string(identity));
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == identity);
}

RC_GTEST_PROP(TaskIdentity, DiffersWhereItsTextDiffers, ()) {
  const TaskIdentity one = any_identity();
  const TaskIdentity other = any_identity();
  RC_ASSERT((one == other) == (to_string(one) == to_string(other)));
}

TEST(TaskIdentityText, HasTheKindTheSubjectAndTheProperties) {
  const TaskIdentity identity{"cpu", "znver4 +avx,+bmi", {{"threads", "2"}, {"caches", "warm"}}};
  EXPECT_EQ(to_string(identity), "cpu znver4 +avx,+bmi threads=2 caches=warm");
  EXPECT_EQ(to_string(TaskIdentity{"table", "0123"}), "table 0123");
  EXPECT_EQ(to_string(TaskIdentity{"study", ""}), "study");
}

TEST(TaskIdentityText, GivesTrailingWordsWithASignAsProperties) {
  const TaskIdentity identity = parse_identity("vta {\"A\":1} device=driver:a.so a=b=c x=").value();
  EXPECT_EQ(identity.kind, "vta");
  EXPECT_EQ(identity.subject, "{\"A\":1} device=driver:a.so a=b=c") << "a second = is none of a property";
  EXPECT_THAT(identity.properties, ElementsAre(Pair("x", "")));
}

TEST(TaskIdentityText, GivesPropertiesByName) {
  const TaskIdentity identity{"cpu", "znver4", {{"threads", "2"}, {"caches", "warm"}}};
  EXPECT_EQ(identity.property("threads"), "2");
  EXPECT_EQ(identity.property("caches"), "warm");
  EXPECT_EQ(identity.property("thread"), std::nullopt);
}

TEST(TaskIdentityText, RefusesATextWithoutAKind) {
  for (const char* text : {"", " ", " cpu"}) {
    const auto identity = parse_identity(text);
    ASSERT_FALSE(identity.ok()) << text;
    EXPECT_EQ(identity.error().kind, ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace tamis
