// PriorityClass: what orders admission. Layer: api.
#pragma once

#include "lib/api/meta.h"

namespace muster::api {

struct PriorityClass {
  ObjectMeta meta;
  int64_t value = 0;
  bool global_default = false;
  bool preempts = true;  // preemptionPolicy is not Never
};

Result<PriorityClass> DecodePriorityClass(const json::Value& object);

}  // namespace muster::api
