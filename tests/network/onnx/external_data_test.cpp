// Weights in files beside the model.

#include "network/onnx/external_data.h"

#include "base/file.h"
#include "network/onnx/model_maker.h"
#include "support/temporary_directory.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace tamis::network::reading {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder with `model/w`, 64 bytes that count up, and `outside`, a file next to the model's folder.
class ExternalDataTest : public ::testing::Test {
 protected:
  ExternalDataTest() {
    fs::create_directories(folder() + "/sub");
    std::string bytes(64, '\0');
    std::iota(bytes.begin(), bytes.end(), '\0');
    for (const std::string& path : {folder() + "/w", directory_.file("outside")})
      std::ofstream(path, std::ios::binary) << bytes;
  }

  std::string folder() const { return directory_.file("model"); }
  Result<HeldBytes> open(const ExternalPlace& place, size_t size, size_t alignment = 1) {
    return ExternalData(folder()).bytes(place, size, alignment);
  }
  std::string fault(const ExternalPlace& place, size_t size = 4) {
    const Result<HeldBytes> held = open(place, size);
    return held.ok() ? "read" : held.error().message;
  }

  TemporaryDirectory directory_;
};

TEST_F(ExternalDataTest, IsMappedOnceForSeveralTensors) {
  ExternalData files(folder());
  const HeldBytes first = files.bytes({"w", {}, {}}, 8, 1).value();
  const HeldBytes second = files.bytes({"w", "8", "4"}, 4, 4).value();
  EXPECT_EQ(second.bytes, first.bytes + 8);
  EXPECT_EQ(second.bytes[0], std::byte{8});
  EXPECT_EQ(files.bytes({"sub/../w", "8", "4"}, 4, 4).value().bytes, second.bytes);
}

TEST_F(ExternalDataTest, IsCopiedWhereItIsMisaligned) {
  ExternalData files(folder());
  const HeldBytes whole = files.bytes({"w", {}, {}}, 64, 1).value();
  const HeldBytes held = files.bytes({"w", "3", "8"}, 8, 8).value();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(held.bytes) % 8, 0U);
  EXPECT_NE(held.bytes, whole.bytes + 3);
  EXPECT_EQ(held.bytes[7], std::byte{10});
}

TEST_F(ExternalDataTest, StaysAsLongAsItIsHeld) {
  const HeldBytes held = open({"w", {}, {}}, 64).value();
  fs::remove(folder() + "/w");
  EXPECT_EQ(held.bytes[63], std::byte{63});
}

TEST_F(ExternalDataTest, MayBeTheBeginningOfTheRestOfTheFile) {
  EXPECT_EQ(open({"w", "60", {}}, 4).value().bytes[0], std::byte{60});
  EXPECT_EQ(open({"w", {}, {}}, 4).value().bytes[0], std::byte{0});
  EXPECT_THAT(fault({"w", "61", {}}),
              HasSubstr("4 bytes from byte 61, ends behind the file \"w\" of 64 bytes"));
}

TEST_F(ExternalDataTest, IsRefusedWhereItDoesNotLieInTheFile) {
  EXPECT_THAT(fault({"w", "65", "4"}), HasSubstr("ends behind the file"));
  EXPECT_THAT(fault({"w", "9223372036854775807", "4"}), HasSubstr("ends behind the file"));
  EXPECT_THAT(fault({"w", {}, "128"}, 128), HasSubstr("ends behind the file"));
}

TEST_F(ExternalDataTest, IsRefusedForAnotherLengthThanTheTensors) {
  EXPECT_THAT(fault({"w", {}, "8"}), HasSubstr("a length of 8 bytes, but its type and shape need 4"));
}

TEST_F(ExternalDataTest, IsRefusedForNumbersThatAreNotDecimal) {
  for (const char* wrong : {"-1", "0x10", "", "1e3", " 4", "+4", "99999999999999999999"}) {
    EXPECT_THAT(fault({"w", wrong, {}}), HasSubstr("is no decimal number of bytes")) << wrong;
    EXPECT_THAT(fault({"w", {}, wrong}), HasSubstr("is no decimal number of bytes")) << wrong;
  }
}

