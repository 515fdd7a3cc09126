#pragma once

#include "process/descriptor.h"
#include "tamis/result.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace tamis {

class ScratchRoot;

/// A directory for one config, removed with all that is in it when this is destroyed.
class Scratch {
 public:
  Scratch(std::shared_ptr<const ScratchRoot> root, std::string path)
      : root_(std::move(root)), path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  const std::string& path() const { return path_; }

 private:
  std::shared_ptr<const ScratchRoot> root_;
  std::string path_;
};

/// A directory `tamis-XXXXXX` among the system's temporary files that holds the scratch directories of one
/// process. It stays behind when the process is killed; the next one finds it unlocked and removes it. Thread
/// safe.
class ScratchRoot : public std::enable_shared_from_this<ScratchRoot> {
 public:
  /// Also removes what processes that were killed have left. Errors: io.
  static Result<std::shared_ptr<ScratchRoot>> create();
  ScratchRoot(const ScratchRoot&) = delete;
  ScratchRoot& operator=(const ScratchRoot&) = delete;
  ~ScratchRoot();

  /// An empty directory. Errors: io.
  Result<std::unique_ptr<Scratch>> make();

 private:
  ScratchRoot(std::string path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  FileDescriptor lock_;
  std::atomic<uint64_t> made_ = 0;
};

}  // namespace tamis
