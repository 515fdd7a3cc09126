#include "cpu_peers/onednn.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis::peers {

Result<PreparedCall> OnednnPeer::prepare(const Task& task) const {
  try {
    return prepare_or_throw(task);
  } catch (const dnnl::error& error) {
    return unsupported(fmt::format("{} of {}: {}", name_, task.workload.name, error.what()));
  }
}

dnnl::memory OnednnPeer::import(const std::vector<float>& data, const dnnl::memory::desc& plain,
                                const dnnl::memory::desc& wanted) const {
  // oneDNN only reads the source of a reorder, but takes every handle as mutable.
  dnnl::memory source(plain, engine_, const_cast<float*>(data.data()));
  dnnl::memory target(wanted, engine_);
  dnnl::stream stream(engine_);
  dnnl::reorder(source, target).execute(stream, source, target);
  stream.wait();
  return target;
}

std::vector<float> OnednnPeer::export_values(const dnnl::memory& memory,
                                             const dnnl::memory::desc& plain) const {
  std::vector<float> values(plain.get_size() / sizeof(float));
  dnnl::memory source = memory;
  dnnl::memory target(plain, engine_, values.data());
  dnnl::stream stream(engine_);
  dnnl::reorder(source, target).execute(stream, source, target);
  stream.wait();
  return values;
}

dnnl::primitive_attr OnednnPeer::fused_clip(const Epilogue& epilogue) {
  dnnl::primitive_attr attributes;
  dnnl::post_ops operations;
  const bool unlimited = std::isinf(epilogue.clip_max);
  if (epilogue.clip_min == 0 && unlimited) {
    operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0, 0);
  } else if (!unlimited || !std::isinf(epilogue.clip_min)) {
    constexpr double kLargest = std::numeric_limits<float>::max();
    operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_clip,
                              static_cast<float>(std::max(epilogue.clip_min, -kLargest)),
                              static_cast<float>(std::min(epilogue.clip_max, kLargest)));
  }
  attributes.set_post_ops(operations);
  return attributes;
}

PreparedCall OnednnPeer::call(const dnnl::primitive& primitive, std::string implementation,
                              std::unordered_map<int, dnnl::memory> arguments,
                              const dnnl::memory::desc& plain_output) const {
  PreparedCall call;
  call.implementation = std::move(implementation);
  call.output = [this, output = arguments.at(DNNL_ARG_DST), plain_output] {
    return export_values(output, plain_output);
  };
  call.run = [primitive, arguments = std::move(arguments), stream = dnnl::stream(engine_)]() mutable {
    primitive.execute(stream, arguments);
    stream.wait();
  };
  return call;
}

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("oneDNN {}.{}.{}", version->major, version->minor, version->patch);
}

Peers onednn_peers() {
  Peers peers = onednn_convolutions();
  for (auto& peer : onednn_products()) peers.push_back(std::move(peer));
  return peers;
}

}  // namespace tamis::peers
