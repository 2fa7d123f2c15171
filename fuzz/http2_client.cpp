// The client side of HTTP/2 against an origin that sends any bytes. Input: one byte of options, then
// frames; an origin's SETTINGS are put before them. Checked: every owner hears one ending and nothing
// after it, the law of credit, that heads keep the rules and stay in proportion to what was sent, that no
// block is lost, and that cutting the bytes elsewhere makes the same events.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/buffer.h"
#include "http/codec.h"
#include "http/fields.h"
#include "http2_peer.h"

namespace {

using namespace ravelin;
using namespace ravelin::http;
using namespace ravelin::http::fuzz;

constexpr std::string_view greeting("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18);

enum Option : std::uint8_t {
  consumes = 1,
  resets = 2,
  without_greeting = 4,
  has_small_limits = 8,
  goes_on = 16,  // produces, opens streams and says goodbye between pieces
};

class Request final : public StreamEvents {
 public:
  Request(Codec& codec, std::size_t number, std::uint8_t options)
      : stream_(codec.open(*this)), method_(methods[number % methods.size()]), options_(options) {}

  void send(BlockPool& pool) const {
    RequestHead head;
    head.method = method_;
    head.scheme = "https";
    head.authority = "o";
    head.path = "/";
    const bool has_body = method_ == "POST";
    head.body = has_body ? BodyKind::streamed : BodyKind::none;
    stream_.send_head(head, !has_body);
    if (!has_body) return;
    Chain body(pool);
    body.append(std::string(3000, 'u'));
    stream_.send_body(std::move(body), stream_.id() % 2 == 0);
  }

  void on_response_head(std::unique_ptr<ResponseHead> head) override {
    require(!is_over && !head_ && head->status >= 100 && head->status <= 599 && head->status != 101);
    log.append("\n").append(std::to_string(head->status));
    for (const Field& field : head->fields) {
      require(is_lower_token(field.name) && !is_owned(field.name) && is_field_value(field.value));
      log.append("\n").append(field.name).append(": ").append(field.value);
    }
    if (head->status >= 200) head_ = std::move(head);
    require(head_ || ++interim_ <= 10);
  }
  void on_body(Slice bytes) override {
    require(!is_over && head_ && !has_ended_ && method_ != "HEAD");
    held += bytes.size();
    body_ += bytes.text();
    if ((options_ & consumes) != 0) stream_.consume(std::exchange(held, 0));
  }
  void on_trailers(HeaderList& trailers) override {
    require(!is_over && head_ && !has_ended_);
    for (const Field& field : trailers) {
      require(may_be_trailer(field.name));
      log.append("\ntrailer ").append(field.name).append(": ").append(field.value);
    }
  }
  void on_end() override {
    require(!is_over && head_ && !has_ended_);
    has_ended_ = true;
    if (head_->body == BodyKind::sized && method_ != "HEAD" && head_->status != 304)
      require(body_.size() == head_->body_size);
    log += "|end " + body_;  // of a body that breaks off, pieces decide how much is seen
    if ((options_ & resets) == 0 || stream_.id() % 3 != 0) return;
    is_over = true;
    stream_.reset(ResetCode::cancel);
  }
  void on_sent(std::size_t) override { require(!is_over); }
  void on_closed() override {
    require(has_ended_);
    finish("|closed");
  }
  void on_reset(const Error& error) override {
    require(error.side == Side::upstream && error.status == 502);
    require(!error.is_retryable || !head_);
    finish("|" + std::string(error.code));
  }

  std::size_t head_size() const { return head_ ? head_->arena.used() : 0; }

  std::string log;
  std::size_t held = 0;
  bool is_over = false;

 private:
  static constexpr std::array<std::string_view, 3> methods{"GET", "POST", "HEAD"};

  void finish(const std::string& how) {
    require(!is_over);
    is_over = true;
    log += how;
  }

  Stream stream_;
  std::string_view method_;
  std::uint8_t options_;
  std::unique_ptr<ResponseHead> head_;
  std::string body_;
  int interim_ = 0;
  bool has_ended_ = false;
};

class Origin final : public Peer<Request> {
 public:
  explicit Origin(std::uint8_t options) : Peer(options, limits(options)) {
    codec_ = make_http2_client(*this, pool_, limits_);
    while (owners_.size() < 6) add_request();
  }

  StreamEvents* on_request(Stream, std::unique_ptr<RequestHead>) override { std::abort(); }
  StreamEvents* on_bad_request(Stream, std::unique_ptr<RequestHead>, const Error&) override { std::abort(); }

 private:
  static Limits limits(std::uint8_t options) {
    Limits limits;
    if ((options & has_small_limits) == 0) return limits;
    limits.head = 512;
    limits.fields = 6;
    limits.streams = 7;
    return limits;
  }
  void add_request() {
    owners_.push_back(std::make_unique<Request>(*codec_, owners_.size(), options_));
    if (owners_.size() != 6) owners_.back()->send(pool_);  // one never gets its head
  }
  void go_on() override {
    if ((options_ & goes_on) == 0) return;
    produce();
    if (codec_->may_open() && owners_.size() < 40) add_request();
    if (owners_.size() > 20) codec_->shut_down();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 100'000) return 0;
  // What is produced in between opens streams and windows: then pieces matter.
  run_in_pieces<Origin>({reinterpret_cast<const char*>(data), size}, greeting, without_greeting, goes_on);
  return 0;
}
