#pragma once

#include "server/admin_endpoint.h"

namespace ravelin::server {

class Server;

/// Makes what the admin endpoint serves: /healthz, /readyz, /metrics and /v1/... (docs/operations.md).
/// `server` outlives it.
AdminEndpoint::Handle make_admin(Server& server);

}  // namespace ravelin::server
