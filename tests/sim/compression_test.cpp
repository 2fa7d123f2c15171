#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/encode_body.h"
#include "support/decode.h"
#include "support/frames.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string routes = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)";
const std::string compressed = "compression: {}\n" + routes;

/// Answer is a response as a client read it, transfer coding removed.
struct Answer {
  std::string head;  // lower-case names
  std::string body;  // what has come of it
  bool is_whole = false;

  std::string field(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t start = at + name.size() + 4;
    return head.substr(start, head.find("\r\n", start) - start);
  }
  std::string text() const { return decode(field("content-encoding"), body).text; }
};

Answer read_answer(const std::string& received) {
  Answer answer;
  const std::size_t end = received.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.head = received.substr(0, end + 2);
  std::string rest = received.substr(end + 4);
  if (answer.field("transfer-encoding") != "chunked") {
    answer.body = rest;
    answer.is_whole = answer.field("content-length") == std::to_string(rest.size());
    return answer;
  }
  for (std::size_t at = 0; at < rest.size();) {
    const std::size_t size = std::strtoul(rest.c_str() + at, nullptr, 16);
    answer.is_whole = size == 0 && rest.find("\r\n\r\n", at) != std::string::npos;
    if (size == 0) break;
    at = rest.find("\r\n", at) + 2;
    answer.body += rest.substr(at, size);
    at += size + 2;
  }
  return answer;
}

std::string prose(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(random() % 1000) + " of a page that repeats itself\n";
  text.resize(size);
  return text;
}

const std::string page = prose(5000);

