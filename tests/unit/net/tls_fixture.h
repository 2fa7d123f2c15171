#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "net/certificates.h"
#include "net/openssl.h"
#include "net/tls_transport.h"
#include "net_fixture.h"

namespace ravelin::net::test {

enum class KeyType : std::uint8_t { ecdsa, rsa };

/// Issue says what a test certificate is to be like.
struct Issue {
  std::vector<std::string> names;
  KeyType type = KeyType::ecdsa;
  int days = 30;  // until it ends, from now; negative: it has ended
};

/// TestCertificates is a folder of certificates that is removed with it.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();

  /// A self-signed certificate in NAME.crt with its key in NAME.key.
  config::Certificate issue(const std::string& name, const Issue& issue);
  std::string path(const std::string& file) const { return (folder_ / file).string(); }
  void write(const std::string& file, const std::string& text) const;
  std::string read(const std::string& file) const;

 private:
  std::filesystem::path folder_;
};

/// ClientOptions is what a test client asks for.
struct ClientOptions {
  std::string server_name = {};
  std::vector<std::string> protocols = {};
  int version = 0;                // the only one it speaks; 0: any
  const char* ciphers = nullptr;  // of TLS 1.2
  const char* suites = nullptr;   // of TLS 1.3
  const char* groups = nullptr;   // the first is the one it guesses
  SSL_SESSION* session = nullptr;
};

/// TlsClient is OpenSSL's own client on a non-blocking socket.
class TlsClient {
 public:
  TlsClient(Socket socket, const ClientOptions& options);
  ~TlsClient();

  /// Shakes hands, then sends `out` and receives into `in`, as far as that goes now.
  void step();
  void close_notify() { SSL_shutdown(ssl_.get()); }
  SSL* ssl() { return ssl_.get(); }
  const Socket& socket() const { return socket_; }
  bool is_connected() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  /// What the first certificate it was shown is issued to.
  std::string shown_name() const;
  KeyType shown_type() const;
  std::string protocol() const;
  /// The alert the server sent, as OpenSSL calls it; empty if none.
  const std::string& alert() const { return alert_; }
  SSL_SESSION* session() const { return session_; }

  std::string out;
  std::string in;
  bool has_ended = false;  // with close_notify
  bool has_failed = false;

 private:
  void note_failure(int result);

  Socket socket_;
  SslContextPtr context_;
  SslPtr ssl_;
  std::string alert_;
  SSL_SESSION* session_ = nullptr;  // the latest that may be resumed
};

/// The record that such a client begins with.
std::string make_hello(const ClientOptions& options);

/// TlsServer is a loop, a pool and a set of certificates, and one connection at a time.
class TlsServer {
 public:
  TlsServer(config::Tls tls, std::vector<config::Protocol> protocols);

  /// Both ends of a new connection.
  TlsClient& connect(const ClientOptions& options);
  /// A server's end whose other end is a bare socket.
  Socket connect_raw();
  /// Turns until both ends have nothing to do.
  void run();
  /// One turn of the server.
  void turn();
  void disconnect();

  std::unique_ptr<event::EventLoop> loop = make_loop();
  BlockPool pool;
  TicketKeys tickets;
  std::unique_ptr<const Certificates> certificates;
  TlsTransport* transport = nullptr;
  std::unique_ptr<End> end;
  std::unique_ptr<TlsClient> client;

 private:
  Socket make_end();
};

}  // namespace ravelin::net::test
