#include "cli/named_files.h"

#include "base/file.h"
#include "base/text.h"
#include "network/graph/graph.h"
#include "network/graph/npy.h"

#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

/// A file for an input or output, `NAME=FILE`; of an only one the name may be left out.
struct NamedFile {
  std::string name;
  std::string path;
};

/// `what` is `input` or `output`. Errors: invalid_input for a text without a name where there are several
/// ports, and for a name of none.
Result<NamedFile> named_file(const std::string& text, const std::vector<std::string_view>& known,
                             const std::string& what) {
  for (const std::string_view name : known) {
    // A name may hold `=`.
    if (!text.starts_with(std::string(name) + "=")) continue;
    if (text.size() == name.size() + 1)
      return invalid_input(fmt::format("--{} {} names no file", what, network::printable(text)));
    return NamedFile{std::string(name), text.substr(name.size() + 1)};
  }
  if (text.empty()) return invalid_input(fmt::format("--{} names no file", what));
  if (known.size() == 1 && text.find('=') == std::string::npos)
    return NamedFile{std::string(known.front()), text};
  const size_t equals = text.find('=');
  if (equals == std::string::npos)
    return invalid_input(fmt::format("the model has {}, so write --{} NAME={}; known are: {}",
                                     counted(known.size(), what), what, text, fmt::join(known, ", ")));
  const std::string name = text.substr(0, equals);
  return invalid_input(fmt::format("the model has no {} \"{}\"{}", what, name, did_you_mean(name, known)));
}

/// An option that may be repeated, each time with one value.
void add_repeated(CLI::App& app, const char* name, std::vector<std::string>& values,
                  const char* description) {
  app.add_option(name, values, description)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

}  // namespace

void NamedFileArguments::add_to(CLI::App& app) {
  add_repeated(app, "--input", inputs,
               "what goes in, `NAME=x.npy`, as often as needed; of an only input the name may be left out");
  add_repeated(app, "--output", outputs, "where an output is written, `NAME=y.npy`, as often as needed");
}

Result<NamedArrays> read_inputs(const std::vector<std::string>& texts,
                                const std::vector<std::string_view>& known) {
  NamedArrays inputs;
  for (const std::string& text : texts) {
    TAMIS_ASSIGN(const NamedFile file, named_file(text, known, "input"));
    TAMIS_ASSIGN(const std::string bytes, read_file(file.path));
    TAMIS_ASSIGN(network::Array array, network::read_npy(bytes, file.path));
    if (!inputs.emplace(file.name, std::move(array)).second)
      return invalid_input(fmt::format("input \"{}\" is given twice", file.name));
  }
  return inputs;
}

Status write_outputs(const std::vector<std::string>& texts, const std::vector<std::string_view>& known,
                     const std::vector<network::Array>& values) {
  std::set<std::string> written;
  for (const std::string& text : texts) {
    TAMIS_ASSIGN(const NamedFile file, named_file(text, known, "output"));
    if (!written.insert("of " + file.name).second || !written.insert("to " + file.path).second)
      return invalid_input(
          fmt::format("--output {}: each output has one file of its own", network::printable(text)));
    for (size_t i = 0; i < known.size(); ++i) {
      if (known[i] != file.name) continue;
      TAMIS_ASSIGN(const std::string bytes, network::to_npy(values[i]));
      TAMIS_TRY(write_file(file.path, bytes));
      break;
    }
  }
  return {};
}

}  // namespace tamis::cli
