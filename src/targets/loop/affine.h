#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis::loop {

/// An integer that depends linearly on loop variables: `2 * y + ky - 1`. All indexes and conditions of
/// the loop IR are of this form, so splitting, peeling, bounds and vectorisation need no general algebra.
class Affine {
 public:
  struct Term {
    std::string loop;
    int64_t factor = 0;
    friend bool operator==(const Term&, const Term&) = default;
  };

  Affine() = default;
  Affine(int64_t constant) : constant_(constant) {}  // NOLINT: a number is an affine
  /// The variable of a loop.
  static Affine variable(std::string loop);

  int64_t constant() const { return constant_; }
  /// In the order of the loops' names; no factor is 0.
  std::span<const Term> terms() const { return terms_; }
  bool is_constant() const { return terms_.empty(); }
  /// The factor of a loop's variable, 0 where it does not occur.
  int64_t factor(std::string_view loop) const;

  Affine& operator+=(const Affine& other);
  Affine& operator*=(int64_t factor);
  /// The same with a loop's variable replaced by `value`.
  Affine substitute(std::string_view loop, const Affine& value) const;

  friend Affine operator+(Affine a, const Affine& b) { return a += b; }
  friend Affine operator-(Affine a, Affine b) { return a += (b *= -1); }
  friend Affine operator*(int64_t factor, Affine a) { return a *= factor; }
  friend bool operator==(const Affine&, const Affine&) = default;

 private:
  void add(const Term& term);

  int64_t constant_ = 0;
  std::vector<Term> terms_;
};

/// `2*y + ky - 1`.
std::string to_string(const Affine& affine);

}  // namespace tamis::loop
