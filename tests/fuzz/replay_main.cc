// Runs a fuzz target without a fuzzer: over its corpus, then over so many random mutations of it. Test support.
//
//   fuzz_json CORPUS_DIRECTORY [INPUTS]     files and mutations          MUSTER_SEED replays the mutations of a failure
//   fuzz_json FILE                          one input
//
// An input that breaks the target is kept in the working directory as <program>.finding.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/law.h"
#include "tests/support/seed.h"

// Of the sanitizers, where they are: they end the process without a signal.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace muster::fuzz {
namespace {

constexpr size_t kBytesMax = 1UL << 16U;
constexpr size_t kChangesMax = 6;

// The input at work, for the message when it is the last.
std::string current;
std::string keep_at;
bool told = false;

void Keep() {
  if (std::exchange(told, true)) return;
  std::ofstream(keep_at, std::ios::binary) << current;
  std::fprintf(stderr, "the input that did it: %s\n", keep_at.c_str());
}

void OnAbort(int /*signal*/) { Keep(); }

void Run(std::string input) {
  current = std::move(input);
  // A copy of its exact size, so that a sanitizer sees one byte beyond.
  const std::vector<uint8_t> bytes(current.begin(), current.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Sorted, so that the seed alone decides what comes.
std::vector<std::string> ReadCorpus(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(path)) return {ReadFile(path)};
  for (const auto& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  corpus.reserve(files.size());
  for (const auto& file : files) corpus.push_back(ReadFile(file));
  return corpus;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, uint64_t seed) : corpus_(corpus), random_(seed) {}

  std::string Next() {
    std::string input = corpus_[Below(corpus_.size())];
    for (size_t changes = 1 + Below(kChangesMax); changes > 0; --changes) Change(input);
    if (input.size() > kBytesMax) input.resize(kBytesMax);
    return input;
  }

 private:
  // Not uniform_int_distribution: a seed means the same with every standard library.
  size_t Below(size_t limit) { return limit == 0 ? 0 : static_cast<size_t>(random_() % limit); }

  void Change(std::string& input) {
    static constexpr std::array<std::string_view, 40> kTokens{
        "{",    "}",      "[",      "]",    ":",    ",",     "\"",   "\\",         "\n",      "\r\n",
        "\t",   " ",      "- ",     ": ",   "#",    "&a ",   "*a",   "<<: ",       "---\n",   "!!binary ",
        "|\n",  ">-\n",   "null",   "true", "-1",   "1e400", "0x",   "\\u0000",    "\\ud800", "9223372036854775807",
        "\x1b", "\u202e", "\u0301", "数",   "\xff", "{}",    "[[[[", "99999999.9", "$",       "managedFields"};
    const size_t at = Below(input.size() + 1);
    const size_t length = Below(std::min<size_t>(input.size() - at, 32) + 1);
    switch (Below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(static_cast<unsigned char>(input[at]) ^ (1U << Below(8)));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(Below(256));
        break;
      case 2:
        input.insert(at, kTokens[Below(kTokens.size())]);
        break;
      case 3:
        input.replace(at, length, kTokens[Below(kTokens.size())]);
        break;
      case 4:
        input.erase(at, length);
        break;
      case 5:
        input.insert(Below(input.size() + 1), input.substr(at, length));
        break;
      default:
        Splice(input, at, length);
    }
  }

  void Splice(std::string& input, size_t at, size_t length) {
    const std::string& other = corpus_[Below(corpus_.size())];
    const size_t from = Below(other.size() + 1);
    input.replace(at, length, other, from, Below(64));
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY|FILE [INPUTS]\n", arguments.front().c_str());
    return 2;
  }
  keep_at = std::filesystem::path(arguments.front()).filename().string() + ".finding";
  std::signal(SIGABRT, OnAbort);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(Keep);
  const std::vector<std::string> corpus = ReadCorpus(arguments[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no corpus in %s\n", arguments.front().c_str(), arguments[1].c_str());
    return 2;
  }
  for (const std::string& input : corpus) Run(input);
  const size_t inputs = arguments.size() > 2 ? std::strtoull(arguments[2].c_str(), nullptr, 10) : 0;
  const uint64_t seed = testing::TestSeed();
  std::printf("%zu files, %zu mutations; %s\n", corpus.size(), inputs, testing::ReplayHint(seed).c_str());
  std::fflush(stdout);
  Mutator mutator(corpus, seed);
  for (size_t i = 0; i < inputs; ++i) Run(mutator.Next());
  return 0;
}

}  // namespace
}  // namespace muster::fuzz

int main(int argc, char** argv) { return muster::fuzz::Main({argv, argv + argc}); }
