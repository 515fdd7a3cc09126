#include "base/text.h"

#include <algorithm>
#include <array>

namespace tamis {
namespace {

/// Words of C11 and C++20, as headers are made for both, and the one function that every program has.
constexpr std::array kReserved = std::to_array<std::string_view>(
    {"alignas",  "alignof",       "and",         "asm",       "auto",      "bitand",
     "bitor",    "bool",          "break",       "case",      "catch",     "char",
     "class",    "co_await",      "co_return",   "co_yield",  "compl",     "concept",
     "const",    "const_cast",    "consteval",   "constexpr", "constinit", "continue",
     "decltype", "default",       "delete",      "do",        "double",    "dynamic_cast",
     "else",     "enum",          "explicit",    "export",    "extern",    "false",
     "float",    "for",           "friend",      "goto",      "if",        "inline",
     "int",      "long",          "main",        "mutable",   "namespace", "new",
     "noexcept", "not",           "not_eq",      "nullptr",   "operator",  "or",
     "or_eq",    "private",       "protected",   "public",    "register",  "reinterpret_cast",
     "requires", "restrict",      "return",      "short",     "signed",    "sizeof",
     "static",   "static_assert", "static_cast", "struct",    "switch",    "template",
     "this",     "thread_local",  "throw",       "true",      "try",       "typedef",
     "typeid",   "typename",      "union",       "unsigned",  "using",     "virtual",
     "void",     "volatile",      "wchar_t",     "while",     "xor",       "xor_eq"});

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

bool reserved(std::string_view text) {
  return std::find(kReserved.begin(), kReserved.end(), text) != kReserved.end();
}

}  // namespace

bool is_c_identifier(std::string_view text) {
  return !text.empty() && letter(text.front()) && !reserved(text) &&
         std::all_of(text.begin(), text.end(), [](char c) { return letter(c) || digit(c) || c == '_'; });
}

std::string c_identifier(std::string_view workload) {
  std::string name;
  for (const char c : workload) {
    if (letter(c) || digit(c)) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return is_c_identifier(name) ? name : "kernel_" + name;
}

std::string unique_c_identifier(std::string_view workload, std::set<std::string>& taken) {
  const std::string first = c_identifier(workload);
  std::string name = first;
  for (int number = 2; !taken.insert(name).second; ++number) name = first + "_" + std::to_string(number);
  return name;
}

}  // namespace tamis
