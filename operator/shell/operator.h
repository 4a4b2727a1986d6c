// The operator as a whole: parts put together, started in order and stopped in order. Layer: operator/shell.
//
//   TRY(auto op, Operator::Create(flags, version));   // nothing is sent yet
//   TRY_VOID(op->Start(on_refused));                  // listens, fills the caches, stands for leader
//   ... wait for SIGTERM ...
//   op->Stop();                                       // finishes the write in hand, gives the lease back, within 5 s
//
// Caches are filled before it stands for leader, so that a standby takes over warm. Losing the lease stops the
// controllers and forgets all they knew; the process stays as a standby.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lib/base/result.h"
#include "operator/shell/flags.h"

namespace muster::shell {

class Operator {
 public:
  static Result<std::unique_ptr<Operator>> Create(const OperatorFlags& flags, const std::string& version);
  ~Operator();
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  // on_refused: called at most once, from another thread, when the operator learns from the API server that it must not
  // run there. It acts on nothing before it knows; the caller stops it and exits.
  Status Start(std::function<void(const Error&)> on_refused);
  void Stop();

 private:
  struct Parts;
  explicit Operator(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace muster::shell
