#include "base/file_text.h"

#include "base/file.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace tamis {
namespace {

/// From here on a file is mapped.
constexpr size_t kLong = size_t{32} << 20;
constexpr uint64_t kMostUnpacked = uint64_t{64} << 30;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

Error cannot(const char* verb, const std::string& path) {
  return io_error(fmt::format("cannot {} {}: {}", verb, path, std::strerror(errno)));
}

/// The pages of an open file of this size.
Result<const char*> map(int descriptor, size_t size, const std::string& path) {
  void* pages = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (pages == MAP_FAILED) return cannot("map", path);
  ::madvise(pages, size, MADV_SEQUENTIAL);
  return static_cast<const char*>(pages);
}

/// Takes what is unpacked: in a text as long as it is short, then in a file that is gone when it is closed.
class Unpacked {
 public:
  explicit Unpacked(const std::string& path) : path_(path) {}

  Status add(std::string_view bytes) {
    size_ += bytes.size();
    if (size_ > kMostUnpacked) return corrupt(path_ + ": unpacks to more than 64 GiB, refused");
    if (file_ == nullptr && size_ <= kLong) {
      held_.append(bytes);
      return {};
    }
    if (file_ == nullptr) {
      file_.reset(std::tmpfile());
      if (file_ == nullptr) return cannot("make a temporary file to unpack", path_);
      TAMIS_TRY(write(held_));
      held_ = {};
    }
    return write(bytes);
  }

  std::string& held() { return held_; }
  /// Where it went when it grew long; nullptr where it is held.
  std::FILE* file() { return file_.get(); }
  uint64_t size() const { return size_; }

 private:
  Status write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size()) return {};
    return cannot("write the temporary file for", path_);
  }

  const std::string& path_;
  std::string held_;
  OpenFile file_;
  uint64_t size_ = 0;
};

/// Unpacks all gzip members of an open file.
Status unpack(std::FILE* packed, const std::string& path, Unpacked& unpacked) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return io_error(path + ": cannot start gzip decompression");
  const std::unique_ptr<z_stream, int (*)(z_streamp)> ended(&stream, inflateEnd);
  std::string in(1 << 18, '\0');
  std::string out(1 << 18, '\0');
  int code = Z_OK;
  for (;;) {
    if (stream.avail_in == 0) {
      stream.avail_in = static_cast<uInt>(std::fread(in.data(), 1, in.size(), packed));
      stream.next_in = reinterpret_cast<Bytef*>(in.data());
      if (stream.avail_in == 0) break;
    }
    if (code == Z_STREAM_END) inflateReset(&stream);  // members may follow one another
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    code = inflate(&stream, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END) break;
    TAMIS_TRY(unpacked.add({out.data(), out.size() - stream.avail_out}));
  }
  if (std::ferror(packed) != 0) return cannot("read", path);
  return code == Z_STREAM_END ? Status() : corrupt(path + ": the gzip data is damaged or truncated");
}

bool is_packed(std::FILE* file) {
  unsigned char head[3] = {};
  const size_t count = std::fread(head, 1, sizeof head, file);
  std::rewind(file);
  return count == sizeof head && head[0] == 0x1f && head[1] == 0x8b;
}

}  // namespace

Result<FileText> FileText::open(const std::string& path) {
  struct stat info {};
  const bool regular = ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
  const OpenFile file(regular ? std::fopen(path.c_str(), "rbe") : nullptr);
  const auto size = static_cast<size_t>(info.st_size);
  // What is short or no file at all is read as everywhere, with the same errors.
  if (file == nullptr) {
    TAMIS_ASSIGN(std::string held, read_file(path));
    return FileText(std::move(held));
  }
  if (!is_packed(file.get())) {
    if (size <= kLong) {
      TAMIS_ASSIGN(std::string held, read_file(path));
      return FileText(std::move(held));
    }
    TAMIS_ASSIGN(const char* pages, map(::fileno(file.get()), size, path));
    return FileText(pages, size);
  }
  Unpacked unpacked(path);
  TAMIS_TRY(unpack(file.get(), path, unpacked));
  if (unpacked.file() == nullptr) return FileText(std::move(unpacked.held()));
  if (std::fflush(unpacked.file()) != 0) return cannot("write the temporary file for", path);
  TAMIS_ASSIGN(const char* pages, map(::fileno(unpacked.file()), unpacked.size(), path));
  return FileText(pages, unpacked.size());
}

FileText::FileText(FileText&& other) noexcept
    : held_(std::move(other.held_)),
      mapped_(std::exchange(other.mapped_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

FileText& FileText::operator=(FileText&& other) noexcept {
  std::swap(held_, other.held_);
  std::swap(mapped_, other.mapped_);
  std::swap(size_, other.size_);
  return *this;
}

FileText::~FileText() {
  if (mapped_ != nullptr) ::munmap(const_cast<char*>(mapped_), size_);
}

}  // namespace tamis
