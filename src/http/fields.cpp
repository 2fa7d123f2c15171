#include "http/fields.h"

#include <algorithm>
#include <array>
#include <string>

#include "http/chars.h"
#include "http/wide_text.h"

namespace ravelin::http {

namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 33> identity_names{"forwarded",
                                                          "x-real-ip",
                                                          "x-client-ip",
                                                          "true-client-ip",
                                                          "x-cluster-client-ip",
                                                          "client-cert",
                                                          "client-cert-chain",
                                                          "cf-connecting-ip",
                                                          "x-request-id",
                                                          "x-original-forwarded-for",
                                                          "x-remote-user",
                                                          "x-remote-addr",
                                                          "x-client-cn",
                                                          "x-client-dn",
                                                          "x-client-verify",
                                                          "x-forwarded",
                                                          "x-scheme",
                                                          "x-url-scheme",
                                                          "front-end-https",
                                                          "x-originating-ip",
                                                          "fastly-client-ip",
                                                          "x-arr-clientcert",
                                                          "client-ip",
                                                          "remote-user",
                                                          "remote-addr",
                                                          "x-remote-ip",
                                                          "proxy-client-ip",
                                                          "wl-proxy-client-ip",
                                                          "x-client-s-dn",
                                                          "x-azure-clientip",
                                                          "x-azure-socketip",
                                                          "fly-client-ip",
                                                          "x-envoy-external-address"};

constexpr std::array<std::string_view, 6> identity_prefixes{"x-forwarded-",  "x-ssl-",       "ssl-client-",
                                                            "x-client-cert", "x-amzn-mtls-", "x-tls-client-"};

constexpr std::array<std::string_view, 40> no_trailer_names{
    // request modifiers and conditions
    "cache-control", "expect", "max-forwards", "pragma", "range", "if-match", "if-none-match", "if-modified-since",
    "if-unmodified-since", "if-range", "early-data", "x-http-method-override", "x-method-override", "x-original-url",
    "x-rewrite-url",
    // authentication and state
    "authorization", "www-authenticate", "authentication-info", "cookie", "set-cookie", "origin", "referer",
    // response control
    "age", "date", "expires", "location", "retry-after", "vary", "warning", "server", "refresh",
    "strict-transport-security", "clear-site-data",
    // how to read the content
    "content-encoding", "content-type", "content-range", "content-language", "content-location", "content-disposition",
    "content-security-policy"};

// By the first two letters first: hardly any other field begins like one of these.
constexpr bool begins_like_identity(std::string_view name) {
  if (name.size() < 2) return false;
  switch (name[0]) {
    case 'c': return name[1] == 'f' || name[1] == 'l';
    case 'f': return name[1] == 'o' || name[1] == 'r' || name[1] == 'a' || name[1] == 'l';
    case 'p': return name.starts_with("proxy-c");
    case 'r': return name.starts_with("rem");
    case 's': return name[1] == 's';
    case 't': return name[1] == 'r';
    case 'w': return name[1] == 'l';
    case 'x': return name[1] == '-';
    default: return false;
  }
}

static_assert(std::all_of(identity_names.begin(), identity_names.end(), begins_like_identity));
static_assert(std::all_of(identity_prefixes.begin(), identity_prefixes.end(), begins_like_identity));

bool is_dashed_form(std::string_view odd_name, std::string_view name) {
  return std::equal(odd_name.begin(), odd_name.end(), name.begin(), name.end(), [](char odd_char, char c) {
    return odd_char == c || (c == '-' && (chars::name_class(odd_char) & chars::odd) != 0);
  });
}

bool is_twin(std::string_view odd_name, const HeaderList& fields) {
  std::string dashed(odd_name);
  std::replace_if(
      dashed.begin(), dashed.end(), [](char c) { return (chars::name_class(c) & chars::odd) != 0; }, '-');
  if (is_owned(dashed) || is_identity(dashed)) return true;
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return !is_odd_name(field.name) && is_dashed_form(odd_name, field.name);
  });
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), chars::is_token_char);
}

bool is_lower_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (chars::name_class(c) & 0xff) == static_cast<unsigned char>(c) && c != '\0';
  });
}

bool is_field_value(std::string_view text) {
  if (text.size() >= wide_text) return !is_any_of(text, chars::has_control);
  const char* const end = text.data() + text.size();
  return chars::find_control(text.data(), end) == end;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && chars::is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && chars::is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return chars::to_lower(a) == b; });
}

// By length first: most names are told apart by it alone.
std::string_view lower_copy(Arena& arena, std::string_view text) {
  auto* const to = static_cast<char*>(arena.allocate(text.size()));
  std::transform(text.begin(), text.end(), to, chars::to_lower);
  return {to, text.size()};
}

bool is_hop_by_hop(std::string_view lower_name) {
  switch (lower_name.size()) {
    case 2: return lower_name == "te";
    case 7: return lower_name == "upgrade" || lower_name == "trailer";
    case 10: return lower_name == "connection" || lower_name == "keep-alive";
    case 14: return lower_name == "http2-settings";
    case 16: return lower_name == "proxy-connection";
    case 17: return lower_name == "transfer-encoding";
    case 18: return lower_name == "proxy-authenticate";
    case 19: return lower_name == "proxy-authorization";
    case 25: return lower_name == "proxy-authentication-info";
    default: return false;
  }
}

bool is_owned(std::string_view lower_name) {
  if (lower_name.size() == 4) return lower_name == "host";
  return is_hop_by_hop(lower_name) || lower_name == "content-length";
}

bool is_identity(std::string_view lower_name) {
  if (!begins_like_identity(lower_name)) return false;
  return is_one_of(identity_names, lower_name) ||
         std::any_of(identity_prefixes.begin(), identity_prefixes.end(),
                     [&](std::string_view prefix) { return lower_name.substr(0, prefix.size()) == prefix; });
}

bool may_be_connection_option(std::string_view lower_name) {
  constexpr std::array<std::string_view, 7> for_all{"host",   "authorization", "cookie", "cache-control",
                                                    "accept", "user-agent",    "via"};
  return !is_one_of(for_all, lower_name) && !is_identity(lower_name) && lower_name != "transfer-encoding" &&
         lower_name.substr(0, 8) != "content-";
}

bool may_be_trailer(std::string_view lower_name) {
  return !is_owned(lower_name) && !is_identity(lower_name) && !is_one_of(no_trailer_names, lower_name);
}

std::optional<std::string_view> ListItems::next() {
  while (!rest_.empty()) {
    const std::size_t comma = std::min(rest_.find(','), rest_.size());
    const std::string_view item = trim(rest_.substr(0, comma));
    rest_.remove_prefix(std::min(comma + 1, rest_.size()));
    if (!item.empty()) return item;
  }
  return std::nullopt;
}

bool list_has(std::string_view list, std::string_view lower_token) {
  ListItems items(list);
  while (const auto item = items.next())
    if (equals_ignoring_case(*item, lower_token)) return true;
  return false;
}

bool is_odd_name(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) { return (chars::name_class(c) & chars::odd) != 0; });
}

Result<void> screen_odd_names(HeaderList& fields) {
  bool has_odd = false;
  for (const Field& field : fields) {
    if (!is_odd_name(field.name)) continue;
    has_odd = true;
    if (is_twin(field.name, fields))
      return Error{"http:odd_field_name",
                   "the field '" + std::string(field.name) + "' could pass for another field at the origin",
                   Side::client, 400};
  }
  if (has_odd) fields.remove_if([](const Field& field) { return is_odd_name(field.name); });
  return {};
}

}  // namespace ravelin::http
