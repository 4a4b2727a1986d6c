#include "lib/client/yaml_marks.h"

#include <gtest/gtest.h>

#include "lib/client/yaml.h"

namespace muster::client {
namespace {

YamlMarks Only(const std::string& text) {
  const auto marks = MarkYamlDocuments(text);
  EXPECT_TRUE(marks.has_value());
  if (!marks.has_value() || marks->size() != 1) return {};
  return marks->front();
}

TEST(YamlMarks, TellTheLineOfEveryValue) {
  const YamlMarks marks = Only(
      "# a comment\n"
      "kind: Workload\n"
      "spec:\n"
      "  roles:\n"
      "  - name: a\n"
      "    job: {spec: {parallelism: 3,\n"
      "      completions: 4}}\n"
      "  -\n"
      "    name: b\n"
      "  labels:\n"
      "    muster.dev/x: yes\n"
      "    quoted: \"0777\"\n");
  const std::pair<const char*, int> kLines[] = {{"kind", 2},
                                                {"spec", 3},
                                                {"spec.roles", 4},
                                                {"spec.roles[0]", 5},
                                                {"spec.roles[0].job.spec.parallelism", 6},
                                                {"spec.roles[0].job.spec.completions", 7},
                                                {"spec.roles[1].name", 9},
                                                {"spec.labels.muster.dev/x", 11},
                                                // What is not there: what stands above it.
                                                {"spec.roles[0].job.spec.template.spec", 6},
                                                {"spec.roles[7].name", 4},
                                                {"metadata.name", 2},
                                                {"", 2}};
  for (const auto& [path, line] : kLines) EXPECT_EQ(marks.LineOf(path), line) << path;
  EXPECT_EQ(marks.PlainTextOf("spec.labels.muster.dev/x"), "yes");
  EXPECT_EQ(marks.PlainTextOf("spec.labels.quoted"), "");
  EXPECT_EQ(marks.PlainTextOf("spec.roles"), "");
}

TEST(YamlMarks, GoWithTheDocumentsOfTheParser) {
  for (const std::string text : {"", "# nothing\n", "---\na: 1\n---\n# empty\n---\nnull\n---\nb: 2",
                                 "--- ~\n...\n---\n[1]\n", "x", "{}\n---\n[]\n", "a: &x {b: 1}\nc: *x\n<<: *x\n"}) {
    const auto documents = ParseYamlDocuments(text);
    const auto marks = MarkYamlDocuments(text);
    ASSERT_TRUE(documents.has_value() && marks.has_value()) << text;
    EXPECT_EQ(documents->size(), marks->size()) << text;
  }
  const auto marks = MarkYamlDocuments("---\na: 1\n---\nb: 2\n");
  EXPECT_EQ((*marks)[1].LineOf("b"), 4);
}

TEST(YamlMarks, AnAliasMayBeAKey) {
  const YamlMarks marks = Only("x: &k name\n*k : v\nz: 1\n");
  EXPECT_EQ(marks.LineOf("name"), 2);
  EXPECT_EQ(marks.LineOf("z"), 3);
}

}  // namespace
}  // namespace muster::client
