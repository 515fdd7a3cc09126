#include "targets/gpu/kernel/source_text.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr size_t kMostIncluded = size_t{16} << 20;
constexpr std::string_view kSpaces = " \t\r\n";

bool of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The text of a line that tells the compiler which file follows.
std::string line_directive(const std::string& file) {
  std::string quoted;
  for (const char c : file) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return fmt::format("#line 1 \"{}\"\n", quoted);
}

std::string absolute_below(const std::string& folder, const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path below = std::filesystem::path(folder.empty() ? "." : folder) / path;
  const std::filesystem::path absolute = std::filesystem::absolute(below, ignored);
  return (ignored ? below : absolute).lexically_normal().string();
}

/// One text, or a list of them.
Result<std::vector<std::string>> texts_of(const Json& json, const std::string& place) {
  std::vector<std::string> texts;
  for (const Json& one : json.is_array() ? json : Json::array({json})) {
    if (!one.is_string() || one.get_ref<const std::string&>().empty())
      return invalid_input(place + ": the name of a file, or a list of such, is expected");
    texts.push_back(one.get<std::string>());
  }
  if (texts.empty()) return invalid_input(place + ": the list is empty");
  return texts;
}

Result<Language> language_of(const JsonObject& object, const std::string& file) {
  if (object.has("language")) {
    TAMIS_ASSIGN(const std::string word, object.string("language"));
    const std::string small = in_small_letters(word);
    if (small == "opencl") return Language::opencl;
    if (small == "cuda") return Language::cuda;
    return invalid_input(fmt::format("{}, language: there is no language \"{}\"{}", object.origin(), word,
                                     did_you_mean(word, {"opencl", "cuda"})));
  }
  if (ends_in_any_case(file, ".cl") || ends_in_any_case(file, ".opencl")) return Language::opencl;
  if (ends_in_any_case(file, ".cu") || ends_in_any_case(file, ".cuh")) return Language::cuda;
  return invalid_input(fmt::format("{}: \"language\" is missing, opencl or cuda; {}", object.origin(),
                                   file.empty() ? "a text has no ending that tells"
                                                : fmt::format("the ending of {} does not tell", file)));
}

/// What stands in quotes behind `#include`, in a text.
std::vector<std::string> quoted_includes(std::string_view text) {
  std::vector<std::string> files;
  constexpr std::string_view kInclude = "include";
  for (size_t at = text.find(kInclude); at != std::string_view::npos; at = text.find(kInclude, at + 1)) {
    const size_t before = text.find_last_not_of(" \t", at == 0 ? 0 : at - 1);
    const size_t quote = text.find_first_not_of(" \t", at + kInclude.size());
    if (before == std::string_view::npos || text[before] != '#' || quote == std::string_view::npos ||
        text[quote] != '"')
      continue;
    const size_t end = text.find_first_of("\"\n", quote + 1);
    if (end != std::string_view::npos && text[end] == '"')
      files.emplace_back(text.substr(quote + 1, end - quote - 1));
  }
  return files;
}

/// The contents of what is included, each file once. A file that is nowhere here may be the compiler's.
Result<std::string> included_texts(const std::string& text, const std::vector<std::string>& folders) {
  std::string all;
  std::set<std::string> seen;
  std::vector<std::pair<std::string, std::string>>
      waiting;  // a file's name and the folder of who includes it
  for (const std::string& file : quoted_includes(text)) waiting.emplace_back(file, "");
  while (!waiting.empty() && all.size() < kMostIncluded) {
    const auto [file, own] = waiting.back();
    waiting.pop_back();
    std::vector<std::string> places = own.empty() ? folders : std::vector<std::string>{own};
    if (!own.empty()) places.insert(places.end(), folders.begin(), folders.end());
    for (const std::string& folder : places) {
      const std::string path = absolute_below(folder, file);
      if (!require_regular_file(path).ok()) continue;
      if (!seen.insert(path).second) break;
      TAMIS_ASSIGN(const std::string content, read_file(path));
      all += content + "\n";
      for (const std::string& further : quoted_includes(content))
        waiting.emplace_back(further, std::filesystem::path(path).parent_path().string());
      break;
    }
  }
  return all;
}

