#include "net/tls_transport.h"

#include <malloc.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "net/tls_error.h"

namespace ravelin::net {

namespace {

constexpr std::size_t record_size = 16 * 1024;  // most plaintext in one record (RFC 8446 section 5.1)
constexpr std::size_t large_slice = record_size - record_size / 16;
constexpr std::size_t seal_ahead = 64 * 1024;  // sealed bytes collected for one system call
constexpr std::size_t short_rest = 512;        // what is left of a turn's bytes goes with the others
constexpr std::size_t most_records = 128;      // opened for one read
constexpr std::size_t least_room = 4096;       // less at the end of a block is not worth a call of OpenSSL

// What an origin says by closing may have been cut short by anyone on the way.
Error truncated_by_origin() {
  return {"upstream:truncated", "the upstream closed the connection without saying so in TLS", Side::upstream, 502};
}

Error closed_by_origin() {
  return {"upstream:closed", "the upstream closed the connection during the TLS handshake", Side::upstream, 502};
}

}  // namespace

TlsTransport::TlsTransport(event::EventLoop& loop, Socket socket, BlockPool& pool, const Certificates& certificates)
    : wire_(loop, std::move(socket)), received_(pool), sealed_(pool), ssl_(certificates.accept(record_)) {
  attach();
}

TlsTransport::TlsTransport(event::EventLoop& loop, Socket connecting, BlockPool& pool, const Dial& dial)
    : wire_(loop, std::move(connecting), dial.address),
      received_(pool),
      sealed_(pool),
      ssl_(dial.tls->connect(record_, std::string(dial.server_name), *dial.sessions)) {
  sealed_.append(dial.preamble);
  attach();
}

void TlsTransport::attach() {
  auto bio = ssl_ == nullptr ? nullptr : make_cipher_bio(*this);
  if (bio == nullptr) {
    fail({"local:memory", "no memory for a TLS connection; lower limits.client_connections", Side::local, 503});
    return;
  }
  BIO* const both = bio.release();
  SSL_set_bio(ssl_.get(), both, both);
}

TlsTransport::~TlsTransport() = default;

// OpenSSL 3.0 needs 8 KiB for an SSL, of which half is for what is never used here (pipelines), and most of the rest
// for the handshake. It is one piece of malloc()'s memory, the pages of which are nobody else's.
void TlsTransport::rest() {
  if (state_ != State::open || packed_ != nullptr) return;
  packed_ = PackedPages::pack(ssl_.get(), ::malloc_usable_size(ssl_.get()));
}

SSL* TlsTransport::ssl() const {
  packed_.reset();
  return ssl_.get();
}

IoStatus TlsTransport::read(Chain& into, std::size_t budget) {
  if (state_ == State::failed) return IoStatus::failed;
  if (state_ == State::handshaking)
    if (const IoStatus status = shake_hands(); status != IoStatus::open) return status;
  forget_openssl_errors();
  // Records of a byte each would make much work of few bytes.
  const std::size_t most = records_ + most_records;
  for (budget_ = budget; budget_ > 0 && records_ < most; ++records_) {
    const auto room = into.reserve(std::min(budget_, least_room));
    const std::size_t asked = std::min(room.size(), budget_);
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl(), room.data(), asked, &got);
    into.commit(got);
    budget_ -= got;
    opened_ += got;
    if (result != 1 || is_abusive()) return stopped(result);
    if (got < asked && is_drained()) return IoStatus::blocked;
  }
  return IoStatus::open;
}

// OpenSSL reads not a byte ahead: once a record has been read to its end there is nothing but what is here.
bool TlsTransport::is_drained() const { return received_.is_empty() && !wire_.is_readable(); }

// Why OpenSSL gave no more plaintext.
IoStatus TlsTransport::stopped(int result) {
  if (wire_.is_failed()) return fail(wire_.error());
  if (is_abusive())
    return fail(
        {"tls:renegotiation", "the peer asked for a new handshake or new keys without need", wire_.side(), 502});
  switch (SSL_get_error(ssl(), result)) {
    case SSL_ERROR_WANT_READ: return IoStatus::blocked;
    case SSL_ERROR_ZERO_RETURN: return IoStatus::ended;
    default: break;
  }
  if (has_ended_ && ERR_peek_error() == 0) {
    if (is_origin()) return fail(is_send_broken_ ? Error(error_) : truncated_by_origin());
    is_deserted_ = true;
    error_ = {"tls:truncated", "the client closed the connection without saying so in TLS", Side::client};
    return IoStatus::ended;
  }
  return fail_by_tls();
}

// Renegotiation is never accepted, and new keys (TLS 1.3) cost a hundred times what asking for them
// does: a few at once, and then one in 64 KiB of data, where real clients need one in gigabytes.
bool TlsTransport::is_abusive() const {
  return record_.wants_renegotiation || record_.late_messages > 16 + (opened_ >> 16);
}

IoStatus TlsTransport::shake_hands() {
  forget_openssl_errors();
  const int result = SSL_do_handshake(ssl());
  if (result == 1) {
    finish_handshake();
    return IoStatus::open;
  }
  if (wire_.is_failed()) return fail(wire_.error());
  if (SSL_get_error(ssl(), result) == SSL_ERROR_WANT_READ) {
    const IoStatus status = flush();
    return status == IoStatus::open ? IoStatus::blocked : status;
  }
  if (has_ended_ && ERR_peek_error() == 0) {
    if (is_origin()) return fail(closed_by_origin());
    return fail({"tls:closed_early", "the client closed the connection during the TLS handshake", Side::client});
  }
  return fail_by_tls();
}

