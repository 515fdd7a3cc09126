#include "network/onnx/graph_reader.h"

#include "network/onnx/ports.h"
#include "network/onnx/proto.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::network::reading {
namespace {

/// Where a function imports no operators of ONNX's.
constexpr int64_t kIdentityOpset = 13;

/// A node for a message, whatever its names hold.
std::string shown(Node node) {
  node.name = plain(node.name);
  node.type = plain(node.type);
  node.domain = plain(node.domain);
  node.attributes.clear();
  return describe(node);
}

/// About what a node without attributes takes; names are held by the graph and while it is read.
size_t memory_of(const Node& node) {
  size_t bytes = sizeof(Node) + node.name.size();
  for (const std::string& name : node.inputs) bytes += sizeof name + name.size();
  for (const std::string& name : node.outputs) bytes += 4 * sizeof name + 2 * name.size();
  return bytes;
}

/// The name in the graph of what has this name in the file.
Result<std::string> defined_name(const Binding& binding, const std::string& written) {
  std::string name = binding.name(written);
  if (name.empty() && !written.empty())
    return unsupported("a function gives the name " + in_quotes(written) +
                       " to an input, which the call leaves out, and to a value; rename one");
  return name;
}

/// A node that gives a value another name.
Node identity(const Opsets& opsets, const std::string& from, const std::string& to, const std::string& name,
              size_t place) {
  const auto version = opsets.find("");
  return {.type = "Identity",
          .domain = {},
          .opset = version == opsets.end() ? kIdentityOpset : version->second,
          .name = name,
          .place = place,
          .inputs = {from},
          .outputs = {to}};
}

bool is_constant(const Node& node) { return node.type == "Constant" && node.domain.empty(); }

}  // namespace

Result<Graph> GraphReader::read(onnx::GraphProto& proto) {
  if (proto.sparse_initializer_size() > 0)
    return unsupported(fmt::format("the sparse initializer {} is not supported; store it densely",
                                   in_quotes(proto.sparse_initializer(0).values().name())));
  graph_.name = proto.name();
  TAMIS_TRY(read_inputs(proto));
  TAMIS_TRY(read_constants(proto));
  TAMIS_TRY(read_nodes(proto));
  for (Pending& pending : pending_) TAMIS_TRY(finish(pending));
  TAMIS_TRY(sort());
  TAMIS_TRY(read_outputs(proto));
  return std::move(graph_);
}

Status GraphReader::define(const std::string& name, Definition definition, const std::string& who) {
  if (const Definition* first = names_.own(name)) {
    std::string other = "an input or initializer";
    if (first->node) {
      const bool is_same = *first->node == pending_.size();  // one that is being added
      other = is_same ? "another of its outputs" : "an output of " + shown(pending_[*first->node].node);
    }
    return invalid_input(
        fmt::format("{} is of the name {}, which is already that of {}", who, in_quotes(name), other));
  }
  names_.add(name, std::move(definition));
  return {};
}

Status GraphReader::read_inputs(onnx::GraphProto& proto) {
  for (const onnx::ValueInfoProto& input : proto.input()) {
    if (input.name().empty()) return invalid_input("it has an input without a name");
    TAMIS_ASSIGN(DeclaredPort declared, read_port(input));
    TAMIS_ASSIGN(declared.port.name, defined_name(*binding_, input.name()));
    TAMIS_TRY(define(declared.port.name, {{}, declared.refused}, "an input"));
    graph_.inputs.push_back(std::move(declared.port));
  }
  return {};
}

Status GraphReader::read_constants(onnx::GraphProto& proto) {
  std::set<std::string, std::less<>> constants;
  for (onnx::TensorProto& tensor : *proto.mutable_initializer()) {
    if (tensor.name().empty()) continue;  // nobody can take it
    TAMIS_ASSIGN(const std::string name, defined_name(*binding_, tensor.name()));
    const std::string who = "the initializer " + in_quotes(tensor.name());
    if (constants.insert(name).second) {
      if (names_.own(name) != nullptr)
        declared_constants_.push_back(name);
      else
        TAMIS_TRY(define(name, {}, who));
    }
    const Result<Array> array =
        binding_->is_call() ? file_.tensors.share(tensor) : file_.tensors.take(tensor);
    if (!array.ok() && array.error().kind != ErrorKind::unsupported) return array.error().within(who);
    names_.replace(name,
                   {{}, array.ok() ? nullptr : std::make_shared<const Error>(array.error().within(who))});
    if (array.ok()) graph_.constants.insert_or_assign(name, *array);
  }
  std::erase_if(declared_constants_, [&](const auto& name) { return !graph_.constants.contains(name); });
  // Each was an input of this graph: what is stored is not asked for.
  std::erase_if(graph_.inputs, [&](const Port& port) { return constants.contains(port.name); });
  return {};
}

