// The client side of HTTP/2 against an origin that sends any bytes. Input: one byte of options, then
// frames; an origin's SETTINGS are put before them. Checked: every owner hears one ending and nothing
// after it, the law of credit, that heads keep the rules and stay in proportion to what was sent, that no
// block is lost, and that cutting the bytes elsewhere makes the same events.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"
#include "http/fields.h"

namespace {

using namespace ravelin;
using namespace ravelin::http;

constexpr std::string_view greeting("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18);

enum Option : std::uint8_t {
  consumes = 1,
  resets = 2,
  without_greeting = 4,
  has_small_limits = 8,
  goes_on = 16,  // produces, opens streams and says goodbye between pieces
};

void require(bool holds) {
  if (!holds) std::abort();
}

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

class Origin final : public CodecEvents {
 public:
  explicit Origin(std::uint8_t options)
      : options_(options), limits_(limits(options)), codec_(make_http2_client(*this, pool_, limits_)) {
    while (requests_.size() < 6) add_request();
  }

  StreamEvents* on_request(Stream, std::unique_ptr<RequestHead>) override { std::abort(); }
  StreamEvents* on_bad_request(Stream, std::unique_ptr<RequestHead>, const Error&) override { std::abort(); }
  void on_wake() override {}

  std::string run(std::string_view bytes, std::size_t piece) {
    produce();
    bool is_alive = true;
    while (!bytes.empty() && is_alive && codec_->read_budget() > 0) {
      const std::size_t size = std::min(piece, bytes.size());
      is_alive = receive(bytes.substr(0, size));
      bytes.remove_prefix(size);
      check();
      if ((options_ & goes_on) != 0) go_on();
    }
    produce();
    if (!is_alive) require(codec_->streams() == 0 && codec_->wants_close() && !codec_->may_open());
    codec_->receive_end();
    require(codec_->streams() == 0 && pool_.in_use() == 0);
    std::string log;
    for (const auto& request : requests_) {
      require(request->is_over);
      log += request->log + "\n";
    }
    return log;
  }

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
    requests_.push_back(std::make_unique<Request>(*codec_, requests_.size(), options_));
    if (requests_.size() != 6) requests_.back()->send(pool_);  // one never gets its head
  }
  bool receive(std::string_view bytes) {
    Block& block = pool_.take();
    std::memcpy(block.data(), bytes.data(), bytes.size());
    received_ += bytes.size();
    return codec_->receive(Slice(block, 0, bytes.size())).is_ok();
  }
  void produce() {
    Chain out(pool_);
    while (codec_->produce(out, 4096)) out.clear();
  }
  void go_on() {
    produce();
    if (codec_->may_open() && requests_.size() < 40) add_request();
    if (requests_.size() > 20) codec_->shut_down();
  }
  void check() const {
    std::size_t running = 0, heads = 0;
    for (const auto& request : requests_) {
      require(request->held <= limits_.window);
      running += request->is_over ? 0 : 1;
      heads += request->is_over ? 0 : request->head_size();
    }
    require(running <= limits_.streams);
    require(heads <= 2 * 64 * (1024 + received_) + running * 4096);
  }

  BlockPool pool_;
  std::uint8_t options_;
  Limits limits_;
  std::vector<std::unique_ptr<Request>> requests_;
  std::unique_ptr<Codec> codec_;
  std::size_t received_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 100'000) return 0;
  const std::uint8_t options = data[0];
  std::string bytes((options & without_greeting) != 0 ? std::string_view() : greeting);
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string log = Origin(options).run(bytes, Block::size);
  // What is produced in between opens streams and windows: then pieces matter.
  const bool is_split_free = (options & goes_on) == 0;
  const std::string other = Origin(options).run(bytes, 1 + options % 29);
  if (is_split_free) require(log == other);
  return 0;
}
