// overlay/client.hpp - the overlay as other threads use it: what is called here is done on the overlay's
// loop, and what comes of it is told on the caller's own executor.
// 1. Nothing blocks, and nothing runs inside the call. Calls of one thread are done in their order.
// 2. An overlay that is gone does nothing more, and answers nothing: who asks must not wait without a bound.
// 3. Callbacks are kept, and may be destroyed, on either loop: they hold values, or tokens, and no lock.
// A value: any thread, and each may have its own.
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "overlay/overlay.hpp"

namespace overlay {

class Client {
public:
    /// `overlay` lives, and is destroyed, on `loop`. Both executors must outlive every client.
    Client(asio::any_io_executor loop, std::weak_ptr<Overlay> overlay, asio::any_io_executor answers);

    // Each as in Overlay.
    void publish(const RecordName& name, InnerRecord record) const;
    void withdraw(const RecordName& name) const;
    void set_certificates(std::vector<CertifiedName> certified) const;
    void publish_tombstones(std::vector<std::vector<std::uint8_t>> blocks) const;
    void trust_clock(bool plausible) const;
    void network_changed() const;
    void set_lan(LanSettings settings) const;
    void meet(std::vector<asio::ip::udp::endpoint> nodes) const;

    void also_at(const std::optional<asio::ip::address>& address) const;
    void promise_call_back(const CallBackWish& wish, bool yes) const;

    // Each calls back at most once, on the executor for answers.
    void resolve(ResolveRequest request, ResolveDone done) const;
    void status(std::function<void(OverlayStatus)> done) const;
    void ask_call_back(const TransportAddress& of, const crypto::Bytes<15>& id,
                       CallBacks::Answered done) const;

    /// Who is told, on the executor for answers, instead of who was until now. Kept weakly.
    void listen(std::weak_ptr<Listener> listener) const;

private:
    template <typename Do>
    void post(Do what) const;  // to the overlay's loop

    asio::any_io_executor loop_;
    std::weak_ptr<Overlay> overlay_;
    asio::any_io_executor answers_;
};

}  // namespace overlay
