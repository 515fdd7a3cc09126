#include "search/suggested_initializer.h"

#include <algorithm>
#include <deque>

namespace tamis {
namespace {

class SuggestedInitializer final : public Initializer {
 public:
  explicit SuggestedInitializer(const SearchProblem& problem) {
    for (const Config& config : problem.suggested)
      if (problem.space->allows(config) && std::find(rest_.begin(), rest_.end(), config) == rest_.end())
        rest_.push_back(config);
  }

  std::string_view name() const override { return "suggested"; }
  bool finished() const override { return rest_.empty(); }

  Result<std::vector<Config>> propose(size_t count) override {
    const auto end = rest_.begin() + static_cast<ptrdiff_t>(std::min(count, rest_.size()));
    std::vector<Config> proposals(rest_.begin(), end);
    rest_.erase(rest_.begin(), end);
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    for (const Trial& trial : trials) std::erase(rest_, trial.config);
    return {};
  }

 private:
  std::deque<Config> rest_;
};

}  // namespace

std::unique_ptr<Initializer> make_suggested_initializer(const SearchProblem& problem) {
  return std::make_unique<SuggestedInitializer>(problem);
}

}  // namespace tamis
