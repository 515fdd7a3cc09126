#include "watch/documents.h"

#include "base/clock.h"
#include "experiment/report/document.h"
#include "experiment/report/page.h"

#include <algorithm>
#include <utility>

namespace tamis::watch {
namespace {

/// How long a document is given again at least, and how many times as long as it took to make.
constexpr std::chrono::seconds kFresh{1};
constexpr int kFreshFactor = 5;

/// How seldom pages are made to load another for its rules at most, and how many times as long as it took.
constexpr std::chrono::seconds kRenewal{30};
constexpr int kRenewalFactor = 200;

/// What the page shows in place of its first section, where there is nothing else to show.
void add_troubles(const std::vector<std::string>& troubles, Json& document) {
  if (troubles.empty()) return;
  std::string all;
  for (const std::string& trouble : troubles) all += (all.empty() ? "" : ". ") + trouble;
  document["missing"].push_back({{"section", "progress"}, {"why", all}});
}

}  // namespace

bool Documents::is_fresh() const {
  const auto age = Clock::now() - made_;
  return document_ && reloads_ == follower_.reloads() &&
         age < std::max<Clock::duration>(kFresh, kFreshFactor * took_) && events_.keeps(position_);
}

void Documents::make() {
  follower_.look();
  const auto begun = Clock::now();
  const Follower::Snapshot snapshot = follower_.snapshot();
  Json document = report::make_document(snapshot.sessions, {"", unix_ms(), snapshot.troubles});
  add_troubles(snapshot.troubles, document);
  document["live"] = {
      {"events", "events"}, {"document", "document.json"}, {"after", events_.id_of(snapshot.position)}};
  document_ = std::make_shared<const std::string>(report::to_text(document));
  page_ = nullptr;
  position_ = snapshot.position;
  reloads_ = snapshot.reloads;
  trials_ = 0;
  for (const report::ReportSession& session : snapshot.sessions) trials_ += session.rows().size();
  made_ = Clock::now();
  took_ = made_ - begun;
}

Result<ServedText> Documents::document() {
  const std::lock_guard lock(mutex_);
  if (!is_fresh()) make();
  return document_;
}

Result<ServedText> Documents::page() {
  const std::lock_guard lock(mutex_);
  if (!is_fresh()) make();
  if (!page_)
    page_ = std::make_shared<const std::string>(report::fill_page(report::watch_page(), *document_));
  return page_;
}

void Documents::renew_if_outgrown() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !document_ ||
      Clock::now() - made_ < std::max<Clock::duration>(kRenewal, kRenewalFactor * took_))
    return;
  if (reloads_ == follower_.reloads() && follower_.trials() > trials_ + trials_ / 4) follower_.reload();
}

}  // namespace tamis::watch
