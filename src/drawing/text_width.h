#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tamis {

/// How many columns a text takes in a fixed-width font or on a terminal: 2 for each wide character (CJK,
/// emoji), 0 for each that is drawn over the one before it, 1 for others and for each byte that is no UTF-8.
/// Terminals differ over sequences of emoji; it is never less than what they take.
size_t columns_of(std::string_view text);

/// The characters at the beginning of a text that fit into so many columns, with what is drawn over the last
/// of them.
std::string_view first_columns(std::string_view text, size_t columns);

/// A text that fits into so many columns: itself, or its beginning and `…`; nothing where there is no column.
std::string cut_to_columns(std::string_view text, size_t columns);

/// A text of unknown origin as a terminal may show it, in one line: blanks in place of ends of lines and
/// tabs, and `?` in place of other control characters, of those that turn the direction of writing, and of
/// bytes that are no UTF-8. So nothing moves the cursor or changes colours.
std::string printable(std::string_view text);

/// Words between blanks, as many on a line as fit into so many columns, joined by line ends. Lines but the
/// first begin with so many blanks. A word that is longer than a line stays whole. 0 columns: the text as it
/// is. Blanks inside a line stay as they are.
std::string wrap_words(std::string_view text, size_t columns, size_t indent = 0);

}  // namespace tamis
