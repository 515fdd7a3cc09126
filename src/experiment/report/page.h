#pragma once

#include <string>
#include <string_view>

namespace tamis::report {

/// The pages that web/ makes (web/dist), with a place for a document. They are part of the library, which
/// reads no file of its own at run time.
std::string_view report_page();  ///< needs neither a server nor the network
std::string_view watch_page();   ///< asks its own server for what is new

/// A page with a document in its place. `document` is JSON (to_text); whatever its texts hold, none of it is
/// markup in the page (web/README.md has the rule).
std::string fill_page(std::string_view page, std::string_view document);

}  // namespace tamis::report
