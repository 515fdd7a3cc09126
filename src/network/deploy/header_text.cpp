#include "network/deploy/c_files.h"
#include "network/deploy/checks.h"
#include "tamis/version.h"

#include <fmt/format.h>

namespace tamis::network {
namespace {

std::string port_line(const LibraryPort& port, const std::string& name) {
  const std::string note = c_type_note(port.type);
  return fmt::format(" *   {:<15} {}{}{}: \"{}\"\n", name, c_type(port.type), c_extents(port.shape),
                     note.empty() ? "" : " (" + note + ")", c_comment(port.name));
}

std::string port_lines(const std::vector<LibraryPort>& ports, const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < ports.size(); ++i) text += port_line(ports[i], names[i]);
  return text;
}

std::string opening(const Library& library) {
  const std::string threads =
      library.threads > 1
          ? fmt::format(
                " * A run has as many threads of OpenMP's runtime (link libgomp) as {0}_create was told, at\n"
                " * most {0}_THREADS. The kernels were made for each on a core of its own, which\n"
                " * OMP_PROC_BIND=true in the environment sees to.\n",
                library.name)
          : " * A run stays on the thread that calls it.\n";
  return fmt::format(
      "/* {0}: a network as functions of C.\n *\n * {1}\n *\n"
      " * An instance, {0}_model, is the memory that a run works in: {2} bytes. Several instances may run at "
      "the\n"
      " * same time, each on a thread of its own; one instance is used by one thread at a time. The "
      "file\n"
      " * of weights is never written.\n{3} */\n",
      library.name, origin_of(library), library.arena_bytes, threads);
}

std::string constants(const Library& library, const PortNames& names) {
  std::string text = fmt::format(
      "#define {0}_STEPS {1} /* calls of kernels in a run */\n"
      "#define {0}_THREADS {2} /* the most that a run may have */\n",
      library.name, library.steps.size(), library.threads);
  const auto add = [&](const std::vector<LibraryPort>& ports, const std::vector<std::string>& of) {
    for (size_t i = 0; i < ports.size(); ++i)
      text += fmt::format("#define {}_{}_BYTES ((size_t){})\n", library.name, of[i], byte_size(ports[i]));
  };
  add(library.inputs, names.inputs);
  add(library.outputs, names.outputs);
  return text;
}

constexpr const char* kErrors = R"(
/* What NAME_create and NAME_create_mapped return; NAME_error has a sentence for each. */
enum {
  NAME_OK = 0,
  NAME_NO_FILE = 1,       /* the file of weights cannot be opened */
  NAME_NO_WEIGHTS = 2,    /* it is no file of weights, or cut off */
  NAME_OTHER_WEIGHTS = 3, /* it has the weights of another network, or of another time */
  NAME_NO_MEMORY = 4,
  NAME_BAD_THREADS = 5    /* fewer than one, or more than NAME_THREADS */
};

/* A sentence about an error, which lives as long as the program. */
const char *NAME_error(int error);

typedef struct NAME_model NAME_model;

/* Makes an instance with the weights of a file, NAME.weights, that runs with `threads` threads. Returns
 * NAME_OK, or an error, and then `*model` is NULL. */
int NAME_create(const char *weights_path, int threads, NAME_model **model);

/* The same, but the file is mapped instead of read: all such instances, of all processes, share its memory.
 * Where the system maps files in small pages, a network with many weights takes longer. Do not change the file
 * while they live. */
int NAME_create_mapped(const char *weights_path, int threads, NAME_model **model);
)";

constexpr const char* kRunning = R"(
/* The name of a step from 0 to below NAME_STEPS, as the model has it; NULL for any other number. */
const char *NAME_step_name(int step);

/* Frees an instance; NULL is none. */
void NAME_destroy(NAME_model *model);
)";

std::string functions(const Library& library, const PortNames& names) {
  std::vector<std::string> parameters = port_parameters(library, names);
  parameters.insert(parameters.begin(), library.name + "_model *model");
  std::vector<std::string> timed = parameters;
  timed.emplace_back("uint64_t *ns");
  return fmt::format(
      "\n/* Runs the network. Arrays are row-major and lie wherever their elements may; none may overlap\n"
      " * another that is written.\n *\n * Inputs:\n{1} * Outputs:\n{2} */\n"
      "{3}\n\n"
      "/* The same; `ns` gets the nanoseconds of each of the {0}_STEPS steps. */\n"
      "{4}\n",
      library.name, port_lines(library.inputs, names.inputs), port_lines(library.outputs, names.outputs),
      c_list("void " + library.name + "_run(", parameters, ");", "    "),
      c_list("void " + library.name + "_run_timed(", timed, ");", "    "));
}

}  // namespace

std::string origin_of(const Library& library) {
  return fmt::format("Made by tamis {} from {}, for the processor {}.", kVersion, c_comment(library.model),
                     c_comment(library.processor));
}

std::vector<std::string> port_parameters(const Library& library, const PortNames& names) {
  std::vector<std::string> all;
  for (size_t i = 0; i < library.inputs.size(); ++i)
    all.push_back(fmt::format("const {} *{}", c_type(library.inputs[i].type), names.inputs[i]));
  for (size_t i = 0; i < library.outputs.size(); ++i)
    all.push_back(fmt::format("{} *{}", c_type(library.outputs[i].type), names.outputs[i]));
  return all;
}

std::string header_text(const Library& library) {
  const PortNames names = port_names(library);
  return opening(library) +
         fmt::format(
             "#ifndef {0}_H\n#define {0}_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
             "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n",
             library.name) +
         constants(library, names) + with_name(kErrors, library.name) + functions(library, names) +
         with_name(kRunning, library.name) + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

}  // namespace tamis::network
