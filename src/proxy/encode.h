#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "observe/gateway_metrics.h"
#include "proxy/encoder_pool.h"
#include "ravelin/exchange.h"

namespace ravelin::proxy {

/// Compression is a `compression` section, ready to use: which responses of a route are given a content
/// coding, and how their heads change. Immutable but for its counters, shared by all workers.
class Compression {
 public:
  /// `most_encoders`: at a time, per worker. `metrics`: none in a dry run.
  Compression(const config::Compression& section, std::size_t most_encoders,
              const observe::CompressionMetrics& metrics);

  /// The coding that the client would have. Ask before rules change the request's head: an operator who
  /// takes Accept-Encoding from the origin still means the client to be heard.
  std::optional<Coding> wanted(const RequestHead& request) const;

  /// Decides about a response whose head is complete, and makes the head say so. Returns an encoder for
  /// its body, or none if the body goes as it came; the answer to HEAD is changed as that to GET would
  /// be, without one.
  EncoderPool::Lease begin(Exchange& exchange, std::optional<Coding> wanted, EncoderPool& pool) const;

  observe::CodingCounters counters(Coding coding) const { return metrics_.codings[static_cast<std::size_t>(coding)]; }

  /// Takes off trailers what a coding has made untrue.
  static void strip(HeaderList& trailers);

 private:
  bool may_code(const RequestHead& request, const ResponseHead& head) const;
  bool has_size_for_it(const RequestHead& request, const ResponseHead& head) const;
  bool has_type_for_it(const HeaderList& fields) const;
  std::uint32_t level_of(Coding coding) const;

  std::vector<Coding> codings_;     // preferred ones first
  std::vector<std::string> types_;  // lower-case
  bool takes_event_streams_;
  std::uint64_t min_size_;  // bytes
  config::CompressionLevel level_;
  std::size_t most_encoders_;
  mutable observe::CompressionMetrics metrics_;
};

}  // namespace ravelin::proxy
