#include "base/file.h"

#include "base/gzip.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tamis {
namespace {

constexpr uint64_t kMaxUnpacked = uint64_t{4} << 30;

Error cannot(const std::string& verb, const std::string& path) {
  const int code = errno;
  const std::string message = fmt::format("cannot {} {}: {}", verb, path, std::strerror(code));
  return code == ENOENT ? not_found(message) : io_error(message);
}

Status write_all(int descriptor, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

/// Writes to a new descriptor and closes it; a negative one is that of an open that failed just now.
Status write_to(int descriptor, std::string_view content, const std::string& path) {
  if (descriptor < 0) return cannot("write", path);
  Status status = write_all(descriptor, content, path);
  if (::close(descriptor) != 0 && status.ok()) status = cannot("write", path);
  return status;
}

/// The path of the file that is meant, which need not exist; one that is not a symlink stays as it is.
std::string behind_symlinks(const std::string& path) {
  constexpr int kMostLinks = 40;  // as Linux
  std::error_code ignored;
  std::filesystem::path file = path;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(file, ignored); ++i)
    file = file.parent_path() / std::filesystem::read_symlink(file, ignored);
  return file.string();
}

Status replace_file(const std::string& path, std::string_view content) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return cannot("write", path);
  Status status = write_to(descriptor, content, path);
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) status = cannot("write", path);
  if (!status.ok()) ::unlink(temporary.c_str());
  return status;
}

const char* kind_of(std::filesystem::file_type type) {
  switch (type) {
    case std::filesystem::file_type::directory:
      return "a directory";
    case std::filesystem::file_type::fifo:
      return "a pipe";
    case std::filesystem::file_type::socket:
      return "a socket";
    default:
      return "a device";
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return invalid_input(path + " is a directory, not a file");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return cannot("read", path);
  std::ostringstream content;
  content << stream.rdbuf();
  if (stream.bad()) return cannot("read", path);
  std::string bytes = std::move(content).str();
  if (is_gzip(bytes)) return gunzip(bytes, path, kMaxUnpacked);
  return bytes;
}

Status write_file(const std::string& path, std::string_view content) {
  std::string packed;
  if (path.ends_with(".gz")) {
    TAMIS_ASSIGN(packed, gzip(content, path));
    content = packed;
  }
  std::error_code ignored;
  const std::filesystem::file_status found = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found))
    return write_to(::open(path.c_str(), O_WRONLY | O_CLOEXEC), content, path);
  return replace_file(behind_symlinks(path), content);
}

Status require_regular_file(const std::string& path) {
  std::error_code fault;
  const std::filesystem::file_status found = std::filesystem::status(path, fault);
  if (std::filesystem::is_regular_file(found)) return {};
  if (!std::filesystem::exists(found))
    return not_found(fmt::format("cannot read {}: {}", path, fault ? fault.message() : "it is not there"));
  return invalid_input(fmt::format("{} is {}, not a file", path, kind_of(found.type())));
}

Status make_directories(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return io_error(fmt::format("cannot create the directory {}: {}", path, code.message()));
  return {};
}

}  // namespace tamis
