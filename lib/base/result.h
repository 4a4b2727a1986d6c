// Result<T>: a value or an Error; ignoring one does not compile. Layer: base.
//
//   Result<Pod> DecodePod(const json::Value& v);
//   Result<int> Count(...) {
//     TRY(const Pod pod, DecodePod(v));   // returns the error to our caller
//     TRY_VOID(Check(pod));
//     return 1;
//   }
// Built on tl::expected; the wrapper exists only to make discarding an error a build failure.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "lib/base/error.h"

namespace muster {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(const Error& error) : Base(tl::unexpect, error) {}        // NOLINT: an Error is a Result
  Result(Error&& error) : Base(tl::unexpect, std::move(error)) {}  // NOLINT
};

using Status = Result<void>;

inline Error MakeError(Code code, std::string message) { return Error{code, std::move(message), std::nullopt}; }
inline Status Ok() { return Status(); }

}  // namespace muster

#define MUSTER_CONCAT_INNER(a, b) a##b
#define MUSTER_CONCAT(a, b) MUSTER_CONCAT_INNER(a, b)
#define MUSTER_TRY_IMPL(result, declaration, ...)            \
  auto result = (__VA_ARGS__);                               \
  if (!result.has_value()) return std::move(result).error(); \
  declaration = std::move(result).value()

// TRY(declaration, expression): unwraps a Result or returns its error.
#define TRY(declaration, ...) MUSTER_TRY_IMPL(MUSTER_CONCAT(try_result_, __COUNTER__), declaration, __VA_ARGS__)
// TRY_VOID(expression): for a Status.
#define TRY_VOID(...)                                                                                   \
  do {                                                                                                  \
    if (auto try_status = (__VA_ARGS__); !try_status.has_value()) return std::move(try_status).error(); \
  } while (false)
