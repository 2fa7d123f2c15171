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

}  // namespace

// RFC 6455 section 4.2.2.
std::string websocket_accept(std::string_view key) {
  return base64(sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

void prepare_websocket(RequestHead& request, std::string_view id) {
  if (request.protocol != "websocket" || request.version != Version::http2) return;
  if (!request.fields.has("sec-websocket-key"))
    request.fields.add("sec-websocket-key", base64(sha1(id).substr(0, key_size)));
}

Result<void> settle_websocket(const RequestHead& request, ResponseHead& response) {
  const bool is_same_version = (request.version == Version::http2) == (response.version == Version::http2);
  if (request.protocol != "websocket" || is_same_version) return {};
  const std::string accept = websocket_accept(request.fields.find("sec-websocket-key").value_or(""));
  if (request.version != Version::http2) {
    response.fields.set("sec-websocket-accept", accept);
    return {};
  }
  if (response.fields.find("sec-websocket-accept") != accept)
    return Error{"upstream:bad_response", "the upstream's Sec-WebSocket-Accept does not answer its key", Side::upstream,
                 502};
  response.fields.remove("sec-websocket-accept");
  return {};
}

}  // namespace ravelin::proxy
