#include "network/onnx/parts.h"

#include "network/onnx/proto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace tamis::network::reading {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

// Those of ONNX take 50 to 350, and as much again for what is made of them.
constexpr int64_t kMessage = 300;
constexpr int64_t kText = 48;
constexpr int64_t kNumber = 16;

class Count {
 public:
  Count(google::protobuf::io::CodedInputStream& input, int64_t enough) : input_(input), enough_(enough) {}

  /// False where the message is damaged, so that nothing after it makes sense, or where it is enough.
  bool add(const Descriptor& type, int depth) {
    bytes_ += kMessage;
    while (const uint32_t tag = input_.ReadTag()) {
      if (bytes_ > enough_) return false;
      const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
      if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
        bytes_ += kNumber;
        if (!WireFormatLite::SkipField(&input_, tag)) return false;
      } else if (!add_content(field, depth)) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] int64_t bytes() const { return bytes_; }

 private:
  bool add_content(const FieldDescriptor* field, int depth) {
    int size = 0;
    if (!input_.ReadVarintSizeAsInt(&size)) return false;
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_MESSAGE) {
      bytes_ += kText;
      return input_.Skip(size);
    }
    if (depth == 0) return false;
    const auto limit = input_.PushLimit(size);
    const bool is_whole = add(*field->message_type(), depth - 1) && input_.BytesUntilLimit() == 0;
    input_.PopLimit(limit);
    return is_whole;
  }

  google::protobuf::io::CodedInputStream& input_;
  int64_t enough_;
  int64_t bytes_ = 0;
};

}  // namespace

int64_t memory_of_parts(google::protobuf::io::ZeroCopyInputStream& model, int64_t enough) {
  google::protobuf::io::CodedInputStream input(&model);
  Count count(input, enough);
  count.add(*onnx::ModelProto::descriptor(),
            google::protobuf::io::CodedInputStream::GetDefaultRecursionLimit());
  return count.bytes();
}

}  // namespace tamis::network::reading
