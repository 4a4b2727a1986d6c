#include "kubectl-plugin/core/cel.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "kubectl-plugin/core/cel_node.h"
#include "kubectl-plugin/core/utf8.h"

namespace muster::plugin {
namespace {

using Node = CelRule::Node;
using Kind = Node::Kind;

int64_t SizeOf(const json::Value& value) {
  if (value.IsArray()) return static_cast<int64_t>(value.Items().size());
  if (value.IsObject()) return static_cast<int64_t>(value.Members().size());
  int64_t points = 0;
  for (std::string_view text = value.Text(); !text.empty(); ++points) TakeCodePoint(text);
  return points;
}

// A value is a pointer into the object, or into what was made on the way; null is an error.
class Evaluator {
 public:
  explicit Evaluator(const json::Value& self) { variables_.emplace_back("self", &self); }

  const json::Value* Eval(const Node& node) {
    switch (node.kind) {
      case Kind::kLiteral:
        return &node.literal;
      case Kind::kName:
        return Variable(node.text);
      case Kind::kMember:
        return Member(node);
      case Kind::kHas: {
        const json::Value* owner = Eval(node.parts[0].parts[0]);
        return owner == nullptr ? nullptr : Make(owner->Has(node.parts[0].text));
      }
      case Kind::kList:
        return List(node);
      case Kind::kNot: {
        const json::Value* operand = Eval(node.parts[0]);
        return operand != nullptr && operand->IsBool() ? Make(!operand->Bool()) : nullptr;
      }
      case Kind::kBinary:
        return node.text == "&&" || node.text == "||" ? Logical(node) : Operator(node);
      case Kind::kTernary: {
        const json::Value* condition = Eval(node.parts[0]);
        if (condition == nullptr || !condition->IsBool()) return nullptr;
        return Eval(node.parts[condition->Bool() ? 1 : 2]);
      }
      case Kind::kCall:
        return Call(node);
      case Kind::kMacro:
        return Macro(node);
    }
    return nullptr;
  }

 private:
  const json::Value* Make(json::Value value) { return &made_.emplace_back(std::move(value)); }

  const json::Value* Variable(const std::string& name) const {
    for (auto at = variables_.rbegin(); at != variables_.rend(); ++at) {
      if (at->first == name) return at->second;
    }
    return nullptr;
  }

  const json::Value* Member(const Node& node) {
    const json::Value* owner = Eval(node.parts[0]);
    if (owner == nullptr || !owner->Has(node.text)) return nullptr;
    return &(*owner)[node.text];
  }

  const json::Value* List(const Node& node) {
    json::Array items;
    for (const Node& part : node.parts) {
      const json::Value* item = Eval(part);
      if (item == nullptr) return nullptr;
      items.push_back(*item);
    }
    return Make(std::move(items));
  }

  const json::Value* Logical(const Node& node) {
    const bool decides = node.text == "||";
    const json::Value* left = Eval(node.parts[0]);
    if (left != nullptr && left->IsBool() && left->Bool() == decides) return Make(decides);
    const json::Value* right = Eval(node.parts[1]);
    if (right != nullptr && right->IsBool() && right->Bool() == decides) return Make(decides);
    if (left == nullptr || right == nullptr || !left->IsBool() || !right->IsBool()) return nullptr;
    return Make(!decides);
  }

  const json::Value* Operator(const Node& node) {
    const json::Value* left = Eval(node.parts[0]);
    const json::Value* right = Eval(node.parts[1]);
    if (left == nullptr || right == nullptr) return nullptr;
    const std::string& op = node.text;
    if (op == "==" || op == "!=") return Make((*left == *right) == (op == "=="));
    if (!left->IsInteger() || !right->IsInteger()) return nullptr;
    const int64_t a = left->Integer();
    const int64_t b = right->Integer();
    int64_t result = 0;
    if (op == "+") return __builtin_add_overflow(a, b, &result) ? nullptr : Make(result);
    if (op == "-") return __builtin_sub_overflow(a, b, &result) ? nullptr : Make(result);
    if (op == "<") return Make(a < b);
    if (op == "<=") return Make(a <= b);
    return op == ">" ? Make(a > b) : Make(a >= b);
  }

  const json::Value* Call(const Node& node) {
    const json::Value* receiver = Eval(node.parts[0]);
    if (receiver == nullptr) return nullptr;
    if (node.text == "size") {
      const bool sized = receiver->IsString() || receiver->IsArray() || receiver->IsObject();
      return sized ? Make(SizeOf(*receiver)) : nullptr;
    }
    if (node.text == "string") {
      if (receiver->IsString()) return receiver;
      return receiver->IsInteger() ? Make(std::to_string(receiver->Integer())) : nullptr;
    }
    const json::Value* argument = Eval(node.parts[1]);
    if (argument == nullptr || !receiver->IsString() || !argument->IsString()) return nullptr;
    const std::string& text = receiver->Text();
    if (node.text == "startsWith") return Make(text.starts_with(argument->Text()));
    if (node.text == "endsWith") return Make(text.ends_with(argument->Text()));
    return Make(text.find(argument->Text()) != std::string::npos);
  }

  const json::Value* Macro(const Node& node) {
    const json::Value* receiver = Eval(node.parts[0]);
    if (receiver == nullptr || (!receiver->IsArray() && !receiver->IsObject())) return nullptr;
    std::vector<const json::Value*> items;
    for (const json::Value& item : receiver->Items()) items.push_back(&item);
    for (const json::Member& member : receiver->Members()) items.push_back(Make(member.first));
    size_t yes = 0;
    size_t no = 0;
    for (const json::Value* item : items) {
      variables_.emplace_back(node.variable, item);
      const json::Value* result = Eval(node.parts[1]);
      variables_.pop_back();
      if (result == nullptr || !result->IsBool()) continue;
      ++(result->Bool() ? yes : no);
    }
    const bool errors = yes + no < items.size();
    if (node.text == "all" && no > 0) return Make(false);
    if (node.text == "exists" && yes > 0) return Make(true);
    if (errors) return nullptr;
    return node.text == "exists_one" ? Make(yes == 1) : Make(node.text == "all");
  }

  std::vector<std::pair<std::string, const json::Value*>> variables_;
  std::deque<json::Value> made_;
};

}  // namespace

Result<CelRule> CelRule::Parse(std::string_view text) {
  TRY(Node root, ParseCel(text));
  CelRule rule;
  rule.root_ = std::make_shared<const Node>(std::move(root));
  return rule;
}

std::optional<bool> CelRule::Holds(const json::Value& self) const {
  Evaluator evaluator(self);
  const json::Value* result = evaluator.Eval(*root_);
  if (result == nullptr || !result->IsBool()) return std::nullopt;
  return result->Bool();
}

}  // namespace muster::plugin
