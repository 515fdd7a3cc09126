#include "network/deploy/weights_file.h"

#include "base/file.h"
#include "network/library/library.h"
#include "process/descriptor.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tamis::network {
namespace {

Error cannot_read(const std::string& path) {
  const ErrorKind kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::io;
  return {kind, fmt::format("cannot read the weights {}: {}", path, std::strerror(errno))};
}

Error cut_off(const std::string& path, uint64_t bytes, uint64_t expected) {
  return corrupt(fmt::format(
      "{} has {} bytes instead of {}: it is of another library or cut off; make the library again", path,
      bytes, expected));
}

Status read_all(const FileDescriptor& file, const std::string& path, std::span<std::byte> to) {
  for (size_t done = 0; done < to.size();) {
    const ssize_t got = ::read(file.get(), to.data() + done, to.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path);
    if (got == 0) return cut_off(path, done, to.size());
    done += static_cast<size_t>(got);
  }
  return {};
}

}  // namespace

Result<cpu::AlignedBytes> read_weights(const std::string& path, uint64_t bytes, uint64_t hash) {
  TAMIS_TRY(require_regular_file(path));
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (!file.open() || ::fstat(file.get(), &status) != 0) return cannot_read(path);
  if (static_cast<uint64_t>(status.st_size) != bytes)
    return cut_off(path, static_cast<uint64_t>(status.st_size), bytes);
  TAMIS_ASSIGN(cpu::AlignedBytes weights, cpu::AlignedBytes::create(bytes));
  const std::span all(static_cast<std::byte*>(weights.data()), weights.size());
  TAMIS_TRY(read_all(file, path, all));
  const auto said = read_weights_header(all, bytes);
  if (!said) return corrupt(path + " is no file of weights of tamis");
  if (*said != hash) return corrupt(path + " has the weights of another library; make the library again");
  if (hash_bytes(all.subspan(kWeightsHeader)) != hash)
    return corrupt(path + " is damaged: its weights are not those that were written; make the library again");
  return weights;
}

}  // namespace tamis::network
