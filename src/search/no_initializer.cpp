#include "search/no_initializer.h"

namespace tamis {
namespace {

class NoInitializer final : public Initializer {
 public:
  std::string_view name() const override { return "none"; }
  bool finished() const override { return true; }
  Result<std::vector<Config>> propose(size_t) override { return std::vector<Config>{}; }
  Status learn(std::span<const Trial>) override { return {}; }
};

}  // namespace

std::unique_ptr<Initializer> make_no_initializer(const SearchProblem&) {
  return std::make_unique<NoInitializer>();
}

}  // namespace tamis
