#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "targets/gpu/runtime/program.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::gpu {

/// The text of a program before its macros.
struct SourceText {
  Language language = Language::opencl;
  std::string name;  ///< of its first file, for messages
  std::string text;  ///< its files in order, each with a line that tells the compiler its name
  std::vector<std::string> include_folders;  ///< absolute: those of its files, then those that are named
  std::string
      included;  ///< what it includes in quotes from these folders, for digests and for looking names up
};

/// Reads `source` (a file or a list of them, relative to `folder`) or `text`, `language` and
/// `include_folders`. Errors: invalid_input naming the member; not_found and io for files.
Result<SourceText> read_source(const Json& json, const std::string& folder, const std::string& place);

/// The parameters of functions of this name and without a result, by their text: a list for each definition
/// or declaration. None: there is no such function. Nothing where the text alone does not tell, as macros
/// hide them.
std::optional<std::vector<std::vector<std::string>>> parameter_lists(const SourceText& source,
                                                                     std::string_view entry);
/// The names of all functions without a result.
std::vector<std::string> void_functions(const SourceText& source);
/// Whether a word is in a text, with neither letters, digits nor `_` around it.
bool contains_word(std::string_view text, std::string_view word);
/// Whether a word is anywhere in the source or in what it includes.
bool has_word(const SourceText& source, std::string_view word);
/// Whether CUDA code has a `__constant__` array of this name.
bool has_constant_array(const SourceText& source, std::string_view name);
/// Whether the source defines the macro outside of every `#if`, so that one in front of it is without effect.
bool redefines(const SourceText& source, std::string_view macro);

}  // namespace tamis::gpu
