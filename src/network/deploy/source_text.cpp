#include "network/deploy/c_files.h"
#include "network/deploy/checks.h"
#include "targets/cpu/deploy/interface.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace tamis::network {
namespace {

constexpr const char* kIncludes = R"(
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
)";

constexpr const char* kOpenMp = R"(
/* Of OpenMP's runtime: how many threads the calling thread asks for. */
void omp_set_num_threads(int threads);
int omp_get_max_threads(void);
)";

constexpr const char* kModel = R"(
struct NAME_model {
  unsigned char *arena;         /* what steps give to later ones, and workspaces */
  const unsigned char *weights; /* the file, mapped or read */
  int mapped;
  int threads;
};

#define ARENA(type, offset) ((type *)(void *)(model->arena + (offset)))
#define WEIGHTS(type, offset) ((const type *)(const void *)(model->weights + (offset)))
#define WORKSPACE(offset) ((void *)(model->arena + (offset)))

const char *NAME_error(int error) {
  switch (error) {
    case NAME_OK:
      return "there is no error";
    case NAME_NO_FILE:
      return "the file of weights cannot be opened";
    case NAME_NO_WEIGHTS:
      return "this is no file of weights of tamis, or it is cut off";
    case NAME_OTHER_WEIGHTS:
      return "these weights are not those that this network was compiled with";
    case NAME_NO_MEMORY:
      return "there is not enough memory";
    case NAME_BAD_THREADS:
      return "the number of threads must be at least 1 and at most NAME_THREADS";
  }
  return "this is no error of NAME";
}

/* A number of 8 bytes, the lowest first. */
static uint64_t number_at(const unsigned char *bytes) {
  uint64_t number = 0;
  for (int i = 7; i >= 0; --i) number = number << 8 | bytes[i];
  return number;
}

/* The file begins with the text `tamis weights 1`, its size, and a hash of its weights. */
static int check_header(const unsigned char *header) {
  if (memcmp(header, "tamis weights 1", 16) != 0) return NAME_NO_WEIGHTS;
  if (number_at(header + 16) != WEIGHTS_BYTES) return NAME_OTHER_WEIGHTS;
  return number_at(header + 24) == WEIGHTS_HASH ? NAME_OK : NAME_OTHER_WEIGHTS;
}

/* The size in a file's header, which is that of the file unless it was cut off; 0 for another file. */
static uint64_t size_in_header(int file) {
  unsigned char header[WEIGHTS_HEADER];
  if (pread(file, header, sizeof header, 0) != (ssize_t)sizeof header) return 0;
  return memcmp(header, "tamis weights 1", 16) == 0 ? number_at(header + 16) : 0;
}

/* Memory filled with zeros, so that the first run does not wait for the system's pages; in large pages where the
 * system has them, since a network that streams its weights takes a sixth longer with small ones. */
