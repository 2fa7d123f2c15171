#include "observe/decision_ring.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/json_buffer.h"
#include "observe/event_fields.h"
#include "observe/masking.h"
#include "observe/record_codec.h"

namespace ravelin::observe {

namespace {

// Bounds of one record; their sum is below longest_record.
constexpr std::size_t long_text = 512;   // path, query, details
constexpr std::size_t short_text = 128;  // names, reasons, ids, host
constexpr std::size_t most_hops = 8;
constexpr std::size_t most_decisions = 16;
constexpr std::size_t most_incidents = 4;
constexpr std::size_t most_rules = 32;
constexpr std::size_t rule_id = 16;

constexpr std::size_t fixed_part = 512;  // numbers, lengths, times, two addresses
constexpr std::size_t engine_name = 16;
constexpr std::size_t decision_size = 2 * short_text + long_text + 256 + engine_name + 24;
constexpr std::size_t incident_size = 3 * short_text + long_text + most_rules * (rule_id + 2) + 32;
static_assert(fixed_part + 3 * long_text + 12 * short_text + most_hops * 32 + most_decisions * decision_size +
                  most_incidents * incident_size <=
              DecisionRing::longest_record);

void write_address(RecordWriter& writer, const Address& address) {
  writer.value(address.family());
  writer.value(address.bytes());
}

Address read_address(RecordReader& reader) {
  const auto family = reader.value<Address::Family>();
  const auto bytes = reader.value<std::array<std::uint8_t, 16>>();
  switch (family) {
    case Address::Family::v4: return Address::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
    case Address::Family::v6: return Address::v6(bytes);
    case Address::Family::none: break;
  }
  return {};
}

void write_peer(RecordWriter& writer, const Peer& peer) {
  write_address(writer, peer.address.address);
  writer.value(peer.address.port);
  write_address(writer, peer.client);
  writer.value(peer.known_by);
  writer.text(peer.listener, short_text);
  const auto hops = static_cast<std::uint8_t>(std::min(peer.hops.size(), most_hops));
  writer.value(hops);
  for (std::size_t i = 0; i < hops; ++i) write_address(writer, peer.hops[i]);
}

void write_request(RecordWriter& writer, const Exchange& exchange) {
  const RequestHead& request = exchange.request();
  writer.value(request.version);
  writer.text(request.method, short_text);
  writer.text(request.host, short_text);
  writer.text(request.path, long_text);
  writer.text(request.query, long_text);
  writer.value(exchange.request_body_bytes);
  writer.text(exchange.tls().version, short_text);
  writer.text(exchange.tls().server_name, short_text);
}

void write_outcome(RecordWriter& writer, const Exchange& exchange) {
  writer.value(static_cast<std::uint16_t>(exchange.has_response() ? exchange.response().status : 0));
  writer.value(exchange.response_body_bytes);
  writer.value(exchange.attempts);
  writer.text(exchange.route, short_text);
  writer.text(exchange.upstream, short_text);
  writer.text(exchange.endpoint, short_text);
  writer.text(exchange.reason, short_text);
  writer.text(exchange.ended_by, short_text);
  writer.value(exchange.times);
}

// When there are too many the last ones are kept: they decided.
template <class List, class Write>
void write_list(RecordWriter& writer, const List& list, std::size_t most, Write write) {
  const auto count = static_cast<std::uint8_t>(std::min(list.size(), most));
  writer.value(count);
  for (std::size_t i = list.size() - count; i < list.size(); ++i) write(list[i]);
}

void write_decisions(RecordWriter& writer, const Exchange& exchange) {
  const char* file = nullptr;  // mostly the same for all: written once, empty means as before
  write_list(writer, exchange.decisions, most_decisions, [&](const Decision& decision) {
    const bool is_same_file = std::exchange(file, decision.place.file.data()) == decision.place.file.data();
    writer.value(decision.kind);
    writer.value(decision.place.line);
    writer.text(decision.module, short_text);
    writer.text(decision.reason, short_text);
    writer.text(decision.detail, long_text);
    writer.text(is_same_file ? std::string_view() : decision.place.file, 256);
    writer.text(decision.judged.engine, engine_name);
    writer.value(decision.judged.is_rechecked);
  });
}

void write_incidents(RecordWriter& writer, const Exchange& exchange) {
  write_list(writer, exchange.incidents, most_incidents, [&](const Incident& incident) {
    writer.value(incident.action);
    writer.value(incident.score);
    writer.text(incident.module, short_text);
    writer.text(incident.reason, short_text);
    writer.text(incident.rule_name, short_text);
    writer.text(incident.detail, long_text);
    const std::span<const std::string> rules(incident.rules);  // the first one decided
    write_list(writer, rules.first(std::min(rules.size(), most_rules)), most_rules,
               [&](const std::string& rule) { writer.text(rule, rule_id); });
  });
}

void member(JsonBuffer& json, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  json.name(name);
  json.string(value);
}

void render_address(JsonBuffer& json, const Address& address) {
  json.literal("\"");
  json.address(address);
  json.literal("\",");
}

void render_peer(JsonBuffer& json, RecordReader& reader) {
  SocketAddress peer;
  peer.address = read_address(reader);
  peer.port = reader.value<std::uint16_t>();
  const Address client = read_address(reader);
  const auto known_by = reader.value<ClientSource>();
  member(json, "peer", peer.to_string());
  member(json, "client", client.to_string());
  member(json, "client_known_by", to_string(known_by));
  member(json, "listener", reader.text());
  json.literal("\"hops\":[");
  for (auto hops = reader.value<std::uint8_t>(); hops > 0; --hops) render_address(json, read_address(reader));
  json.close(']');
}

void render_request(JsonBuffer& json, RecordReader& reader) {
  json.literal("\"request\":{");
  member(json, "version", to_string(reader.value<Version>()));
  member(json, "method", reader.text());
  member(json, "host", reader.text());
  member(json, "path", mask_path(reader.text()));
  member(json, "query", mask_query(reader.text()));
  json.literal("\"body_bytes\":");
  json.number(reader.value<std::uint64_t>());
  json.close('}');
  json.literal("\"tls\":{");
  member(json, "version", reader.text());
  member(json, "server_name", reader.text());
  json.close('}');
}

void render_outcome(JsonBuffer& json, RecordReader& reader) {
  json.literal("\"status\":");
  json.number(reader.value<std::uint16_t>());
  json.literal("\"response_body_bytes\":");
  json.number(reader.value<std::uint64_t>());
  json.literal("\"attempts\":");
  json.number(reader.value<unsigned>());
  member(json, "route", reader.text());
  member(json, "upstream", reader.text());
  member(json, "endpoint", reader.text());
  member(json, "reason", reader.text());
  member(json, "ended_by", reader.text());
  const auto times = reader.value<Times>();
  json.literal("\"duration\":");
  json.number(duration_of(times));
  json.literal("\"times\":{");
  visit_times(times, [&](const auto& name, std::int64_t nanoseconds) {
    json.literal(name);
    json.number(nanoseconds);
  });
  json.close('}');
}

void render_decisions(JsonBuffer& json, RecordReader& reader) {
  json.literal("\"decisions\":[");
  std::string_view file;
  for (auto count = reader.value<std::uint8_t>(); count > 0; --count) {
    json.literal("{");
    const auto kind = reader.value<DecisionKind>();
    const int line = reader.value<int>();
    member(json, "module", reader.text());
    member(json, "verdict", to_string(kind));
    member(json, "reason", reader.text());
    member(json, "detail", mask_text(reader.text()));
    if (const std::string_view other = reader.text(); !other.empty()) file = other;
    if (line > 0) member(json, "place", std::string(file) + ":" + std::to_string(line));
    member(json, "engine", reader.text());
    if (reader.value<bool>()) json.literal("\"rechecked\":true,");
    json.close('}');
  }
  json.close(']');
}

void render_incidents(JsonBuffer& json, RecordReader& reader) {
  json.literal("\"incidents\":[");
  for (auto count = reader.value<std::uint8_t>(); count > 0; --count) {
    json.literal("{");
    member(json, "action", to_string(reader.value<Action>()));
    json.literal("\"score\":");
    json.number(reader.value<int>());
    member(json, "module", reader.text());
    member(json, "reason", reader.text());
    member(json, "rule_name", reader.text());
    member(json, "detail", mask_text(reader.text()));
    json.literal("\"rules\":[");
    for (auto rules = reader.value<std::uint8_t>(); rules > 0; --rules) json.string(reader.text());
    json.close(']');
    json.close('}');
  }
  json.close(']');
}

std::string render(std::string_view record) {
  RecordReader reader(record);
  JsonBuffer json;
  json.literal("{");
  member(json, "id", reader.text());
  json.literal("\"time\":\"");
  json.timestamp(WallTime(Duration(reader.value<std::int64_t>())));
  json.literal("\",");
  render_peer(json, reader);
  render_request(json, reader);
  render_outcome(json, reader);
  render_decisions(json, reader);
  render_incidents(json, reader);
  json.close('}');
  json.end();
  return std::string(json.view());
}

}  // namespace

DecisionRing::DecisionRing(std::size_t records, std::size_t bytes)
    : entries_(std::max<std::size_t>(records, 1)),
      bytes_(std::max(bytes, 2 * longest_record)),
      memory_(new char[bytes_]) {}

void DecisionRing::record(const Exchange& exchange, WallTime now) {
  char* const begin = make_room();
  RecordWriter writer(begin);
  writer.text(exchange.id(), short_text);
  writer.value(static_cast<std::int64_t>(now.time_since_epoch().count()));
  write_peer(writer, exchange.peer());
  write_request(writer, exchange);
  write_outcome(writer, exchange);
  write_decisions(writer, exchange);
  write_incidents(writer, exchange);

  Entry& entry = entries_[(oldest_ + size_) % entries_.size()];
  entry.offset = static_cast<std::uint32_t>(head_);
  entry.size = static_cast<std::uint32_t>(writer.end() - begin);
  head_ += entry.size;
  ++size_;
  fetch_next();
}

// The ring is larger than the processor's cache: what the next record will be written over is fetched
// while the next request is on its way.
void DecisionRing::fetch_next() const {
  constexpr std::size_t usual_record = 384;
  constexpr std::size_t line = 64;
  if (bytes_ - head_ < usual_record) return;
  for (std::size_t at = 0; at < usual_record; at += line) __builtin_prefetch(memory_.get() + head_ + at, 1);
}

// Room for the longest record at head_, in one piece: the oldest that are in the way go.
char* DecisionRing::make_room() {
  if (bytes_ - head_ < longest_record) {
    while (size_ > 0 && entries_[oldest_].offset >= head_) drop_oldest();
    head_ = 0;
  }
  const auto is_in_the_way = [&](const Entry& entry) {
    return entry.offset >= head_ && entry.offset < head_ + longest_record;
  };
  while (size_ == entries_.size() || (size_ > 0 && is_in_the_way(entries_[oldest_]))) drop_oldest();
  return memory_.get() + head_;
}

void DecisionRing::drop_oldest() {
  oldest_ = (oldest_ + 1) % entries_.size();
  --size_;
}

std::string_view DecisionRing::record_at(std::size_t index) const {
  const Entry& entry = entries_[(oldest_ + index) % entries_.size()];
  return {memory_.get() + entry.offset, entry.size};
}

std::optional<std::string> DecisionRing::find_json(std::string_view id) const {
  for (std::size_t i = size_; i-- > 0;) {
    const std::string_view record = record_at(i);
    if (RecordReader(record).text() == id) return render(record);
  }
  return std::nullopt;
}

}  // namespace ravelin::observe