TEST_F(ExternalDataTest, IsRefusedOutsideOfTheFolder) {
  for (const std::string& wrong :
       {std::string("../outside"), std::string("sub/../../outside"), directory_.file("outside"),
        folder() + "/w", std::string(".."), std::string("../model/w")})
    EXPECT_THAT(fault({wrong, {}, {}}), HasSubstr("lies outside of the model's folder")) << wrong;
  for (const std::string& wrong : {std::string(), std::string("w\0x", 3)})
    EXPECT_THAT(fault({wrong, {}, {}}), HasSubstr("without the name of a file"));
}

TEST_F(ExternalDataTest, FollowsLinksThatStayInTheFolderAndNoOthers) {
  fs::create_symlink("../w", folder() + "/sub/inner");
  fs::create_symlink("../outside", folder() + "/outer");
  fs::create_symlink("..", folder() + "/up");
  fs::create_hard_link(directory_.file("outside"), folder() + "/hard");
  fs::create_symlink("loop", folder() + "/loop");
  EXPECT_EQ(fault({"sub/inner", {}, {}}), "read");
  EXPECT_EQ(fault({"hard", {}, {}}), "read");
  EXPECT_THAT(fault({"outer", {}, {}}), HasSubstr("lies outside of the model's folder"));
  EXPECT_THAT(fault({"up/outside", {}, {}}), HasSubstr("lies outside of the model's folder"));
  EXPECT_THAT(fault({"loop", {}, {}}), HasSubstr("cannot open the external data \"loop\""));
}

TEST_F(ExternalDataTest, IsFoundInAFolderThatIsALinkItself) {
  fs::create_symlink("model", directory_.file("link"));
  EXPECT_TRUE(ExternalData(directory_.file("link")).bytes({"w", {}, {}}, 4, 1).ok());
}

TEST_F(ExternalDataTest, IsRefusedWhereItIsNoRegularFile) {
  ASSERT_EQ(::mkfifo((folder() + "/pipe").c_str(), 0600), 0);
  EXPECT_THAT(fault({"pipe", {}, {}}), HasSubstr("is no regular file"));
  EXPECT_THAT(fault({"sub", {}, {}}), HasSubstr("is no regular file"));
  EXPECT_THAT(fault({"gone", {}, {}}), HasSubstr("is not beside the model"));
  EXPECT_THAT(fault({"w/x", {}, {}}), HasSubstr("is not beside the model"));
}

TEST_F(ExternalDataTest, MayBeEmptyForATensorOfNothing) {
  std::ofstream(folder() + "/empty").close();
  EXPECT_EQ(fault({"empty", {}, {}}, 0), "read");
  EXPECT_THAT(fault({"empty", {}, {}}, 1), HasSubstr("ends behind the file"));
}

TEST_F(ExternalDataTest, IsRefusedForAModelThatIsNoFile) {
  EXPECT_THAT(ExternalData(std::nullopt).bytes({"w", {}, {}}, 4, 1).error().message,
              HasSubstr("has no folder"));
}

/// The model of two tensors in one file, the second at an odd place.
TEST_F(ExternalDataTest, IsReadForAModelInAFile) {
  onnx::ModelProto proto = adding_model();
  onnx::GraphProto& graph = *proto.mutable_graph();
  for (const char* name : {"w", "v"}) {
    onnx::TensorProto& tensor = name[0] == 'w' ? *graph.mutable_initializer(0) : *graph.add_initializer();
    tensor.Clear();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT16);
    tensor.add_dims(2);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] :
         {std::pair("location", "w"), std::pair("offset", name[0] == 'w' ? "2" : "5"),
          std::pair("length", "4"), std::pair("checksum", "none")}) {
      onnx::StringStringEntryProto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
  }
  ASSERT_TRUE(write_file(folder() + "/m.onnx", proto.SerializeAsString()).ok());
  const Result<Model> read = read_model(folder() + "/m.onnx");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_THAT(read->graph.constants.at("w").values<int16_t>(), ElementsAre(0x0302, 0x0504));
  EXPECT_THAT(read->graph.constants.at("v").values<int16_t>(), ElementsAre(0x0605, 0x0807));
}

}  // namespace
}  // namespace tamis::network::reading
