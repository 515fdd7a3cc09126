#pragma once

#include "cpu_peers/peer.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <dnnl.hpp>

namespace tamis::peers {

/// What all forms of oneDNN share: an engine, a stream, and data brought into oneDNN's formats.
class OnednnPeer : public Peer {
 public:
  OnednnPeer(std::string name, std::string family) : name_(std::move(name)), family_(std::move(family)) {}
  const std::string& name() const override { return name_; }
  const std::string& family() const override { return family_; }
  /// Turns the exceptions of oneDNN into errors.
  Result<PreparedCall> prepare(const Task& task) const override;

 protected:
  using Tag = dnnl::memory::format_tag;
  using Dims = dnnl::memory::dims;

  /// May throw dnnl::error, which means unsupported.
  virtual Result<PreparedCall> prepare_or_throw(const Task& task) const = 0;

  static dnnl::memory::desc describe(const Dims& dims, Tag tag) {
    return {dims, dnnl::memory::data_type::f32, tag};
  }
  /// A copy of `data`, which lies as `plain` says, in the format `wanted`.
  dnnl::memory import(const std::vector<float>& data, const dnnl::memory::desc& plain,
                      const dnnl::memory::desc& wanted) const;
  /// The values of `memory` as `plain` lays them out.
  std::vector<float> export_values(const dnnl::memory& memory, const dnnl::memory::desc& plain) const;
  /// The epilogue's clip as a fused operation; nothing where it keeps every value.
  static dnnl::primitive_attr fused_clip(const Epilogue& epilogue);
  dnnl::memory empty(const dnnl::memory::desc& desc) const { return {desc, engine_}; }
  /// The call that executes the primitive on these arguments; `output` among them is what it computes.
  PreparedCall call(const dnnl::primitive& primitive, std::string implementation,
                    std::unordered_map<int, dnnl::memory> arguments,
                    const dnnl::memory::desc& plain_output) const;

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};

 private:
  std::string name_;
  std::string family_;
};

/// The forms of convolutions, and of dense layers and matmul.
Peers onednn_convolutions();
Peers onednn_products();

}  // namespace tamis::peers