std::string with_length(const std::string& fields, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers every request with `response`, as it stands.
void answer_with(Simulation& sim, const std::string& response) {
  sim.on_origin = [response](End& origin, const std::string&) {
    origin.on_input = [response](End& end) {
      if (!end.take().empty()) end.send(response);
    };
    return true;
  };
}

std::string get(const std::string& fields = "Accept-Encoding: gzip\r\n", const std::string& method = "GET") {
  return method + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

Answer ask(const std::string& response, const std::string& request = get(), const std::string& yaml = compressed) {
  Simulation sim(yaml);
  answer_with(sim, response);
  return read_answer(sim.ask(request));
}

TEST(Compression, codes_what_the_client_asks_for_and_says_so) {
  for (const char* coding : {"gzip", "br", "zstd"}) {
    const Answer answer = ask(with_length("Content-Type: text/html; charset=utf-8\r\nETag: \"v1\"\r\n"
                                          "Accept-Ranges: bytes\r\nContent-Digest: sha-256=:AA==:\r\n"
                                          "Repr-Digest: sha-256=:AA==:\r\nDigest: sha-256=AA==\r\n",
                                          page),
                              get("Accept-Encoding: " + std::string(coding) + "\r\n"));
    EXPECT_THAT(answer.head, StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(answer.field("content-encoding"), coding);
    EXPECT_EQ(answer.field("vary"), "Accept-Encoding");
    EXPECT_EQ(answer.field("etag"), "W/\"v1\"");
    EXPECT_EQ(answer.field("transfer-encoding"), "chunked");
    for (const char* gone : {"content-length", "accept-ranges", "content-digest", "repr-digest", "digest"})
      EXPECT_EQ(answer.field(gone), "") << gone;
    EXPECT_EQ(answer.text(), page);
    EXPECT_LT(answer.body.size(), page.size() / 2);
    EXPECT_TRUE(answer.is_whole);
  }
}

TEST(Compression, is_off_unless_configured_and_may_be_off_or_otherwise_on_a_route) {
  const std::string response = with_length("Content-Type: text/html\r\n", page);
  EXPECT_EQ(ask(response, get(), routes).field("vary"), "");
  const std::string by_route = R"(
compression: {min_size: 2k, codings: [gzip]}
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes:
  - {match: {path: /plain}, upstream: origin, compression: off}
  - {match: {path: /large}, upstream: origin, compression: {min_size: 1m}}
  - {match: {path: /brotli}, upstream: origin, compression: {codings: br}}
  - {match: {}, upstream: origin}
)";
  const auto coding_of = [&](const std::string& path) {
    return ask(response, "GET " + path + " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n\r\n", by_route)
        .field("content-encoding");
  };
  EXPECT_EQ(coding_of("/plain"), "");
  EXPECT_EQ(coding_of("/large"), "");
  EXPECT_EQ(coding_of("/brotli"), "br");
  EXPECT_EQ(coding_of("/"), "gzip");
}

struct Left {
  const char* name;
  std::string response;
  std::string request = get();
  std::string vary = "";
  friend void PrintTo(const Left& row, std::ostream* out) { *out << row.name; }
};

class CompressionLeaves : public ::testing::TestWithParam<Left> {};

TEST_P(CompressionLeaves, as_it_came) {
  const Left& left = GetParam();
  const Answer answer = ask(left.response, left.request);
  EXPECT_THAT(answer.field("content-encoding"), Not(EndsWith("gzip"))) << answer.head;
  EXPECT_EQ(answer.field("vary"), left.vary);
  EXPECT_EQ(answer.field("etag").substr(0, 2) == "W/", false);
}

const std::string html = "Content-Type: text/html\r\n";

INSTANTIATE_TEST_SUITE_P(
    Responses, CompressionLeaves,
    ::testing::Values(
        Left{"nobody_asked", with_length(html, page), get(""), "Accept-Encoding"},
        Left{"refused_gzip", with_length(html, page), get("Accept-Encoding: gzip;q=0\r\n"), "Accept-Encoding"},
        Left{"request_no_transform", with_length(html, page),
             get("Accept-Encoding: gzip\r\nCache-Control: max-age=0, no-transform\r\n"), "Accept-Encoding"},
        Left{"coded_already", with_length(html + "Content-Encoding: br\r\n", page)},
        Left{"no_transform", with_length(html + "Cache-Control: public, No-Transform\r\n", page)},
        Left{"part",
             "HTTP/1.1 206 Partial Content\r\n" + html +
                 "Content-Range: bytes 0-4999/9999\r\nContent-Length: 5000\r\n\r\n" + page,
             get(), "Accept-Encoding"},
        Left{"part_of_an_image",
             "HTTP/1.1 206 Partial Content\r\nContent-Type: image/png\r\nContent-Range: bytes 0-0/9\r\n"
             "Content-Length: 1\r\n\r\nx"},
        Left{"range_in_200", with_length(html + "Content-Range: bytes 0-4999/9999\r\n", page)},
        Left{"small", with_length(html, page.substr(0, 1023))}, Left{"empty", with_length(html, "")},
        Left{"no_content", "HTTP/1.1 204 No Content\r\n" + html + "\r\n"},
        Left{"not_modified", "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n", get(), "Accept-Encoding"},
        Left{"image", with_length("Content-Type: image/png\r\n", page)}, Left{"no_type", with_length("", page)},
        Left{"type_that_begins_alike", with_length("Content-Type: application/jsonx\r\n", page)},
        Left{"event_stream", with_length("Content-Type: text/event-stream\r\n", page)},
        Left{"grpc", with_length("Content-Type: application/grpc+json\r\n", page)}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Compression, of_what_the_configuration_lists) {
  const std::string yaml = "compression: {types: [text/event-stream, Application/X-Own], min_size: 0}\n" + routes;
  const auto coding_of = [&](const std::string& type, const std::string& body) {
    return ask(with_length("Content-Type: " + type + "\r\n", body), get(), yaml).field("content-encoding");
  };
  EXPECT_EQ(coding_of("text/event-stream", page), "gzip");
  EXPECT_EQ(coding_of("application/x-own;v=1", "x"), "gzip");
  EXPECT_EQ(coding_of("text/html", page), "");
}

TEST(Compression, merges_vary_and_doubles_nothing) {
  const auto vary_of = [](const std::string& fields) { return ask(with_length(html + fields, page)).field("vary"); };
  EXPECT_EQ(vary_of("Vary: Cookie\r\nVary: Origin\r\n"), "Cookie, Origin, Accept-Encoding");
  EXPECT_EQ(vary_of("Vary: Cookie, accept-encoding\r\n"), "Cookie, accept-encoding");
  EXPECT_EQ(vary_of("Vary: *\r\n"), "*");
}

TEST(Compression, answers_head_as_it_would_get) {
  const Answer got = ask(with_length(html + "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n", page));
  const std::string head_of = "HTTP/1.1 200 OK\r\n" + html + "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n";
  for (const std::string& length : {std::string("Content-Length: 5000\r\n"), std::string()}) {
    const Answer answer = ask(head_of + length + "\r\n", get("Accept-Encoding: gzip\r\n", "HEAD"));
    for (const char* name : {"content-encoding", "vary", "etag", "accept-ranges", "content-length", "content-type"})
      EXPECT_EQ(answer.field(name), got.field(name)) << name;
    EXPECT_EQ(answer.body, "");
  }
  EXPECT_EQ(
      ask(head_of + "Content-Length: 10\r\n\r\n", get("Accept-Encoding: gzip\r\n", "HEAD")).field("content-length"),
      "10");
}

TEST(Compression, answers_a_validation_of_what_it_has_coded_with_the_tag_it_gave) {
  const std::string response =
      "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\nContent-Length: 12345\r\nRepr-Digest: sha-256=:a:\r\n\r\n";
  const Answer coded = ask(response, get("Accept-Encoding: gzip\r\nIf-None-Match: \"a,b\", W/\"v1\"\r\n"));
  EXPECT_EQ(coded.field("etag"), "W/\"v1\"");
  EXPECT_EQ(coded.field("vary"), "Accept-Encoding");
  EXPECT_EQ(coded.field("content-length") + coded.field("repr-digest"), "") << "of the 200 that it has";
  const Answer plain = ask(response, get("Accept-Encoding: gzip\r\nIf-None-Match: \"v1\"\r\n"));
  EXPECT_EQ(plain.field("etag"), "\"v1\"");
}

TEST(Compression, hears_the_client_though_the_origin_is_not_told) {
  const std::string yaml = compressed + "request_headers: {remove: [Accept-Encoding]}\n";
  Simulation sim(yaml);
  std::string seen;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      const std::string request = end.take();
      if (request.empty()) return;
      seen += request;
      end.send(with_length(html, page));
    };
    return true;
  };
  EXPECT_EQ(read_answer(sim.ask(get())).field("content-encoding"), "gzip");
  EXPECT_THAT(seen, Not(HasSubstr("accept-encoding")));
}

/// PlainReader is a module that reads responses, and so wants them without a coding.
struct PlainReader final : Module {
  struct State final : Inspector {
    Verdict on_request_head(Exchange& exchange) override {
      exchange.request().fields.set("accept-encoding", "identity");
      return Verdict::pass();
    }
  };
  std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<State>(); }
  struct Config final : Section {
    void bind(Binder&) override {}
  };
  static inline const Descriptor descriptor{
      .name = "plain",
      .needs = {},
      .provides = {},
      .make_section = []() -> std::unique_ptr<Section> { return std::make_unique<Config>(); },
      .make = [](const Section&, const Services&) -> Result<std::unique_ptr<Module>> {
        return std::unique_ptr<Module>(std::make_unique<PlainReader>());
      }};
};

