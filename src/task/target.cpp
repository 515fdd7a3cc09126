#include "tamis/target.h"

namespace tamis {

std::string setting_or_default(const Settings& settings, const std::vector<SettingKind>& kinds,
                               const std::string& name) {
  if (const auto given = settings.find(name); given != settings.end()) return given->second;
  for (const SettingKind& kind : kinds)
    if (kind.name == name) return kind.default_value;
  return {};
}

}  // namespace tamis
