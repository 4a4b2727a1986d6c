// Recognizes text that is not a manifest yet but a template of one, as Helm's. Layer: plugin core. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace muster::plugin {

enum class TemplateSign {
  kHelm,       // an action that can only be meant for Helm: {{ .Values.replicas }}, {{ include "labels" . }}
  kAnyAction,  // any {{ ... }} outside of quotes; for text that is no YAML
};

// The line, from 1, of the first sign; 0 when there is none. Comments are not looked at.
int64_t TemplateLine(std::string_view text, TemplateSign sign);

}  // namespace muster::plugin
