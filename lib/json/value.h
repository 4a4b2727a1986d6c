// json::Value: one JSON value as an ordinary C++ value, with accessors that never fail on a wrong shape. Layer: json.
//
//   const json::Value pod = ...;
//   pod["metadata"]["name"].Text()              // "" when absent or not a string
//   pod["spec"]["replicas"].Integer(1)          // 1 when absent or not a number
//   for (const json::Value& c : pod["spec"]["containers"].Items()) ...
//   json::Value patch = json::Object{{"spec", json::Object{{"suspend", true}}}};
//   pod.Mutable("metadata").Mutable("labels").Set("a", "b");
//
// Objects keep their order; Find is linear (Kubernetes objects are small and wide ones are rare). A missing key reads
// as Null, so a chain of [] is safe on any input. Copies are deep. Not safe for concurrent writes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace muster::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;

class Object {
 public:
  Object();
  Object(std::initializer_list<Member> members);
  Object(const Object& other);
  Object(Object&& other) noexcept;
  Object& operator=(const Object& other);
  Object& operator=(Object&& other) noexcept;
  ~Object();

  const Value* Find(std::string_view key) const;
  Value* Find(std::string_view key);
  // Replaces the value of key, or appends it.
  Value& Set(std::string_view key, Value value);
  // Appends without looking for a duplicate: for parsers and builders that know.
  Value& Append(std::string key, Value value);
  bool Erase(std::string_view key);

  size_t size() const;
  bool empty() const;
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;
  std::vector<Member>::iterator begin();
  std::vector<Member>::iterator end();

  bool operator==(const Object& other) const;  // same members in any order

 private:
  std::vector<Member> members_;
};

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}                                    // NOLINT: literals read as JSON
  Value(bool b) : data_(b) {}                                 // NOLINT
  Value(int n) : data_(static_cast<int64_t>(n)) {}            // NOLINT
  Value(int64_t n) : data_(n) {}                              // NOLINT
  Value(double n) : data_(n) {}                               // NOLINT
  Value(const char* text) : data_(std::string(text)) {}       // NOLINT
  Value(std::string text) : data_(std::move(text)) {}         // NOLINT
  Value(std::string_view text) : data_(std::string(text)) {}  // NOLINT
  Value(Array items) : data_(std::move(items)) {}             // NOLINT
  Value(Object members) : data_(std::move(members)) {}        // NOLINT

  bool IsNull() const { return std::holds_alternative<std::monostate>(data_); }
  bool IsBool() const { return std::holds_alternative<bool>(data_); }
  bool IsInteger() const { return std::holds_alternative<int64_t>(data_); }
  bool IsNumber() const { return IsInteger() || std::holds_alternative<double>(data_); }
  bool IsString() const { return std::holds_alternative<std::string>(data_); }
  bool IsArray() const { return std::holds_alternative<Array>(data_); }
  bool IsObject() const { return std::holds_alternative<Object>(data_); }

  bool Bool(bool otherwise = false) const;
  int64_t Integer(int64_t otherwise = 0) const;  // a double is cut towards zero when it fits, else `otherwise`
  double Number(double otherwise = 0) const;
  const std::string& Text() const;  // the empty string unless a string
  const Array& Items() const;       // empty unless an array
  const Object& Members() const;    // empty unless an object

  bool Has(std::string_view key) const;                 // present and not null
  const Value& operator[](std::string_view key) const;  // Null when absent
  const Value& At(size_t index) const;                  // Null when out of range

  // Makes this an object (dropping what it was) and returns the member, created as Null when absent.
  Value& Mutable(std::string_view key);
  Value& Set(std::string_view key, Value value) { return Mutable(key) = std::move(value); }
  // Removes a member; false when there was none.
  bool Erase(std::string_view key);
  // Makes this an array and appends.
  Value& Append(Value item);
  Array& MutableItems();     // makes this an array
  Object& MutableMembers();  // makes this an object

  bool operator==(const Value& other) const = default;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> data_;
};

// Below, because a member holds a Value, which is complete only here.
inline Object::Object() = default;
inline Object::Object(const Object& other) = default;
inline Object::Object(Object&& other) noexcept = default;
inline Object& Object::operator=(const Object& other) = default;
inline Object& Object::operator=(Object&& other) noexcept = default;
inline Object::~Object() = default;
inline size_t Object::size() const { return members_.size(); }
inline bool Object::empty() const { return members_.empty(); }
inline std::vector<Member>::const_iterator Object::begin() const { return members_.begin(); }
inline std::vector<Member>::const_iterator Object::end() const { return members_.end(); }
inline std::vector<Member>::iterator Object::begin() { return members_.begin(); }
inline std::vector<Member>::iterator Object::end() { return members_.end(); }

}  // namespace muster::json
