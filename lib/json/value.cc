#include "lib/json/value.h"

#include <algorithm>
#include <cmath>

namespace muster::json {
namespace {

const Value& Null() {
  static const Value null;
  return null;
}

}  // namespace

Object::Object(std::initializer_list<Member> members) : members_(members) {}

const Value* Object::Find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Value* Object::Find(std::string_view key) {
  for (Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Value& Object::Set(std::string_view key, Value value) {
  if (Value* found = Find(key)) return *found = std::move(value);
  return Append(std::string(key), std::move(value));
}

Value& Object::Append(std::string key, Value value) {
  return members_.emplace_back(std::move(key), std::move(value)).second;
}

bool Object::Erase(std::string_view key) {
  const auto at = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.first == key; });
  if (at == members_.end()) return false;
  members_.erase(at);
  return true;
}

bool Object::operator==(const Object& other) const {
  if (size() != other.size()) return false;
  // Mostly in the same order, so that the place of a key is known.
  for (size_t i = 0; i < members_.size(); ++i) {
    const auto& [key, value] = members_[i];
    const Member& beside = other.members_[i];
    const Value* theirs = beside.first == key ? &beside.second : other.Find(key);
    if (theirs == nullptr || !(*theirs == value)) return false;
  }
  return true;
}

bool Value::Bool(bool otherwise) const {
  const bool* b = std::get_if<bool>(&data_);
  return b != nullptr ? *b : otherwise;
}

int64_t Value::Integer(int64_t otherwise) const {
  if (const int64_t* n = std::get_if<int64_t>(&data_)) return *n;
  if (const double* n = std::get_if<double>(&data_)) {
    constexpr double kLimit = 9.2e18;
    return std::isfinite(*n) && std::abs(*n) < kLimit ? static_cast<int64_t>(*n) : otherwise;
  }
  return otherwise;
}

double Value::Number(double otherwise) const {
  if (const int64_t* n = std::get_if<int64_t>(&data_)) return static_cast<double>(*n);
  const double* n = std::get_if<double>(&data_);
  return n != nullptr ? *n : otherwise;
}

const std::string& Value::Text() const {
  static const std::string empty;
  const std::string* text = std::get_if<std::string>(&data_);
  return text != nullptr ? *text : empty;
}

const Array& Value::Items() const {
  static const Array empty;
  const Array* items = std::get_if<Array>(&data_);
  return items != nullptr ? *items : empty;
}

const Object& Value::Members() const {
  static const Object empty;
  const Object* members = std::get_if<Object>(&data_);
  return members != nullptr ? *members : empty;
}

bool Value::Has(std::string_view key) const { return !(*this)[key].IsNull(); }

const Value& Value::operator[](std::string_view key) const {
  const Value* found = Members().Find(key);
  return found != nullptr ? *found : Null();
}

const Value& Value::At(size_t index) const { return index < Items().size() ? Items()[index] : Null(); }

Value& Value::Mutable(std::string_view key) {
  Object& members = MutableMembers();
  if (Value* found = members.Find(key)) return *found;
  return members.Append(std::string(key), Value());
}

bool Value::Erase(std::string_view key) {
  Object* members = std::get_if<Object>(&data_);
  return members != nullptr && members->Erase(key);
}

Value& Value::Append(Value item) { return MutableItems().emplace_back(std::move(item)); }

Array& Value::MutableItems() {
  if (!IsArray()) data_ = Array();
  return std::get<Array>(data_);
}

Object& Value::MutableMembers() {
  if (!IsObject()) data_ = Object();
  return std::get<Object>(data_);
}

}  // namespace muster::json
