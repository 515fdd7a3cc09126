#include "cpu_peers/onednn3_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace tamis::peers {
namespace {

/// `dnnl_version_t` as far as it is read.
struct Version {
  int major, minor, patch;
};

template <class Function>
bool find(void* library, const char* name, Function*& function) {
  // POSIX has functions as void pointers here.
  function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

Result<std::shared_ptr<const Onednn3Library>> Onednn3Library::open(const std::string& path) {
  // Deep binding lets the library find its own functions before those of the oneDNN that is linked.
  void* opened = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (opened == nullptr)
    return Error{ErrorKind::io, fmt::format("{} cannot be opened as a library: {}", path, dlerror())};
  const Version* (*version)() = nullptr;
  if (!find(opened, "dnnl_version", version))
    return unsupported(fmt::format("{} is not oneDNN: it has no dnnl_version; pass its libdnnl.so.3", path));
  auto library = std::make_shared<Onednn3Library>();
  library->version_ = fmt::format("oneDNN {}.{}.{}", version()->major, version()->minor, version()->patch);
  if (version()->major != 3)
    return unsupported(
        fmt::format("{} is {}, whose interface is another; pass a libdnnl.so.3", path, library->version_));
  Onednn3Library& all = *library;
  const bool complete =
      find(opened, "dnnl_engine_create", all.engine_create) &&
      find(opened, "dnnl_stream_create", all.stream_create) &&
      find(opened, "dnnl_stream_wait", all.stream_wait) &&
      find(opened, "dnnl_memory_desc_create_with_strides", all.memory_desc_create_with_strides) &&
      find(opened, "dnnl_memory_desc_create_with_tag", all.memory_desc_create_with_tag) &&
      find(opened, "dnnl_memory_create", all.memory_create) &&
      find(opened, "dnnl_post_ops_create", all.post_ops_create) &&
      find(opened, "dnnl_post_ops_append_eltwise", all.post_ops_append_eltwise) &&
      find(opened, "dnnl_primitive_attr_create", all.primitive_attr_create) &&
      find(opened, "dnnl_primitive_attr_set_post_ops", all.primitive_attr_set_post_ops) &&
      find(opened, "dnnl_convolution_forward_primitive_desc_create", all.convolution_create) &&
      find(opened, "dnnl_inner_product_forward_primitive_desc_create", all.inner_product_create) &&
      find(opened, "dnnl_reorder_primitive_desc_create", all.reorder_create) &&
      find(opened, "dnnl_primitive_desc_query", all.primitive_desc_query) &&
      find(opened, "dnnl_primitive_desc_query_md", all.primitive_desc_query_md) &&
      find(opened, "dnnl_primitive_create", all.primitive_create) &&
      find(opened, "dnnl_primitive_execute", all.primitive_execute) &&
      find(opened, "dnnl_memory_desc_destroy", all.destroy_memory_desc) &&
      find(opened, "dnnl_memory_destroy", all.destroy_memory) &&
      find(opened, "dnnl_post_ops_destroy", all.destroy_post_ops) &&
      find(opened, "dnnl_primitive_attr_destroy", all.destroy_attr) &&
      find(opened, "dnnl_primitive_desc_destroy", all.destroy_plan) &&
      find(opened, "dnnl_primitive_destroy", all.destroy_primitive);
  if (!complete)
    return unsupported(fmt::format("{} ({}) lacks a function of oneDNN 3.2", path, library->version_));
  return std::shared_ptr<const Onednn3Library>(std::move(library));
}

}  // namespace tamis::peers
