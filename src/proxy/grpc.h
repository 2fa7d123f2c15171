#pragma once

#include "proxy/reply.h"
#include "ravelin/message.h"
#include "ravelin/verdict.h"

namespace ravelin::proxy {

/// Whether the request is a call of gRPC, by its Content-Type.
bool is_grpc(const RequestHead& request);

/// Makes the answer to a call that is refused or failed: 200 and a grpc-status, as a response of trailers
/// only (gRPC over HTTP/2); clients take any other status for a fault of the network.
Reply make_grpc_reply(const Exchange& exchange, const Rejection& rejection);

/// The status of gRPC that says what an HTTP status does (gRPC's http-grpc-status-mapping), with
/// RESOURCE_EXHAUSTED for what is too large.
int grpc_status(int status);

}  // namespace ravelin::proxy
