#include "kubectl-plugin/cmd/session.h"

#include "kubectl-plugin/cmd/verb.h"

namespace muster::plugin {

Result<Reader*> Session::reader() {
  if (reader_ == nullptr) {
    TRY(server_, world_.connect(options_.config));
    reader_ = std::make_unique<Reader>(*server_.transport, Reader::Where{server_.address, server_.origin},
                                       server_.request_timeout);
  }
  return reader_.get();
}

Paper Session::paper() const { return PaperFor(world_.terminal, options_.color); }

int Session::Fail(const Error& error) { return Fail(error.message); }

int Session::Fail(std::string_view message) {
  const bool said_by_server = message.starts_with("Error from server");
  Note((said_by_server ? "" : "error: ") + std::string(message));
  return kExitError;
}

}  // namespace muster::plugin
