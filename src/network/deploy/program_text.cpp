#include "network/deploy/c_files.h"
#include "network/deploy/sample_inputs.h"

#include <fmt/format.h>

namespace tamis::network {
namespace {

constexpr const char* kOpening = R"(/* Runs NAME and says how long it and each of its steps take. ORIGIN
 *
 *   NAME_main NAME.weights [--repeat N] [--threads N] [--mapped] [--input FILE.bin]... [--output FILE.bin]...
 *
 * Files hold the elements of one array, row-major, as they lie in memory; the first --input is for the first
 * input, and so on. Inputs without a file are filled with numbers that are the same in every run. --help says
 * more. Exit code 0, or 2 where something is wrong. */
#define _POSIX_C_SOURCE 200809L
HEADER

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct port {
  const char *name;
  size_t bytes;
};
)";

constexpr const char* kDraw = R"(
/* Numbers below 2^24, of which each input has a sequence of its own. */
static uint32_t draw(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}
)";

constexpr const char* kArguments = R"(
struct options {
  const char *weights;
  int repeat;
  int threads;
  int mapped;
  const char **input_files;
  int given_inputs;
  const char **output_files;
  int given_outputs;
};

static int fail(const char *what, const char *why) {
  fprintf(stderr, "NAME_main: %s: %s\n", what, why);
  return 2;
}

static int read_number(const char *flag, const char *text, long most, int *number) {
  char *end;
  errno = 0;
  const long value = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value < 1 || value > most) {
    fprintf(stderr, "NAME_main: %s takes a number from 1 to %ld, not %s\n", flag, most, text);
    return 2;
  }
  *number = (int)value;
  return 0;
}

static int read_flag(const char *flag, const char *value, struct options *options) {
  if (strcmp(flag, "--repeat") == 0) return read_number(flag, value, 1000000, &options->repeat);
  if (strcmp(flag, "--threads") == 0) return read_number(flag, value, NAME_THREADS, &options->threads);
  if (strcmp(flag, "--input") == 0) {
    if (options->given_inputs >= INPUTS) return fail(value, "there are fewer inputs");
    options->input_files[options->given_inputs++] = value;
    return 0;
  }
  if (strcmp(flag, "--output") == 0) {
    if (options->given_outputs >= OUTPUTS) return fail(value, "there are fewer outputs");
    options->output_files[options->given_outputs++] = value;
    return 0;
  }
  return fail(flag, "there is no such flag");
}

static const char usage[] =
    "usage: NAME_main WEIGHTS [--repeat N] [--threads N] [--mapped] [--input FILE.bin]... [--output FILE.bin]...\n";

static int help(void) {
  printf("%s\nRuns the network NAME once, and says how long it and each of its steps take.\n\n"
         "  WEIGHTS            the file NAME.weights\n"
         "  --repeat N         times N runs, and the steps of N more; 10 where it is not given\n"
         "  --threads N        of a run, at most %d\n"
         "  --mapped           maps the file of weights instead of reading it\n"
         "  --input FILE.bin   the elements of an input as they lie in memory: the first is for the first input;\n"
         "                     inputs without a file are filled with numbers that are the same in every run\n"
         "  --output FILE.bin  where the elements of an output go: the first is for the first output\n",
         usage, NAME_THREADS);
  return 0;
}

static int is_help(const char *argument) {
  return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static int read_arguments(int count, char **arguments, struct options *options) {
  options->repeat = 10;
  options->threads = NAME_THREADS;
  for (int i = 1; i < count; ++i) {
    if (strcmp(arguments[i], "--mapped") == 0) {
      options->mapped = 1;
    } else if (strncmp(arguments[i], "--", 2) == 0) {
      if (i + 1 == count) return fail(arguments[i], "its value is missing");
      if (read_flag(arguments[i], arguments[i + 1], options) != 0) return 2;
      ++i;
    } else if (options->weights == NULL) {
      options->weights = arguments[i];
    } else {
      return fail(arguments[i], "one file of weights is enough");
    }
  }
  if (options->weights != NULL) return 0;
  fprintf(stderr, "%s", usage);
  return 2;
}

static void *allocate(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, bytes > 0 ? bytes : 64) != 0) exit(fail("memory", "there is not enough"));
  return memory;
}

