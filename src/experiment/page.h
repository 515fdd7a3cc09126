#pragma once

#include "drawing/figure.h"
#include "tamis/result.h"

#include <string>
#include <vector>

namespace tamis {

/// A table of text with a header.
struct PageTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

/// A part of a page about one question.
struct Section {
  std::string name;  ///< what its files are called: NAME.csv, NAME-FIGURE.svg, NAME-FIGURE.png
  std::string title;
  std::vector<std::string> paragraphs;  ///< plain text
  PageTable shown;                      ///< stands in the page; may be empty
  PageTable data;                       ///< goes to the CSV file: everything, in full precision
  struct Named {
    std::string name;
    std::string caption;
    Figure figure;
  };
  std::vector<Named> figures;
};

/// Writes the CSV file and the figures of a section, no figures in a build that cannot draw. Errors: io,
/// internal from drawing.
Status write_section_files(const std::string& directory, const Section& section);

/// Writes index.md: the sections with their paragraphs, tables, figures (where this build can draw), and
/// links to their files. Errors: io.
Status write_page(const std::string& directory, const std::string& title,
                  const std::vector<std::string>& introduction, const std::vector<Section>& sections);

}  // namespace tamis
