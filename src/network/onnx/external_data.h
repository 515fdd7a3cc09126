#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tamis::network::reading {

/// Where a tensor outside of its model's file lies, in the words of the file.
struct ExternalPlace {
  std::string location;               ///< a path from the model's folder
  std::optional<std::string> offset;  ///< in bytes; nothing is 0
  std::optional<std::string> length;  ///< in bytes; nothing is all that follows
};

/// Bytes, and what keeps them.
struct HeldBytes {
  const std::byte* bytes = nullptr;
  std::shared_ptr<const void> owner;
};

/// A file in memory; unmapped when nobody holds it.
class MappedFile;

/// The files beside a model: each is mapped once, read-only, however many tensors lie in it. Only what is in
/// the model's folder is opened, after symbolic links are followed; hard links cannot be told from files. Not
/// thread safe; what it returned is.
class ExternalData {
 public:
  /// Nothing for a model without a folder, whose external data is refused.
  explicit ExternalData(std::optional<std::string> folder) : folder_(std::move(folder)) {}

  /// The bytes of a tensor of this size, of elements whose addresses are multiples of `alignment`: mapped,
  /// or copied where they lie at another offset. Errors: not_found, io; invalid_input for a place outside of
  /// the folder, a length that is not the tensor's, and whatever does not lie in the file.
  Result<HeldBytes> bytes(const ExternalPlace& place, size_t size, size_t alignment);

 private:
  Result<std::shared_ptr<const MappedFile>> open(const std::string& location);

  std::optional<std::string> folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>, std::less<>> files_;  ///< by location
};

/// `bytes` as they are where that suits the alignment, else a copy.
HeldBytes aligned(HeldBytes held, size_t size, size_t alignment);

}  // namespace tamis::network::reading
