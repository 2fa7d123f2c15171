#include "proxy/encode.h"

#include <algorithm>
#include <array>

#include "http/fields.h"
#include "proxy/encode_accept.h"

namespace ravelin::proxy {
namespace {

constexpr std::string_view event_stream = "text/event-stream";
constexpr std::string_view grpc = "application/grpc";

// Digests of what is no longer sent. Repr-Digest, too, is of the bytes after content coding (RFC 9530
// section 3), and so were Digest (RFC 3230) and Content-MD5.
constexpr std::array<std::string_view, 4> digests{"content-digest", "repr-digest", "digest", "content-md5"};

bool is_digest(const Field& field) { return std::find(digests.begin(), digests.end(), field.name) != digests.end(); }

bool has_item(const HeaderList& fields, std::string_view name, std::string_view item) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const Field& field) { return field.name == name && http::list_has(field.value, item); });
}

// RFC 9111 sections 5.2.1.6 and 5.2.2.6: either side may forbid it.
bool forbids_change(const HeaderList& fields) { return has_item(fields, "cache-control", "no-transform"); }

// RFC 9110 section 12.5.5. One field, and the name in it once.
void add_vary(HeaderList& fields) {
  if (has_item(fields, "vary", "accept-encoding") || has_item(fields, "vary", "*")) return;
  std::string names;
  for (const Field& field : fields)
    if (field.name == "vary" && !field.value.empty()) names.append(field.value).append(", ");
  fields.set("vary", names + "Accept-Encoding");
}

bool is_weak(std::string_view etag) { return etag.substr(0, 2) == "W/"; }

// The coded bytes are not those that the origin's strong tag names (RFC 9110 section 8.8.1).
void weaken_etag(HeaderList& fields) {
  const auto etag = fields.find("etag");
  if (etag && !is_weak(*etag)) fields.set("etag", "W/" + std::string(*etag));
}

// What is said of the origin's bytes is not so of the coded ones.
void disown_length(ResponseHead& head) {
  head.fields.remove_if([](const Field& field) { return field.name == "accept-ranges" || is_digest(field); });
  weaken_etag(head.fields);
  if (head.body != BodyKind::none) head.body = head.status == 304 ? BodyKind::none : BodyKind::streamed;
  head.body_size = 0;
}

// The client asks about what it may have got from us under a weak tag. With the strong one of the origin a cache
// would not find what it has stored, or take it for the origin's (RFC 9111 section 4.3.4).
void answer_validation(const RequestHead& request, bool wants_coding, ResponseHead& head) {
  HeaderList& fields = head.fields;
  const auto etag = fields.find("etag");
  const auto asked = request.fields.find("if-none-match");
  const bool may_be_coded = wants_coding && (asked || request.fields.has("if-modified-since"));
  const bool has_own_tag = asked && etag && !is_weak(*etag);
  if (has_own_tag ? asked->find("W/" + std::string(*etag)) != std::string_view::npos : may_be_coded)
    disown_length(head);
}

void mark_coded(ResponseHead& head, Coding coding) {
  disown_length(head);
  head.fields.add_view("content-encoding", name_of(coding));
}

std::string_view media_type_of(const HeaderList& fields) {
  const std::string_view value = fields.find("content-type").value_or("");
  return http::trim(value.substr(0, value.find(';')));
}

bool matches(std::string_view type, std::string_view pattern) {
  if (pattern.back() != '*') return http::equals_ignoring_case(type, pattern);
  pattern.remove_suffix(1);
  return type.size() > pattern.size() && http::equals_ignoring_case(type.substr(0, pattern.size()), pattern);
}

bool is_grpc(std::string_view type) { return http::equals_ignoring_case(type.substr(0, grpc.size()), grpc); }

}  // namespace

Compression::Compression(const config::Compression& section, std::size_t most_encoders,
                         const observe::CompressionMetrics& metrics)
    : codings_(section.codings),
      types_(section.types),
      takes_event_streams_(std::find(types_.begin(), types_.end(), event_stream) != types_.end()),
      min_size_(section.min_size.bytes),
      level_(section.level),
      most_encoders_(most_encoders),
      metrics_(metrics) {}

std::optional<Coding> Compression::wanted(const RequestHead& request) const {
  if (forbids_change(request.fields)) return std::nullopt;
  return AcceptEncoding(request.fields).choose(codings_);
}

EncoderPool::Lease Compression::begin(Exchange& exchange, std::optional<Coding> wanted, EncoderPool& pool) const {
  const RequestHead& request = exchange.request();
  ResponseHead& head = exchange.response();
  if (head.status == 304) answer_validation(request, wanted.has_value(), head);
  // As the 200 has it, or may have: a 304 does not say of what type it is (RFC 9110 sections 15.3.7, 15.4.5).
  if (head.status == 304 || (head.status == 206 && has_type_for_it(head.fields))) add_vary(head.fields);
  if (!may_code(request, head)) return {};
  add_vary(head.fields);
  if (!wanted) return {};
  EncoderPool::Lease encoder;
  if (request.method != "HEAD") {
    encoder = pool.take(*wanted, level_of(*wanted), most_encoders_);
    if (!encoder) {
      metrics_.exhausted.add(exchange.loop());
      return {};
    }
  }
  mark_coded(head, *wanted);
  return encoder;
}

void Compression::strip(HeaderList& trailers) {
  trailers.remove_if([](const Field& field) { return field.name == "etag" || is_digest(field); });
}

// Parts of a representation would be parts of the coded one (RFC 9110 section 14.4), and what goes
// through a tunnel is no representation.
bool Compression::may_code(const RequestHead& request, const ResponseHead& head) const {
  const bool has_content = head.status >= 200 && head.status != 204 && head.status != 205 && head.status != 206 &&
                           head.status != 304 && request.method != "CONNECT" && request.protocol.empty();
  return has_content && !head.fields.has("content-encoding") && !head.fields.has("content-range") &&
         has_size_for_it(request, head) && has_type_for_it(head.fields) && !forbids_change(head.fields);
}

// A size that is not known may be any. The answer to HEAD need not tell it.
bool Compression::has_size_for_it(const RequestHead& request, const ResponseHead& head) const {
  switch (head.body) {
    case BodyKind::none: return request.method == "HEAD";
    case BodyKind::sized: return head.body_size > 0 && head.body_size >= min_size_;
    default: return true;
  }
}

bool Compression::has_type_for_it(const HeaderList& fields) const {
  const std::string_view type = media_type_of(fields);
  if (is_grpc(type)) return false;
  if (!takes_event_streams_ && http::equals_ignoring_case(type, event_stream)) return false;
  return std::any_of(types_.begin(), types_.end(), [&](const std::string& pattern) { return matches(type, pattern); });
}

std::uint32_t Compression::level_of(Coding coding) const {
  switch (coding) {
    case Coding::gzip: return level_.gzip;
    case Coding::br: return level_.br;
    case Coding::zstd: return level_.zstd;
  }
  return 0;
}

}  // namespace ravelin::proxy
