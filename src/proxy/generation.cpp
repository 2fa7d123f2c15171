#include "proxy/generation.h"

namespace ravelin::proxy {
namespace {

http::Limits make_limits(const config::Limits& limits) {
  http::Limits made;
  made.head = limits.request_head.bytes;
  made.fields = limits.request_fields;
  made.uri = limits.request_uri.bytes;
  made.window = limits.stream_window.bytes;
  made.streams = limits.streams_per_connection;
  made.requests = limits.keepalive_requests;
  made.flood_points = limits.flood_points;
  return made;
}

connection::Deadlines make_deadlines(const config::Limits& limits) {
  connection::Deadlines made;
  made.open = limits.handshake_timeout;
  made.head = limits.head_timeout;
  made.idle = limits.keepalive_idle;
  made.write = limits.response_idle;
  made.write_rate = limits.response_min_rate.bytes;
  return made;
}

}  // namespace

Generation::Generation(std::unique_ptr<config::Config> loaded)
    : config(std::move(loaded)),
      identity(config->client_identity),
      client_limits(make_limits(config->limits)),
      client_deadlines(make_deadlines(config->limits)),
      router(config->routes) {}

const ErrorPage* Generation::find_error_page(const Route* route, int status) const {
  const ErrorPage* const own = route != nullptr ? route->error_pages.find(status) : nullptr;
  return own != nullptr ? own : error_pages.find(status);
}

}  // namespace ravelin::proxy
