#include "network/onnx/graph_reader.h"
#include "network/onnx/onnx.h"
#include "network/onnx/parts.h"
#include "network/onnx/proto.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <new>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tamis::network {
namespace {

using namespace reading;

constexpr int64_t kNewestIr = 14;  // onnx 1.23's
constexpr int64_t kOldestIr = 3;   // the first that names opsets
constexpr int64_t kFirstOverridable = 4;
/// Beside its weights; a network of a million nodes needs about as much.
constexpr int64_t kMostMemoryOfParts = int64_t{1} << 30;
constexpr int kReadAtOnce = 1 << 18;

Error no_model() { return corrupt("is no ONNX model, or is truncated or damaged: protobuf cannot read it"); }

/// Before parsing, which takes memory as it goes.
Status check_parts(google::protobuf::io::ZeroCopyInputStream& stream) {
  if (memory_of_parts(stream, kMostMemoryOfParts) <= kMostMemoryOfParts) return {};
  return invalid_input("has so many parts that it would take more than 1 GiB of memory beside its weights");
}

Status check_ir_version(const onnx::ModelProto& proto) {
  if (!proto.has_ir_version()) return corrupt("is no ONNX model: it does not say its IR version");
  if (proto.ir_version() >= kOldestIr && proto.ir_version() <= kNewestIr) return {};
  return unsupported(
      fmt::format("it is of IR version {}, and tamis reads {} to {}; save it anew with another version of "
                  "the package onnx",
                  proto.ir_version(), kOldestIr, kNewestIr));
}

/// Empties the message.
Result<Model> convert(onnx::ModelProto& proto, const std::optional<std::string>& folder) {
  TAMIS_TRY(check_ir_version(proto));
  if (!proto.has_graph()) return corrupt("is no ONNX model: it holds no graph");
  TAMIS_ASSIGN(Opsets opsets, read_opsets(proto));
  Model model;
  model.ir_version = proto.ir_version();
  if (const auto own = opsets.find(""); own != opsets.end()) model.opset = own->second;
  model.producer = proto.producer_name();
  File file{TensorReader(folder), {}};
  TAMIS_TRY(file.functions.add(proto));
  GraphReader reader(file, std::make_shared<const Binding>(std::move(opsets)), nullptr);
  TAMIS_ASSIGN(model.graph, reader.read(*proto.mutable_graph()));
  if (model.ir_version >= kFirstOverridable) model.overridable = reader.declared_constants();
  return model;
}

/// `parse` fills the message and says whether it could.
template <class Parse>
Result<Model> read(const ModelOrigin& origin, const Parse& parse) {
  try {
    const google::protobuf::LogSilencer silence;  // else protobuf prints what it cannot read
    onnx::ModelProto proto;
    Status parsed = parse(proto);
    if (!parsed.ok()) return parsed.error().within(origin.name);
    Result<Model> model = convert(proto, origin.folder);
    return model.ok() ? std::move(model) : model.error().within(origin.name);
  } catch (const std::bad_alloc&) {
    return io_error(origin.name + ": there is not enough memory to read it");
  }
}

/// Parses an open file as it is read, so that it is in memory once.
Status parse_file(int descriptor, onnx::ModelProto& proto) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0)
    return io_error(std::string("cannot be read: ") + std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return invalid_input("is a folder; name the .onnx file in it");
  if (S_ISREG(info.st_mode) && info.st_size > INT_MAX)
    return unsupported(
        "is larger than 2 GiB, which protobuf cannot read; save its weights beside it, by "
        "onnx.save_model(model, "
        "path, save_as_external_data=True) in Python");
  if (S_ISREG(info.st_mode)) {
    google::protobuf::io::FileInputStream first(descriptor, kReadAtOnce);
    TAMIS_TRY(check_parts(first));
    if (::lseek(descriptor, 0, SEEK_SET) != 0)
      return io_error(std::string("cannot be read twice: ") + std::strerror(errno));
  }
  google::protobuf::io::FileInputStream stream(descriptor, kReadAtOnce);
  if (proto.ParseFromZeroCopyStream(&stream)) return {};
  if (stream.GetErrno() != 0)
    return io_error(std::string("cannot be read: ") + std::strerror(stream.GetErrno()));
  return no_model();
}

}  // namespace

Status onnx_supported() { return {}; }

Result<Model> read_model(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const std::string message = path + ": cannot be opened: " + std::strerror(errno);
    return errno == ENOENT ? not_found(message) : io_error(message);
  }
  const ModelOrigin origin{path, std::filesystem::path(path).parent_path().string()};
  auto model = read(origin, [&](onnx::ModelProto& proto) { return parse_file(descriptor, proto); });
  ::close(descriptor);
  return model;
}

Result<Model> read_model_text(std::string_view bytes, const ModelOrigin& origin) {
  return read(origin, [&](onnx::ModelProto& proto) -> Status {
    if (bytes.size() > INT_MAX) return unsupported("is larger than 2 GiB, which protobuf cannot read");
    const int size = static_cast<int>(bytes.size());
    google::protobuf::io::ArrayInputStream stream(bytes.data(), size);
    TAMIS_TRY(check_parts(stream));
    return proto.ParseFromArray(bytes.data(), size) ? Status() : no_model();
  });
}

}  // namespace tamis::network
