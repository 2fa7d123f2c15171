#include "proxy/upgrade.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace ravelin::proxy {
namespace {

constexpr std::size_t key_size = 16;  // bytes, before they are coded (RFC 6455 section 4.1)

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

std::string sha1(std::string_view text) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

// In base64; what its unused bits are does not matter.
bool is_key(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return text.size() == 24 && text.find_first_not_of(digits) == 22 && text.ends_with("==");
}

}  // namespace

bool is_whole_handshake(const RequestHead& request) {
  if (request.protocol != "websocket") return true;
  const HeaderList& fields = request.fields;
  if (fields.count("sec-websocket-version") != 1 || fields.find("sec-websocket-version") != "13") return false;
  if (request.version == Version::http2) return true;
  return fields.count("sec-websocket-key") == 1 && is_key(*fields.find("sec-websocket-key"));
}

// RFC 6455 section 4.2.2.
std::string websocket_accept(std::string_view key) {
  return base64(sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

void prepare_websocket(RequestHead& request, std::string_view id) {
  if (request.protocol != "websocket" || request.version != Version::http2) return;
  request.fields.set("sec-websocket-key", base64(sha1(id).substr(0, key_size)));
}

Result<void> settle_websocket(const RequestHead& request, ResponseHead& response) {
  if (request.protocol != "websocket") return {};
  const std::string accept = websocket_accept(request.fields.find("sec-websocket-key").value_or(""));
  if (response.version == Version::http2) {
    if (request.version != Version::http2) response.fields.set("sec-websocket-accept", accept);
    return {};
  }
  if (response.fields.find("sec-websocket-accept") != accept)
    return Error{"upstream:bad_response", "the upstream's Sec-WebSocket-Accept does not answer its key", Side::upstream,
                 502};
  if (request.version == Version::http2) response.fields.remove("sec-websocket-accept");
  return {};
}

}  // namespace ravelin::proxy
