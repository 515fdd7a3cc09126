#include "base/bytes.h"

#include "base/gzip.h"
#include "tamis/random.h"

#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::HasSubstr;

std::string random_bytes(Random& random, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(random.below(256));
  return bytes;
}

std::string two_numbers_and_a_text() {
  ByteWriter writer;
  writer.number(7);
  writer.text(std::string("a\0b", 3));
  writer.number(UINT64_MAX);
  return writer.take();
}

TEST(Bytes, AreReadAsTheyWereWritten) {
  const std::string bytes = two_numbers_and_a_text();
  EXPECT_EQ(bytes.size(), 8U + 8 + 3 + 8);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\7\0\0\0\0\0\0\0", 8));
  ByteReader reader(bytes, "bytes");
  EXPECT_EQ(reader.number("one").value(), 7U);
  EXPECT_EQ(reader.text("two").value(), std::string_view("a\0b", 3));
  EXPECT_THAT(reader.end().error().message, HasSubstr("bytes: 8 bytes are left behind its end"));
  EXPECT_EQ(reader.number("three").value(), UINT64_MAX);
  EXPECT_TRUE(reader.end().ok());
}

TEST(Bytes, AreRefusedWhereverTheyEndTooSoon) {
  const std::string bytes = two_numbers_and_a_text();
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(std::string_view(bytes).substr(0, size), "bytes");
    const bool whole = reader.number("one").ok() && reader.text("two").ok() && reader.number("three").ok();
    EXPECT_FALSE(whole) << size;
  }
  EXPECT_EQ(ByteReader("abc", "bytes").number("one").error().message, "bytes: it ends before one");
}

TEST(Bytes, AreNotBelievedInWhatTheySayOfLengths) {
  ByteWriter writer;
  writer.number(UINT64_MAX);
  const std::string bytes = writer.take() + "abc";
  const Error error = ByteReader(bytes, "bytes").text("a name").error();
  EXPECT_EQ(error.kind, ErrorKind::corrupt);
  EXPECT_EQ(error.message, "bytes: a name has 18446744073709551615 bytes, and 3 are left");
  EXPECT_EQ(ByteReader(bytes, "bytes").number("a count", 9).error().message,
            "bytes: a count is 18446744073709551615, and may be at most 9");
}

/// The examples of RFC 4648, section 10.
TEST(Base64, IsThatOfItsStandard) {
  const std::vector<std::pair<std::string, std::string>> examples = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text, "text").value(), bytes);
  }
}

TEST(Base64, BringsAnyBytesBack) {
  Random random(5);
  for (size_t size = 0; size < 200; ++size) {
    const std::string bytes = random_bytes(random, size);
    EXPECT_EQ(from_base64(to_base64(bytes), "text").value(), bytes);
  }
}

TEST(Base64, RefusesWhatItDoesNotWrite) {
  for (const std::string text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm8_", "Zg==Zg==", "=Zg=", "====", "Zm 9",
                                 "Z===", "Zm9v\n", "\xff\xff\xff\xff"})
    EXPECT_EQ(from_base64(text, "text").error().message, "text: it is not written in base64") << text;
}

TEST(Gzip, BringsBytesBackAndBoundsThem) {
  const std::string zeros(3 << 20, '\0');
  const std::string packed = gzip(zeros, "zeros").value();
  EXPECT_LT(packed.size(), 10'000U);
  EXPECT_TRUE(is_gzip(packed));
  EXPECT_EQ(gunzip(packed, "zeros", zeros.size()).value(), zeros);
  const Error error = gunzip(packed, "zeros", 2 << 20).error();
  EXPECT_EQ(error.kind, ErrorKind::corrupt);
  EXPECT_EQ(error.message, "zeros: unpacks to more than 2 MiB, refused");
}

TEST(Gzip, RefusesDamagedBytes) {
  const std::string packed = gzip("a text that is long enough to be damaged", "text").value();
  for (size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(gunzip(packed.substr(0, size), "text", 1000).ok()) << size;
}

}  // namespace
}  // namespace tamis
