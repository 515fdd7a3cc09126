#include "network/deploy/library_files.h"

#include "base/file.h"
#include "network/deploy/c_files.h"
#include "network/deploy/checks.h"
#include "network/deploy/library_json.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tamis::network {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The hash of a library that can be written.
Result<uint64_t> check_and_hash(const Library& library) {
  const auto hash = read_weights_header(library.weights, library.weights.size());
  if (!hash) return invalid_input("the weights of " + library.name + " have no header");
  TAMIS_TRY(check_library(library, library.weights.size()));
  return *hash;
}

/// All but the weights; the description last, as a folder without is none of a library.
std::vector<EmittedFile> files_beside_weights(const Library& library, uint64_t hash) {
  const std::string& name = library.name;
  std::vector<EmittedFile> files = {{name + ".h", header_text(library)},
                                    {name + ".c", source_text(library, hash)},
                                    {name + "_main.c", program_text(library)},
                                    {name + "Config.cmake", cmake_package_text(library)},
                                    {"CMakeLists.txt", cmake_lists_text(library)}};
  const LibraryObjects objects = objects_of(library);
  for (size_t i = 0; i < objects.all.size(); ++i) {
    const std::vector<char>& bytes = objects.all[i]->bytes;
    files.push_back({object_file_name(library, i), std::string(bytes.begin(), bytes.end())});
  }
  // Names of hostile models need not be UTF-8.
  const Json json = to_json(library, hash);
  files.push_back({name + ".json", json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"});
  return files;
}

/// Refuses a directory with the description of another library, of which LoadedLibrary could not tell which
/// is meant.
Status check_directory(const std::string& directory, const std::string& name) {
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator(directory, fault)) {
    const std::filesystem::path& path = entry.path();
    if (may_describe_library(path) && path.stem() != name)
      return invalid_input(
          fmt::format("{} is there already: give {} a directory of its own", path.string(), name));
  }
  return {};
}

/// Refuses a directory in which files would be replaced although no library is there.
Status check_foreign_files(const std::string& directory, const std::string& name,
                           const std::vector<EmittedFile>& files) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const std::string description = directory + "/" + name + ".json";
  if (fs::exists(description, ignored) && may_describe_library(description)) return {};
  std::vector<std::string> names = {name + ".weights"};
  for (const EmittedFile& file : files) names.push_back(file.name);
  for (const std::string& one : names)
    if (fs::exists(fs::path(directory) / one, ignored))
      return invalid_input(
          fmt::format("{}/{} is there already, and is of no library: give {} a directory of its own",
                      directory, one, name));
  return {};
}

/// Refuses a directory in which something else than a file has the name of one.
Status check_places(const std::string& directory, const std::vector<std::string>& names) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (const std::string& name : names) {
    const std::string path = fs::path(directory) / name;
    if (fs::exists(path, ignored)) TAMIS_TRY(require_regular_file(path));
  }
  return {};
}

/// The files of a library on their way: written into a folder inside the directory first, so that they are
/// in one file system, and renamed when all are complete. What was not renamed goes with this object, and the
/// directory too where it was made for this and nothing is in it.
class StagedFiles {
 public:
  static Result<StagedFiles> create(const std::string& directory) {
    std::error_code ignored;
    const bool is_new = !std::filesystem::exists(directory, ignored);
    TAMIS_TRY(make_directories(directory));
    std::string folder = directory + "/.tamis-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
      const int code = errno;
      if (is_new) std::filesystem::remove(directory, ignored);
      return io_error(fmt::format("cannot write into {}: {}", directory, std::strerror(code)));
    }
    return StagedFiles(directory, std::move(folder), is_new);
  }
  StagedFiles(StagedFiles&& other) noexcept
      : directory_(std::move(other.directory_)),
        folder_(std::exchange(other.folder_, {})),
        is_new_(other.is_new_),
        names_(std::move(other.names_)) {}
  StagedFiles& operator=(StagedFiles&&) = delete;
  ~StagedFiles() {
    std::error_code ignored;
    if (folder_.empty()) return;
    std::filesystem::remove_all(folder_, ignored);
    if (is_new_) std::filesystem::remove(directory_, ignored);  // refused where something is in it
  }

  Status add(const std::string& name, std::string_view content) {
    TAMIS_TRY(make_directories(std::filesystem::path(folder_ + "/" + name).parent_path().string()));
    const Status written = write_file(folder_ + "/" + name, content);
    if (!written.ok()) return written.error().within(directory_ + "/" + name);
    names_.push_back(name);
    return {};
  }

  /// Puts all in place, in the order in which they came.
  Status publish() const {
    for (const std::string& name : names_) {
      const std::string path = directory_ + "/" + name;
      TAMIS_TRY(make_directories(std::filesystem::path(path).parent_path().string()));
      std::error_code fault;
      std::filesystem::rename(folder_ + "/" + name, path, fault);
      if (fault) return io_error(fmt::format("cannot write {}: {}", path, fault.message()));
    }
    return {};
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  StagedFiles(std::string directory, std::string folder, bool is_new)
      : directory_(std::move(directory)), folder_(std::move(folder)), is_new_(is_new) {}

  std::string directory_;
  std::string folder_;
  bool is_new_;
  std::vector<std::string> names_;
};

/// Takes out the objects of a library of this name that had more of them: a program is linked with all that
/// are there. What cannot be removed is left; nothing of the new library names it.
void remove_old_objects(const std::string& directory, const Library& library) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  for (size_t object = objects_of(library).all.size();; ++object)
    if (!fs::remove(directory + "/" + object_file_name(library, object), ignored)) return;
}

}  // namespace

LibraryObjects objects_of(const Library& library) {
  LibraryObjects objects;
  for (const LibraryKernel& kernel : library.kernels) {
    const auto found = std::find(objects.all.begin(), objects.all.end(), kernel.object.get());
    objects.of_kernel.push_back(static_cast<size_t>(found - objects.all.begin()));
    if (found == objects.all.end()) objects.all.push_back(kernel.object.get());
  }
  return objects;
}

std::string object_file_name(const Library& library, size_t object) {
  return fmt::format("kernels/{}_{}.o", library.name, object);
}

std::string weights_file_name(const Library& library) { return library.name + ".weights"; }

Result<std::vector<EmittedFile>> library_files(const Library& library) {
  TAMIS_ASSIGN(const uint64_t hash, check_and_hash(library));
  std::vector<EmittedFile> files = files_beside_weights(library, hash);
  files.push_back({weights_file_name(library), std::string(text_of(library.weights))});
  return files;
}

Status write_library(const Library& library, const std::string& directory) {
  TAMIS_ASSIGN(const uint64_t hash, check_and_hash(library));
  TAMIS_TRY(check_directory(directory, library.name));
  const std::vector<EmittedFile> files = files_beside_weights(library, hash);
  TAMIS_TRY(check_foreign_files(directory, library.name, files));
  TAMIS_ASSIGN(StagedFiles staged, StagedFiles::create(directory));
  TAMIS_TRY(staged.add(weights_file_name(library), text_of(library.weights)));
  for (const EmittedFile& file : files) TAMIS_TRY(staged.add(file.name, file.content));
  TAMIS_TRY(check_places(directory, staged.names()));
  TAMIS_TRY(make_directories(directory + "/kernels"));
  remove_old_objects(directory, library);
  return staged.publish();
}

}  // namespace tamis::network