TEST(Compression, hears_the_client_though_a_module_wants_no_coding) {
  Simulation sim(compressed + "modules: [plain]\n", {&PlainReader::descriptor});
  std::string seen;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.received().empty()) return;
      seen += end.take();
      end.send(with_length(html, page));
    };
    return true;
  };
  EXPECT_EQ(read_answer(sim.ask(get())).field("content-encoding"), "gzip");
  EXPECT_THAT(seen, HasSubstr("accept-encoding: identity\r\n"));
}

TEST(Compression, says_on_what_a_part_and_a_validation_depend) {
  const Answer part =
      ask("HTTP/1.1 206 Partial Content\r\n" + html + "Content-Range: bytes 0-0/9\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(part.field("vary"), "Accept-Encoding");
  const std::string response = "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n";
  const Answer unchanged =
      ask(response, get("Accept-Encoding: gzip\r\nIf-Modified-Since: Tue, 15 Nov 1994 12:45:26 GMT\r\n"));
  EXPECT_EQ(unchanged.field("vary"), "Accept-Encoding");
  EXPECT_EQ(unchanged.field("etag"), "W/\"v1\"") << "what it has is the coded one";
}

TEST(Compression, heeds_what_rules_say_of_the_response) {
  const Answer answer =
      ask(with_length(html, page), get(), compressed + "response_headers: {set: {Cache-Control: no-transform}}\n");
  EXPECT_EQ(answer.field("content-encoding"), "");
}

TEST(Compression, to_an_http10_client_ends_with_the_connection) {
  Simulation sim(compressed);
  answer_with(sim, with_length(html, page));
  End* const client = sim.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\nAccept-Encoding: br\r\nConnection: keep-alive\r\n\r\n");
  sim.run();
  const Answer answer = read_answer(client->received());
  EXPECT_EQ(answer.field("content-encoding"), "br");
  EXPECT_EQ(answer.field("transfer-encoding"), "");
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_EQ(answer.text(), page);
  EXPECT_TRUE(decode("br", answer.body).is_whole);
  EXPECT_TRUE(client->has_ended());
}

TEST(Compression, keeps_the_connection_and_counts_what_was_sent) {
  Simulation sim(compressed);
  answer_with(sim, with_length(html, page));
  End* const client = sim.connect();
  for (int i = 0; i < 3; ++i) {
    client->send(get("Accept-Encoding: zstd\r\n"));
    sim.run();
    const Answer answer = read_answer(client->take());
    EXPECT_EQ(answer.text(), page);
    ASSERT_EQ(sim.done.size(), static_cast<std::size_t>(i) + 1);
    EXPECT_EQ(sim.done.back().response_body_bytes, answer.body.size());
    EXPECT_EQ(sim.done.back().ended_by, "done");
  }
  EXPECT_EQ(sim.local().encoders.lent(), 0U);
}

TEST(Compression, of_bodies_larger_than_a_turn_and_a_window_is_whole) {
  const std::string large = prose(900'000);
  for (const char* coding : {"gzip", "br", "zstd"}) {
    const Answer answer = ask(with_length(html, large), get("Accept-Encoding: " + std::string(coding) + "\r\n"));
    EXPECT_TRUE(answer.text() == large) << coding;
    EXPECT_TRUE(answer.is_whole);
  }
}

TEST(Compression, strips_digests_from_trailers) {
  const Answer answer = ask("HTTP/1.1 200 OK\r\n" + html +
                            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                            "Repr-Digest: sha-256=:AA==:\r\nX-Sum: 7\r\n\r\n");
  EXPECT_EQ(answer.text(), "abc");
  Simulation sim(compressed);
  answer_with(sim, "HTTP/1.1 200 OK\r\n" + html +
                       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                       "Repr-Digest: sha-256=:AA==:\r\nX-Sum: 7\r\n\r\n");
  const std::string received = sim.ask(get());
  EXPECT_THAT(received, EndsWith("0\r\nx-sum: 7\r\n\r\n"));
}

// An origin that says one line and then nothing for a while.
TEST(Compression, holds_back_nothing_of_a_stream_that_trickles) {
  for (const char* coding : {"gzip", "br", "zstd"}) {
    Simulation sim(compressed);
    answer_with(sim, "HTTP/1.1 200 OK\r\n" + html + "Transfer-Encoding: chunked\r\n\r\n");
    End* const client = sim.connect();
    client->send(get("Accept-Encoding: " + std::string(coding) + "\r\n"));
    sim.run();
    std::string told;
    for (int i = 0; i < 20; ++i) {
      sim.origins["10.0.0.1:80"][0]->send("6\r\nline " + std::string(1, static_cast<char>('a' + i)) + "\r\n");
      told += "line " + std::string(1, static_cast<char>('a' + i));
      sim.run();
      EXPECT_EQ(read_answer(client->received()).text(), told) << coding;
    }
    sim.origins["10.0.0.1:80"][0]->send("0\r\n\r\n");
    sim.run();
    EXPECT_TRUE(read_answer(client->received()).is_whole);
    EXPECT_TRUE(decode(coding, read_answer(client->received()).body).is_whole);
  }
}

TEST(Compression, of_a_response_that_was_cut_never_looks_whole) {
  Simulation sim(compressed);
  answer_with(sim, "HTTP/1.1 200 OK\r\n" + html + "Content-Length: 9000\r\n\r\n" + page);
  End* const client = sim.connect();
  client->send(get());
  sim.run();
  sim.origins["10.0.0.1:80"][0]->reset();
  sim.run();
  const Answer answer = read_answer(client->received());
  EXPECT_EQ(answer.text(), page);
  EXPECT_FALSE(answer.is_whole);
  EXPECT_FALSE(decode("gzip", answer.body).is_whole);
  EXPECT_EQ(sim.local().encoders.lent(), 0U);
}

// Writes to the gateway as long as it takes any; returns how many bytes it took.
std::size_t pour(Simulation& sim, End& origin, std::string_view text, std::size_t size) {
  std::size_t poured = 0;
  Chain bytes(sim.blocks());
  for (int stuck = 0; poured < size && stuck < 3;) {
    if (bytes.is_empty()) bytes.append(text.substr(0, std::min(text.size(), size - poured)));
    const std::size_t before = bytes.size();
    origin.transport().write(bytes);
    poured += before - bytes.size();
    stuck = bytes.size() == before ? stuck + 1 : 0;
    sim.run();
  }
  return poured;
}

constexpr std::size_t gibibyte = 1024UL * 1024 * 1024;
// Both pipes (64 KiB each, a block more where a slice is split), the source's window, the coded bytes
// that may wait, what a turn reads and writes; in blocks.
constexpr std::size_t most_blocks =
    (2 * 64 * 1024 + 64 * 1024 + proxy::BodyEncoding::window + proxy::Encoder::most_at_once + 4 * 32 * 1024) /
        Block::size +
    8;

TEST(Compression, of_endless_zeros_for_a_client_that_does_not_read_holds_no_more_than_is_said) {
  const std::string zeros(32 * 1024, '\0');
  for (const char* coding : {"gzip", "br", "zstd"}) {
    Simulation sim(compressed);
    answer_with(sim, "HTTP/1.1 200 OK\r\n" + html + "Content-Length: " + std::to_string(2 * gibibyte) + "\r\n\r\n");
    End* const client = sim.connect();
    client->stop_reading();
    client->send(get("Accept-Encoding: " + std::string(coding) + "\r\n"));
    sim.run();
    const std::size_t poured = pour(sim, *sim.origins["10.0.0.1:80"][0], zeros, gibibyte / 4);
    EXPECT_LE(sim.blocks().in_use(), most_blocks) << coding << " after " << poured;
    EXPECT_EQ(sim.local().encoders.lent(), 1U);
  }
}

TEST(Compression, of_noise_stops_the_origin_when_the_client_does_not_read_and_goes_on_when_it_does) {
  std::mt19937 random(7);
  std::string noise(1'000'003, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  for (const char* coding : {"gzip", "br", "zstd"}) {
    Simulation sim(compressed);
    answer_with(sim, with_length(html, noise));
    End* const client = sim.connect();
    client->stop_reading();
    client->send(get("Accept-Encoding: " + std::string(coding) + "\r\n"));
    sim.run();
    const std::size_t at_origin = noise.size() / Block::size + 1;  // waits in the test's own end
    EXPECT_GT(sim.blocks().in_use(), at_origin - most_blocks) << "the origin could send all of it";
    EXPECT_LE(sim.blocks().in_use(), at_origin + 8);
    client->read_on();
    sim.run();
    const Answer answer = read_answer(client->received());
    EXPECT_TRUE(answer.text() == noise) << coding;
    EXPECT_TRUE(answer.is_whole);
  }
}

// The bytes of the DATA frames of a stream.
std::string data_of(const std::string& received) {
  std::string data;
  for (const frames::Frame& frame : frames::parse(received))
    if (frame.type == frames::data) data += frame.payload;
  return data;
}

TEST(Compression, of_http2_heeds_the_windows_of_the_client) {
  std::mt19937 random(7);
  std::string noise(300'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  for (const char* coding : {"gzip", "br", "zstd"}) {
    Simulation sim(compressed);
    answer_with(sim, with_length(html + "ETag: \"v1\"\r\n", noise));
    End* const client = sim.connect_http2();
    client->send(frames::preface() + frames::request(1, frames::block({{":method", "GET"},
                                                                       {":scheme", "http"},
                                                                       {":authority", "a"},
                                                                       {":path", "/"},
                                                                       {"accept-encoding", coding}})));
    sim.run();
    EXPECT_EQ(data_of(client->received()).size(), 65535U);
    const std::size_t at_origin = noise.size() / Block::size + 1;
    EXPECT_LE(sim.blocks().in_use(), at_origin + 8) << "more than the origin's own end holds, and the windows";
    client->send(frames::open_window(0, 1'000'000) + frames::open_window(1, 1'000'000));
    sim.run();
    const Decoded whole = decode(coding, data_of(client->received()));
    EXPECT_TRUE(whole.text == noise) << coding;
    EXPECT_TRUE(whole.is_whole);
    EXPECT_TRUE(frames::parse(client->received()).back().is_end());
    client->finish();
    sim.run();
  }
}

TEST(Compression, codes_a_bounded_number_of_bytes_in_a_turn) {
  const std::string large = prose(300'000);
  Simulation sim(compressed);
  answer_with(sim, with_length(html, large));
  End* const client = sim.connect();
  client->send(get());
  std::size_t before = 0;
  int turns = 0;
  while (!read_answer(client->received()).is_whole && turns < 1000) {
    sim.loop.turn();
    ++turns;
    const std::size_t now = read_answer(client->received()).text().size();
    EXPECT_LE(now - before, 2 * proxy::BodyEncoding::bytes_per_turn);  // what one turn codes another may flush
    before = now;
  }
  EXPECT_EQ(before, large.size());
}

TEST(Compression, beyond_the_limit_on_encoders_is_left_out) {
  Simulation sim("limits: {encoders: 1}\n" + compressed);
  answer_with(sim, "HTTP/1.1 200 OK\r\n" + html + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  End* const first = sim.connect();
  first->send(get());
  sim.run();
  End* const second = sim.connect();
  second->send(get());
  sim.run();
  EXPECT_EQ(read_answer(first->received()).field("content-encoding"), "gzip");
  EXPECT_EQ(read_answer(second->received()).field("content-encoding"), "");
  EXPECT_EQ(read_answer(second->received()).field("vary"), "Accept-Encoding");
  EXPECT_EQ(read_answer(second->received()).body, "abc");
  first->reset();
  sim.run();
  EXPECT_EQ(sim.local().encoders.lent(), 0U);
}

}  // namespace
}  // namespace ravelin::testing