static void *new_memory(size_t bytes) {
  const size_t page = (size_t)2 << 20;
  void *memory = NULL;
  if (posix_memalign(&memory, bytes < page ? 64 : page, bytes) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  if (bytes >= page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  memset(memory, 0, bytes);
  return memory;
}

static int map_weights(const char *path, const unsigned char **weights) {
  struct stat status;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NAME_NO_FILE;
  if (fstat(file, &status) != 0 || status.st_size == 0 || (uint64_t)status.st_size != size_in_header(file)) {
    close(file);
    return NAME_NO_WEIGHTS;
  }
  if ((uint64_t)status.st_size != WEIGHTS_BYTES) {
    close(file);
    return NAME_OTHER_WEIGHTS;
  }
  void *mapped = mmap(NULL, WEIGHTS_BYTES, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) return NAME_NO_MEMORY;
  *weights = mapped;
  return check_header(mapped);
}

/* Takes the mapped file into memory of its own. */
static int read_weights(NAME_model *model) {
  void *own = new_memory(WEIGHTS_BYTES);
  if (own == NULL) return NAME_NO_MEMORY;
  memcpy(own, model->weights, WEIGHTS_BYTES);
  munmap((void *)model->weights, WEIGHTS_BYTES);
  model->weights = own;
  model->mapped = 0;
  return NAME_OK;
}

static int create(const char *weights_path, int threads, int mapped, NAME_model **model) {
  *model = NULL;
  if (threads < 1 || threads > NAME_THREADS) return NAME_BAD_THREADS;
  NAME_model *made = calloc(1, sizeof *made);
  if (made == NULL) return NAME_NO_MEMORY;
  made->threads = threads;
  made->mapped = 1;
  int error = map_weights(weights_path, &made->weights);
  if (error == NAME_OK && !mapped) error = read_weights(made);
  if (error == NAME_OK) {
    made->arena = new_memory(ARENA_BYTES);
    if (made->arena == NULL) error = NAME_NO_MEMORY;
  }
  if (error != NAME_OK) {
    NAME_destroy(made);
    return error;
  }
  *model = made;
  return NAME_OK;
}

int NAME_create(const char *weights_path, int threads, NAME_model **model) {
  return create(weights_path, threads, 0, model);
}

int NAME_create_mapped(const char *weights_path, int threads, NAME_model **model) {
  return create(weights_path, threads, 1, model);
}

void NAME_destroy(NAME_model *model) {
  if (model == NULL) return;
  free(model->arena);
  if (model->mapped) {
    if (model->weights != NULL) munmap((void *)model->weights, WEIGHTS_BYTES);
  } else {
    free((void *)model->weights);
  }
  free(model);
}

const char *NAME_step_name(int step) {
  return step >= 0 && step < NAME_STEPS ? step_names[step] : NULL;
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
)";

constexpr const char* kMark = R"(
/* Notes what passed since the step before, and returns the time now. */
static uint64_t mark(uint64_t *ns, uint64_t since) {
  const uint64_t now = now_ns();
  *ns = now - since;
  return now;
}
)";

std::string sizes(const Library& library, uint64_t hash) {
  // posix_memalign may give nothing for no bytes.
  return fmt::format(
      "\n#define WEIGHTS_HEADER 64\n#define WEIGHTS_BYTES ((uint64_t){})\n#define WEIGHTS_HASH "
      "UINT64_C(0x{:016x})\n#define ARENA_BYTES ((size_t){})\n",
      library.weights.size(), hash, std::max<int64_t>(library.arena_bytes, 64));
}

std::string kernel_note(const LibraryKernel& kernel) {
  std::string note = c_comment(kernel.what);
  if (!kernel.config.empty()) note += "\n * " + c_comment(kernel.config);
  if (kernel.latency_ns > 0)
    note += fmt::format("\n * which took {:.1f} us (median) where it was tuned.", kernel.latency_ns / 1e3);
  return note;
}

std::string declaration(const LibraryKernel& kernel) {
  std::vector<std::string> parameters;
  for (const loop::Buffer& argument : kernel.arguments)
    parameters.push_back((argument.written ? "" : "const ") + cpu::c_type(argument.element) + " *");
  parameters.emplace_back("void *workspace");
  return fmt::format("\n/* {} */\n{}\n", kernel_note(kernel),
                     c_list("void " + kernel.function + "(", parameters, ");", "    "));
}

std::string step_names(const Library& library) {
  std::string text = fmt::format("\nstatic const char *const step_names[{}_STEPS + 1] = {{\n", library.name);
  for (const LibraryStep& step : library.steps) text += "  " + c_string(step.name) + ",\n";
  return text + "  NULL\n};\n";
}

/// `128`, or `128 + round0 * 64` of what moves on with the rounds of a loop.
std::string offset_text(const Place& place, size_t depth) {
  if (place.round_bytes == 0) return std::to_string(place.offset);
  return fmt::format("{} + round{} * {}", place.offset, depth - 1, place.round_bytes);
}

std::string port_argument(const LibraryPort& port, const std::string& name, const loop::Buffer& argument,
                          const Place& place, size_t depth) {
  const std::string type = cpu::c_type(argument.element);
  if (place.offset == 0 && place.round_bytes == 0 && type == c_type(port.type)) return name;
  const char* constant = argument.written ? "" : "const ";
  return fmt::format("({0}{1} *)({0}void *)(({0}char *){2} + {3})", constant, type, name,
                     offset_text(place, depth));
}

/// Writes steps as statements. `depth`: in how many loops they are.
class StepWriter {
 public:
  StepWriter(const Library& library, const PortNames& names) : library_(library), names_(names) {}

  /// A step and what is in it, each line that begins a statement with the indentation.
  std::string write(const LibraryStep& step, const std::string& indentation, size_t depth) const {
    return step.control == nullptr ? call_text(step, indentation, depth)
                                   : control_text(*step.control, indentation, depth);
  }

 private:
  std::string argument_text(const Place& place, const loop::Buffer& argument, size_t depth) const {
    const char* memory = "ARENA";
    switch (place.memory) {
      case Place::Memory::arena:
        break;
      case Place::Memory::weights:
        memory = "WEIGHTS";
        break;
      case Place::Memory::input:
        return port_argument(library_.inputs[place.port], names_.inputs[place.port], argument, place, depth);
      case Place::Memory::output:
        return port_argument(library_.outputs[place.port], names_.outputs[place.port], argument, place,
                             depth);
    }
    return fmt::format("{}({}, {})", memory, cpu::c_type(argument.element), offset_text(place, depth));
  }

  /// The value of a scalar.
  std::string scalar_text(const Place& place, loop::Element element, bool written = false) const {
    loop::Buffer scalar;
    scalar.element = element;
    scalar.written = written;
    return "*" + argument_text(place, scalar, 0);
  }

  std::string call_text(const LibraryStep& step, const std::string& indentation, size_t depth) const {
    const LibraryKernel& kernel = library_.kernels[step.kernel];
    std::vector<std::string> arguments;
    for (size_t i = 0; i < step.arguments.size(); ++i)
      arguments.push_back(argument_text(step.arguments[i], kernel.arguments[i], depth));
    arguments.push_back(kernel.object->workspace_bytes > 0 ? fmt::format("WORKSPACE({})", step.workspace)
                                                           : std::string("NULL"));
    return c_list(indentation + kernel.function + "(", arguments, ");", indentation + "    ") + "\n";
  }

  std::string body_text(const std::vector<LibraryStep>& steps, const std::string& indentation,
                        size_t depth) const {
    std::string text;
    for (const LibraryStep& step : steps) {
      text += fmt::format("{}/* {} ({}) */\n", indentation, c_comment(step.name),
                          c_comment(what_of(library_, step)));
      text += write(step, indentation, depth);
    }
    return text;
  }

  std::string control_text(const ControlFlow& control, const std::string& indentation, size_t depth) const {
    const std::string inner = indentation + "  ";
    const std::string condition =
        control.condition ? scalar_text(*control.condition, loop::Element::boolean) + " != 0" : "";
    if (!control.loop) {
      std::string text = fmt::format("{}if ({}) {{\n{}{}}}", indentation, condition,
                                     body_text(control.body, inner, 0), indentation);
      if (!control.otherwise.empty())
        text += fmt::format(" else {{\n{}{}}}", body_text(control.otherwise, inner, 0), indentation);
      return text + "\n";
    }
    const std::string round = "round" + std::to_string(depth);
    const std::string most = "most" + std::to_string(depth);
    std::string text = fmt::format("{}{{\n{}const int64_t {} = {};\n", indentation, inner, most,
                                   control.trips ? scalar_text(*control.trips, loop::Element::int64)
                                                 : fmt::format("INT64_C({})", control.most));
    text += fmt::format("{0}for (int64_t {1} = 0; {1} < {2}{3}; ++{1}) {{\n", inner, round, most,
                        condition.empty() ? "" : " && " + condition);
    if (control.counter)
      text += fmt::format("{}  {} = {};\n", inner, scalar_text(*control.counter, loop::Element::int64, true),
                          round);
    return text + body_text(control.body, inner + "  ", depth + 1) + inner + "}\n" + indentation + "}\n";
  }

  const Library& library_;
  const PortNames& names_;
};

std::string step_text(const Library& library, const PortNames& names, size_t index) {
  const LibraryStep& step = library.steps[index];
  return fmt::format("\n  /* {0}: {1} ({2}) */\n{3}  if (ns != NULL) since = mark(&ns[{0}], since);\n", index,
                     c_comment(step.name), c_comment(what_of(library, step)),
                     StepWriter(library, names).write(step, "  ", 0));
}

/// Adds the names of the ports that a step touches.
void add_used(const LibraryStep& step, const PortNames& names, std::set<std::string>& used) {
  const auto add = [&](const Place& place) {
    if (place.memory == Place::Memory::input) used.insert(names.inputs[place.port]);
    if (place.memory == Place::Memory::output) used.insert(names.outputs[place.port]);
  };
  std::for_each(step.arguments.begin(), step.arguments.end(), add);
  if (step.control == nullptr) return;
  for (const std::optional<Place>& place : {step.control->condition, step.control->trips})
    if (place) add(*place);
  for (const std::vector<LibraryStep>* steps : {&step.control->body, &step.control->otherwise})
    for (const LibraryStep& inner : *steps) add_used(inner, names, used);
}

/// The ports that no step touches, whose parameters would be unused.
std::vector<std::string> unused(const Library& library, const PortNames& names) {
  std::set<std::string> used;
  for (const LibraryStep& step : library.steps) add_used(step, names, used);
  std::vector<std::string> all = names.inputs;
  all.insert(all.end(), names.outputs.begin(), names.outputs.end());
  std::erase_if(all, [&](const std::string& name) { return used.count(name) != 0; });
  return all;
}

std::string steps_function(const Library& library, const PortNames& names) {
  std::vector<std::string> parameters = {fmt::format("const {}_model *model", library.name)};
  for (std::string& parameter : port_parameters(library, names)) parameters.push_back(std::move(parameter));
  parameters.emplace_back("uint64_t *ns");
  std::string text = fmt::format(
      "\n/* Calls the kernels, one after the other. Where `ns` is not NULL it gets the time of each. */\n"
      "{}\n  uint64_t since = ns == NULL ? 0 : now_ns();\n  (void)model;\n  "
      "(void)since;\n",
      c_list("static void run_steps(", parameters, ") {", "    "));
  for (const std::string& name : unused(library, names)) text += fmt::format("  (void){};\n", name);
  for (size_t i = 0; i < library.steps.size(); ++i) text += step_text(library, names, i);
  return text + "}\n";
}

std::string run_function(const Library& library, const PortNames& names, bool timed) {
  std::vector<std::string> arguments = {"model"};
  for (const auto* of : {&names.inputs, &names.outputs})
    arguments.insert(arguments.end(), of->begin(), of->end());
  arguments.emplace_back(timed ? "ns" : "NULL");
  std::vector<std::string> parameters = port_parameters(library, names);
  parameters.insert(parameters.begin(), library.name + "_model *model");
  if (timed) parameters.emplace_back("uint64_t *ns");
  std::string body = c_list("  run_steps(", arguments, ");", "      ") + "\n";
  if (library.threads > 1)
    body = "  const int before = omp_get_max_threads();\n  omp_set_num_threads(model->threads);\n" + body +
           "  omp_set_num_threads(before);\n";
  const std::string opening = "void " + library.name + (timed ? "_run_timed(" : "_run(");
  return fmt::format("\n{}\n{}}}\n", c_list(opening, parameters, ") {", "    "), body);
}

}  // namespace

std::string source_text(const Library& library, uint64_t hash) {
  const PortNames names = port_names(library);
  std::string text = fmt::format(
      "/* {0}.h says how to use this. {1}\n *\n * It needs the objects in kernels/, and nothing but the C "
      "library{2}. */\n",
      library.name, origin_of(library), library.threads > 1 ? " and libgomp" : "");
  text += "#define _POSIX_C_SOURCE 200809L\n#define _DEFAULT_SOURCE /* madvise */\n" + include_line(library) +
          "\n";
  text += kIncludes;
  if (library.threads > 1) text += kOpenMp;
  text += sizes(library, hash);
  for (const LibraryKernel& kernel : library.kernels) text += declaration(kernel);
  text += step_names(library) + with_name(kModel, library.name);
  if (!library.steps.empty()) text += kMark;
  text += steps_function(library, names);
  return text + run_function(library, names, false) + run_function(library, names, true);
}

}  // namespace tamis::network
