#include "targets/loop/affine.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::loop {

Affine Affine::variable(std::string loop) {
  Affine affine;
  affine.terms_.push_back({std::move(loop), 1});
  return affine;
}

int64_t Affine::factor(std::string_view loop) const {
  for (const Term& term : terms_)
    if (term.loop == loop) return term.factor;
  return 0;
}

void Affine::add(const Term& term) {
  const auto place = std::lower_bound(terms_.begin(), terms_.end(), term.loop,
                                      [](const Term& a, const std::string& loop) { return a.loop < loop; });
  if (place == terms_.end() || place->loop != term.loop) {
    if (term.factor != 0) terms_.insert(place, term);
    return;
  }
  place->factor += term.factor;
  if (place->factor == 0) terms_.erase(place);
}

Affine& Affine::operator+=(const Affine& other) {
  constant_ += other.constant_;
  for (const Term& term : other.terms_) add(term);
  return *this;
}

Affine& Affine::operator*=(int64_t factor) {
  constant_ *= factor;
  if (factor == 0) terms_.clear();
  for (Term& term : terms_) term.factor *= factor;
  return *this;
}

Affine Affine::substitute(std::string_view loop, const Affine& value) const {
  const int64_t times = factor(loop);
  if (times == 0) return *this;
  Affine result = *this;
  std::erase_if(result.terms_, [&](const Term& term) { return term.loop == loop; });
  return result += times * value;
}

std::string to_string(const Affine& affine) {
  std::string text;
  for (const Affine::Term& term : affine.terms()) {
    if (!text.empty()) text += term.factor < 0 ? " - " : " + ";
    const int64_t shown = text.empty() ? term.factor : std::abs(term.factor);
    text += shown == 1 ? term.loop : fmt::format("{}*{}", shown, term.loop);
  }
  const int64_t constant = affine.constant();
  if (text.empty()) return std::to_string(constant);
  if (constant == 0) return text;
  return fmt::format("{} {} {}", text, constant < 0 ? '-' : '+', std::abs(constant));
}

}  // namespace tamis::loop
