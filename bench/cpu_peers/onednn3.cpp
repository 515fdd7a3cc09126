#include "cpu_peers/onednn3_library.h"
#include "cpu_peers/peer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis::peers {
namespace {

using Library = std::shared_ptr<const Onednn3Library>;
using Numbers = std::array<int64_t, Onednn3Library::kMostDimensions>;
/// A thing of oneDNN 3 that is destroyed with its last owner.
using Owned = std::shared_ptr<void>;

/// Sides of a tensor, and how many there are.
struct Sides {
  Sides() = default;
  Sides(std::initializer_list<int64_t> values) : count(static_cast<int>(values.size())) {
    std::copy(values.begin(), values.end(), numbers.begin());
  }
  int count = 0;
  Numbers numbers = {};
};

/// How activations lie: plain, or as oneDNN likes best.
enum class Lying { nhwc, nchw, nchw16c, any };

struct NamedForm {
  const char* name;
  Lying form;
  int algorithm;
};

constexpr NamedForm kOnednn3Forms[] = {
    {"onednn3 nhwc direct", Lying::nhwc, Onednn3Library::kDirect},
    {"onednn3 nchw direct", Lying::nchw, Onednn3Library::kDirect},
    {"onednn3 nchw16c direct", Lying::nchw16c, Onednn3Library::kDirect},
    {"onednn3 any auto", Lying::any, Onednn3Library::kAuto},
    {"onednn3 any winograd", Lying::any, Onednn3Library::kWinograd},
};

/// The steps of a tensor that lies densely with its dimensions from the slowest to the fastest in `order`.
Numbers steps_of(const Sides& extents, const std::vector<size_t>& order) {
  Numbers steps = {};
  int64_t step = 1;
  for (size_t i = order.size(); i-- > 0;) {
    steps[order[i]] = step;
    step *= extents.numbers[order[i]];
  }
  return steps;
}

std::vector<size_t> order_of(const Sides& extents, bool channels_last) {
  if (channels_last) return {0, 2, 3, 1};
  std::vector<size_t> order;
  for (int i = 0; i < extents.count; ++i) order.push_back(static_cast<size_t>(i));
  return order;
}

/// Makes the things of one call. The first failure is kept, and what comes after it does nothing.
class Maker {
 public:
  explicit Maker(Library library) : library_(std::move(library)) {
    check(library_->engine_create(&engine_, Onednn3Library::kCpu, 0), "an engine");
    if (ok()) check(library_->stream_create(&stream_, engine_, Onednn3Library::kDefaultStream), "a stream");
  }

  bool ok() const { return fault_.empty(); }
  const std::string& fault() const { return fault_; }
  Onednn3Library::Handle engine() const { return engine_; }
  Onednn3Library::Handle stream() const { return stream_; }

  template <class Create>
  Owned make(const char* what, int (*destroy)(void*), const Create& create) {
    Onednn3Library::Handle made = nullptr;
    if (ok()) check(create(&made), what);
    if (!ok()) return nullptr;
    return {made, [library = library_, destroy](void* thing) { destroy(thing); }};
  }

  Owned plain(const Sides& extents, bool channels_last = false) {
    const Numbers steps = steps_of(extents, order_of(extents, channels_last));
    return make("a layout", library_->destroy_memory_desc, [&](void** made) {
      return library_->memory_desc_create_with_strides(made, extents.count, extents.numbers.data(),
                                                       Onednn3Library::kFloat32, steps.data());
    });
  }
  Owned tagged(const Sides& extents, int tag) {
    return make("a layout", library_->destroy_memory_desc, [&](void** made) {
      return library_->memory_desc_create_with_tag(made, extents.count, extents.numbers.data(),
                                                   Onednn3Library::kFloat32, tag);
    });
  }
  /// Memory of the library's own where `values` is null.
  Owned memory(const void* layout, const float* values) {
    // It is only read from, but every pointer is taken as mutable; SIZE_MAX asks for memory.
    void* at = values == nullptr ? reinterpret_cast<void*>(SIZE_MAX) : const_cast<float*>(values);
    return make("memory", library_->destroy_memory,
                [&](void** made) { return library_->memory_create(made, layout, engine_, at); });
  }
  /// The clip of an epilogue as a fused operation; none where it keeps every value.
  Owned fused_clip(const Epilogue& epilogue) {
    const bool unlimited = std::isinf(epilogue.clip_max);
    if (unlimited && std::isinf(epilogue.clip_min)) return nullptr;
    const Owned operations = make("operations", library_->destroy_post_ops,
                                  [&](void** made) { return library_->post_ops_create(made); });
    const Owned attributes = make("attributes", library_->destroy_attr,
                                  [&](void** made) { return library_->primitive_attr_create(made); });
    if (!ok()) return nullptr;
    constexpr double kLargest = std::numeric_limits<float>::max();
    const bool relu = epilogue.clip_min == 0 && unlimited;
    const auto low = static_cast<float>(std::max(epilogue.clip_min, -kLargest));
    const auto high = static_cast<float>(std::min(epilogue.clip_max, kLargest));
    check(library_->post_ops_append_eltwise(operations.get(),
                                            relu ? Onednn3Library::kRelu : Onednn3Library::kClip,
                                            relu ? 0 : low, relu ? 0 : high),
          "a clip");
    check(library_->primitive_attr_set_post_ops(attributes.get(), operations.get()), "attributes");
    return attributes;
  }
  Owned primitive(const Owned& plan) {
    return make("a primitive", library_->destroy_primitive,
                [&](void** made) { return library_->primitive_create(made, plan.get()); });
  }
  /// Copies from one memory to another of another layout.
  void reorder(const void* from_layout, const Owned& from, const void* to_layout, const Owned& to) {
    const Owned plan = make("a reorder", library_->destroy_plan, [&](void** made) {
      return library_->reorder_create(made, from_layout, engine_, to_layout, engine_, nullptr);
    });
    const Owned copy = primitive(plan);
    if (!ok()) return;
    const Onednn3Library::Argument arguments[] = {{Onednn3Library::kSourceArgument, from.get()},
                                                  {Onednn3Library::kTargetArgument, to.get()}};
    check(library_->primitive_execute(copy.get(), stream_, 2, arguments), "a reorder");
    check(library_->stream_wait(stream_), "a reorder");
  }
  /// A copy of values that lie as `layout` says in the layout `wanted`.
  Owned import(const std::vector<float>& values, const Owned& layout, const void* wanted) {
    Owned target = memory(wanted, nullptr);
    const Owned source = memory(layout.get(), values.data());
    if (ok()) reorder(layout.get(), source, wanted, target);
    return target;
  }

