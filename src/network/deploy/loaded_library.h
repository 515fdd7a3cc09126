#pragma once

#include "network/library/library.h"
#include "tamis/result.h"
#include "targets/cpu/runtime/loaded_code.h"
#include "targets/cpu/runtime/loaded_kernel.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis::network {

/// Arrays by the name of their port.
using NamedArrays = std::map<std::string, Array, std::less<>>;

/// How long runs took.
struct LibraryTimes {
  std::vector<uint64_t> run_ns;   ///< of each run, as it came
  std::vector<uint64_t> step_ns;  ///< of each step, the median of as many other runs
  uint64_t least_ns = 0;          ///< of the runs
  uint64_t median_ns = 0;         ///< of the runs
};

/// A folder that write_library() made, linked in the memory of this process without a C compiler: one
/// instance of the network.
///
/// Its code runs in the process that asks and can do whatever it likes to it: open only folders that you
/// would run as a program. What lies in the folder is checked so far that damage, and a description that does
/// not fit its files, are refused.
///
/// One thread at a time uses it. Its weights are read into memory of its own.
class LoadedLibrary {
 public:
  /// Links the library in a folder. `threads`: of a run, 0 for as many as the library was made for. Errors:
  /// not_found where the folder or one of its files is not there; corrupt where they do not fit each other;
  /// unsupported where the code is for another processor, or this build has no LLVM; invalid_input for more
  /// threads than it was made for; io.
  static Result<std::unique_ptr<LoadedLibrary>> open(const std::string& directory, int threads = 0);
  LoadedLibrary(const LoadedLibrary&) = delete;
  LoadedLibrary& operator=(const LoadedLibrary&) = delete;
  ~LoadedLibrary() = default;

  /// What it is, without its weights and its objects' bytes.
  const Library& library() const { return library_; }
  int threads() const { return threads_; }

  /// Runs it once and gives its outputs, in their order. Errors: invalid_input for an input that is missing,
  /// unknown, or of another type or shape; io where there is no memory for the outputs.
  Result<std::vector<Array>> run(const NamedArrays& inputs);
  /// Runs it once, then `repeat` times (at least once) for the times of the runs, and as often again for
  /// those of the steps. Errors: as run().
  Result<LibraryTimes> time(const NamedArrays& inputs, size_t repeat);
  /// The same for inputs and outputs that run_into() takes.
  LibraryTimes time(std::span<const void* const> inputs, std::span<void* const> outputs, size_t repeat);

  /// Runs it once without allocating or checking anything: one pointer for each input and each output, in
  /// their order, to as many bytes as it has, aligned as its elements. No output overlaps another array.
  /// `step_ns`, where it is not null, gets the ns of each step.
  void run_into(std::span<const void* const> inputs, std::span<void* const> outputs,
                uint64_t* step_ns = nullptr);

  /// The inputs with those that are not given filled with numbers that are the same in every run. Errors: io.
  Result<NamedArrays> fill_missing(NamedArrays given) const;

 private:
  /// An argument that lies in an input or output.
  struct PortPointer {
    size_t pointer = 0;  ///< which of pointers_
    Place place;
  };
  static constexpr size_t kNone = static_cast<size_t>(-1);
  /// An argument that is elsewhere in each round of the loop that its call is in.
  struct Moving {
    size_t pointer = 0;
    int64_t bytes = 0;
  };
  /// A step: a call, or a branch or loop of others.
  struct Action {
    std::optional<cpu::LoadedCode::Function> function;  ///< of a call
    size_t arguments = 0;                               ///< of a call: where its own begin in pointers_
    bool loop = false;
    size_t condition = kNone;  ///< which of pointers_; kNone where there is none
    size_t trips = kNone;
    size_t counter = kNone;
    int64_t most = 0;
    std::vector<Action> body;
    std::vector<Action> otherwise;
    std::vector<Moving> moving;  ///< of the calls of a loop's body
  };

  LoadedLibrary() = default;
  Status link(const std::string& directory, const struct StoredLibrary& stored);
  std::vector<Action> lay_out(const std::vector<LibraryStep>& steps, std::vector<Moving>& moving);
  Action lay_out(const ControlFlow& control);
  size_t add_pointer(const Place& place);
  void call_steps(uint64_t* step_ns);
  void perform(const Action& action);
  void go_round(const Action& loop);
  /// The data of all inputs. Errors: as run().
  Result<std::vector<const void*>> input_pointers(const NamedArrays& inputs) const;

  Library library_;
  int threads_ = 1;
  std::unique_ptr<cpu::LoadedCode> code_;
  cpu::AlignedBytes weights_;
  cpu::AlignedBytes arena_;
  std::vector<cpu::LoadedCode::Function> functions_;  ///< of the kernels
  std::vector<Action> actions_;                       ///< the steps
  std::vector<void*> pointers_;                       ///< the arguments of all calls
  std::vector<PortPointer> port_pointers_;
};

}  // namespace tamis::network
