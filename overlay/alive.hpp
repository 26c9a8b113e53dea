// overlay/alive.hpp - an object's life, for callbacks that may come after its end.
//     timer_.async_wait(alive_.guard([this](const std::error_code& error) { ... }));
//     const auto here = alive_.watch();  done(answer);  if (!here) return;  // `done` may have destroyed us
// 1. A guarded function does nothing (and returns a value of {}) once the Alive is gone or ended: what it
//    captured by `this` is then not touched.
// 2. It must be called by the thread that destroys the object: nothing is locked. Posting it to the object's
//    loop from another thread is right.
// Declared as the last data member, it goes first: no callback meets an object half destroyed.
// sip/alive.hpp is the same for the other side of the wall.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace overlay {

class Alive {
public:
    /// Whether the object is still there. May be kept and copied.
    class Watch {
    public:
        explicit operator bool() const noexcept { return !token_.expired(); }

    private:
        friend class Alive;
        explicit Watch(std::weak_ptr<char> token) noexcept : token_(std::move(token)) {}
        std::weak_ptr<char> token_;
    };

    Alive() = default;
    Alive(const Alive&) = delete;  // guarded functions know one object
    Alive& operator=(const Alive&) = delete;

    template <typename Function>
    [[nodiscard]] auto guard(Function function) const {
        return [here = watch(), function = std::move(function)](auto&&... arguments) mutable {
            using Returned = std::invoke_result_t<Function&, decltype(arguments)...>;
            if constexpr (std::is_void_v<Returned>) {
                if (here) function(std::forward<decltype(arguments)>(arguments)...);
            } else {
                return here ? function(std::forward<decltype(arguments)>(arguments)...) : Returned{};
            }
        };
    }
    [[nodiscard]] Watch watch() const { return Watch(token_); }

    /// From now on as if the object were gone.
    void end() noexcept { token_.reset(); }
    [[nodiscard]] bool ended() const noexcept { return token_ == nullptr; }

private:
    std::shared_ptr<char> token_ = std::make_shared<char>();
};

}  // namespace overlay
