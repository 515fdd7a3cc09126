// Tensors of ONNX files.

#include "network/onnx/tensors.h"

#include "network/onnx/model_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::network::reading {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

onnx::TensorProto tensor(int type, const std::vector<int64_t>& shape) {
  onnx::TensorProto made;
  made.set_data_type(type);
  for (const int64_t size : shape) made.add_dims(size);
  return made;
}

Result<Array> take(onnx::TensorProto proto) { return TensorReader(std::nullopt).take(proto); }

std::string fault(const onnx::TensorProto& proto) {
  const Result<Array> array = take(proto);
  return array.ok() ? "read" : array.error().message;
}

TEST(ReadTensor, MovesRawDataOutOfTheMessage) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::INT32, {500});
  proto.set_raw_data(std::string(2000, '\1'));
  const void* data = proto.raw_data().data();
  const Result<Array> array = TensorReader(std::nullopt).take(proto);
  ASSERT_TRUE(array.ok()) << array.error().message;
  EXPECT_EQ(static_cast<const void*>(array->bytes().data()), data);
  EXPECT_EQ(proto.ByteSizeLong(), 0U);
}

TEST(ReadTensor, TakesTheFieldOfNumbersAsItIs) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::FLOAT, {3});
  for (const float value : {1.F, 2.F, 3.F}) proto.add_float_data(value);
  const void* data = proto.float_data().data();
  const Result<Array> array = TensorReader(std::nullopt).take(proto);
  ASSERT_TRUE(array.ok()) << array.error().message;
  EXPECT_EQ(static_cast<const void*>(array->bytes().data()), data);
  EXPECT_THAT(array->values<float>(), ElementsAre(1, 2, 3));
}

TEST(ReadTensor, TakesEveryTypeFromItsField) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::DOUBLE, {1});
  proto.add_double_data(2.5);
  EXPECT_THAT(take(proto).value().values<double>(), ElementsAre(2.5));
  proto = tensor(onnx::TensorProto::INT64, {1});
  proto.add_int64_data(-5);
  EXPECT_THAT(take(proto).value().values<int64_t>(), ElementsAre(-5));
  proto = tensor(onnx::TensorProto::UINT64, {1});
  proto.add_uint64_data(uint64_t{1} << 63);
  EXPECT_THAT(take(proto).value().values<uint64_t>(), ElementsAre(uint64_t{1} << 63));
  proto = tensor(onnx::TensorProto::UINT32, {1});
  proto.add_uint64_data(4000000000U);
  EXPECT_THAT(take(proto).value().values<uint32_t>(), ElementsAre(4000000000U));
  proto = tensor(onnx::TensorProto::INT32, {1});
  proto.add_int32_data(-7);
  EXPECT_THAT(take(proto).value().values<int32_t>(), ElementsAre(-7));
  for (const auto type : {onnx::TensorProto::FLOAT16, onnx::TensorProto::BFLOAT16}) {
    proto = tensor(type, {1});
    proto.add_int32_data(type == onnx::TensorProto::FLOAT16 ? 0x3c00 : 0x3f80);
    const Array array = take(proto).value();
    EXPECT_EQ(type == onnx::TensorProto::FLOAT16 ? static_cast<float>(array.values<Float16>()[0])
                                                 : static_cast<float>(array.values<Bfloat16>()[0]),
              1);
  }
}

TEST(ReadTensor, CutsNumbersThatDoNotFitAsOnnxruntimeDoes) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::UINT8, {2});
  proto.add_int32_data(300);
  proto.add_int32_data(-1);
  EXPECT_THAT(take(proto).value().values<uint8_t>(), ElementsAre(44, 255));
  proto = tensor(onnx::TensorProto::INT16, {1});
  proto.add_int32_data(65535);
  EXPECT_THAT(take(proto).value().values<int16_t>(), ElementsAre(-1));
}

TEST(ReadTensor, HoldsBooleansAsZeroAndOneWhateverIsStored) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::BOOL, {3});
  proto.set_raw_data(std::string("\x02\x00\x01", 3));
  const Array raw = take(proto).value();
  EXPECT_THAT(*raw.integers(), ElementsAre(1, 0, 1));
  EXPECT_EQ(raw.bytes()[0], std::byte{1});
  proto = tensor(onnx::TensorProto::BOOL, {2});
  proto.add_int32_data(256);
  proto.add_int32_data(0);
  EXPECT_THAT(*take(proto).value().integers(), ElementsAre(1, 0));
}

