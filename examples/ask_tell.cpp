// Tunes the blocks of a matrix multiplication with a loop of its own, which keeps several configs under way:
// ask_tell LOG TRIALS
#include "tamis/expression.h"
#include "tamis/study.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <utility>
#include <vector>

namespace {

constexpr int kSize = 128;
constexpr size_t kUnderWay = 2;

struct Blocks {
  int rows, columns;
  bool inner_first;
};

std::vector<float> multiply(const std::vector<float>& a, const std::vector<float>& b, Blocks blocks) {
  std::vector<float> c(kSize * kSize, 0.0F);
  const int steps = blocks.inner_first ? kSize : 8;
  for (int k0 = 0; k0 < kSize; k0 += steps)
    for (int i0 = 0; i0 < kSize; i0 += blocks.rows)
      for (int j0 = 0; j0 < kSize; j0 += blocks.columns)
        for (int i = i0; i < i0 + blocks.rows; ++i)
          for (int k = k0; k < k0 + steps; ++k)
            for (int j = j0; j < j0 + blocks.columns; ++j)
              c[i * kSize + j] += a[i * kSize + k] * b[k * kSize + j];
  return c;
}

tamis::Outcome try_config(const tamis::Space& space, const tamis::Config& config) {
  const Blocks blocks{static_cast<int>(space.integer(config, "rows")),
                      static_cast<int>(space.integer(config, "columns")), config.choices[2] == 0};
  if (blocks.rows * blocks.columns > 4096)
    return {.verdict = tamis::Verdict::resource_exceeded, .message = "the block does not fit the cache"};
  const std::vector<float> ones(kSize * kSize, 1.0F);
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<float> product = multiply(ones, ones, blocks);
  const std::chrono::duration<double, std::nano> latency = std::chrono::steady_clock::now() - begin;
  for (const float element : product)
    if (element != kSize) return {.verdict = tamis::Verdict::wrong_result};
  return {.costs = {latency.count()}};
}

tamis::Result<tamis::Study> open(const std::string& log) {
  const std::vector<int64_t> sizes = {1, 2, 4, 8, 16, 32, 64, 128};
  std::vector<tamis::Knob> knobs = {tamis::number_knob("rows", sizes), tamis::number_knob("columns", sizes),
                                    tamis::name_knob("order", {"inner first", "inner last"})};
  TAMIS_ASSIGN(auto constraint, tamis::parse_constraint("rows * columns >= 16", knobs));
  TAMIS_ASSIGN(auto space, tamis::Space::create(std::move(knobs), {std::move(constraint)}));
  tamis::StudyOptions options;
  options.name = "multiply";
  options.log = log;
  options.resume = true;
  return tamis::Study::open(std::move(space), std::move(options));
}

tamis::Status search(tamis::Study& study, uint64_t trials) {
  std::vector<std::pair<uint64_t, std::future<tamis::Outcome>>> under_way;
  while (study.counts().trials < trials) {
    while (under_way.size() < kUnderWay && !study.done()) {
      TAMIS_ASSIGN(const auto asked, study.ask(1));
      for (const tamis::AskedConfig& one : asked)
        under_way.emplace_back(
            one.number, std::async(std::launch::async, try_config, std::cref(study.space()), one.config));
    }
    if (under_way.empty()) break;
    TAMIS_TRY(study.tell(under_way.front().first, under_way.front().second.get()));
    under_way.erase(under_way.begin());
  }
  return {};
}

tamis::Status tune(const std::string& log, uint64_t trials) {
  TAMIS_ASSIGN(tamis::Study study, open(log));
  TAMIS_TRY(search(study, trials));
  if (!study.best()) return tamis::not_found("no config was valid; allow more trials");
  std::printf("%llu trials, %llu invalid: %.0f us with %s\n",
              static_cast<unsigned long long>(study.counts().trials),
              static_cast<unsigned long long>(study.counts().invalid), study.best()->cost() / 1000.0,
              study.space().describe(study.best()->config).c_str());
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return std::puts("usage: ask_tell LOG TRIALS"), 2;
  const tamis::Status status = tune(arguments[1], std::strtoull(arguments[2], nullptr, 10));
  if (!status.ok()) std::fprintf(stderr, "ask_tell: %s\n", status.error().message.c_str());
  return status.ok() ? 0 : 1;
}