Status GraphReader::read_nodes(onnx::GraphProto& proto) {
  size_t place = 0;
  for (onnx::NodeProto& node : *proto.mutable_node()) TAMIS_TRY(add_node(node, place++, "", binding_));
  return {};
}

Result<int64_t> GraphReader::opset(const std::string& domain, const Binding& binding) const {
  const auto found = binding.opsets().find(domain);
  if (found != binding.opsets().end()) return found->second;
  return invalid_input(fmt::format("the file does not say which opset of the domain {} it is written for",
                                   in_quotes(domain.empty() ? "ai.onnx" : domain)));
}

Status GraphReader::add_node(onnx::NodeProto& proto, size_t place, const std::string& around,
                             const std::shared_ptr<const Binding>& binding) {
  Pending pending{Node{.type = proto.op_type(),
                       .domain = domain_of(proto.domain()),
                       .name = around + proto.name(),
                       .place = place,
                       .inputs = {},
                       .outputs = {}},
                  &proto, binding};
  Node& node = pending.node;
  if (node.type.empty()) return invalid_input(shown(node) + ": it does not say which operator it is");
  if (onnx::FunctionProto* function = file_.functions.called(proto))
    return add_call(*function, proto, place, around, binding);
  for (const std::string& name : proto.input()) node.inputs.push_back(binding->name(name));
  for (const std::string& written : proto.output()) {
    TAMIS_ASSIGN(node.outputs.emplace_back(), defined_name(*binding, written));
  }
  const Result<int64_t> version = opset(node.domain, *binding);
  if (!version.ok()) return version.error().within(shown(node));
  node.opset = *version;
  return add_pending(std::move(pending));
}

Status GraphReader::add_call(onnx::FunctionProto& function, onnx::NodeProto& proto, size_t place,
                             const std::string& around, const std::shared_ptr<const Binding>& caller) {
  auto binding = file_.functions.bind(function, proto, caller);
  if (!binding.ok()) return binding.error().within("the function " + in_quotes(function.name()));
  const std::string inside = around + plain(proto.name().empty() ? function.name() : proto.name()) + "/";
  const auto alias = [&](const std::string& from, const std::string& to) {
    return add_pending(
        {identity((*binding)->opsets(), from, to, inside + "Identity", place), nullptr, *binding});
  };
  for (const auto& [from, to] : (*binding)->aliases()) TAMIS_TRY(alias(from, to));
  for (onnx::NodeProto& node : *function.mutable_node()) TAMIS_TRY(add_node(node, place, inside, *binding));
  // An output that is one of the function's inputs.
  const std::set<std::string_view> inputs(function.input().begin(), function.input().end());
  for (int i = 0; i < proto.output_size(); ++i) {
    if (proto.output(i).empty() || !inputs.contains(function.output(i))) continue;
    TAMIS_TRY(alias((*binding)->name(function.output(i)), caller->name(proto.output(i))));
  }
  return {};
}

/// Constants are read at once, so that it is known which of them nobody can take before anybody tries.
Status GraphReader::add_pending(Pending pending) {
  const Node& node = pending.node;
  if (pending.binding->is_call()) TAMIS_TRY(file_.functions.spend(memory_of(node)));
  std::shared_ptr<const Error> refused;
  if (is_constant(node)) {
    const Status read = read_attributes(pending);
    if (!read.ok() && read.error().kind != ErrorKind::unsupported) return read.error().within(shown(node));
    if (!read.ok()) refused = std::make_shared<const Error>(read.error().within(shown(node)));
    pending.is_left_out = !read.ok();
    pending.proto = nullptr;
  }
  for (const std::string& output : node.outputs)
    if (!output.empty()) TAMIS_TRY(define(output, {pending_.size(), refused}, "an output of " + shown(node)));
  pending_.push_back(std::move(pending));
  return {};
}

Result<const Definition*> GraphReader::take(const std::string& name) {
  const Definition* definition = names_.own(name);
  const bool is_outer = definition == nullptr;
  if (is_outer) definition = names_.find(name);
  if (definition == nullptr)
    return invalid_input(fmt::format("{} is no input, no initializer and no output of a node{}",
                                     in_quotes(name), names_.near(name)));
  if (definition->refused) return Error(*definition->refused);
  if (is_outer) taken_.insert(name);
  return definition;
}