TEST(ReadTensor, MayBeAScalarOrHoldNothing) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::FLOAT, {});
  proto.add_float_data(4);
  EXPECT_THAT(take(proto).value().values<float>(), ElementsAre(4));
  EXPECT_EQ(take(tensor(onnx::TensorProto::FLOAT, {0, 3})).value().elements(), 0);
}

TEST(ReadTensor, IsRefusedWhereItsDataIsNotWhatItsShapeNeeds) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::FLOAT, {2});
  EXPECT_THAT(fault(proto), HasSubstr("it holds 0 values, but its shape 2 needs 2"));
  proto.add_float_data(1);
  EXPECT_THAT(fault(proto), HasSubstr("it holds 1 values"));
  proto = tensor(onnx::TensorProto::FLOAT, {2});
  proto.set_raw_data("123456789");
  EXPECT_THAT(fault(proto), HasSubstr("it holds 9 bytes, but its type float32 and shape 2 need 8"));
}

TEST(ReadTensor, TakesNoMemoryForAShapeWithoutData) {
  EXPECT_THAT(fault(tensor(onnx::TensorProto::INT8, {int64_t{1} << 40})), HasSubstr("it holds 0 values"));
  onnx::TensorProto proto = tensor(onnx::TensorProto::DOUBLE, {int64_t{1} << 40});
  proto.set_raw_data("1");
  EXPECT_THAT(fault(proto), HasSubstr("it holds 1 bytes"));
}

TEST(ReadTensor, IsRefusedForAnAbsurdShape) {
  EXPECT_THAT(fault(tensor(onnx::TensorProto::FLOAT, {2, -1})), HasSubstr("its shape 2x-1 is absurd"));
  EXPECT_THAT(fault(tensor(onnx::TensorProto::FLOAT, {0, int64_t{1} << 60})), HasSubstr("is absurd"));
  EXPECT_THAT(fault(tensor(onnx::TensorProto::FLOAT, std::vector<int64_t>(65, 1))),
              HasSubstr("65 dimensions"));
}

TEST(ReadTensor, IsRefusedInSegments) {
  onnx::TensorProto proto = tensor(onnx::TensorProto::FLOAT, {0});
  proto.mutable_segment()->set_begin(0);
  EXPECT_THAT(fault(proto), HasSubstr("stored in segments"));
}

TEST(ReadElementType, NamesThoseThatAreNotSupportedAsOnnxDoes) {
  EXPECT_EQ(element_type(10).value(), ElementType::float16);
  EXPECT_THAT(element_type(17).error().message, HasSubstr("FLOAT8E4M3FN"));
  EXPECT_THAT(element_type(22).error().message, HasSubstr("INT4"));
  EXPECT_THAT(element_type(14).error().message, HasSubstr("COMPLEX64"));
  EXPECT_THAT(element_type(1000).error().message, HasSubstr("number 1000"));
  EXPECT_THAT(element_type(-1).error().message, HasSubstr("number -1"));
}

TEST(ReadInitializer, OfATypeWithoutArraysIsRefusedOnlyWhereItIsTaken) {
  onnx::ModelProto proto = adding_model();
  onnx::TensorProto& words = *proto.mutable_graph()->add_initializer();
  words.set_name("words");
  words.set_data_type(onnx::TensorProto::STRING);
  words.add_dims(1);
  words.add_string_data("a");
  EXPECT_TRUE(read_back(proto).ok());
  proto.mutable_graph()->mutable_node(0)->set_input(0, "words");
  EXPECT_THAT(refusal(proto),
              HasSubstr("node 0 (Add): its input: the initializer \"words\": the element type "
                        "STRING is not supported"));
}

TEST(ReadConstant, OfATypeWithoutArraysIsRefusedOnlyWhereItIsTaken) {
  onnx::ModelProto proto = adding_model();
  onnx::NodeProto& constant = add_constant(proto.mutable_graph()->add_node(), "words", {});
  constant.mutable_attribute(0)->mutable_t()->set_data_type(onnx::TensorProto::STRING);
  const Result<Model> read = read_back(proto);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->graph.nodes.size(), 1U);
  proto.mutable_graph()->mutable_node(0)->set_input(0, "words");
  EXPECT_THAT(refusal(proto),
              HasSubstr("node 1 (Constant): the attribute \"value\": the element type STRING"));
}

TEST(ReadInitializer, ThatIsBrokenIsNamed) {
  onnx::ModelProto proto = adding_model();
  proto.mutable_graph()->mutable_initializer(0)->set_raw_data("x");
  EXPECT_THAT(refusal(proto), HasSubstr("test.onnx: the initializer \"w\": it holds 1 bytes"));
}

}  // namespace
}  // namespace tamis::network::reading
