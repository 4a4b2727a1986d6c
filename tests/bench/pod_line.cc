#include "tests/bench/pod_line.h"

#include <cstdio>
#include <fstream>
#include <map>
#include <string_view>
#include <vector>

#include "lib/base/check.h"

namespace muster::bench {
namespace {

constexpr int kGroupSize = 10;
constexpr int kNodes = 5000;

// The text of pod.json taken apart at its "@NAME@"s: literal, name, literal, name, ..., literal.
std::vector<std::string> ReadPieces() {
  std::ifstream file(MUSTER_SOURCE_DIR "/tests/bench/pod.json");
  std::string text;
  CHECK(static_cast<bool>(std::getline(file, text)));
  std::vector<std::string> pieces;
  size_t begin = 0;
  for (size_t at = text.find('@'); at != std::string::npos; at = text.find('@', begin)) {
    pieces.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

std::string Uid(int number, std::string_view kind) {
  char uid[40];
  std::snprintf(uid, sizeof uid, "%08x-1a2b-4c3d-8e4f-%s%08x", static_cast<unsigned>(number), kind.data(),
                static_cast<unsigned>(number) * 2654435761U);
  return uid;
}

}  // namespace

std::string PodLine(int i) {
  static const std::vector<std::string> pieces = ReadPieces();
  const int group = i / kGroupSize;
  const std::map<std::string_view, std::string> values = {{"GROUP", "training-" + std::to_string(group)},
                                                          {"INDEX", std::to_string(i % kGroupSize)},
                                                          {"NODE", "node-" + std::to_string(i % kNodes)},
                                                          {"UID", Uid(i, "a1b2")},
                                                          {"OWNER", Uid(group, "c3d4")},
                                                          {"VERSION", std::to_string(1000000 + i)}};
  std::string line;
  line.reserve(8192);
  for (size_t piece = 0; piece < pieces.size(); ++piece)
    line += piece % 2 == 0 ? pieces[piece] : values.at(pieces[piece]);
  return line;
}

}  // namespace muster::bench
