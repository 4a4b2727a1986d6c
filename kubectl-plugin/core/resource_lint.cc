// k8s.io/kubernetes/pkg/apis/core/validation: ValidateContainerResourceName, ValidateResourceQuantityValue and
// ValidateResourceRequirements of Kubernetes 1.37.
#include "kubectl-plugin/core/resource_lint.h"

#include <limits>
#include <string_view>

#include "lib/api/quantity.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

constexpr std::string_view kHugePages = "hugepages-";

bool IsStandard(std::string_view name) {
  return name == api::kCpu || name == api::kMemory || name == api::kEphemeralStorage || name.starts_with(kHugePages);
}

// A device: its amounts are whole, and cannot be overcommitted.
bool IsExtended(std::string_view name) {
  return name.find('/') != std::string_view::npos && name.find("kubernetes.io/") == std::string_view::npos &&
         !name.starts_with("requests.");
}

std::string TextOf(const json::Value& amount) { return amount.IsString() ? amount.Text() : json::Write(amount); }

class ResourceLinter {
 public:
  ResourceLinter(const json::Value& resources, const std::string& path) : resources_(resources), path_(path) {}

  std::vector<Finding> Run() {
    for (const char* field : {"requests", "limits"}) {
      for (const auto& [name, amount] : resources_[field].Members()) Amount(field, name, amount);
    }
    for (const auto& [name, amount] : resources_["requests"].Members()) AgainstLimit(name, amount);
    return std::move(findings_);
  }

 private:
  void Add(const std::string& field, const std::string& name, std::string text) {
    findings_.push_back({ChildPath(ChildPath(path_, field), name), std::move(text)});
  }

  void Amount(const std::string& field, const std::string& name, const json::Value& amount) {
    if (amount.IsNull()) return;
    if (!IsStandard(name) && name.find('/') == std::string::npos) {
      return Add(field, name,
                 "is no resource that a container can ask for; write cpu, memory, ephemeral-storage, or a device with "
                 "its domain, like nvidia.com/gpu");
    }
    const auto millis = api::ParseQuantity(TextOf(amount), api::Unit::kMilli);
    if (!millis) return;
    if (*millis < 0) return Add(field, name, "is " + Shown(amount) + "; it must not be negative");
    const bool cut = *millis == std::numeric_limits<int64_t>::max();
    if (IsExtended(name) && !cut && *millis % 1000 != 0) {
      Add(field, name, "is " + Shown(amount) + "; devices are whole, give a whole number of " + name);
    }
  }

  void AgainstLimit(const std::string& name, const json::Value& amount) {
    const json::Value& limit = resources_["limits"][name];
    const auto wanted = api::DecodeAmount(name, amount);
    if (!wanted) return;
    if (limit.IsNull()) {
      if (!IsExtended(name)) return;
      return Add("requests", name, "is " + Shown(amount) + " without a limit; set limits." + name + " to the same");
    }
    const auto most = api::DecodeAmount(name, limit);
    if (!most || *most == *wanted) return;
    const std::string what = "is " + Shown(amount);
    if (IsExtended(name)) {
      Add("requests", name, what + ", and its limit is " + Shown(limit) + "; for devices both must be equal");
    } else if (*most < *wanted) {
      Add("requests", name, what + ", above its limit " + Shown(limit) + "; lower it or raise the limit");
    }
  }

  const json::Value& resources_;
  const std::string& path_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> LintResources(const json::Value& resources, const std::string& path) {
  return ResourceLinter(resources, path).Run();
}

}  // namespace muster::plugin