static int read_file(const char *path, const struct port *port, void *values) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return fail(path, strerror(errno));
  const size_t got = fread(values, 1, port->bytes, file);
  const int more = fgetc(file) != EOF;
  fclose(file);
  if (got == port->bytes && !more) return 0;
  fprintf(stderr, "NAME_main: %s: the input %s has %zu bytes, the file %s\n", path, port->name, port->bytes,
          more ? "more" : "fewer");
  return 2;
}

static int write_file(const char *path, const struct port *port, const void *values) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) return fail(path, strerror(errno));
  const size_t put = fwrite(values, 1, port->bytes, file);
  if (fclose(file) != 0 || put != port->bytes) return fail(path, "it cannot be written");
  return 0;
}

static int ascending(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static uint64_t median(uint64_t *times, size_t count) {
  qsort(times, count, sizeof *times, ascending);
  return times[count / 2];
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
)";

constexpr const char* kMain = R"(
static void measure(NAME_model *model, void **in, void **out, const struct options *options) {
  const size_t runs = (size_t)options->repeat;
  uint64_t *times = allocate(runs * sizeof *times);
  for (size_t i = 0; i < runs; ++i) {
    const uint64_t before = now();
    run(model, in, out);
    times[i] = now() - before;
  }
  const uint64_t middle = median(times, runs);
  printf("%.3f ms least, %.3f ms median of %zu runs on %d thread%s\n", (double)times[0] / 1e6,
         (double)middle / 1e6, runs, options->threads, options->threads == 1 ? "" : "s");
  free(times);
}

static void measure_steps(NAME_model *model, void **in, void **out, const struct options *options) {
  const size_t runs = (size_t)options->repeat, steps = NAME_STEPS;
  uint64_t *of_run = allocate(steps * sizeof *of_run);
  uint64_t *of_step = allocate(steps * runs * sizeof *of_step); /* runs of step 0, of step 1, ... */
  uint64_t sum = 0;
  for (size_t i = 0; i < runs; ++i) {
    run_timed(model, in, out, of_run);
    for (size_t step = 0; step < steps; ++step) of_step[step * runs + i] = of_run[step];
  }
  for (size_t step = 0; step < steps; ++step) sum += median(of_step + step * runs, runs);
  printf("\nstep   median us   share  name\n");
  for (size_t step = 0; step < steps; ++step) {
    const double middle = (double)of_step[step * runs + runs / 2];
    printf("%4zu  %10.2f  %5.1f %%  %s\n", step, middle / 1e3, sum > 0 ? 100 * middle / (double)sum : 0.0,
           NAME_step_name((int)step));
  }
  free(of_step);
  free(of_run);
}

static int load_inputs(void **in, const struct options *options) {
  for (int i = 0; i < INPUTS; ++i) in[i] = allocate(inputs[i].bytes);
  fill_inputs(in);
  for (int i = 0; i < options->given_inputs; ++i)
    if (read_file(options->input_files[i], &inputs[i], in[i]) != 0) return 2;
  return 0;
}

int main(int count, char **arguments) {
  struct options options = {0};
  void **in = allocate((INPUTS + 1) * sizeof *in), **out = allocate((OUTPUTS + 1) * sizeof *out);
  NAME_model *model;
  for (int i = 1; i < count; ++i)
    if (is_help(arguments[i])) return help();
  options.input_files = allocate((size_t)count * sizeof *options.input_files);
  options.output_files = allocate((size_t)count * sizeof *options.output_files);
  if (read_arguments(count, arguments, &options) != 0 || load_inputs(in, &options) != 0) return 2;
  for (int i = 0; i < OUTPUTS; ++i) out[i] = allocate(outputs[i].bytes);
  const int error = options.mapped ? NAME_create_mapped(options.weights, options.threads, &model)
                                   : NAME_create(options.weights, options.threads, &model);
  if (error != NAME_OK) return fail(options.weights, NAME_error(error));
  run(model, in, out); /* for the caches, and for the outputs */
  for (int i = 0; i < options.given_outputs; ++i)
    if (write_file(options.output_files[i], &outputs[i], out[i]) != 0) return 2;
  measure(model, in, out, &options);
  measure_steps(model, in, out, &options);
  NAME_destroy(model);
  for (int i = 0; i < INPUTS; ++i) free(in[i]);
  for (int i = 0; i < OUTPUTS; ++i) free(out[i]);
  free(in);
  free(out);
  free(options.input_files);
  free(options.output_files);
  return 0;
}
)";

