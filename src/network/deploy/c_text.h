#pragma once

#include "network/library/library.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::network {

/// What the ports of a library are called in C: all apart from each other, and from every other name that the
/// emitted files use.
struct PortNames {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};
PortNames port_names(const Library& library);

/// The names that the header of a library declares besides its kernels.
std::set<std::string> own_functions(const std::string& name);

/// `float`, `int64_t`, ...; halves are `uint16_t`, their bits, and booleans `uint8_t`.
std::string c_type(ElementType type);
/// What a reader of the type must know besides: `float16 as its bits`; empty where C has the type.
std::string c_type_note(ElementType type);

/// Text out of a file as a comment of C may show it: one line of ASCII that ends no comment.
std::string c_comment(std::string_view text);
/// Text out of a file as a literal of C, in quotes, at most 200 bytes of it.
std::string c_string(std::string_view text);
/// A text of C with the name of a library for each NAME in it.
std::string with_name(std::string_view text, std::string_view name);
/// `opening`, the parts with commas between them, and `closing`: in lines of at most 110 columns, where parts
/// are not longer, of which all but the first begin with `indentation`.
std::string c_list(const std::string& opening, const std::vector<std::string>& parts,
                   const std::string& closing, const std::string& indentation);
/// Writes `by` in the place of the first `what` in a text.
void put_in_place(std::string& text, std::string_view what, const std::string& by);
/// `#include "NAME.h"`.
std::string include_line(const Library& library);
/// `[1][3][224][224]`; `, one element` for a scalar.
std::string c_extents(const Shape& shape);

}  // namespace tamis::network
