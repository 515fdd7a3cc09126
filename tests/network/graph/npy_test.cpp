#include "network/graph/npy.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A file of version 1 with this header and these bytes behind it.
std::string npy(std::string header, const std::string& elements) {
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  return bytes + header + elements;
}

TEST(Npy, GivesBackWhatItWrote) {
  const Array matrix = Array::of<int32_t>({2, 3}, {1, 2, 3, 4, 5, -6});
  const std::string bytes = to_npy(matrix).value();
  EXPECT_EQ(bytes.find('\n') % 64, 63U) << "elements begin at a multiple of 64 bytes";
  const Array read = read_npy(bytes, "a.npy").value();
  EXPECT_EQ(read.shape(), matrix.shape());
  EXPECT_THAT(read.values<int32_t>(), ElementsAre(1, 2, 3, 4, 5, -6));
  EXPECT_EQ(read_npy(to_npy(Array::scalar(2.5F)).value(), "s.npy").value().shape(), Shape{});
  EXPECT_EQ(read_npy(to_npy(Array::of<bool>({1}, {true})).value(), "b.npy").value().shape(), Shape{1});
}

TEST(Npy, WritesTheHeaderThatNumPyWrites) {
  EXPECT_THAT(to_npy(Array::of<float>({3}, {1, 2, 3})).value().substr(10),
              StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"));
  EXPECT_THAT(to_npy(Array::of<uint8_t>({1, 2}, {1, 2})).value().substr(10),
              StartsWith("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }"));
}

TEST(Npy, ReadsFortransOrder) {
  const std::string bytes =
      npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }", "\x01\x04\x02\x05\x03\x06");
  EXPECT_THAT(read_npy(bytes, "f.npy").value().values<int8_t>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Npy, RefusesWhatItCannotRead) {
  EXPECT_THAT(read_npy("no such thing", "x.npy").error().message, HasSubstr("x.npy: this is no .npy file"));
  EXPECT_THAT(read_npy(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "abcd"), "x.npy")
                  .error()
                  .message,
              HasSubstr("\">f4\" are not read"));
  EXPECT_THAT(read_npy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "abcd"), "x.npy")
                  .error()
                  .message,
              HasSubstr("take 8 bytes, and the file holds 4"));
  EXPECT_THAT(read_npy(npy("{'descr': '<f4', 'shape': (-1,), }", "abcd"), "x.npy").error().message,
              HasSubstr("header of this .npy file is damaged"));
  EXPECT_THAT(to_npy(Array::of<Bfloat16>({1}, {Bfloat16(1)})).error().message,
              HasSubstr("NumPy has no bfloat16"));
}

TEST(Npy, SurvivesEveryCutOfAFile) {
  const std::string bytes = to_npy(Array::of<int16_t>({2, 2}, {1, 2, 3, 4})).value();
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(read_npy(bytes.substr(0, length), "cut.npy").ok()) << length;
}

}  // namespace
}  // namespace tamis::network