 private:
  void check(int status, const char* what) {
    if (status != Onednn3Library::kSuccess && fault_.empty())
      fault_ = fmt::format("{} refuses {} (status {})", library_->version(), what, status);
  }

  Library library_;
  Onednn3Library::Handle engine_ = nullptr, stream_ = nullptr;  // as long as the program
  std::string fault_;
};

/// A plan, its layouts as the workload has them, and what they hold.
struct Planned {
  Owned plan, source, weights, bias, target;
};

class Onednn3Peer : public Peer {
 public:
  Onednn3Peer(Library library, std::string name) : library_(std::move(library)), name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  const std::string& family() const override { return family_; }

  Result<PreparedCall> prepare(const Task& task) const override {
    if (!takes(task.workload.op)) return unsupported(fmt::format("{} is for other operators", name_));
    auto maker = std::make_shared<Maker>(library_);
    const Planned planned = plan(*maker, task);
    if (!maker->ok())
      return unsupported(fmt::format("{} of {}: {}", name_, task.workload.name, maker->fault()));
    const char* implementation = "";
    library_->primitive_desc_query(planned.plan.get(), Onednn3Library::kImplementation, 0,
                                   static_cast<void*>(&implementation));
    const std::string chosen = implementation;
    if (chosen.starts_with("ref"))
      return unsupported(fmt::format("{} would use the reference implementation, which nobody times", name_));
    return call(maker, task, planned, chosen);
  }

 protected:
  virtual bool takes(Operator op) const = 0;
  virtual Planned plan(Maker& maker, const Task& task) const = 0;
  const Onednn3Library& library() const { return *library_; }

 private:
  Result<PreparedCall> call(const std::shared_ptr<Maker>& maker, const Task& task, const Planned& planned,
                            const std::string& implementation) const {
    const auto layout = [&](int query) {
      return library_->primitive_desc_query_md(planned.plan.get(), query, 0);
    };
    const Owned source = maker->import(task.input(), planned.source, layout(Onednn3Library::kSource));
    const Owned weights = maker->import(task.weights(), planned.weights, layout(Onednn3Library::kWeights));
    const Owned target = maker->memory(layout(Onednn3Library::kTarget), nullptr);
    const Owned bias = planned.bias ? maker->memory(planned.bias.get(), task.bias().data()) : nullptr;
    const Owned primitive = maker->primitive(planned.plan);
    if (!maker->ok())
      return unsupported(fmt::format("{} of {}: {}", name_, task.workload.name, maker->fault()));
    std::vector<Onednn3Library::Argument> arguments = {{Onednn3Library::kSourceArgument, source.get()},
                                                       {Onednn3Library::kWeightsArgument, weights.get()},
                                                       {Onednn3Library::kTargetArgument, target.get()}};
    if (bias) arguments.push_back({Onednn3Library::kBiasArgument, bias.get()});
    PreparedCall call;
    call.implementation = implementation;
    call.run = [library = library_, maker, primitive, source, weights, bias, target, arguments] {
      library->primitive_execute(primitive.get(), maker->stream(), static_cast<int>(arguments.size()),
                                 arguments.data());
      library->stream_wait(maker->stream());
    };
    call.output = [library = library_, maker, planned, target,
                   size = task.data.output.values<float>().size()] {
      std::vector<float> values(size);
      const Owned plain = maker->memory(planned.target.get(), values.data());
      maker->reorder(library->primitive_desc_query_md(planned.plan.get(), Onednn3Library::kTarget, 0), target,
                     planned.target.get(), plain);
      return values;
    };
    return call;
  }

