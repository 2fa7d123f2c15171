#pragma once

#include <memory>
#include <string>

#include "ravelin/exchange.h"
#include "ravelin/testing/manual_loop.h"

namespace ravelin::observe {

/// Sample is an exchange with a request, to be filled in by a test.
struct Sample {
  ManualLoop loop;
  Peer peer;
  TlsSession tls;
  Exchange exchange{loop, peer, tls};

  Sample() {
    peer.address = *SocketAddress::parse("203.0.113.9:51234");
    peer.client = peer.address.address;
    exchange.set_request(std::make_unique<RequestHead>());
    request().method = "GET";
    request().scheme = "https";
    request().path = "/";
    exchange.set_id("id-1");
  }

  RequestHead& request() { return exchange.request(); }
  void answer(int status) {
    exchange.set_response(std::make_unique<ResponseHead>());
    exchange.response().status = status;
  }
  /// Text as long-lived as the request.
  std::string_view keep(std::string_view text) { return request().arena.copy(text); }
};

}  // namespace ravelin::observe
