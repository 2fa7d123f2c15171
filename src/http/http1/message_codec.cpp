#include "http/http1/message_codec.h"

#include <new>
#include <utility>

#include "http/http1/field_lines.h"

namespace ravelin::http::http1 {

Result<void> MessageCodec::receive(Slice bytes) {
  if (!held_.is_empty()) {
    if (auto read = read_held(); !read) return read;
  }
  if (!held_.is_empty() && reading_ == Reading::head) {
    auto joined = join_head(bytes.text());
    if (!joined) return std::move(joined).error();
    bytes.remove_prefix(*joined);
  }
  return read_slice(std::move(bytes));
}

Result<void> MessageCodec::read_held() {
  while (!held_.is_empty() && reading_ != Reading::closed) {
    auto taken = step(held_.view(), nullptr);
    if (!taken) return std::move(taken).error();
    if (*taken == 0) break;
    held_.remove_prefix(*taken);
  }
  return {};
}

Result<void> MessageCodec::read_slice(Slice bytes) {
  while (!bytes.is_empty() && reading_ != Reading::closed) {
    auto taken = step(bytes.text(), &bytes);
    if (!taken) return std::move(taken).error();
    if (*taken == 0) {
      held_.append(bytes.text());
      break;
    }
    bytes.remove_prefix(*taken);
  }
  return {};
}

// The held beginning of a head grows by what belongs to it, and no further: a body behind it is not
// copied. Returns how many bytes of `text` are done with.
Result<std::size_t> MessageCodec::join_head(std::string_view text) {
  const std::size_t before = held_.size();
  held_.append(text.substr(0, limits_.head));  // no head is longer
  auto taken = step_head(held_.view());
  if (!taken) return taken;
  if (*taken == 0) return text.size();
  held_.clear();
  return *taken - before;  // a head that was not whole before ends in what was added
}

Result<std::size_t> MessageCodec::step(std::string_view input, const Slice* source) {
  switch (reading_) {
    case Reading::head: return step_head(input);
    case Reading::body: return step_body(input, source);
    default: return read_surplus(input);
  }
}

Result<std::size_t> MessageCodec::step_head(std::string_view input) {
  is_head_begun_ = false;
  auto taken = read_head(input);
  is_head_begun_ = taken.is_ok() && *taken == 0;
  return taken;
}

// Small runs are told together: a peer that sends its body in chunks of one byte shall not cost an event
// for each.
Result<std::size_t> MessageCodec::step_body(std::string_view input, const Slice* source) {
  Chain small(pool_);
  BodyReader::Part part;
  std::size_t taken = 0;
  while (taken < input.size() && !part.is_end && reading_ == Reading::body) {
    auto read = body_.read(input.substr(taken));
    if (!read) {
      tell_body(small);
      return reading_ == Reading::body ? Result<std::size_t>(fail(std::move(read).error())) : input.size();
    }
    part = *read;
    taken += part.taken;
    const bool is_last = part.is_end || taken == input.size();
    if (part.data.size() < gather_below && !(is_last && small.is_empty())) {
      small.append(part.data);
    } else {
      tell_body(small);
      tell_part(part.data, source);
    }
  }
  tell_body(small);
  if (part.is_end && reading_ == Reading::body) {  // unless the owner has reset the stream
    if (auto ended = end_body(taken < input.size()); !ended) return std::move(ended).error();
  }
  return taken;
}

void MessageCodec::tell_body(Chain& bytes) {
  while (!bytes.is_empty()) tell_body(bytes.pop_front());
}

void MessageCodec::tell_body(Slice bytes) {
  if (bytes.is_empty() || reading_ != Reading::body) return;
  outstanding_ += bytes.size();
  owner_->on_body(std::move(bytes));
}

// The list lives in the arena, too: it is forwarded when the body before it has been.
Result<void> MessageCodec::end_body(bool has_surplus) {
  if (!body_.trailers().empty()) {
    void* const room = trailer_arena_->allocate(sizeof(HeaderList), alignof(HeaderList));
    auto* const trailers = new (room) HeaderList(*trailer_arena_);
    if (auto read = read_trailers(body_.trailers(), limits_.fields, *trailers); !read)
      return fail(std::move(read).error());
    for (const std::string_view name : named_) trailers->remove(name);  // RFC 9110 section 7.6.1
    if (!trailers->is_empty()) owner_->on_trailers(*trailers);
    if (reading_ != Reading::body) return {};
  }
  end_message(has_surplus);
  return {};
}

// Held input is copied, into as many slices as that takes.
void MessageCodec::tell_part(std::string_view data, const Slice* source) {
  if (data.empty()) return;
  if (source != nullptr) return tell_body(source->part(data));
  Chain copy(pool_);
  copy.append(data);
  tell_body(copy);
}

void MessageCodec::begin_body(BodyKind kind, std::uint64_t size, Arena& arena,
                              std::span<const std::string_view> named) {
  body_.start(kind, size);
  trailer_arena_ = &arena;
  named_ = named;
  outstanding_ = 0;
  reading_ = body_.has_ended() ? Reading::ended : Reading::body;
}

// The writer has nothing left but, in the server role, the head that says so.
void MessageCodec::begin_tunnel() {
  is_tunnel_ = true;
  writer_.begin({Coding::until_close, 0});
  body_.start(BodyKind::until_close, 0);
  outstanding_ = 0;
  reading_ = Reading::body;
}

// The next request, or what a client sent into its tunnel before it was open.
bool MessageCodec::may_read_held() const {
  if (held_.is_empty()) return false;
  return reading_ == Reading::head ? !is_head_begun_ : reading_ == Reading::body && is_tunnel_;
}

bool MessageCodec::produce(Chain& out, std::size_t budget) {
  if (std::exchange(is_sending_broken_, false)) {
    cut(Error{"gateway:body_size", "a body to be sent is not as long as its head says", Side::local, 502});
    return false;
  }
  const std::size_t sent = writer_.produce(out, budget);
  if (sent > 0 && owner_ != nullptr) owner_->on_sent(sent);
  if (!is_sending_broken_) settle();
  if (may_read_held()) static_cast<void>(read_held());  // a violation has closed the codec
  return writer_.has_output() || is_sending_broken_;
}

void MessageCodec::send_body(StreamId id, Chain&& bytes, bool is_end) {
  if (!is_current(id) || !writer_.has_begun() || writer_.has_ended()) return bytes.clear();
  bool is_good = writer_.add(std::move(bytes));
  if (is_end) is_good = writer_.end() && is_good;
  if (!is_good) return fail_sending();
  events_.on_wake();
}

void MessageCodec::send_trailers(StreamId id, const HeaderList& trailers) {
  if (!is_current(id) || !writer_.has_begun() || writer_.has_ended()) return;
  if (!writer_.end(trailers)) return fail_sending();
  events_.on_wake();
}

void MessageCodec::reset(StreamId id, ResetCode) {
  if (!is_current(id)) return;
  owner_ = nullptr;
  stop();
  events_.on_wake();
}

void MessageCodec::consume(StreamId id, std::size_t bytes) {
  if (!is_current(id)) return;
  outstanding_ -= std::min(bytes, outstanding_);
  if (reading_ == Reading::body) events_.on_wake();
}

void MessageCodec::abort(const Error& error) {
  StreamEvents* const owner = std::exchange(owner_, nullptr);
  give_up();
  if (owner != nullptr) owner->on_reset(error);
}

void MessageCodec::cut(const Error& error) {
  events_.on_wake();
  abort(error);
}

Error MessageCodec::fail(Error error) {
  Error blamed = blame(std::move(error));
  cut(blamed);
  return blamed;
}

void MessageCodec::fail_sending() {
  is_sending_broken_ = true;
  events_.on_wake();
}

}  // namespace ravelin::http::http1
