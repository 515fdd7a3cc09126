#include "experiment/page.h"

#include "base/file.h"
#include "exchange/csv.h"

#include <fmt/format.h>

namespace tamis {
namespace {

std::string path_of(const std::string& directory, const std::string& file) {
  return fmt::format("{}/{}", directory, file);
}

std::string figure_file(const Section& section, const Section::Named& figure) {
  return fmt::format("{}-{}", section.name, figure.name);
}

std::string csv(const PageTable& table) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(cells[i]);
    text += "\n";
  };
  add(table.header);
  for (const auto& row : table.rows) add(row);
  return text;
}

/// A bar would end the cell, and other marks would be read as formatting.
std::string markdown_cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '<' || c == '`') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string markdown(const PageTable& table) {
  if (table.rows.empty()) return {};
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells) {
    text += "|";
    for (const std::string& cell : cells) text += fmt::format(" {} |", markdown_cell(cell));
    text += "\n";
  };
  add(table.header);
  text += "|";
  for (size_t i = 0; i < table.header.size(); ++i) text += i == 0 ? "---|" : "---:|";
  text += "\n";
  for (const auto& row : table.rows) add(row);
  return text + "\n";
}

std::string markdown_figures(const Section& section) {
  std::string text;
  for (const Section::Named& figure : section.figures) {
    const std::string file = figure_file(section, figure);
    text +=
        fmt::format("![{}]({}.png)\n\n{} ([SVG]({}.svg))\n\n", figure.caption, file, figure.caption, file);
  }
  return text;
}

std::string markdown(const Section& section) {
  std::string text = fmt::format("## {}\n\n", section.title);
  for (const std::string& paragraph : section.paragraphs) text += paragraph + "\n\n";
  text += markdown(section.shown);
  if (drawing_supported().ok()) text += markdown_figures(section);
  return text + fmt::format("Data: [{}.csv]({}.csv)\n\n", section.name, section.name);
}

}  // namespace

Status write_section_files(const std::string& directory, const Section& section) {
  TAMIS_TRY(write_file(path_of(directory, section.name + ".csv"), csv(section.data)));
  if (!drawing_supported().ok()) return {};
  for (const Section::Named& one : section.figures) {
    const std::string file = path_of(directory, figure_file(section, one));
    TAMIS_ASSIGN(const std::string svg, draw_svg(one.figure));
    TAMIS_TRY(write_file(file + ".svg", svg));
    TAMIS_ASSIGN(const std::string png, draw_png(one.figure));
    TAMIS_TRY(write_file(file + ".png", png));
  }
  return {};
}

Status write_page(const std::string& directory, const std::string& title,
                  const std::vector<std::string>& introduction, const std::vector<Section>& sections) {
  std::string text = fmt::format("# {}\n\n", title);
  for (const std::string& paragraph : introduction) text += paragraph + "\n\n";
  for (const Section& section : sections) text += markdown(section);
  return write_file(path_of(directory, "index.md"), text);
}

}  // namespace tamis