/// Both tables end with a port that is none, as C has no empty arrays; it has a name, as compilers see it
/// printed where there is no other.
std::string port_table(const Library& library, const std::vector<LibraryPort>& ports,
                       const std::vector<std::string>& names, const char* what) {
  std::string text = fmt::format("static const struct port {}[] = {{\n", what);
  for (size_t i = 0; i < ports.size(); ++i)
    text += fmt::format("    {{{}, {}_{}_BYTES}},\n", c_string(ports[i].name), library.name, names[i]);
  return text + "    {\"none\", 0}};\n";
}

/// How an element of a sample is made of a number below 2^24: as SampleInputs has it.
std::string drawn(SampleKind kind) {
  switch (kind) {
    case SampleKind::real:
      break;
    case SampleKind::half:
      return "(uint16_t)(0x3800u + draw(&state) % 1024)";
    case SampleKind::upper_half:
      return "(uint16_t)(0x3f00u + draw(&state) % 128)";
    case SampleKind::byte:
      return "draw(&state) % 128";
    case SampleKind::bit:
      return "draw(&state) % 2";
  }
  return "(float)draw(&state) / 8388608.0f - 1.0f";
}

std::string fill_inputs(const Library& library, const PortNames& names) {
  std::string text = library.inputs.empty() ? "" : kDraw;
  text += "\nstatic void fill_inputs(void **in) {\n  (void)in;\n";
  for (size_t i = 0; i < library.inputs.size(); ++i) {
    const std::string type = c_type(library.inputs[i].type);
    text += fmt::format(
        "  {{\n    {0} *values = in[{1}];\n    uint32_t state = {2};\n"
        "    const size_t count = {3}_{4}_BYTES / sizeof *values;\n"
        "    for (size_t i = 0; i < count; ++i) values[i] = ({0})({5});\n  }}\n",
        type, i, i + 1, library.name, names.inputs[i], drawn(sample_kind(library.inputs[i].type)));
  }
  return text + "}\n";
}

std::string run_calls(const Library& library) {
  std::vector<std::string> arguments = {"model"};
  for (size_t i = 0; i < library.inputs.size(); ++i)
    arguments.push_back(fmt::format("(const {} *)in[{}]", c_type(library.inputs[i].type), i));
  for (size_t i = 0; i < library.outputs.size(); ++i)
    arguments.push_back(fmt::format("({} *)out[{}]", c_type(library.outputs[i].type), i));
  std::vector<std::string> timed = arguments;
  timed.emplace_back("ns");
  return fmt::format(
      "\nstatic void run({0}_model *model, void **in, void **out) {{\n  (void)in;\n  (void)out;\n{1}\n}}\n"
      "\nstatic void run_timed({0}_model *model, void **in, void **out, uint64_t *ns) {{\n  (void)in;\n"
      "  (void)out;\n{2}\n}}\n",
      library.name, c_list("  " + library.name + "_run(", arguments, ");", "      "),
      c_list("  " + library.name + "_run_timed(", timed, ");", "      "));
}

}  // namespace

std::string program_text(const Library& library) {
  const PortNames names = port_names(library);
  std::string opening = with_name(kOpening, library.name);
  put_in_place(opening, "ORIGIN", origin_of(library));
  put_in_place(opening, "HEADER", include_line(library));
  return opening +
         fmt::format("\n#define INPUTS {}\n#define OUTPUTS {}\n", library.inputs.size(),
                     library.outputs.size()) +
         port_table(library, library.inputs, names.inputs, "inputs") +
         port_table(library, library.outputs, names.outputs, "outputs") + fill_inputs(library, names) +
         with_name(kArguments, library.name) + run_calls(library) + with_name(kMain, library.name);
}

}  // namespace tamis::network
