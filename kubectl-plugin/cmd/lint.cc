// kubectl workload lint -f: what is wrong with manifests, line by line and offline; with --dry-run=server the API
// server is asked too. A file that cannot be read does not keep the others from being checked.
#include "kubectl-plugin/core/lint.h"
#include "kubectl-plugin/core/completion_notes.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "kubectl-plugin/cmd/embedded.h"
#include "kubectl-plugin/cmd/manifests.h"
#include "kubectl-plugin/cmd/output.h"
#include "kubectl-plugin/cmd/verb.h"
#include "kubectl-plugin/core/filled_in.h"
#include "kubectl-plugin/core/server_lint.h"
#include "lib/base/strings.h"
#include "lib/client/yaml.h"
#include "lib/client/yaml_marks.h"
#include "lib/json/text.h"

namespace muster::plugin {
namespace {

// One object of a file.
struct LintSubject {
  const json::Value* document;
  std::string prefix;  // of its paths: "items[2]." in a List
};

struct Remark {
  int line;
  std::string path;
  std::string text;
};

// The first line that a tab indents, 0 when there is none. kubectl's YAML refuses it where ours does not; between
// braces and brackets it is allowed.
int64_t LineWithTab(std::string_view text) {
  int64_t line = 1;
  int64_t open = 0;
  for (size_t at = 0; at < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view row = text.substr(at, end - at);
    const bool blank = row.find_first_not_of(" \t\r") == std::string_view::npos;
    if (row.starts_with('\t') && !blank && open <= 0) return line;
    open += std::count_if(row.begin(), row.end(), [](char c) { return c == '{' || c == '['; });
    open -= std::count_if(row.begin(), row.end(), [](char c) { return c == '}' || c == ']'; });
    at = end + 1;
  }
  return 0;
}

json::Value FindingsJson(json::Array items, json::Array notes) {
  json::Object list{{"apiVersion", "cli.muster.dev/v1alpha1"}, {"kind", "FindingList"}, {"items", std::move(items)}};
  if (!notes.empty()) list.Append("notes", std::move(notes));
  return list;
}

class Linter {
 public:
  explicit Linter(Session& session) : session_(session) {}

  int Run() {
    const Result<OutputFormat> format = OutputFormat::Of(session_.options());
    if (!format.has_value()) return session_.Fail(format.error());
    picture_ = format->is_picture();
    for (const ManifestFile& file : ReadManifestFiles(session_)) File(file);
    if (!picture_) session_.OutBytes(format->Print(FindingsJson(std::move(items_), std::move(note_items_))));
    if (failed_) return kExitError;
    if (wrong_ > 0) return session_.Fail(Count(wrong_, "problem") + " found");
    if (looked_at_ == 0) {
      return session_.Fail("no Workload (apiVersion " + api::kWorkloads.ApiVersion() + ", kind Workload) in " +
                           Join(session_.options().files, ", "));
    }
    if (!picture_) return kExitOk;
    for (const std::string& note : notes_) session_.OutLine(note);
    session_.OutLine(Count(looked_at_, "object") + " checked, nothing found");
    return kExitOk;
  }

 private:
  void File(const ManifestFile& file) {
    name_ = file.name;
    if (!file.text.has_value()) {
      session_.Fail(file.text.error());
      failed_ = true;
      return;
    }
    const std::string& text = *file.text;
    const Result<std::vector<json::Value>> documents = client::ParseYamlDocuments(text);
    const Result<std::vector<client::YamlMarks>> marks =
        documents.has_value() ? client::MarkYamlDocuments(text)
                              : Result<std::vector<client::YamlMarks>>(documents.error());
    if (const auto problem = ProblemOf(session_, file, marks.has_value() ? "" : marks.error().message)) {
      return Say({static_cast<int>(std::max<int64_t>(problem->line, 1)), "", problem->text});
    }
    if (const int64_t line = LineWithTab(text); line > 0) {
      return Say({static_cast<int>(line), "", "invalid YAML: a tab indents it; use spaces"});
    }
    for (size_t i = 0; i < std::min(documents->size(), marks->size()); ++i) {
      std::vector<LintSubject> subjects;
      Collect((*documents)[i], "", subjects);
      for (const LintSubject& subject : subjects) Object(subject, (*marks)[i]);
    }
  }

  void Say(const Remark& remark) {
    ++wrong_;
    if (picture_) {
      session_.OutLine(name_ + ":" + std::to_string(remark.line) + ": " +
                       (remark.path.empty() ? "" : remark.path + ": ") + remark.text);
    } else {
      items_.push_back(json::Object{{"file", name_},
                                    {"line", static_cast<int64_t>(remark.line)},
                                    {"field", remark.path},
                                    {"message", remark.text}});
    }
  }

  static void Collect(const json::Value& document, const std::string& prefix, std::vector<LintSubject>& subjects) {
    if (LintKindOf(document) != LintKind::kForeign || LintIdentity(document)) subjects.push_back({&document, prefix});
    if (document["kind"].Text() != "List") return;
    const json::Array& items = document["items"].Items();
    for (size_t i = 0; i < items.size(); ++i) Collect(items[i], prefix + ChildPath("items", i) + ".", subjects);
  }

