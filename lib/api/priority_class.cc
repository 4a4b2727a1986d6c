#include "lib/api/priority_class.h"

namespace muster::api {

Result<PriorityClass> DecodePriorityClass(const json::Value& object) {
  PriorityClass decoded;
  TRY(decoded.meta, DecodeMeta(object, KeepLabels::kNone));
  decoded.value = object["value"].Integer();
  decoded.global_default = object["globalDefault"].Bool();
  decoded.preempts = object["preemptionPolicy"].Text() != "Never";
  return decoded;
}

}  // namespace muster::api
