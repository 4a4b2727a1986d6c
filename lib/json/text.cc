#include "lib/json/text.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace muster::json {
namespace {

// Integers that fit become int64, everything else a double. RapidJSON's own conversion aborts on some exponents.
bool ToNumber(std::string_view text, Value& number) {
  constexpr size_t kLongestNumber = 400;
  if (text.size() > kLongestNumber) return false;
  int64_t integer = 0;
  const char* const end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, integer); error == std::errc() && at == end) {
    number = integer;
    return true;
  }
  double real = 0;
  const auto [at, error] = std::from_chars(text.data(), end, real);
  if (at != end) return false;
  if (error == std::errc::result_out_of_range) real = 0;  // too small or too large for a double: no field of ours is
  number = real;
  return std::isfinite(real);
}

// RapidJSON checks the bytes of the input, and looks for the second half of "\\ud83d", but takes "\\ude00" as it is.
bool HasLoneSurrogate(std::string_view text) {
  constexpr char kLead = '\xED';
  for (size_t at = text.find(kLead); at != std::string_view::npos; at = text.find(kLead, at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

constexpr size_t kFewMembers = 16;

// Builds the Value while RapidJSON reads, so that no second document is ever held.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  Builder(Value& root, const ParseOptions& options) : root_(root), options_(options) {}

  bool Default() { return false; }
  bool Null() { return Put(Value()); }
  bool Bool(bool b) { return Put(Value(b)); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    Value number;
    if (!ToNumber({text, length}, number)) return Fail("a number out of range");
    return Put(std::move(number));
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    const std::string_view string(text, length);
    if (HasLoneSurrogate(string)) return Fail("half a surrogate pair");
    return Put(Skipping() ? Value() : Value(string));
  }
  bool StartObject() { return Open(Value(json::Object())); }
  bool StartArray() { return Open(Value(Array())); }
  bool EndObject(rapidjson::SizeType /*count*/) { return Close(); }
  bool EndArray(rapidjson::SizeType /*count*/) { return Close(); }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (Skipping()) return true;
    const std::string_view key(text, length);
    if (HasLoneSurrogate(key)) return Fail("half a surrogate pair");
    if (!key.empty() && (key == options_.skip_key || key == options_.skip_key_too)) {
      skip_from_ = depth_;
      return true;
    }
    json::Object& members = open_.back()->MutableMembers();
    if (members.size() < kFewMembers && members.Find(key) != nullptr) return FailTwice(key);
    slot_ = &members.Append(std::string(key), Value());
    return true;
  }

  const std::string& failure() const { return failure_; }

 private:
  bool Skipping() const { return skip_from_ >= 0; }

  bool Fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  // Where the next value goes: the root, the slot of the last key, or the end of the open array.
  Value* Place(Value value) {
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->IsArray()) return &open_.back()->Append(std::move(value));
    return &(*slot_ = std::move(value));
  }

  bool Put(Value value) {
    if (Skipping()) {
      if (skip_from_ == depth_) skip_from_ = -1;  // a scalar under the skipped key
      return true;
    }
    Place(std::move(value));
    return true;
  }

  bool Open(Value value) {
    if (++depth_ > options_.max_depth) {
      if (options_.object_depth == 0) return Fail("nested deeper than " + std::to_string(options_.max_depth));
      if (Skipping()) return true;
      Place(Value());
      skip_from_ = depth_ - 1;
      pruned_ = true;
      return true;
    }
    if (!Skipping()) open_.push_back(Place(std::move(value)));
    return true;
  }

  bool FailTwice(std::string_view key) { return Fail("duplicate key \"" + std::string(key) + "\""); }

  // Of an object with many members, where looking for each key as it comes would take for ever.
  bool KeysDiffer(const json::Object& members) {
    if (members.size() <= kFewMembers) return true;
    std::vector<std::string_view> keys;
    keys.reserve(members.size());
    for (const Member& member : members) keys.push_back(member.first);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    return twice == keys.end() || FailTwice(*twice);
  }

  bool Close() {
    --depth_;
    if (!Skipping()) {
      if (!KeysDiffer(open_.back()->Members())) return false;
      if (pruned_ && depth_ + 1 == options_.object_depth && open_.back()->IsObject()) {
        open_.back()->Set(kTooDeep, true);
        pruned_ = false;
      }
      open_.pop_back();
    } else if (skip_from_ == depth_) {
      skip_from_ = -1;
    }
    return true;
  }

  Value& root_;
  const ParseOptions& options_;
  std::vector<Value*> open_;  // a parent's vector does not grow while its child is open, so these stay valid
  Value* slot_ = nullptr;
  int depth_ = 0;
  int skip_from_ = -1;
  bool pruned_ = false;  // something of the open object has been left out
  std::string failure_;
};

template <class Writer>
void WriteTo(Writer& writer, const Value& value, bool sorted) {
  if (value.IsObject()) {
    std::vector<const Member*> members;
    members.reserve(value.Members().size());
    for (const Member& member : value.Members()) members.push_back(&member);
    if (sorted) {
      std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->first < b->first; });
    }
    writer.StartObject();
    for (const Member* member : members) {
      writer.Key(member->first.data(), static_cast<rapidjson::SizeType>(member->first.size()));
      WriteTo(writer, member->second, sorted);
    }
    writer.EndObject();
  } else if (value.IsArray()) {
    writer.StartArray();
    for (const Value& item : value.Items()) WriteTo(writer, item, sorted);
    writer.EndArray();
  } else if (value.IsString()) {
    writer.String(value.Text().data(), static_cast<rapidjson::SizeType>(value.Text().size()));
  } else if (value.IsInteger()) {
    writer.Int64(value.Integer());
  } else if (value.IsNumber()) {
    writer.Double(value.Number());
  } else if (value.IsBool()) {
    writer.Bool(value.Bool());
  } else {
    writer.Null();
  }
}

}  // namespace

Result<Value> Parse(std::string_view text, const ParseOptions& options) {
  if (text.size() > options.max_bytes) {
    return MakeError(Code::kDecode, "JSON of " + std::to_string(text.size()) + " bytes is larger than the limit of " +
                                        std::to_string(options.max_bytes));
  }
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
  Value root;
  Builder builder(root, options);
  rapidjson::Reader reader;
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
  if (const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, builder); parsed.IsError()) {
    const std::string why = builder.failure().empty() ? rapidjson::GetParseError_En(parsed.Code()) : builder.failure();
    return MakeError(Code::kDecode, "invalid JSON at byte " + std::to_string(parsed.Offset()) + ": " + why);
  }
  // It takes a byte 0 behind the value for the end of the text.
  if (stream.Tell() != text.size()) {
    return MakeError(Code::kDecode, "invalid JSON at byte " + std::to_string(stream.Tell()) + ": a byte 0");
  }
  return root;
}

std::string Write(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  WriteTo(writer, value, false);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string WritePretty(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  WriteTo(writer, value, false);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string WriteCanonical(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  WriteTo(writer, value, true);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace muster::json
