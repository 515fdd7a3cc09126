#include "network/deploy/mapped_weights.h"

#include "network/library/library.h"
#include "process/descriptor.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace tamis::network {
namespace {

Error cannot_read(const std::string& path) {
  const ErrorKind kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::io;
  return {kind, fmt::format("cannot read the weights {}: {}", path, std::strerror(errno))};
}

}  // namespace

MappedWeights::MappedWeights(MappedWeights&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedWeights& MappedWeights::operator=(MappedWeights&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedWeights::~MappedWeights() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<MappedWeights> MappedWeights::open(const std::string& path, uint64_t bytes, uint64_t hash) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status = {};
  if (!file.open() || ::fstat(file.get(), &status) != 0) return cannot_read(path);
  if (static_cast<uint64_t>(status.st_size) != bytes)
    return corrupt(
        fmt::format("{} has {} bytes instead of {}: it is of another library or cut off; make the "
                    "library again",
                    path, status.st_size, bytes));
  void* pages = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
  if (pages == MAP_FAILED) return cannot_read(path);
  MappedWeights weights(std::span(static_cast<const std::byte*>(pages), bytes));
  const auto said = read_weights_header(weights.bytes(), bytes);
  if (!said) return corrupt(path + " is no file of weights of tamis");
  if (*said != hash) return corrupt(path + " has the weights of another library; make the library again");
  if (hash_bytes(weights.bytes().subspan(kWeightsHeader)) != hash)
    return corrupt(path + " is damaged: its weights are not those that were written; make the library again");
  return weights;
}

}  // namespace tamis::network
