#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/encoder.h"

namespace ravelin::proxy {

/// EncoderPool lends out one worker's encoders, at most so many at a time, and keeps a few that came
/// back: making one costs more than coding a small body. Worker's thread; outlives what it has lent.
class EncoderPool {
 public:
  /// An encoder in use; it goes back when this dies. Holds nothing if there was none to have.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept : pool_(other.pool_), kind_(other.kind_), encoder_(std::move(other.encoder_)) {}
    Lease& operator=(Lease other) noexcept {
      std::swap(pool_, other.pool_);
      std::swap(kind_, other.kind_);
      std::swap(encoder_, other.encoder_);
      return *this;
    }
    ~Lease();

    explicit operator bool() const { return encoder_ != nullptr; }
    Encoder* operator->() const { return encoder_.get(); }
    Coding coding() const { return kind_.coding; }

   private:
    friend class EncoderPool;
    struct Kind {
      Coding coding = Coding::gzip;
      std::uint32_t level = 0;
      friend bool operator==(const Kind&, const Kind&) = default;
    };
    Lease(EncoderPool& pool, Kind kind, std::unique_ptr<Encoder> encoder)
        : pool_(&pool), kind_(kind), encoder_(std::move(encoder)) {}

    EncoderPool* pool_ = nullptr;
    Kind kind_;
    std::unique_ptr<Encoder> encoder_;
  };

  /// An encoder for a new body, unless `most` are lent out already or there is no memory.
  Lease take(Coding coding, std::uint32_t level, std::size_t most);
  /// How many are lent out.
  std::size_t lent() const { return lent_; }

  /// How many that are not lent out are kept: 0.7 MiB each at most.
  static constexpr std::size_t kept = 8;

 private:
  using Kind = Lease::Kind;
  struct Idle {
    Kind kind;
    std::unique_ptr<Encoder> encoder;
  };

  void give_back(Kind kind, std::unique_ptr<Encoder> encoder);

  std::vector<Idle> idle_;  // the one longest there first
  std::size_t lent_ = 0;
};

}  // namespace ravelin::proxy
