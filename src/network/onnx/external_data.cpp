#include "network/onnx/external_data.h"

#include "base/text.h"
#include "network/onnx/names.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tamis::network::reading {

class MappedFile {
 public:
  MappedFile(const std::byte* bytes, size_t size) : bytes_(bytes), size_(size) {}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (bytes_ != nullptr) ::munmap(const_cast<std::byte*>(bytes_), size_);
  }

  [[nodiscard]] const std::byte* bytes() const { return bytes_; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  const std::byte* bytes_;
  size_t size_;
};

namespace {

namespace fs = std::filesystem;

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Error cannot_open(const std::string& location, const std::string& reason) {
  return io_error("cannot open the external data " + in_quotes(location) + ": " + reason);
}

/// Where the file is, links followed. Errors: also invalid_input for one outside of the folder.
Result<fs::path> inside(const std::string& folder, const std::string& location) {
  const Error outside =
      invalid_input("the external data " + in_quotes(location) +
                    " lies outside of the model's folder, which is refused; move it beside the model");
  const fs::path relative = fs::path(location).lexically_normal();
  if (location.empty() || location.find('\0') != std::string::npos)
    return invalid_input("external data without the name of a file");
  if (relative.is_absolute() || *relative.begin() == "..") return outside;
  std::error_code code;
  const fs::path root = fs::canonical(folder.empty() ? "." : folder, code);
  if (code) return cannot_open(location, code.message());
  fs::path found = fs::canonical(root / relative, code);
  if (code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory)
    return not_found("the external data " + in_quotes(location) +
                     " is not beside the model; keep both files in one folder");
  if (code) return cannot_open(location, code.message());
  if (std::mismatch(root.begin(), root.end(), found.begin(), found.end()).first != root.end()) return outside;
  return found;
}

/// What is no regular file is opened without waiting for it (a pipe), and refused.
Result<std::shared_ptr<const MappedFile>> map_file(const fs::path& path, const std::string& location) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return cannot_open(location, std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    return invalid_input("the external data " + in_quotes(location) + " is no regular file");
  const auto size = static_cast<size_t>(info.st_size);
  if (size == 0) return std::make_shared<const MappedFile>(nullptr, 0);
  void* pages = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (pages == MAP_FAILED) return cannot_open(location, std::strerror(errno));
  return std::make_shared<const MappedFile>(static_cast<const std::byte*>(pages), size);
}

/// A number of bytes: digits and nothing else.
Result<size_t> parse_bytes(const std::string& text, const char* what) {
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const std::optional<int64_t> value = digits ? parse_integer(text) : std::nullopt;
  if (!value)
    return invalid_input(
        fmt::format("the {} {} of external data is no decimal number of bytes", what, in_quotes(text)));
  return static_cast<size_t>(*value);
}

}  // namespace

HeldBytes aligned(HeldBytes held, size_t size, size_t alignment) {
  if (reinterpret_cast<uintptr_t>(held.bytes) % alignment == 0) return held;
  const std::shared_ptr<std::byte[]> copy(new std::byte[size]);  // aligned for every element
  std::memcpy(copy.get(), held.bytes, size);
  return {copy.get(), copy};
}

Result<std::shared_ptr<const MappedFile>> ExternalData::open(const std::string& location) {
  if (!folder_)
    return invalid_input("it keeps data in the file " + in_quotes(location) +
                         ", and a model that is no file has no folder for it");
  if (const auto found = files_.find(location); found != files_.end()) return found->second;
  TAMIS_ASSIGN(const fs::path path, inside(*folder_, location));
  const auto same = files_.find(path.native());  // an absolute path is no location
  if (same != files_.end()) return files_[location] = same->second;
  TAMIS_ASSIGN(std::shared_ptr<const MappedFile> file, map_file(path, location));
  files_[path.native()] = file;
  return files_[location] = std::move(file);
}

Result<HeldBytes> ExternalData::bytes(const ExternalPlace& place, size_t size, size_t alignment) {
  size_t offset = 0;
  if (place.offset) {
    TAMIS_ASSIGN(offset, parse_bytes(*place.offset, "offset"));
  }
  if (place.length) {
    TAMIS_ASSIGN(const size_t length, parse_bytes(*place.length, "length"));
    if (length != size)
      return invalid_input(fmt::format(
          "its external data has a length of {} bytes, but its type and shape need {}", length, size));
  }
  TAMIS_ASSIGN(const std::shared_ptr<const MappedFile> file, open(place.location));
  if (offset > file->size() || size > file->size() - offset)
    return invalid_input(
        fmt::format("its external data, {} bytes from byte {}, ends behind the file {} of {} bytes; the file "
                    "may be truncated, "
                    "or of another model",
                    size, offset, in_quotes(place.location), file->size()));
  if (size == 0) return HeldBytes{};
  return aligned({file->bytes() + offset, file}, size, alignment);
}

}  // namespace tamis::network::reading
