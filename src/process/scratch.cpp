#include "process/scratch.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tamis {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScratchPrefix = "tamis-";
constexpr const char* kLockName = ".lock";

Error not_made(const std::string& path) {
  return io_error(fmt::format("the temporary directory {} cannot be made: {}", path, std::strerror(errno)));
}

/// The lock of a scratch root, not open while another process holds it.
FileDescriptor lock(const std::string& root, int create) {
  FileDescriptor file(
      ::open((root + "/" + kLockName).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | create, 0600));
  if (file.open() && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) file.close();
  return file;
}

bool is_ours(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid();
}

/// Removes the roots that no living process holds.
void remove_abandoned(const fs::path& folder) {
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const std::string path = entry->path().string();
    if (!entry->path().filename().native().starts_with(kScratchPrefix) || !is_ours(path)) continue;
    std::error_code ignored;
    if (const FileDescriptor held = lock(path, 0); held.open()) fs::remove_all(path, ignored);
  }
}

}  // namespace

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<std::shared_ptr<ScratchRoot>> ScratchRoot::create() {
  std::error_code code;
  fs::path folder = fs::temp_directory_path(code);
  if (code) folder = "/tmp";
  remove_abandoned(folder);
  // Under a name that nobody looks for until it is locked, so that nobody takes it for abandoned.
  std::string hidden = (folder / fmt::format(".{}XXXXXX", kScratchPrefix)).string();
  if (::mkdtemp(hidden.data()) == nullptr) return not_made(hidden);
  FileDescriptor held = lock(hidden, O_CREAT);
  if (!held.open()) return not_made(hidden);
  std::string path = (folder / fs::path(hidden).filename().native().substr(1)).string();
  if (::rename(hidden.c_str(), path.c_str()) != 0) return not_made(path);
  return std::shared_ptr<ScratchRoot>(new ScratchRoot(std::move(path), std::move(held)));
}

ScratchRoot::~ScratchRoot() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Result<std::unique_ptr<Scratch>> ScratchRoot::make() {
  std::string path = fmt::format("{}/{}", path_, made_++);
  if (::mkdir(path.c_str(), 0700) != 0) return not_made(path);
  return std::make_unique<Scratch>(shared_from_this(), std::move(path));
}

}  // namespace tamis