// What is sealed now, the session ticket in TLS 1.3, goes out with what the owner writes first.
void TlsTransport::finish_handshake() {
  state_ = State::open;
  record_.is_finished = true;
  info_.version = SSL_version(ssl()) == TLS1_3_VERSION ? "1.3" : "1.2";
  info_.cipher = SSL_get_cipher_name(ssl());
  info_.server_name = std::move(record_.server_name);
  info_.is_resumed = SSL_session_reused(ssl()) == 1;
}

std::string_view TlsTransport::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  if (ssl_ != nullptr) SSL_get0_alpn_selected(ssl(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

CipherEnds::Drawn TlsTransport::draw(std::span<std::byte> into) {
  if (is_abusive()) return {0, IoStatus::blocked};
  if (received_.is_empty()) {
    const IoStatus status = receive();
    if (received_.is_empty()) return {0, status};
  }
  const auto bytes = received_.front().bytes().first(std::min(into.size(), received_.front().size()));
  if (state_ == State::handshaking && !is_origin() && !guard_.admits(bytes, SSL_version(ssl()))) {
    fail({"tls:hello_too_large", "the client's hello claims more than 16 KiB", Side::client});
    return {0, IoStatus::failed};
  }
  std::memcpy(into.data(), bytes.data(), bytes.size());
  received_.consume(bytes.size());
  return {bytes.size(), IoStatus::open};
}

// No further ahead than the owner reads.
IoStatus TlsTransport::receive() {
  const bool expects_much = wire_.expects_much() && budget_ > Block::size;
  const auto got = wire_.receive_blocks(received_, expects_much ? 2 * Block::size : Block::size);
  has_ended_ |= got.status == IoStatus::ended;
  return got.status;
}

IoStatus TlsTransport::write(Chain& from) {
  if (state_ == State::failed) return IoStatus::failed;
  if (state_ == State::handshaking)
    if (const IoStatus status = shake_hands(); status != IoStatus::open) return status;
  is_deserted_ &= from.is_empty() && sealed_.is_empty();
  do {
    assert(wire_.is_writable() || wire_.is_failed() || !sealed_.is_empty());  // or this would not end
    if (wire_.is_writable() && !seal(from)) return fail_by_tls();
    if (const IoStatus status = flush(); status != IoStatus::open) return status;
  } while (!from.is_empty());
  return IoStatus::open;
}

// Seals what one system call is to take. False if OpenSSL refuses.
bool TlsTransport::seal(Chain& from) {
  forget_openssl_errors();
  while (!from.is_empty() && (sealed_.size() < seal_ahead || from.size() <= short_rest))
    if (seal_record(from) != 1) return false;
  return true;
}

// One record, as full as it gets: each costs 22 bytes and a call. A large slice is sealed where it is, even
// if that leaves the record short by what a block lacks to 32 KiB; small ones are gathered first.
int TlsTransport::seal_record(Chain& from) {
  std::size_t taken = 0;
  if (from.front().size() >= large_slice || from.front().size() == from.size()) {
    const int result = SSL_write_ex(ssl(), from.front().data(), std::min(from.front().size(), record_size), &taken);
    from.consume(taken);
    return result;
  }
  std::array<std::byte, record_size> gathered;
  std::size_t size = 0;
  for (auto slice = from.begin(); slice != from.end() && size < record_size; ++slice) {
    const std::size_t part = std::min(slice->size(), record_size - size);
    std::memcpy(gathered.data() + size, slice->data(), part);
    size += part;
  }
  const int result = SSL_write_ex(ssl(), gathered.data(), size, &taken);
  from.consume(taken);
  return result;
}

IoStatus TlsTransport::flush() {
  const IoStatus status = wire_.send(sealed_);
  if (status == IoStatus::failed && (wire_.is_failed() || state_ != State::open)) return fail(wire_.error());
  if (status == IoStatus::failed) {
    // What the peer said before it broke off may still be here to read.
    sealed_.clear();
    error_ = wire_.error();
    is_send_broken_ = true;
  }
  if (status == IoStatus::open && state_ == State::closing) {
    wire_.shut_write();
    state_ = State::closed;
  }
  return status;
}

// A peer that has left without a word waits for none: it would answer close_notify with a reset.
void TlsTransport::close_write() {
  if (state_ == State::handshaking) wire_.shut_write();
  if (state_ != State::open) return;
  forget_openssl_errors();
  if (!is_deserted_) SSL_shutdown(ssl());
  state_ = State::closing;
  flush();
}

IoStatus TlsTransport::fail_by_tls() { return fail(is_origin() ? take_origin_error(ssl()) : take_tls_error(record_)); }

// The alert that OpenSSL has for the peer, if any, goes out as far as it can.
IoStatus TlsTransport::fail(Error error) {
  if (state_ == State::failed) return IoStatus::failed;
  state_ = State::failed;
  error_ = std::move(error);
  if (wire_.send(sealed_) == IoStatus::open) wire_.shut_write();
  sealed_.clear();
  received_.clear();
  return IoStatus::failed;
}

std::unique_ptr<Transport> make_tls_transport(Socket socket, event::EventLoop& loop, BlockPool& pool,
                                              const Certificates& certificates) {
  return std::make_unique<TlsTransport>(loop, std::move(socket), pool, certificates);
}

}  // namespace ravelin::net
