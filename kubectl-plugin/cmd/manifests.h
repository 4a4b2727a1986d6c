// Manifests from files, folders and standard input, for plan and lint. Layer: plugin cmd.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kubectl-plugin/cmd/session.h"

namespace muster::plugin {

struct ManifestFile {
  std::string name;  // for messages: the path, or "standard input"
  Result<std::string> text;
};

// The files of -f in their order. As in kubectl, a folder stands for its .yaml, .yml and .json files, with -R also for
// those of the folders below it.
std::vector<ManifestFile> ReadManifestFiles(Session& session);

struct FileProblem {
  int64_t line = 0;  // 0: it is of no line
  std::string text;  // "what; remedy"
};
// What is wrong with a file whose text is no manifest: `message` is the YAML parser's, which also reads JSON; "" when
// it could parse the text, and then nullopt unless the text is a Helm template all the same.
std::optional<FileProblem> ProblemOf(Session& session, const ManifestFile& file, const std::string& message);

struct Manifest {
  std::string origin;  // "train.yaml", or "train.yaml, document 2" when there are several
  json::Value document;
};

struct Manifests {
  std::vector<Manifest> workloads;
  std::vector<json::Value> others;  // objects of other kinds: once applied, they exist too
};

// All objects of the files of -f, Lists unrolled. An error (with file and line) when a file cannot be read or parsed,
// or when there is no Workload in any of them.
Result<Manifests> ReadManifests(Session& session);

}  // namespace muster::plugin