Status GraphReader::use(Pending& pending, const std::string& name, const std::string& how) {
  const Result<const Definition*> definition = take(name);
  if (!definition.ok()) return definition.error().within(shown(pending.node) + ": " + how);
  if (names_.own(name) == nullptr || !(*definition)->node) return {};
  const size_t maker = *(*definition)->node;
  const auto self = static_cast<size_t>(&pending - pending_.data());
  if (maker > self && names_.is_outer(name))
    return invalid_input(fmt::format(
        "{}: {} takes {}, which could be the value of the graph around it or of {} after it; rename one",
        shown(pending.node), how, in_quotes(name), shown(pending_[maker].node)));
  pending.needs.push_back(maker);
  return {};
}

Status GraphReader::finish(Pending& pending) {
  for (const std::string& input : pending.node.inputs)
    if (!input.empty()) TAMIS_TRY(use(pending, input, "its input"));
  if (pending.proto == nullptr) return {};
  const Status read = read_attributes(pending);
  return read.ok() ? read : read.error().within(shown(pending.node));
}

Status GraphReader::read_attributes(Pending& pending) {
  if (pending.proto == nullptr) return {};
  for (onnx::AttributeProto& written : *pending.proto->mutable_attribute()) {
    onnx::AttributeProto* meant = pending.binding->attribute(written);
    if (meant == nullptr) continue;
    const std::string name = written.name();
    if (name.empty()) return invalid_input("it has an attribute without a name");
    const std::string what = "the attribute " + in_quotes(name);
    if (pending.node.attributes.contains(name)) return invalid_input(what + " is given twice");
    auto value = attribute(pending, *meant, meant != &written);
    if (!value.ok()) return value.error().within(what);
    pending.node.attributes.emplace(name, std::move(*value));
  }
  return {};
}

Result<Attribute> GraphReader::attribute(Pending& pending, onnx::AttributeProto& proto, bool is_given) {
  switch (proto.type()) {
    case onnx::AttributeProto::INT:
      return Attribute(proto.i());
    case onnx::AttributeProto::FLOAT:
      return Attribute(proto.f());
    case onnx::AttributeProto::STRING:
      return Attribute(proto.s());
    case onnx::AttributeProto::INTS:
      return Attribute(std::vector<int64_t>(proto.ints().begin(), proto.ints().end()));
    case onnx::AttributeProto::FLOATS:
      return Attribute(std::vector<float>(proto.floats().begin(), proto.floats().end()));
    case onnx::AttributeProto::STRINGS:
      return Attribute(std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
    case onnx::AttributeProto::TENSOR: {
      onnx::TensorProto& tensor = *proto.mutable_t();
      const bool is_shared = is_given || pending.binding->is_call();
      TAMIS_ASSIGN(Array array, is_shared ? file_.tensors.share(tensor) : file_.tensors.take(tensor));
      return Attribute(std::move(array));
    }
    case onnx::AttributeProto::GRAPH:
      if (is_given) return unsupported("a graph that is given to a function is not supported");
      return body(pending, *proto.mutable_g(), proto.name());
    case onnx::AttributeProto::UNDEFINED:
      return invalid_input("it does not say of which type it is, or is of one that tamis does not know");
    default:
      return unsupported(fmt::format("attributes of the type {} are not supported",
                                     onnx::AttributeProto::AttributeType_Name(proto.type())));
  }
}

Result<Attribute> GraphReader::body(Pending& pending, onnx::GraphProto& proto, const std::string& name) {
  GraphReader reader(file_, pending.binding, &names_);
  TAMIS_ASSIGN(Graph graph, reader.read(proto));
  for (const std::string& outer : reader.taken())
    TAMIS_TRY(use(pending, outer, "its body " + in_quotes(name)));
  return Attribute(std::make_shared<const Graph>(std::move(graph)));
}

Status GraphReader::sort() {
  std::vector<std::vector<size_t>> needs;
  needs.reserve(pending_.size());
  for (Pending& pending : pending_) needs.push_back(std::move(pending.needs));
  const Order order = order_by_needs(needs);
  if (order.on_cycle)
    return invalid_input(shown(pending_[*order.on_cycle].node) + " depends on its own output");
  for (const size_t place : order.places)
    if (!pending_[place].is_left_out) graph_.nodes.push_back(std::move(pending_[place].node));
  return {};
}

Status GraphReader::read_outputs(onnx::GraphProto& proto) {
  for (const onnx::ValueInfoProto& output : proto.output()) {
    const std::string name = binding_->name(output.name());
    const Result<const Definition*> definition = take(name);
    if (!definition.ok()) return definition.error().within("the output");
    TAMIS_ASSIGN(DeclaredPort declared, read_port(output));
    declared.port.name = name;
    graph_.outputs.push_back(std::move(declared.port));
  }
  if (graph_.outputs.empty()) return invalid_input("it has no outputs, so it computes nothing");
  return {};
}

}  // namespace tamis::network::reading