/// The same text with blanks for comments and for what stands in quotes, and nothing moved.
std::string without_comments(std::string_view text) {
  std::string plain(text);
  const auto blank = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < std::min(end, plain.size()); ++i)
      if (plain[i] != '\n') plain[i] = ' ';
    return std::min(end, plain.size());
  };
  for (size_t i = 0; i < plain.size();) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("//")) {
      i = blank(i, text.find('\n', i));
    } else if (rest.starts_with("/*")) {
      const size_t end = text.find("*/", i + 2);
      i = blank(i, end == std::string_view::npos ? end : end + 2);
    } else if (rest.starts_with("'\"'")) {
      i = blank(i, i + 3);
    } else if (text[i] == '"') {
      size_t end = i + 1;
      while (end < text.size() && text[end] != '"' && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      i = blank(i, end + 1);
    } else {
      ++i;
    }
  }
  return plain;
}

/// The word that ends before a position, blanks aside.
std::string_view word_before(std::string_view text, size_t at) {
  const size_t end = text.substr(0, at).find_last_not_of(kSpaces);
  if (end == std::string_view::npos) return {};
  size_t begin = end + 1;
  while (begin > 0 && of_word(text[begin - 1])) --begin;
  return text.substr(begin, end + 1 - begin);
}

/// What stands in the brackets that open at a position; nothing where they do not close.
std::optional<std::string_view> in_brackets(std::string_view text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return text.substr(open + 1, i - open - 1);
  }
  return std::nullopt;
}

/// The same text with blanks for what may stand between `void` and a name: lines of the preprocessor, and
/// attributes.
std::string without_attributes(std::string_view text) {
  std::string plain(text);
  bool directive = false;
  bool line_begins = true;
  for (char& c : plain) {
    directive = c != '\n' && (directive || (line_begins && c == '#'));
    line_begins = c == '\n' || (line_begins && (c == ' ' || c == '\t'));
    if (directive) c = ' ';
  }
  for (const std::string_view word : {"__launch_bounds__", "__attribute__"})
    for (size_t at = plain.find(word); at != std::string::npos; at = plain.find(word, at + 1)) {
      const size_t open = plain.find('(', at);
      const std::optional<std::string_view> inside =
          open == std::string::npos ? std::nullopt : in_brackets(plain, open);
      if (inside) plain.replace(at, open + inside->size() + 2 - at, open + inside->size() + 2 - at, ' ');
    }
  return plain;
}

size_t count_words(std::string_view text) {
  size_t words = 0;
  for (size_t i = 0; i < text.size(); ++i)
    if (of_word(text[i]) && (i == 0 || !of_word(text[i - 1]))) ++words;
  return words;
}

/// The parameters of a list; nothing where one may be a macro.
std::optional<std::vector<std::string>> split_parameters(std::string_view list) {
  std::vector<std::string> parts;
  if (list.find('#') != std::string_view::npos) return std::nullopt;
  if (count_words(list) == 0) return parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= list.size(); ++i) {
    const char c = i < list.size() ? list[i] : ',';
    if (c == '(' || c == '<' || c == '[') ++depth;
    if (c == ')' || c == '>' || c == ']') --depth;
    if (c != ',' || (depth != 0 && i < list.size())) continue;
    parts.emplace_back(list.substr(begin, i - begin));
    begin = i + 1;
  }
  if (parts.size() == 1 && word_before(parts[0], parts[0].size()) == "void")
    return std::vector<std::string>();
  for (const std::string& part : parts)
    if (count_words(part) < 2) return std::nullopt;
  return parts;
}

/// A function without a result: its name and where its parameters begin.
struct VoidFunction {
  std::string_view name;
  size_t open = 0;
};

std::vector<VoidFunction> find_functions(std::string_view plain) {
  std::vector<VoidFunction> functions;
  for (size_t open = plain.find('('); open != std::string_view::npos; open = plain.find('(', open + 1)) {
    const std::string_view name = word_before(plain, open);
    if (name.empty()) continue;
    const auto begin = static_cast<size_t>(name.data() - plain.data());
    if (word_before(plain, begin) == "void") functions.push_back({name, open});
  }
  return functions;
}