  Library library_;
  std::string name_;
  std::string family_ = kOnednn3;
};

class Onednn3Convolution final : public Onednn3Peer {
 public:
  Onednn3Convolution(Library library, const NamedForm& form)
      : Onednn3Peer(std::move(library), form.name), form_(form) {}

 protected:
  bool takes(Operator op) const override {
    return op == Operator::conv2d || op == Operator::grouped_conv2d || op == Operator::depthwise_conv2d;
  }

  Planned plan(Maker& maker, const Task& task) const override {
    const Workload& workload = task.workload;
    const ConvShape& shape = workload.shape;
    const Sides source = {shape.n, shape.ci, shape.h, shape.w};
    const Sides target = {shape.n, shape.co, output_height(workload), output_width(workload)};
    Sides weights = {shape.co, shape.ci, shape.kernel_h, shape.kernel_w};
    if (shape.groups > 1)
      weights = {shape.groups, shape.co / shape.groups, shape.ci / shape.groups, shape.kernel_h,
                 shape.kernel_w};
    Planned planned;
    planned.source = in_layout(maker, source, workload.layout);
    planned.target = in_layout(maker, target, workload.layout);
    planned.weights = maker.plain(weights);
    if (workload.epilogue.bias) planned.bias = maker.plain({shape.co});
    // An image of three channels has no blocks; a network's first layer makes them.
    const bool first = form_.form == Lying::nchw16c && shape.ci % kLayoutBlock != 0;
    const Owned wanted_source = first ? maker.tagged(source, Onednn3Library::kAny) : wanted(maker, source);
    const Owned wanted_target = wanted(maker, target);
    const Owned wanted_weights = maker.tagged(weights, Onednn3Library::kAny);
    const Owned clip = maker.fused_clip(workload.epilogue);
    const Numbers strides = {shape.stride_h, shape.stride_w};
    const Numbers dilations = {shape.dilation_h - 1, shape.dilation_w - 1};
    const Numbers padding = {shape.pad_h, shape.pad_w};
    const Numbers end_padding = {shape.pad_bottom(), shape.pad_right()};
    planned.plan = maker.make("this convolution", library().destroy_plan, [&](void** made) {
      return library().convolution_create(made, maker.engine(), Onednn3Library::kForwardInference,
                                          form_.algorithm, wanted_source.get(), wanted_weights.get(),
                                          planned.bias.get(), wanted_target.get(), strides.data(),
                                          dilations.data(), padding.data(), end_padding.data(), clip.get());
    });
    return planned;
  }

 private:
  static Owned in_layout(Maker& maker, const Sides& extents, Layout layout) {
    if (layout == Layout::nchw16c) return maker.tagged(extents, Onednn3Library::kBlockedBy16);
    return maker.plain(extents, layout == Layout::nhwc);
  }

  Owned wanted(Maker& maker, const Sides& extents) const {
    if (form_.form == Lying::any) return maker.tagged(extents, Onednn3Library::kAny);
    if (form_.form == Lying::nchw16c) return maker.tagged(extents, Onednn3Library::kBlockedBy16);
    return maker.plain(extents, form_.form == Lying::nhwc);
  }

  NamedForm form_;
};

class Onednn3InnerProduct final : public Onednn3Peer {
 public:
  explicit Onednn3InnerProduct(Library library) : Onednn3Peer(std::move(library), "onednn3 inner product") {}

 protected:
  bool takes(Operator op) const override { return op == Operator::dense; }

  Planned plan(Maker& maker, const Task& task) const override {
    const ConvShape& shape = task.workload.shape;
    Planned planned;
    planned.source = maker.plain({shape.n, shape.ci});
    planned.target = maker.plain({shape.n, shape.co});
    planned.weights = maker.plain({shape.co, shape.ci});
    if (task.workload.epilogue.bias) planned.bias = maker.plain({shape.co});
    const Owned packed = maker.tagged({shape.co, shape.ci}, Onednn3Library::kAny);
    const Owned clip = maker.fused_clip(task.workload.epilogue);
    planned.plan = maker.make("this dense layer", library().destroy_plan, [&](void** made) {
      return library().inner_product_create(made, maker.engine(), Onednn3Library::kForwardInference,
                                            planned.source.get(), packed.get(), planned.bias.get(),
                                            planned.target.get(), clip.get());
    });
    return planned;
  }
};

}  // namespace

Result<Peers> onednn3_peers(const std::string& library, std::string& version) {
  TAMIS_ASSIGN(const Library opened, Onednn3Library::open(library));
  version = opened->version();
  Peers peers;
  for (const NamedForm& form : kOnednn3Forms)
    peers.push_back(std::make_unique<Onednn3Convolution>(opened, form));
  peers.push_back(std::make_unique<Onednn3InnerProduct>(opened));
  return peers;
}

}  // namespace tamis::peers
