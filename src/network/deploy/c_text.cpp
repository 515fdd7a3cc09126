#include "network/deploy/c_text.h"

#include "base/text.h"
#include "network/graph/graph.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tamis::network {
namespace {

/// What the emitted files call their own things, types that they use, and macros that compilers define.
constexpr std::array kUsedNames = std::to_array<std::string_view>({"model",
                                                                   "ns",
                                                                   "since",
                                                                   "mark",
                                                                   "now_ns",
                                                                   "run_steps",
                                                                   "weights_path",
                                                                   "threads",
                                                                   "step",
                                                                   "error",
                                                                   "before",
                                                                   "step_names",
                                                                   "size_t",
                                                                   "int8_t",
                                                                   "uint8_t",
                                                                   "int16_t",
                                                                   "uint16_t",
                                                                   "int32_t",
                                                                   "uint32_t",
                                                                   "int64_t",
                                                                   "uint64_t",
                                                                   "linux",
                                                                   "unix",
                                                                   "stdin",
                                                                   "stdout",
                                                                   "stderr",
                                                                   "errno",
                                                                   "assert",
                                                                   "memset",
                                                                   "memcmp",
                                                                   "malloc",
                                                                   "free",
                                                                   "omp_set_num_threads",
                                                                   "omp_get_max_threads"});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Whether it may be a macro of a system's header: those of the standard are written in capitals.
bool like_a_macro(const std::string& name) {
  return name.size() > 2 &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// How many loops lie in each other.
size_t loops_of(const std::vector<LibraryStep>& steps) {
  size_t most = 0;
  for (const LibraryStep& step : steps) {
    if (step.control == nullptr) continue;
    const size_t inner = std::max(loops_of(step.control->body), loops_of(step.control->otherwise));
    most = std::max(most, inner + (step.control->loop ? 1 : 0));
  }
  return most;
}

std::string port_name(const std::string& name, std::set<std::string>& taken) {
  const bool plain = !name.empty() && is_letter(name.front()) && is_c_identifier(c_identifier(name));
  std::string wanted = c_identifier(name);
  if (!plain || wanted.starts_with("kernel_")) wanted = c_identifier("value_" + name);
  if (like_a_macro(wanted)) wanted += "_value";
  return unique_c_identifier(wanted, taken);
}

}  // namespace

std::set<std::string> own_functions(const std::string& name) {
  std::set<std::string> names;
  for (const char* own :
       {"model", "create", "error", "run", "run_timed", "step_name", "destroy", "H", "STEPS", "THREADS", "OK",
        "NO_FILE", "NO_WEIGHTS", "OTHER_WEIGHTS", "NO_MEMORY", "BAD_THREADS"})
    names.insert(name + "_" + own);
  return names;
}

PortNames port_names(const Library& library) {
  std::set<std::string> taken = own_functions(library.name);
  taken.insert(kUsedNames.begin(), kUsedNames.end());
  for (const LibraryKernel& kernel : library.kernels) taken.insert(kernel.function);
  for (size_t depth = loops_of(library.steps); depth-- > 0;)  // the variables of loops in loops
    taken.insert({fmt::format("round{}", depth), fmt::format("most{}", depth)});
  PortNames names;
  for (const LibraryPort& port : library.inputs) names.inputs.push_back(port_name(port.name, taken));
  for (const LibraryPort& port : library.outputs) names.outputs.push_back(port_name(port.name, taken));
  return names;
}

std::string c_type(ElementType type) {
  switch (type) {
    case ElementType::float32:
      break;
    case ElementType::float64:
      return "double";
    case ElementType::float16:
    case ElementType::bfloat16:
    case ElementType::uint16:
      return "uint16_t";
    case ElementType::boolean:
    case ElementType::uint8:
      return "uint8_t";
    case ElementType::int8:
    case ElementType::int16:
    case ElementType::int32:
    case ElementType::uint32:
    case ElementType::int64:
    case ElementType::uint64:
      return std::string(to_string(type)) + "_t";
  }
  return "float";
}

std::string c_type_note(ElementType type) {
  if (type == ElementType::boolean) return "0 or 1";
  if (type == ElementType::float16 || type == ElementType::bfloat16)
    return std::string(to_string(type)) + " as its bits";
  return {};
}

std::string c_comment(std::string_view text) {
  std::string comment = printable(text);
  for (size_t i = 0; i < comment.size(); ++i) {
    const bool ascii = comment[i] >= ' ' && comment[i] <= '~';
    const bool slash_after_star = i > 0 && comment[i] == '/' && comment[i - 1] == '*';
    const bool star_after_slash = i > 0 && comment[i] == '*' && comment[i - 1] == '/';
    // A backslash goes on with the line, and so does what two question marks may mean.
    if (!ascii || slash_after_star || star_after_slash || comment[i] == '\\' || comment[i] == '?')
      comment[i] = '_';
  }
  return comment;
}

std::string c_string(std::string_view text) {
  std::string literal = "\"";
  for (const char c : printable(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?')
      literal += fmt::format("\\{:03o}", byte);
    else
      literal += c;
  }
  return literal + "\"";
}

std::string with_name(std::string_view text, std::string_view name) {
  constexpr std::string_view kName = "NAME";
  std::string named;
  for (size_t at = 0; at < text.size();) {
    const size_t found = std::min(text.find(kName, at), text.size());
    named.append(text.substr(at, found - at));
    if (found < text.size()) named.append(name);
    at = found + kName.size();
  }
  return named;
}

std::string c_list(const std::string& opening, const std::vector<std::string>& parts,
                   const std::string& closing, const std::string& indentation) {
  constexpr size_t kColumns = 110;
  std::string text;
  std::string line = opening;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const std::string part = parts[i] + (last ? closing : ",");
    const bool first = i == 0;
    if (!first && line.size() + 1 + part.size() > kColumns) {
      text += line + "\n";
      line = indentation + part;
    } else {
      line += (first ? "" : " ") + part;
    }
  }
  return text + line + (parts.empty() ? closing : "");
}

void put_in_place(std::string& text, std::string_view what, const std::string& by) {
  if (const size_t at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
}

std::string include_line(const Library& library) { return fmt::format("#include \"{}.h\"", library.name); }

std::string c_extents(const Shape& shape) {
  if (shape.empty()) return ", one element";
  std::string text = " ";
  for (const int64_t size : shape) text += fmt::format("[{}]", size);
  return text;
}

}  // namespace tamis::network
