#include "watch/documents.h"

#include "base/clock.h"
#include "experiment/report/document.h"
#include "experiment/report/page.h"

#include <algorithm>
#include <utility>

namespace tamis::watch {
namespace {

/// For how many times as long as it took to make a document is given again although there are new events.
constexpr int kFreshFactor = 5;

/// How seldom pages are made to load another for its rules at most, and how many times as long as it took.
constexpr std::chrono::seconds kRenewal{30};
constexpr int kRenewalFactor = 200;

/// What the page shows in place of its first section, where there is nothing else to show.
void add_troubles(const std::vector<report::ReportLog>& logs, Json& document) {
  std::string all;
  for (const report::ReportLog& log : logs)
    for (const std::string& trouble : log.left_out) all += (all.empty() ? "" : ". ") + trouble;
  if (!all.empty()) document["missing"].push_back({{"section", "progress"}, {"why", all}});
}

}  // namespace

bool Documents::is_fresh() const {
  const bool recent = position_ == events_.end() || Clock::now() - made_ < kFreshFactor * took_;
  return document_ && recent && reloads_ == follower_.reloads() && events_.keeps(position_);
}

void Documents::make() {
  const auto begun = Clock::now();
  const Follower::Snapshot snapshot = follower_.snapshot();
  Json document = report::make_document(snapshot.logs, {"", unix_ms()});
  add_troubles(snapshot.logs, document);
  document["live"] = {
      {"events", "events"}, {"document", "document.json"}, {"after", events_.id_of(snapshot.position)}};
  document_ = std::make_shared<const std::string>(report::to_text(document));
  page_ = nullptr;
  position_ = snapshot.position;
  reloads_ = snapshot.reloads;
  trials_ = 0;
  for (const report::ReportLog& log : snapshot.logs)
    for (const report::ReportSession& session : log.sessions) trials_ += session.rows().size();
  made_ = Clock::now();
  took_ = made_ - begun;
}

Result<ServedText> Documents::document() {
  const std::lock_guard lock(mutex_);
  follower_.look();
  if (!is_fresh()) make();
  return document_;
}

Result<ServedText> Documents::page() {
  const std::lock_guard lock(mutex_);
  follower_.look();
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