/// The word at the beginning of a text, blanks aside; what follows it stays in the text.
std::string_view take_word(std::string_view& text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  size_t end = begin;
  while (end < text.size() && of_word(text[end])) ++end;
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

Status read_files(const Json& files, const std::string& folder, const std::string& place,
                  SourceText& source) {
  TAMIS_ASSIGN(const std::vector<std::string> names, texts_of(files, place));
  source.name = names.front();
  for (const std::string& name : names) {
    const std::string path = absolute_below(folder, name);
    // A pipe or a device would be read without end.
    if (const Status there = require_regular_file(path); !there.ok()) return there.error().within(place);
    Result<std::string> content = read_file(path);
    if (!content.ok()) return content.error().within(place);
    source.text += line_directive(name) + *content + "\n";
    const std::string own = std::filesystem::path(path).parent_path().string();
    if (std::find(source.include_folders.begin(), source.include_folders.end(), own) ==
        source.include_folders.end())
      source.include_folders.push_back(own);
  }
  return {};
}

/// A folder that is not there would only show as a header that is not found.
Status check_folder(const std::string& folder, const std::string& place) {
  std::error_code code;
  if (std::filesystem::is_directory(folder, code)) return {};
  return not_found(
      fmt::format("{}: there is no folder {}; paths are relative to the kernel file", place, folder));
}

}  // namespace

bool contains_word(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !of_word(text[at - 1]);
    const size_t end = at + word.size();
    if (begins && (end == text.size() || !of_word(text[end]))) return true;
  }
  return false;
}

Result<SourceText> read_source(const Json& json, const std::string& folder, const std::string& place) {
  const JsonObject object(json, place);
  SourceText source;
  if (object.has("source") == object.has("text"))
    return invalid_input(
        place + ": either \"source\", the name of a file, or \"text\", the source itself, is expected");
  if (object.has("source")) {
    TAMIS_TRY(read_files(json["source"], folder, place + ", source", source));
  } else {
    source.name = "kernel";
    TAMIS_ASSIGN(const std::string text, object.string("text"));
    source.text = line_directive("kernel") + text + "\n";
    source.include_folders.push_back(absolute_below(folder, ""));
  }
  TAMIS_ASSIGN(source.language, language_of(object, object.has("source") ? source.name : ""));
  if (object.has("include_folders")) {
    const std::string at = place + ", include_folders";
    TAMIS_ASSIGN(const std::vector<std::string> named, texts_of(json["include_folders"], at));
    for (const std::string& one : named) {
      source.include_folders.push_back(absolute_below(folder, one));
      TAMIS_TRY(check_folder(source.include_folders.back(), at));
    }
  }
  TAMIS_ASSIGN(source.included, included_texts(source.text, source.include_folders));
  return source;
}

std::optional<std::vector<std::vector<std::string>>> parameter_lists(const SourceText& source,
                                                                     std::string_view entry) {
  const std::string plain = without_comments(source.text + source.included);
  std::vector<std::vector<std::string>> lists;
  const std::string code = without_attributes(plain);
  for (const VoidFunction& function : find_functions(code)) {
    if (function.name != entry) continue;
    const std::optional<std::string_view> list = in_brackets(plain, function.open);
    std::optional<std::vector<std::string>> parameters = list ? split_parameters(*list) : std::nullopt;
    if (!parameters) return std::nullopt;
    lists.push_back(std::move(*parameters));
  }
  // A name may be put together, or stand in a macro.
  if (lists.empty() && (contains_word(plain, entry) || plain.find("##") != std::string::npos))
    return std::nullopt;
  return lists;
}

std::vector<std::string> void_functions(const SourceText& source) {
  const std::string code = without_attributes(without_comments(source.text + source.included));
  std::vector<std::string> names;
  for (const VoidFunction& function : find_functions(code)) names.emplace_back(function.name);
  return names;
}

bool has_word(const SourceText& source, std::string_view word) {
  return contains_word(source.text, word) || contains_word(source.included, word);
}

bool has_constant_array(const SourceText& source, std::string_view name) {
  constexpr std::string_view kConstant = "__constant__";
  const std::string plain = without_comments(source.text + source.included);
  for (size_t at = plain.find(kConstant); at != std::string::npos; at = plain.find(kConstant, at + 1))
    if (contains_word(std::string_view(plain).substr(at, plain.find_first_of(";{", at) - at), name))
      return true;
  return false;
}

bool redefines(const SourceText& source, std::string_view macro) {
  const std::string plain = without_comments(source.text);
  int depth = 0;
  for (size_t at = plain.find('#'); at != std::string::npos; at = plain.find('#', at + 1)) {
    std::string_view line = std::string_view(plain).substr(at + 1, plain.find('\n', at) - at - 1);
    const std::string_view directive = take_word(line);
    if (directive == "if" || directive == "ifdef" || directive == "ifndef") ++depth;
    if (directive == "endif") --depth;
    if (directive == "define" && depth == 0 && take_word(line) == macro) return true;
  }
  return false;
}

}  // namespace tamis::gpu
