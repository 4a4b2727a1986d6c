// `-o jsonpath`: any template on any document, and no reading beyond either.
#include <string>

#include "kubectl-plugin/core/json_path.h"
#include "lib/json/text.h"
#include "tests/fuzz/law.h"

namespace muster::fuzz {
namespace {

const json::Value& Document() {
  static const json::Value document = *json::Parse(R"({"kind":"List","items":[
    {"metadata":{"name":"a","labels":{"muster.dev/x":"1"}},"status":{"ready":1,"texts":["p","q",null]}},
    {"metadata":{"name":"b"},"status":{"ready":2.5,"flag":true}},[1,[2,[3]]]]})");
  return document;
}

void LawsOf(std::string_view text, const json::Value& document) {
  const auto path = plugin::JsonPath::Parse(text);
  if (!path) {
    LAW(path.error().code == Code::kInvalid && path.error().message.starts_with("jsonpath: "));
    return;
  }
  LAW(path->Apply(document) == path->Apply(document));
  (void)path->Apply(json::Value());
}

}  // namespace
}  // namespace muster::fuzz

// A template; behind a line end the document, if it is not ours.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace muster;
  using namespace muster::fuzz;
  Choices choices(data, size);
  const std::string_view text = choices.Until("\n");
  const auto document = json::Parse(choices.Rest());
  LawsOf(text, document ? *document : Document());
  return 0;
}
