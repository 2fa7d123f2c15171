// Measures what an idle TLS connection costs in resident memory, without HTTP on top:
//   idle_tls CERT KEY [CONNECTIONS] [1.2|1.3]
// A child process holds the clients; every connection has carried a request and an answer.

#include <malloc.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#include "event/event_loop.h"
#include "net/certificates.h"
#include "net/listener.h"
#include "net/tls_transport.h"

namespace {

using namespace ravelin;

double resident_kib() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

// The least a connection does: answers whatever comes.
struct Answerer final : net::TransportEvents {
  Answerer(net::Socket socket, event::EventLoop& loop, BlockPool& pool, const net::Certificates& certificates)
      : pool_(pool), transport(net::make_tls_transport(std::move(socket), loop, pool, certificates)) {
    transport->set_events(*this);
  }
  void on_ready(bool, bool) override {
    Chain in(pool_);
    Chain out(pool_);
    transport->read(in, 16384);
    if (!in.is_empty()) out.append("pong");
    transport->write(out);
    has_answered |= !in.is_empty();
  }

  BlockPool& pool_;
  std::unique_ptr<net::Transport> transport;
  bool has_answered = false;
};

struct Gateway final : net::AcceptEvents {
  void on_accept(net::Socket socket, const SocketAddress&) override {
    connections.push_back(std::make_unique<Answerer>(std::move(socket), *loop, pool, *certificates));
  }
  void on_accept_failed(const Error& error) override { std::fprintf(stderr, "%s\n", error.message.c_str()); }
  std::size_t answered() const {
    std::size_t count = 0;
    for (const auto& connection : connections) count += connection->has_answered ? 1 : 0;
    return count;
  }

  std::unique_ptr<event::EventLoop> loop = *event::EventLoop::make({});
  BlockPool pool;
  net::TicketKeys tickets;
  std::unique_ptr<const net::Certificates> certificates;
  std::vector<std::unique_ptr<Answerer>> connections;
};

// Connects, asks, waits for the answer, and stays.
void run_clients(const SocketAddress& to, int count, int version) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  for (int i = 0; i < count; ++i) {
    const int fd = net::start_connect(to)->release();
    SSL* const ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set_connect_state(ssl);
    char answer[8];
    bool has_asked = false;
    for (int result = 0; result <= 0;) {
      if (!has_asked) has_asked = SSL_write(ssl, "ping", 4) == 4;
      result = has_asked ? SSL_read(ssl, answer, sizeof answer) : 0;
      pollfd waiting{fd, POLLIN, 0};
      if (result <= 0) ::poll(&waiting, 1, 100);
    }
  }
  ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: idle_tls CERT KEY [CONNECTIONS] [1.2|1.3]\n"), 2;
  const int count = argc > 3 ? std::atoi(argv[3]) : 2000;
  const int version = argc > 4 && std::string_view(argv[4]) == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  Gateway gateway;
  config::Tls tls;
  tls.certificates.resize(1);
  tls.certificates[0].cert.path = argv[1];
  tls.certificates[0].key.path = argv[2];
  auto loaded = net::Certificates::load(tls, {config::Protocol::h2}, gateway.tickets, gateway.loop->wall());
  if (!loaded) return std::fprintf(stderr, "%s\n", loaded.error().message.c_str()), 1;
  gateway.certificates = *std::move(loaded);
  net::Listener listener(*gateway.loop, *net::listen_on(*SocketAddress::parse("127.0.0.1:0"), {}), gateway);
  if (!listener.resume()) return 1;
  const SocketAddress address = listener.address();

  const pid_t clients = ::fork();
  if (clients == 0) {
    run_clients(address, count + 100, version);
    std::_Exit(0);
  }
  while (gateway.answered() < 100) gateway.loop->turn(std::chrono::seconds(1));  // what is paid once
  const double before = resident_kib();
  while (gateway.answered() < static_cast<std::size_t>(count) + 100) gateway.loop->turn(std::chrono::seconds(1));
  for (int i = 0; i < 5; ++i) gateway.loop->turn(std::chrono::milliseconds(300));
  const double idle = resident_kib();
  for (const auto& connection : gateway.connections) connection->transport->rest();
  ::malloc_trim(0);
  std::printf("%d idle connections: %.2f KiB each (%.2f KiB at rest, after malloc_trim), TlsTransport %zu bytes\n",
              count, (idle - before) / count, (resident_kib() - before) / count, sizeof(net::TlsTransport));
  ::kill(clients, SIGKILL);
  ::waitpid(clients, nullptr, 0);
  gateway.connections.clear();
  return 0;
}
