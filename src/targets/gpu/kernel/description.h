#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "targets/gpu/runtime/program.h"
#include "targets/gpu/runtime/runtime.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis::gpu {

/// What an element of an argument is. Vectors of OpenCL and CUDA are `lanes` of these.
enum class ElementType {
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  float32,
  float64
};

/// An argument with its data, which is the same for every config.
struct ArgumentValue {
  std::string name;
  ElementType type = ElementType::float32;
  int lanes = 1;
  int places = 1;       ///< elements from one vector to the next: `lanes`, but 4 for three lanes in OpenCL
  bool scalar = false;  ///< passed by value
  /// As the device's memory has them: three lanes take the place of four in OpenCL and of three in CUDA.
  std::vector<std::byte> bytes;
  /// Compared after the checked run. Where no argument is an output, or none that is one changes, all
  /// arguments that a launch changes are to be.
  bool output = false;
  double tolerance = 0;           ///< elements may lie so far apart
  double relative_tolerance = 0;  ///< and farther by this share of the reference's element
  /// And by this share of the root mean square of the reference's elements.
  double scaled_tolerance = 0;
  /// What it should be after the checked run, as `bytes`; nothing where the default config's result is to
  /// stand for it.
  std::optional<std::vector<std::byte>> expected = {};
};

/// A kernel of a user's: what a kernel file or a T1 file says of it, checked against the knobs
/// (docs/reference/kernel-files). Immutable and thread safe.
class KernelDescription {
 public:
  /// Reads the member `kernel` of a space file, or a whole T1 document (kernel_of_t1); paths are relative to
  /// `folder`. Errors: invalid_input naming the member, also for a name in a formula that is neither a knob
  /// nor a constant of the file, for sizes that no knob changes and no launch has, and for data that do not
  /// fit their argument; not_found and io for files. Files of data are read for that and not kept.
  static Result<KernelDescription> read(const Json& json, const std::string& origin,
                                        const std::string& folder, const Space& space);

  KernelDescription(KernelDescription&&) noexcept;
  KernelDescription& operator=(KernelDescription&&) noexcept;
  ~KernelDescription();

  Language language() const;
  /// Everything that a result depends on: the description and the contents of all its files, but for the
  /// data of arguments.
  std::string digest() const;
  /// The program of a config. Errors: invalid_input for a formula that has no value there (a division by
  /// zero, a size below 1): the config cannot be launched.
  Result<KernelProgram> program(const Space& space, const Config& config) const;
  /// What a device demands of the knobs: groups and shared memory that it does not have are outside of the
  /// space. Errors: invalid_input where no knob is to blame.
  Result<std::vector<Constraint>> limits(const DeviceFacts& device) const;
  /// The arguments, with data made from the seed. Errors: not_found, io, invalid_input for files of data.
  Result<std::vector<ArgumentValue>> arguments(uint64_t seed) const;
  /// Another kernel of the same arguments, whose result is what they should be after a run; nothing where the
  /// file names none.
  const std::optional<KernelProgram>& reference() const;
  /// Sentences for people: what of the file was not used, and what was decided where it leaves a choice.
  const std::vector<std::string>& notes() const;

 private:
  struct Parts;
  explicit KernelDescription(std::shared_ptr<const Parts> parts);
  std::shared_ptr<const Parts> parts_;
};

/// The member `kernel` of a kernel file that means what a T1 file's `KernelSpecification` does, in the
/// dialects of BAT, KTT, Kernel Tuner and the benchmark hub. `space` is the file's, and `folder` where its
/// files lie. Errors: invalid_input and unsupported, naming the field, for what cannot be run as it is
/// published; not_found and io for the source.
Result<Json> kernel_of_t1(const Json& t1, const std::string& origin, const std::string& folder,
                          const Space& space);

/// How an argument differs from what it should be: how many elements, the first of them with both values; or
/// nothing. `expected` and `actual` are of the argument's type and size. A NaN equals another and no number.
std::optional<std::string> find_output_difference(const ArgumentValue& argument,
                                                  const std::vector<std::byte>& expected,
                                                  const std::vector<std::byte>& actual);

/// Whether real elements are all NaN, so that comparing with them says next to nothing. Thread safe.
bool is_nan_everywhere(const ArgumentValue& argument, const std::vector<std::byte>& bytes);

}  // namespace tamis::gpu
