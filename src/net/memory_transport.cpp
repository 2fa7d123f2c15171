#include "net/memory_transport.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>

namespace ravelin::net {

// One direction. Bytes are under way until a posted task delivers them.
struct MemoryTransport::Pipe {
  explicit Pipe(BlockPool& pool) : under_way(pool), delivered(pool) {}

  std::size_t size() const { return under_way.size() + delivered.size(); }

  Chain under_way;
  Chain delivered;
  bool is_ended = false;          // the writer has closed
  bool is_end_delivered = false;  // and the reader may know
  bool is_stalled = false;
  bool is_writer_blocked = false;
  bool is_posted = false;  // a delivery is on its way
};

struct MemoryTransport::Link {
  Link(Loop& on, BlockPool& pool, std::size_t size) : loop(on), capacity(size), pipes{Pipe(pool), Pipe(pool)} {}

  void deliver(End from) {
    Pipe& pipe = pipes[static_cast<std::size_t>(from)];
    pipe.is_posted = false;
    if (pipe.is_stalled) return;
    pipe.delivered.append(std::move(pipe.under_way));
    pipe.is_end_delivered = pipe.is_ended;
    if (MemoryTransport* const reader = ends[1 - static_cast<std::size_t>(from)]) reader->tell(true, false);
  }

  Loop& loop;
  const std::size_t capacity;
  std::array<Pipe, 2> pipes;               // by the end that writes
  std::array<MemoryTransport*, 2> ends{};  // null once destroyed
  bool is_connecting = false;
};

MemoryPair make_memory_pair(Loop& loop, BlockPool& pool, std::size_t capacity) {
  assert(capacity > 0);
  using End = MemoryTransport::End;
  auto link = std::make_shared<MemoryTransport::Link>(loop, pool, capacity);
  MemoryPair pair(std::unique_ptr<MemoryTransport>(new MemoryTransport(link, End::first)),
                  std::unique_ptr<MemoryTransport>(new MemoryTransport(link, End::second)));
  link->ends = {pair.first.get(), pair.second.get()};
  return pair;
}

MemoryTransport::~MemoryTransport() {
  // As TCP: closing with bytes unread is a reset.
  if (in().size() > 0)
    reset();
  else
    close_write();
  link_->ends[static_cast<std::size_t>(end_)] = nullptr;
  in().under_way.clear();
  in().delivered.clear();
  if (in().is_writer_blocked && peer() != nullptr) peer()->tell(false, true);
}

MemoryTransport::Pipe& MemoryTransport::out() { return link_->pipes[static_cast<std::size_t>(end_)]; }
MemoryTransport::Pipe& MemoryTransport::in() { return link_->pipes[1 - static_cast<std::size_t>(end_)]; }
MemoryTransport* MemoryTransport::peer() { return link_->ends[1 - static_cast<std::size_t>(end_)]; }

void MemoryTransport::set_events(TransportEvents& events) {
  events_ = &events;
  tell(true, true);
}

IoStatus MemoryTransport::read(Chain& into, std::size_t budget) {
  if (!error_.code.empty()) return IoStatus::failed;
  if (preface_ != nullptr)
    if (const IoStatus status = read_preface(); status != IoStatus::open) return status;
  Pipe& pipe = in();
  const std::size_t bytes = std::min(budget, pipe.delivered.size());
  into.take_from(pipe.delivered, bytes);
  if (bytes > 0 && pipe.is_writer_blocked) {
    pipe.is_writer_blocked = false;
    if (peer() != nullptr) peer()->tell(false, true);
  }
  if (bytes == budget) return IoStatus::open;
  return pipe.is_end_delivered ? IoStatus::ended : IoStatus::blocked;
}

IoStatus MemoryTransport::read_preface() {
  Pipe& pipe = in();
  auto taken = preface_->take(pipe.delivered.to_string().substr(0, ProxyPreface::most));
  if (taken && !preface_->is_whole() && pipe.is_end_delivered) {
    if (auto ended = preface_->end(); !ended) taken = std::move(ended).error();
  }
  if (!taken) {
    error_ = std::move(taken).error();
    return IoStatus::failed;
  }
  pipe.delivered.consume(*taken);
  if (!preface_->is_whole()) return pipe.is_end_delivered ? IoStatus::ended : IoStatus::blocked;
  preface_.reset();
  return IoStatus::open;
}

IoStatus MemoryTransport::write(Chain& from) {
  if (peer() == nullptr && error_.code.empty()) break_off();
  if (!error_.code.empty()) return IoStatus::failed;
  assert(!out().is_ended || from.is_empty());
  const std::size_t bytes = std::min(from.size(), link_->capacity - out().size());
  out().under_way.take_from(from, bytes);
  sent_ += bytes;
  if (bytes > 0) post_delivery();
  out().is_writer_blocked = !from.is_empty();
  return from.is_empty() ? IoStatus::open : IoStatus::blocked;
}

bool MemoryTransport::is_peer_gone() const {
  return !error_.code.empty() || link_->pipes[1 - static_cast<std::size_t>(end_)].is_end_delivered;
}

bool MemoryTransport::has_input() const {
  const Pipe& pipe = link_->pipes[1 - static_cast<std::size_t>(end_)];
  return !error_.code.empty() || pipe.delivered.size() > 0 || pipe.is_end_delivered;
}

void MemoryTransport::abort() { reset(); }

void MemoryTransport::close_write() {
  if (out().is_ended) return;
  out().is_ended = true;
  post_delivery();
}

void MemoryTransport::reset() {
  break_off();
  if (peer() != nullptr) peer()->break_off();
}

void MemoryTransport::stall() { out().is_stalled = true; }

void MemoryTransport::unstall() {
  out().is_stalled = false;
  post_delivery();
}

std::size_t MemoryTransport::unacknowledged() const { return link_->pipes[static_cast<std::size_t>(end_)].size(); }

bool MemoryTransport::is_handshaking() const { return link_->is_connecting || preface_ != nullptr; }

void MemoryTransport::delay_accept() { link_->is_connecting = true; }

void MemoryTransport::accept() {
  link_->is_connecting = false;
  for (MemoryTransport* const end : link_->ends)
    if (end != nullptr) end->tell(true, true);
}

void MemoryTransport::set_tls(TlsSession tls, std::string_view alpn) {
  tls_ = std::move(tls);
  alpn_ = alpn;
}

void MemoryTransport::break_off() {
  if (!error_.code.empty()) return;
  error_ = side_ == Side::upstream ? Error{"upstream:reset", "the upstream reset the connection", side_, 502}
                                   : Error{"client:reset", "the client reset the connection", side_};
  out().under_way.clear();
  in().delivered.clear();
  tell(true, true);
}

void MemoryTransport::post_delivery() {
  if (std::exchange(out().is_posted, true)) return;
  link_->loop.post([link = link_, from = end_] { link->deliver(from); });
}

// Always in a later turn, and not at all if this end is gone by then.
void MemoryTransport::tell(bool may_read, bool may_write) {
  link_->loop.post([link = link_, end = end_, may_read, may_write] {
    MemoryTransport* const self = link->ends[static_cast<std::size_t>(end)];
    if (self != nullptr && self->events_ != nullptr) self->events_->on_ready(may_read, may_write);
  });
}

}  // namespace ravelin::net
