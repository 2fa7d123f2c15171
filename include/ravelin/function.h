#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace ravelin {

/// Function is a move-only callable, as std::move_only_function of C++23. Callables of up to 32
/// bytes are stored in place. Calling an empty one is undefined.
template <class Signature>
class Function;

template <class R, class... Args>
class Function<R(Args...)> {
 public:
  Function() = default;
  Function(std::nullptr_t) {}  // NOLINT: implicit on purpose

  template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Function> &&
                                              std::is_invocable_r_v<R, std::decay_t<F>&, Args...>>>
  Function(F&& f) {  // NOLINT: implicit on purpose
    using Callable = std::decay_t<F>;
    if constexpr (fits<Callable>) {
      new (storage_) Callable(std::forward<F>(f));
      table_ = &in_place<Callable>;
    } else {
      new (storage_) Callable*(new Callable(std::forward<F>(f)));
      table_ = &on_heap<Callable>;
    }
  }

  Function(Function&& other) noexcept { take(other); }
  Function& operator=(Function&& other) noexcept {
    if (this != &other) {
      clear();
      take(other);
    }
    return *this;
  }
  ~Function() { clear(); }

  explicit operator bool() const { return table_ != nullptr; }
  R operator()(Args... args) { return table_->call(storage_, std::forward<Args>(args)...); }

 private:
  struct Table {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to);
    void (*destroy)(void*);
  };

  template <class C>
  static constexpr bool fits = sizeof(C) <= 32 &&
                               alignof(C) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<C>;

  template <class C>
  static constexpr Table in_place{
      [](void* p, Args&&... args) -> R { return (*static_cast<C*>(p))(std::forward<Args>(args)...); },
      [](void* from, void* to) {
        new (to) C(std::move(*static_cast<C*>(from)));
        static_cast<C*>(from)->~C();
      },
      [](void* p) { static_cast<C*>(p)->~C(); }};

  template <class C>
  static constexpr Table on_heap{
      [](void* p, Args&&... args) -> R { return (**static_cast<C**>(p))(std::forward<Args>(args)...); },
      [](void* from, void* to) { new (to) C*(*static_cast<C**>(from)); }, [](void* p) { delete *static_cast<C**>(p); }};

  void take(Function& other) noexcept {
    table_ = std::exchange(other.table_, nullptr);
    if (table_ != nullptr) table_->move(other.storage_, storage_);
  }
  void clear() noexcept {
    if (const Table* table = std::exchange(table_, nullptr)) table->destroy(storage_);
  }

  const Table* table_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[32];
};

}  // namespace ravelin
