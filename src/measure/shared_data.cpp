#include "measure/shared_data.h"

#include "tamis/random.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tamis {
namespace {

/// What the bytes of a tensor are. Numbers of a file that lives no longer than the processes that read it.
enum class Element : uint64_t { int8 = 1, int32 = 2, float32 = 3, half = 4 };

/// The beginning of the file; the bytes of the seven tensors follow without gaps.
struct Header {
  uint64_t key = 0;  ///< of the workload and the seed
  double tolerance = 0;
  double relative_tolerance = 0;
  std::array<Element, 7> elements{};
  std::array<uint64_t, 7> counts{};
};

Error failed(const char* doing) {
  return io_error(fmt::format("sharing the data of a workload: {} failed: {}", doing, std::strerror(errno)));
}

uint64_t key_of(const Workload& workload, uint64_t seed) {
  return stable_hash(fmt::format("{} {}", to_spec(workload), seed));
}

/// In the order of the file.
template <class Data>
auto tensors_of(Data& data) {
  return std::array{&data.input,      &data.weights,  &data.bias,  &data.inner.weights,
                    &data.inner.bias, &data.residual, &data.output};
}

Element element_of(const Tensor& tensor) {
  if (tensor.holds<int8_t>()) return Element::int8;
  if (tensor.holds<uint16_t>()) return Element::half;
  return tensor.holds<int32_t>() ? Element::int32 : Element::float32;
}

Status write_bytes(int fd, const void* bytes, size_t count) {
  return write_all(fd, {static_cast<const char*>(bytes), count}, kNever);
}

/// Reads from a position and moves it on, because processes that inherited a file share its own position.
Status read_all(int fd, void* bytes, size_t count, off_t& position) {
  char* at = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = ::pread(fd, at, count, position);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read");
    if (got == 0) return corrupt("the shared data of a workload end too soon");
    at += got;
    position += got;
    count -= static_cast<size_t>(got);
  }
  return {};
}

template <class T>
Result<Tensor> read_elements(int fd, uint64_t count, off_t& position) {
  std::vector<T> values(count);
  TAMIS_TRY(read_all(fd, values.data(), count * sizeof(T), position));
  return Tensor(std::move(values));
}

Result<Tensor> read_tensor(int fd, Element element, uint64_t count, off_t& position) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failed("fstat");
  // Before any memory is taken for a number that may mean nothing.
  if (count > static_cast<uint64_t>(status.st_size))
    return corrupt("the shared data of a workload end too soon");
  switch (element) {
    case Element::int8:
      return read_elements<int8_t>(fd, count, position);
    case Element::int32:
      return read_elements<int32_t>(fd, count, position);
    case Element::float32:
      return read_elements<float>(fd, count, position);
    case Element::half:
      return read_elements<uint16_t>(fd, count, position);
  }
  return corrupt("the shared data of a workload have elements of an unknown type");
}

}  // namespace

int SharedData::descriptor() {
  std::call_once(once_, [this] {
    const Workload& workload = task_->workload();
    auto written = write_shared_data(workload, seed_, make_data(workload, seed_));
    if (written.ok()) file_ = std::move(*written);
  });
  return file_.get();
}

Result<FileDescriptor> write_shared_data(const Workload& workload, uint64_t seed, const WorkloadData& data) {
  FileDescriptor file(::memfd_create("tamis-data", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.open()) return failed("memfd_create");
  Header header;
  header.key = key_of(workload, seed);
  header.tolerance = data.tolerance;
  header.relative_tolerance = data.relative_tolerance;
  const auto tensors = tensors_of(data);
  for (size_t i = 0; i < tensors.size(); ++i) {
    header.elements[i] = element_of(*tensors[i]);
    header.counts[i] = tensors[i]->size();
  }
  TAMIS_TRY(write_bytes(file.get(), &header, sizeof(header)));
  for (const Tensor* tensor : tensors)
    TAMIS_TRY(write_bytes(file.get(), tensor->data(), tensor->byte_count()));
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return failed("sealing");
  return file;
}

Result<WorkloadData> read_shared_data(int fd, const Workload& workload, uint64_t seed) {
  Header header;
  off_t position = 0;
  TAMIS_TRY(read_all(fd, &header, sizeof(header), position));
  if (header.key != key_of(workload, seed))
    return corrupt("the shared data are those of another workload or seed");
  WorkloadData data;
  data.tolerance = header.tolerance;
  data.relative_tolerance = header.relative_tolerance;
  const auto tensors = tensors_of(data);
  for (size_t i = 0; i < tensors.size(); ++i) {
    TAMIS_ASSIGN(*tensors[i], read_tensor(fd, header.elements[i], header.counts[i], position));
  }
  return data;
}

}  // namespace tamis
