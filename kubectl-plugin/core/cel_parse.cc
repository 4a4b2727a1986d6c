// Recursive descent, one function per level of precedence.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "kubectl-plugin/core/cel_node.h"
#include "lib/base/strings.h"

namespace muster::plugin {
namespace {

using Node = CelRule::Node;
using Kind = Node::Kind;

template <size_t N>
bool IsWord(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

Node Binary(std::string_view op, Node left, Node right) {
  return {Kind::kBinary, std::string(op), "", {}, {std::move(left), std::move(right)}};
}

class CelParser {
 public:
  explicit CelParser(std::string_view text) : text_(text) {}

  Result<Node> Whole() {
    TRY(Node node, Ternary());
    SkipSpaces();
    if (at_ < text_.size()) return Wrong("unexpected text");
    return node;
  }

 private:
  Result<Node> Ternary() {
    TRY(Node condition, Or());
    if (!Take("?")) return condition;
    TRY(Node yes, Or());
    TRY_VOID(Expect(":"));
    TRY(Node no, Ternary());
    return Node{Kind::kTernary, "", "", {}, {std::move(condition), std::move(yes), std::move(no)}};
  }

  Result<Node> Or() {
    TRY(Node left, And());
    while (Take("||")) {
      TRY(Node right, And());
      left = Binary("||", std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> And() {
    TRY(Node left, Relation());
    while (Take("&&")) {
      TRY(Node right, Relation());
      left = Binary("&&", std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> Relation() {
    TRY(Node left, Sum());
    for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!Take(op)) continue;
      TRY(Node right, Sum());
      return Binary(op, std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> Sum() {
    TRY(Node left, Unary());
    for (;;) {
      const std::string_view op = Take("+") ? "+" : Take("-") ? "-" : "";
      if (op.empty()) return left;
      TRY(Node right, Unary());
      left = Binary(op, std::move(left), std::move(right));
    }
  }

  Result<Node> Unary() {
    SkipSpaces();
    if (text_.substr(at_, 1) == "!" && text_.substr(at_, 2) != "!=") {
      ++at_;
      TRY(Node operand, Unary());
      return Node{Kind::kNot, "", "", {}, {std::move(operand)}};
    }
    return Member();
  }

  Result<Node> Member() {
    TRY(Node node, Primary());
    while (Take(".")) {
      const std::string name = Identifier();
      if (name.empty()) return Wrong("expected a name");
      if (Take("(")) {
        TRY(node, Call(std::move(node), name));
      } else {
        node = Node{Kind::kMember, name, "", {}, {std::move(node)}};
      }
    }
    return node;
  }

  Result<Node> Call(Node receiver, const std::string& name) {
    static constexpr std::array<std::string_view, 3> kMacros{"all", "exists", "exists_one"};
    static constexpr std::array<std::string_view, 4> kMethods{"size", "contains", "startsWith", "endsWith"};
    if (IsWord(name, kMacros)) {
      const std::string variable = Identifier();
      TRY_VOID(Expect(","));
      TRY(Node body, Ternary());
      TRY_VOID(Expect(")"));
      return Node{Kind::kMacro, name, variable, {}, {std::move(receiver), std::move(body)}};
    }
    if (!IsWord(name, kMethods)) return Wrong("unknown function " + name);
    Node call{Kind::kCall, name, "", {}, {std::move(receiver)}};
    if (name != "size") {
      TRY(Node argument, Ternary());
      call.parts.push_back(std::move(argument));
    }
    TRY_VOID(Expect(")"));
    return call;
  }

  Result<Node> Primary() {
    SkipSpaces();
    if (Take("(")) {
      TRY(Node inner, Ternary());
      TRY_VOID(Expect(")"));
      return inner;
    }
    if (Take("[")) return List();
    const char next = at_ < text_.size() ? text_[at_] : '\0';
    if (next == '\'' || next == '"') return Quoted(next);
    if (std::isdigit(static_cast<unsigned char>(next)) != 0) return Number();
    const std::string name = Identifier();
    if (name.empty()) return Wrong("expected a value");
    if (name == "true" || name == "false") return Node{Kind::kLiteral, "", "", name == "true", {}};
    if (!Take("(")) return Node{Kind::kName, name, "", {}, {}};
    if (name != "has" && name != "string" && name != "size") return Wrong("unknown function " + name);
    TRY(Node argument, Ternary());
    TRY_VOID(Expect(")"));
    if (name == "has" && argument.kind != Kind::kMember) return Wrong("has() takes a field");
    return Node{name == "has" ? Kind::kHas : Kind::kCall, name, "", {}, {std::move(argument)}};
  }

  Result<Node> List() {
    Node list{Kind::kList, "", "", {}, {}};
    if (Take("]")) return list;
    do {
      TRY(Node item, Ternary());
      list.parts.push_back(std::move(item));
    } while (Take(","));
    TRY_VOID(Expect("]"));
    return list;
  }

  Result<Node> Quoted(char quote) {
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return Wrong("open quote");
    const std::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
    if (inner.find('\\') != std::string_view::npos) return Wrong("escapes are not known");
    at_ = end + 1;
    return Node{Kind::kLiteral, "", "", inner, {}};
  }

  Result<Node> Number() {
    const size_t end = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    int64_t number = 0;
    if (!ParseInteger(text_.substr(at_, end - at_), number)) return Wrong("not a number");
    at_ = end;
    return Node{Kind::kLiteral, "", "", number, {}};
  }

  std::string Identifier() {
    SkipSpaces();
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool Take(std::string_view token) {
    SkipSpaces();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  Status Expect(std::string_view token) {
    if (!Take(token)) return Wrong("expected '" + std::string(token) + "'");
    return Ok();
  }

  void SkipSpaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  Error Wrong(const std::string& what) const {
    return MakeError(Code::kInvalid, "CEL: " + what + " at character " + std::to_string(at_ + 1));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<Node> ParseCel(std::string_view text) { return CelParser(text).Whole(); }

}  // namespace muster::plugin
