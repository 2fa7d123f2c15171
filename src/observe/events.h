#pragma once

#include <string>
#include <string_view>

#include "ravelin/exchange.h"
#include "ravelin/store.h"

namespace ravelin::observe {

/// EventKind is which record a line belongs to; each has its own sinks.
enum class EventKind : unsigned char { access, security };

constexpr std::string_view to_string(EventKind kind) { return kind == EventKind::access ? "access" : "security"; }

/// Appends the access line of a finished exchange: one JSON object with ECS names, as promised in
/// docs/operations. Absent values are left out. The exchange must have a request. Secrets are masked.
void append_access(std::string& out, const Exchange& exchange, WallTime now);

/// Appends the security lines of a finished exchange, usually none: one per decision that refused,
/// detected or failed, with the incident of the same module and reason; and one per further incident.
/// Failures of an upstream or of the gateway, and requests without a route, are not security.
void append_security(std::string& out, const Exchange& exchange, WallTime now);

/// Appends the security line of a connection that was closed: at accept, by a limit, or because it broke the rules of
/// its protocol.
void append_refused_connection(std::string& out, const Peer& peer, std::string_view module, std::string_view reason,
                               WallTime now);

/// Appends the security line of what a module has found out about an exchange that may be over, at the time of its
/// request. Secrets are masked.
void append_late(std::string& out, const LateIncident& late);

/// Appends the security line of a ban that is not part of an exchange: set, lifted or imported by an
/// operator, or fed by a log.
void append_ban(std::string& out, const Ban& ban, Action action, WallTime now);

}  // namespace ravelin::observe
