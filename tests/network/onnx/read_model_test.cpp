// ONNX files as a whole: versions, and what is none.

#include "base/file.h"
#include "network/onnx/model_maker.h"
#include "network/onnx/parts.h"
#include "support/temporary_directory.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

namespace tamis::network {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(ReadModel, ReadsAFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("m.onnx");
  ASSERT_TRUE(write_file(path, adding_model().SerializeAsString()).ok());
  const Result<Model> read = read_model(path);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.nodes.size(), 1U);
}

TEST(ReadModel, BeginsItsMessagesWithThePath) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("m.onnx");
  EXPECT_EQ(read_model(path).error().kind, ErrorKind::not_found);
  EXPECT_THAT(read_model(path).error().message, StartsWith(path + ": "));
  ASSERT_TRUE(write_file(path, "words, no model").ok());
  EXPECT_EQ(read_model(path).error().kind, ErrorKind::corrupt);
  EXPECT_THAT(read_model(path).error().message, StartsWith(path + ": "));
}

TEST(ReadModel, RefusesAFolder) {
  const TemporaryDirectory directory;
  EXPECT_THAT(read_model(directory.path()).error().message, HasSubstr("is a folder"));
}

TEST(ReadModel, RefusesAFileThatProtobufCannotHold) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("m.onnx");
  std::ofstream(path).close();
  std::filesystem::resize_file(path, uintmax_t{1} << 31);  // takes no space
  EXPECT_THAT(read_model(path).error().message,
              AllOf(HasSubstr("larger than 2 GiB"), HasSubstr("save_as_external_data=True")));
}

TEST(ReadModel, RefusesEveryTruncation) {
  const std::string bytes = adding_model().SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<Model> read = read_model_text(bytes.substr(0, size), {"test.onnx", std::nullopt});
    EXPECT_FALSE(read.ok()) << size;
  }
}

TEST(ReadModel, RefusesAFileOfCountlessEmptyPartsBeforeTheyTakeMemory) {
  std::string nodes;
  for (int i = 0; i < 4'000'000; ++i) nodes += std::string("\x0a\x00", 2);  // of GraphProto: an empty node
  const std::string model = adding_model().SerializeAsString() + "\x3a" + "\x80\xa4\xe8\x03" + nodes;
  EXPECT_THAT(read_model_text(model, {"test.onnx", std::nullopt}).error().message,
              HasSubstr("it would take more than 1 GiB of memory"));
}

TEST(MemoryOfParts, GrowsWithMessagesAndNotWithData) {
  onnx::ModelProto proto = adding_model();
  const auto count = [&] {
    const std::string bytes = proto.SerializeAsString();
    google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
    return reading::memory_of_parts(stream, int64_t{1} << 20);
  };
  const int64_t before = count();
  proto.mutable_graph()->mutable_initializer(0)->set_raw_data(std::string(100000, 'x'));
  EXPECT_EQ(count(), before);
  add_node(proto.mutable_graph()->add_node(), "Relu", {"x"}, {"z"});
  EXPECT_GT(count(), before + 200);
}

TEST(ReadModel, PrintsNothing) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->mutable_node(0)->set_name("\xff\xfe");  // no UTF-8
  static_cast<void>(read_back(proto));
  static_cast<void>(read_model_text("\xff\xff\xff\xff", {"test.onnx", std::nullopt}));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty());
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), IsEmpty());
}

TEST(ReadModel, RefusesWhatHasNoGraphOrNoVersion) {
  onnx::ModelProto proto = adding_model();
  proto.clear_graph();
  EXPECT_THAT(refusal(proto), HasSubstr("it holds no graph"));
  proto = adding_model();
  proto.clear_ir_version();
  EXPECT_THAT(refusal(proto), HasSubstr("does not say its IR version"));
  EXPECT_THAT(refusal(onnx::ModelProto()), HasSubstr("is no ONNX model"));
}

TEST(ReadModel, ReadsIrVersions3To14) {
  for (const int64_t version : {3, 14}) EXPECT_TRUE(read_back(adding_model(version)).ok()) << version;
  for (const int64_t version : {-1, 2, 15})
    EXPECT_THAT(refusal(adding_model(version)),
                HasSubstr("it is of IR version " + std::to_string(version) + ", and tamis reads 3 to 14"));
}

TEST(ReadModel, RefusesOpsetsBefore7AndNamesTheConverter) {
  EXPECT_TRUE(read_back(adding_model(8, 7)).ok());
  EXPECT_THAT(refusal(adding_model(8, 6)),
              AllOf(HasSubstr("written for opset 6"), HasSubstr("onnx.version_converter")));
}

TEST(ReadModel, RefusesOpsetsAfter28WhoseOperatorsMayMeanSomethingElse) {
  EXPECT_TRUE(read_back(adding_model(8, 28)).ok());
  EXPECT_THAT(refusal(adding_model(8, 29)),
              HasSubstr("written for opset 29, and tamis knows 7 to 28; convert it"));
}

TEST(ReadModel, LeavesNewerOpsetsOfOtherDomainsToTheirOperators) {
  onnx::ModelProto proto = adding_model();
  import(proto.add_opset_import(), "com.example", 99);
  EXPECT_TRUE(read_back(proto).ok());
}

TEST(ReadModel, RefusesNodesOfADomainThatIsNotImported) {
  onnx::ModelProto proto = adding_model();
  proto.clear_opset_import();
  EXPECT_THAT(refusal(proto), HasSubstr("which opset of the domain \"ai.onnx\" it is written for"));
  proto = adding_model();
  proto.mutable_graph()->mutable_node(0)->set_domain("com.example");
  EXPECT_THAT(refusal(proto), HasSubstr("\"com.example\""));
}

TEST(ReadModel, HasNodesOfOtherDomainsAtTheirVersions) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->mutable_node(0)->set_domain("com.example");
  import(proto.add_opset_import(), "com.example", 3);
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.nodes[0].domain, "com.example");
  EXPECT_EQ(read->graph.nodes[0].opset, 3);
}

TEST(ReadModel, TakesTheDomainOfOnnxInBothSpellings) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_opset_import(0)->set_domain("ai.onnx");
  EXPECT_EQ(read_back(proto).value().opset, 17);
  proto = adding_model();
  proto.mutable_graph()->mutable_node(0)->set_domain("ai.onnx");
  EXPECT_EQ(read_back(proto).value().graph.nodes[0].domain, "");
}

TEST(ReadModel, RefusesTwoVersionsOfOneDomain) {
  onnx::ModelProto proto = adding_model();
  import(proto.add_opset_import(), "ai.onnx", 17);
  EXPECT_TRUE(read_back(proto).ok());
  proto.mutable_opset_import(1)->set_version(13);
  EXPECT_THAT(refusal(proto), HasSubstr("it imports opsets 17 and 13 of one domain"));
}

}  // namespace
}  // namespace tamis::network
