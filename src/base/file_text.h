#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace tamis {

/// The content of a file as one text, for files that may be larger than memory should hold.
///
/// A long one is mapped, read-only, so that its pages are the system's to drop; a short one is read, as a
/// file that shrinks while it is mapped ends the program. gzip content (by its first two bytes) is unpacked,
/// a long one into a temporary file without a name. Immutable and so thread safe.
class FileText {
 public:
  /// Errors: as read_file.
  static Result<FileText> open(const std::string& path);
  FileText(FileText&& other) noexcept;
  FileText& operator=(FileText&& other) noexcept;
  ~FileText();

  /// Good as long as this object.
  std::string_view view() const {
    return mapped_ == nullptr ? std::string_view(held_) : std::string_view(mapped_, size_);
  }

 private:
  explicit FileText(std::string held) : held_(std::move(held)) {}
  FileText(const char* mapped, size_t size) : mapped_(mapped), size_(size) {}

  std::string held_;
  const char* mapped_ = nullptr;
  size_t size_ = 0;
};

}  // namespace tamis
