#include "network/onnx/functions.h"

#include "base/text.h"
#include "network/onnx/names.h"
#include "network/onnx/proto.h"

#include <set>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>

namespace tamis::network::reading {
namespace {

// Fields that Debian's headers do not know yet (onnx.proto of onnx 1.23).
constexpr int kNodeOverload = 8;
constexpr int kFunctionDefaults = 11;
constexpr int kFunctionOverload = 13;

constexpr int64_t kOldestOpset = 7;
constexpr int64_t kNewestOpset = 28;  // onnx 1.23's
constexpr size_t kDeepestCalls = 32;
/// What the nodes of all calls may take together: calls of calls grow fast.
constexpr size_t kMostSpent = size_t{256} << 20;
constexpr size_t kCallSize = 1024;  // a binding, about
constexpr size_t kPrefixLength = 20;

/// The last value of a text field that is in the message but not in its class.
std::string unknown_text(const google::protobuf::UnknownFieldSet& fields, int number) {
  std::string text;
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::UnknownField& field = fields.field(i);
    if (field.number() == number && field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      text = field.length_delimited();
  }
  return text;
}

size_t size_without_tensors(const onnx::FunctionProto& function) {
  size_t size = function.ByteSizeLong();
  for (const onnx::NodeProto& node : function.node())
    for (const onnx::AttributeProto& attribute : node.attribute())
      if (attribute.has_t()) size -= attribute.t().ByteSizeLong();
  return size;
}

template <class Imports>
Result<Opsets> opsets_of(const Imports& imports) {
  Opsets opsets;
  for (const onnx::OperatorSetIdProto& import : imports) {
    const std::string domain = domain_of(import.domain());
    const auto [found, is_new] = opsets.emplace(domain, import.version());
    if (!is_new && found->second != import.version())
      return invalid_input(fmt::format("it imports opsets {} and {} of one domain, {}", found->second,
                                       import.version(), in_quotes(import.domain())));
  }
  const auto own = opsets.find("");
  if (own != opsets.end() && (own->second < kOldestOpset || own->second > kNewestOpset))
    return unsupported(
        fmt::format("it is written for opset {}, and tamis knows {} to {}; convert it by "
                    "onnx.version_converter.convert_version(model, 17) in Python",
                    own->second, kOldestOpset, kNewestOpset));
  return opsets;
}

}  // namespace

std::string domain_of(const std::string& written) { return written == "ai.onnx" ? "" : written; }

Result<Opsets> read_opsets(const onnx::ModelProto& model) { return opsets_of(model.opset_import()); }

std::string Binding::name(const std::string& written) const {
  if (function_ == nullptr || written.empty()) return written;
  const auto found = values_.find(written);
  return found == values_.end() ? prefix_ + written : found->second;
}

onnx::AttributeProto* Binding::attribute(onnx::AttributeProto& written) const {
  if (written.ref_attr_name().empty()) return &written;
  const auto found = attributes_.find(written.ref_attr_name());
  return found == attributes_.end() ? nullptr : found->second;
}

Functions::Functions() = default;
Functions::~Functions() = default;

Status Functions::add(onnx::ModelProto& model) {
  for (onnx::FunctionProto& function : *model.mutable_functions()) {
    if (function.name().empty()) return invalid_input("it has a function without a name");
    const auto& unknown = function.unknown_fields();
    const Key key{domain_of(function.domain()), function.name(), unknown_text(unknown, kFunctionOverload)};
    if (!functions_.emplace(key, &function).second)
      return invalid_input("it has two functions " + in_quotes(function.name()));
    for (int i = 0; i < unknown.field_count(); ++i) {
      const google::protobuf::UnknownField& field = unknown.field(i);
      if (field.number() != kFunctionDefaults ||
          field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
        continue;
      auto given = std::make_unique<onnx::AttributeProto>();
      if (!given->ParseFromString(field.length_delimited()))
        return corrupt("the function " + in_quotes(function.name()) + " has a damaged attribute");
      defaults_[&function].push_back(std::move(given));
    }
    sizes_[&function] = size_without_tensors(function);
  }
  return {};
}

onnx::FunctionProto* Functions::called(const onnx::NodeProto& node) const {
  const std::string domain = domain_of(node.domain());
  if (functions_.empty() || domain.empty()) return nullptr;
  const auto found =
      functions_.find(Key{domain, node.op_type(), unknown_text(node.unknown_fields(), kNodeOverload)});
  return found == functions_.end() ? nullptr : found->second;
}

Status Functions::spend(size_t bytes) {
  spent_ += bytes;
  if (spent_ <= kMostSpent) return {};
  return unsupported("the calls of its functions make it too large");
}

Result<std::shared_ptr<const Binding>> Functions::bind(onnx::FunctionProto& function, onnx::NodeProto& call,
                                                       const std::shared_ptr<const Binding>& caller) {
  size_t depth = 1;
  for (const Binding* outer = caller.get(); outer->is_call(); outer = outer->caller_.get(), ++depth)
    if (outer->function_ == &function) return invalid_input("it is called by itself");
  if (depth > kDeepestCalls)
    return unsupported(fmt::format("functions call each other more than {} deep", kDeepestCalls));
  if (call.input_size() > function.input_size() || call.output_size() > function.output_size())
    return invalid_input(fmt::format("it has {} inputs and {} outputs, and is called with {} and {}",
                                     function.input_size(), function.output_size(), call.input_size(),
                                     call.output_size()));
  TAMIS_TRY(spend(kCallSize + sizes_[&function] + call.ByteSizeLong()));
  TAMIS_ASSIGN(Opsets opsets, opsets_of(function.opset_import()));
  auto binding = std::make_shared<Binding>(std::move(opsets));
  binding->function_ = &function;
  binding->caller_ = caller;
  binding->prefix_ = fmt::format("{}#{}/", first_characters(plain(function.name()), kPrefixLength), calls_++);
  // An output that is also an input is the input's value; the reader copies it to where the caller wants it.
  for (int i = 0; i < call.output_size(); ++i)
    if (!call.output(i).empty()) binding->values_[function.output(i)] = caller->name(call.output(i));
  std::set<std::string> given;
  for (int i = 0; i < function.input_size(); ++i) {
    const std::string& inner = function.input(i);
    std::string& value = binding->values_[inner];
    value = i < call.input_size() ? caller->name(call.input(i)) : "";
    if (value.empty() || given.insert(value).second) continue;
    binding->aliases_.emplace_back(value, binding->prefix_ + inner);
    value = binding->prefix_ + inner;
  }
  for (const auto& one : defaults_[&function]) binding->attributes_[one->name()] = one.get();
  for (onnx::AttributeProto& written : *call.mutable_attribute())
    if (onnx::AttributeProto* meant = caller->attribute(written))
      binding->attributes_[written.name()] = meant;
  return std::shared_ptr<const Binding>(std::move(binding));
}

}  // namespace tamis::network::reading