  void Object(const LintSubject& subject, const client::YamlMarks& marks) {
    ++looked_at_;
    const json::Value& document = *subject.document;
    std::vector<Finding> findings;
    if (LintKindOf(document) == LintKind::kForeign) {
      findings.push_back(*LintIdentity(document));
    } else {
      const Written written = [&](std::string_view path) {
        return marks.PlainTextOf(subject.prefix + std::string(path));
      };
      findings = LintDocument(document, {.crd = Crd(LintKindOf(document)), .kubernetes = Kubernetes()}, written, book_);
      if (findings.empty() && session_.options().dry_run == "server") findings = AskServer(document);
      if (findings.empty()) Notes(subject, marks);
    }
    std::vector<Remark> remarks;
    for (Finding& finding : findings) {
      const std::string path = subject.prefix + finding.path;
      remarks.push_back({marks.LineOf(path), path, std::move(finding.text)});
    }
    std::stable_sort(remarks.begin(), remarks.end(), [](const Remark& a, const Remark& b) { return a.line < b.line; });
    const auto same = [](const Remark& a, const Remark& b) { return a.path == b.path && a.text == b.text; };
    remarks.erase(std::unique(remarks.begin(), remarks.end(), same), remarks.end());
    for (const Remark& remark : remarks) Say(remark);
  }

  void Notes(const LintSubject& subject, const client::YamlMarks& marks) {
    if (LintKindOf(*subject.document) != LintKind::kWorkload) return;
    for (const Finding& note : CompletionNotes(*subject.document)) {
      AddNote(subject.prefix + note.path, note.text, marks, NoteLine::kPrinted);
    }
    const std::vector<FilledNote> filled = FilledIn(*subject.document);
    const NoteLine lines = session_.options().notes ? NoteLine::kPrinted : NoteLine::kLeftOut;
    for (const FilledNote& note : filled) AddNote(subject.prefix + note.path, note.text, marks, lines);
    if (session_.options().notes) return;
    for (const std::string& line : SummaryOf(filled)) notes_.push_back("note: " + line);
  }

  enum class NoteLine { kPrinted, kLeftOut };  // -o json has all of them

  void AddNote(const std::string& path, const std::string& text, const client::YamlMarks& marks, NoteLine printed) {
    const int64_t line = marks.LineOf(path);
    if (printed == NoteLine::kPrinted) {
      notes_.push_back(name_ + ":" + std::to_string(line) + ": note: " + path + ": " + text);
    }
    note_items_.push_back(json::Object{{"file", name_}, {"line", line}, {"field", path}, {"message", text}});
  }

  const json::Value& Kubernetes() {
    if (!kubernetes_) kubernetes_ = json::Parse(KubernetesSchemaText()).value_or(json::Value());
    return *kubernetes_;
  }

  const json::Value& Crd(LintKind kind) {
    std::optional<json::Value>& crd = kind == LintKind::kWorkload ? workload_crd_ : podgroup_crd_;
    if (!crd) {
      const auto text = kind == LintKind::kWorkload ? WorkloadCrdText() : PodGroupCrdText();
      crd = client::ParseYaml(text).value_or(json::Value());
    }
    return *crd;
  }

  std::vector<Finding> AskServer(const json::Value& document) {
    std::vector<Finding> findings;
    const Result<Reader*> reader = session_.reader();
    if (!reader.has_value()) return Failed(reader.error());
    const std::string& given = document["metadata"]["namespace"].Text();
    const std::string ns = given.empty() ? session_.Namespace() : given;
    for (const ServerQuestion& question : ServerQuestions(document)) {
      const Result<std::vector<wire::Cause>> causes = (*reader)->TryCreate(question.resource, ns, question.object);
      if (!causes.has_value()) return Failed(causes.error());
      for (const wire::Cause& cause : *causes) {
        std::vector<Finding> refused =
            cause.field.empty() ? FindingsOfMessage(cause.message) : std::vector<Finding>{{cause.field, cause.message}};
        for (Finding& finding : refused) {
          const bool below = !question.path.empty() && !finding.path.empty();
          finding.path = below ? question.path + "." + finding.path : question.path + finding.path;
          if (std::find(findings.begin(), findings.end(), finding) == findings.end()) findings.push_back(finding);
        }
      }
    }
    return findings;
  }

  std::vector<Finding> Failed(const Error& error) {
    session_.Fail(error);
    failed_ = true;
    return {};
  }

  Session& session_;
  std::string name_;
  std::optional<json::Value> workload_crd_;
  std::optional<json::Value> podgroup_crd_;
  std::optional<json::Value> kubernetes_;
  RuleBook book_;
  bool picture_ = true;
  json::Array items_;  // what -o json prints
  json::Array note_items_;
  std::vector<std::string> notes_;  // lines, printed when nothing is wrong
  int64_t looked_at_ = 0;
  int64_t wrong_ = 0;
  bool failed_ = false;
};

}  // namespace

int RunLint(Session& session) {
  if (session.options().files.empty()) return session.Fail("lint what? give a manifest: -f FILE");
  return Linter(session).Run();
}

}  // namespace muster::plugin
