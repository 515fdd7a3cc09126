#pragma once

#include "tamis/result.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::network::reading {

/// A name of a file for a message: in quotes, without control characters, cut where it is long.
std::string in_quotes(std::string_view name);
/// The same without quotes.
std::string plain(std::string_view name);

/// What a name in a graph stands for.
struct Definition {
  std::optional<size_t> node;            ///< which node computes it; nothing for an input or a constant
  std::shared_ptr<const Error> refused;  ///< why nobody can take it; null for what can be taken
};

/// The names of a graph, and around it those of the graph that it is a body in. Not thread safe.
class Names {
 public:
  /// `outer` may be null and must live as long as this.
  explicit Names(const Names* outer) : outer_(outer) {}

  /// False where the name is one of this graph already; then nothing changes.
  bool add(const std::string& name, Definition definition) {
    return own_.emplace(name, std::move(definition)).second;
  }
  /// Gives a name of this graph another meaning.
  void replace(const std::string& name, Definition definition) {
    own_.insert_or_assign(name, std::move(definition));
  }
  /// The name in this graph; null where it is none of it.
  [[nodiscard]] const Definition* own(std::string_view name) const;
  /// The name here or further out; null where there is none.
  [[nodiscard]] const Definition* find(std::string_view name) const;
  /// Whether the graphs around this one have it.
  [[nodiscard]] bool is_outer(std::string_view name) const {
    return outer_ != nullptr && outer_->find(name) != nullptr;
  }
  /// How a message ends after a name that nobody defines: the nearest names that there are, at most three.
  [[nodiscard]] std::string near(std::string_view name) const;

 private:
  const Names* outer_;
  std::map<std::string, Definition, std::less<>> own_;
};

/// An order of things in which each comes after those that it needs, as near as that allows to the order that
/// they have.
struct Order {
  std::vector<size_t> places;
  std::optional<size_t>
      on_cycle;  ///< one that needs itself, directly or through others; then `places` is short
};

/// `needs[i]`: which ones thing i needs, possibly twice.
Order order_by_needs(const std::vector<std::vector<size_t>>& needs);

}  // namespace tamis::network::reading
