#include "network/deploy/loaded_library.h"

#include "base/file.h"
#include "base/text.h"
#include "network/deploy/checks.h"
#include "network/deploy/library_json.h"
#include "network/deploy/new_memory.h"
#include "network/deploy/sample_inputs.h"
#include "network/deploy/weights_file.h"
#include "network/graph/graph.h"
#include "targets/cpu/codegen/machine.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

extern "C" {
void omp_set_num_threads(int threads);
int omp_get_max_threads();
}

namespace tamis::network {
namespace {

using Clock = std::chrono::steady_clock;

uint64_t ns_between(Clock::time_point begin, Clock::time_point end) {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count());
}

/// The calling thread asks OpenMP's runtime for so many threads while this lives.
class ThreadsOfCaller {
 public:
  explicit ThreadsOfCaller(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ThreadsOfCaller(const ThreadsOfCaller&) = delete;
  ThreadsOfCaller& operator=(const ThreadsOfCaller&) = delete;
  ~ThreadsOfCaller() { omp_set_num_threads(before_); }

 private:
  int before_;
};

/// The path of the one description in a folder.
Result<std::string> find_description(const std::string& directory) {
  std::error_code fault;
  std::vector<std::string> found;
  for (auto entry = std::filesystem::directory_iterator(directory, fault);
       !fault && entry != std::filesystem::directory_iterator(); entry.increment(fault))
    if (may_describe_library(entry->path())) found.push_back(entry->path().string());
  if (fault) return not_found(fmt::format("cannot read the folder {}: {}", directory, fault.message()));
  if (found.empty())
    return not_found(fmt::format(
        "{} holds no compiled network: there is no NAME.json with a NAME.weights; `tamis compile` makes one",
        directory));
  if (found.size() > 1)
    return invalid_input(
        fmt::format("{} holds {} networks, and each needs a folder of its own", directory, found.size()));
  TAMIS_TRY(require_regular_file(found.front()));
  return found.front();
}

/// Whether this process can run the code.
Status check_processor(const Library& library) {
  const Result<cpu::Machine> machine = cpu::recorded_machine(library.processor, library.features);
  if (!machine.ok()) return machine.error().within(library.name);
  if (machine->host) return {};
  TAMIS_ASSIGN(const cpu::Machine host, cpu::host_machine());
  return unsupported(
      fmt::format("{} is compiled for the processor {}, and this one ({}) lacks instructions of it; "
                  "compile the model for this one",
                  library.name, library.processor, host.cpu));
}

Result<std::vector<char>> read_object_file(const std::string& directory, const StoredObject& object) {
  const std::string path = directory + "/" + object.file;
  TAMIS_TRY(require_regular_file(path));
  TAMIS_ASSIGN(const std::string bytes, read_file(path));
  if (bytes.size() != object.bytes || hash_bytes(std::as_bytes(std::span(bytes))) != object.hash)
    return corrupt(path + " is damaged or of another library; make the library again");
  return std::vector<char>(bytes.begin(), bytes.end());
}

/// How much of the arena steps use, to begin with `used`: what a file says may be any number.
int64_t used_bytes(const Library& library, const std::vector<LibraryStep>& steps, int64_t used,
                   int64_t rounds) {
  for (const LibraryStep& step : steps) {
    if (step.control != nullptr) {
      for (const auto& scalar : {step.control->condition, step.control->trips, step.control->counter})
        if (scalar && scalar->memory == Place::Memory::arena)
          used = std::max<int64_t>(used, scalar->offset + static_cast<int64_t>(sizeof(int64_t)));
      used = used_bytes(library, step.control->body, used, step.control->most);
      used = used_bytes(library, step.control->otherwise, used, 0);
      continue;
    }
    const LibraryKernel& kernel = library.kernels[step.kernel];
    for (size_t i = 0; i < step.arguments.size(); ++i) {
      const Place& place = step.arguments[i];
      if (place.memory != Place::Memory::arena) continue;
      const int64_t forwards =
          place.round_bytes > 0 ? place.round_bytes * std::max<int64_t>(rounds - 1, 0) : 0;
      used = std::max(used, place.offset + forwards + byte_size(kernel.arguments[i]));
    }
    if (kernel.object->workspace_bytes > 0)
      used = std::max(used, step.workspace + kernel.object->workspace_bytes);
  }
  return used;
}

uint64_t median_of(std::span<uint64_t> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

Result<std::vector<NewMemory>> memory_for(const std::vector<LibraryPort>& ports) {
  std::vector<NewMemory> all;
  for (const LibraryPort& port : ports) {
    TAMIS_ASSIGN(NewMemory memory, new_memory(port, byte_size(port)));
    all.push_back(std::move(memory));
  }
  return all;
}

std::vector<void*> data_of(const std::vector<NewMemory>& all) {
  std::vector<void*> data;
  data.reserve(all.size());
  for (const NewMemory& memory : all) data.push_back(memory.data());
  return data;
}

}  // namespace

Result<std::unique_ptr<LoadedLibrary>> LoadedLibrary::open(const std::string& directory, int threads) {
  TAMIS_ASSIGN(const std::string path, find_description(directory));
  TAMIS_ASSIGN(const Json json, read_json(path));
  TAMIS_ASSIGN(StoredLibrary stored, read_library(json, path));
  const Status checked = check_library(stored.library, stored.weights_bytes);
  // The file says what cannot be: that is not the caller's fault.
  if (!checked.ok()) return corrupt(path + ": " + checked.error().message);
  TAMIS_TRY(check_processor(stored.library));
  if (threads < 0 || threads > stored.library.threads)
    return invalid_input(fmt::format("{} is compiled for at most {}, not {}", stored.library.name,
                                     counted(stored.library.threads, "thread"), threads));
  std::unique_ptr<LoadedLibrary> loaded(new LoadedLibrary());
  loaded->threads_ = threads == 0 ? stored.library.threads : threads;
  TAMIS_TRY(loaded->link(directory, stored));
  std::vector<Moving> moving;  // none: the steps are in no loop
  loaded->actions_ = loaded->lay_out(loaded->library_.steps, moving);
  return loaded;
}

Status LoadedLibrary::link(const std::string& directory, const StoredLibrary& stored) {
  library_ = stored.library;
  std::vector<cpu::CompiledObject> objects(stored.objects.size());
  std::vector<const cpu::CompiledObject*> all;
  for (size_t i = 0; i < objects.size(); ++i) {
    TAMIS_ASSIGN(objects[i].bytes, read_object_file(directory, stored.objects[i]));
    all.push_back(&objects[i]);
  }
  const auto linked = [&](const Error& error) { return error.within(directory); };
  auto code = cpu::LoadedCode::load(all);
  if (!code.ok()) return linked(code.error());
  code_ = std::move(code).value();
  for (const LibraryKernel& kernel : library_.kernels) {
    const auto function = code_->find(kernel.function + "_call");
    if (!function.ok()) return linked(function.error());
    functions_.push_back(*function);
  }
  TAMIS_ASSIGN(weights_, read_weights(directory + "/" + library_.name + ".weights", stored.weights_bytes,
                                      stored.weights_hash));
  TAMIS_ASSIGN(arena_,
               cpu::AlignedBytes::create(static_cast<size_t>(used_bytes(library_, library_.steps, 0, 0))));
  return {};
}

/// The number of a new pointer to a place. Those of ports are set in each run.
size_t LoadedLibrary::add_pointer(const Place& place) {
  const bool port = place.memory == Place::Memory::input || place.memory == Place::Memory::output;
  if (port) port_pointers_.push_back({pointers_.size(), place});
  void* base = place.memory == Place::Memory::weights ? weights_.data() : arena_.data();
  pointers_.push_back(port ? nullptr : static_cast<std::byte*>(base) + place.offset);
  return pointers_.size() - 1;
}

std::vector<LoadedLibrary::Action> LoadedLibrary::lay_out(const std::vector<LibraryStep>& steps,
                                                          std::vector<Moving>& moving) {
  std::vector<Action> actions;
  for (const LibraryStep& step : steps) {
    if (step.control != nullptr) {
      actions.push_back(lay_out(*step.control));
      continue;
    }
    Action call;
    call.function = functions_[step.kernel];
    call.arguments = pointers_.size();
    for (const Place& place : step.arguments) {
      const size_t pointer = add_pointer(place);
      if (place.round_bytes != 0) moving.push_back({pointer, place.round_bytes});
    }
    if (library_.kernels[step.kernel].object->workspace_bytes > 0)
      add_pointer({.offset = step.workspace});
    else
      pointers_.push_back(nullptr);
    actions.push_back(std::move(call));
  }
  return actions;
}

LoadedLibrary::Action LoadedLibrary::lay_out(const ControlFlow& control) {
  Action action;
  action.loop = control.loop;
  action.most = control.most;
  if (control.condition) action.condition = add_pointer(*control.condition);
  if (control.trips) action.trips = add_pointer(*control.trips);
  if (control.counter) action.counter = add_pointer(*control.counter);
  action.body = lay_out(control.body, action.moving);
  std::vector<Moving> none;
  action.otherwise = lay_out(control.otherwise, none);
  return action;
}

void LoadedLibrary::run_into(std::span<const void* const> inputs, std::span<void* const> outputs,
                             uint64_t* step_ns) {
  for (const PortPointer& port : port_pointers_) {
    void* base = port.place.memory == Place::Memory::input ? const_cast<void*>(inputs[port.place.port])
                                                           : outputs[port.place.port];
    pointers_[port.pointer] = static_cast<std::byte*>(base) + port.place.offset;
  }
  if (library_.threads == 1) return call_steps(step_ns);
  const ThreadsOfCaller team(threads_);
  call_steps(step_ns);
}

void LoadedLibrary::call_steps(uint64_t* step_ns) {
  if (step_ns == nullptr) {
    for (const Action& action : actions_) perform(action);
    return;
  }
  Clock::time_point since = Clock::now();
  for (const Action& action : actions_) {
    perform(action);
    const Clock::time_point now = Clock::now();
    *step_ns++ = ns_between(since, now);
    since = now;
  }
}

void LoadedLibrary::perform(const Action& action) {
  if (action.function) return (*action.function)(&pointers_[action.arguments]);
  if (action.loop) return go_round(action);
  const bool met = *static_cast<const uint8_t*>(pointers_[action.condition]) != 0;
  for (const Action& inner : met ? action.body : action.otherwise) perform(inner);
}

void LoadedLibrary::go_round(const Action& loop) {
  const auto value_at = [&](size_t pointer) {
    int64_t value = 0;
    std::memcpy(&value, pointers_[pointer], sizeof value);
    return value;
  };
  const int64_t most = loop.trips == kNone ? loop.most : value_at(loop.trips);
  const auto goes_on = [&] {
    return loop.condition == kNone || *static_cast<const uint8_t*>(pointers_[loop.condition]) != 0;
  };
  const auto move = [&](const Moving& moving, int64_t rounds) {
    pointers_[moving.pointer] = static_cast<std::byte*>(pointers_[moving.pointer]) + rounds * moving.bytes;
  };
  int64_t round = 0;
  for (; round < most && goes_on(); ++round) {
    if (loop.counter != kNone) std::memcpy(pointers_[loop.counter], &round, sizeof round);
    for (const Action& action : loop.body) perform(action);
    for (const Moving& moving : loop.moving) move(moving, 1);
  }
  for (const Moving& moving : loop.moving) move(moving, -round);
}

Result<std::vector<const void*>> LoadedLibrary::input_pointers(const NamedArrays& inputs) const {
  std::vector<const void*> pointers;
  std::vector<std::string_view> known;
  for (const LibraryPort& port : library_.inputs) {
    known.push_back(port.name);
    const auto found = inputs.find(port.name);
    if (found == inputs.end())
      return invalid_input(fmt::format("input \"{}\" is missing", printable(port.name)));
    const Array& array = found->second;
    if (array.type() != port.type || array.shape() != port.shape)
      return invalid_input(fmt::format("input \"{}\" is {} {} instead of {} {}", printable(port.name),
                                       to_string(array.type()), to_string(array.shape()),
                                       to_string(port.type), to_string(port.shape)));
    pointers.push_back(array.bytes().data());
  }
  for (const auto& [name, array] : inputs)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return invalid_input(
          fmt::format("the network has no input \"{}\"{}", printable(name), did_you_mean(name, known)));
  return pointers;
}

Result<std::vector<Array>> LoadedLibrary::run(const NamedArrays& inputs) {
  TAMIS_ASSIGN(const std::vector<const void*> pointers, input_pointers(inputs));
  TAMIS_ASSIGN(const std::vector<NewMemory> memory, memory_for(library_.outputs));
  run_into(pointers, data_of(memory));
  std::vector<Array> outputs;
  for (size_t i = 0; i < memory.size(); ++i) outputs.push_back(memory[i].array(library_.outputs[i]));
  return outputs;
}

Result<LibraryTimes> LoadedLibrary::time(const NamedArrays& inputs, size_t repeat) {
  TAMIS_ASSIGN(const std::vector<const void*> pointers, input_pointers(inputs));
  TAMIS_ASSIGN(const std::vector<NewMemory> memory, memory_for(library_.outputs));
  return time(pointers, data_of(memory), repeat);
}

LibraryTimes LoadedLibrary::time(std::span<const void* const> inputs, std::span<void* const> outputs,
                                 size_t repeat) {
  repeat = std::max<size_t>(repeat, 1);
  const size_t steps = library_.steps.size();
  LibraryTimes times{std::vector<uint64_t>(repeat), std::vector<uint64_t>(steps)};
  std::vector<uint64_t> of_run(steps);
  std::vector<uint64_t> of_step(steps * repeat);  // the runs of step 0, of step 1, ...
  run_into(inputs, outputs);
  for (uint64_t& ns : times.run_ns) {
    const Clock::time_point begin = Clock::now();
    run_into(inputs, outputs);
    ns = ns_between(begin, Clock::now());
  }
  for (size_t run = 0; run < repeat; ++run) {
    run_into(inputs, outputs, of_run.data());
    for (size_t step = 0; step < steps; ++step) of_step[step * repeat + run] = of_run[step];
  }
  for (size_t step = 0; step < steps; ++step)
    times.step_ns[step] = median_of(std::span(of_step).subspan(step * repeat, repeat));
  std::vector<uint64_t> sorted = times.run_ns;
  times.median_ns = median_of(sorted);
  times.least_ns = *std::min_element(sorted.begin(), sorted.end());
  return times;
}

Result<NamedArrays> LoadedLibrary::fill_missing(NamedArrays given) const {
  for (size_t i = 0; i < library_.inputs.size(); ++i) {
    if (given.count(library_.inputs[i].name) != 0) continue;
    TAMIS_ASSIGN(Array sample, sample_input(library_.inputs[i], i));
    given.emplace(library_.inputs[i].name, std::move(sample));
  }
  return given;
}

}  // namespace tamis::network
