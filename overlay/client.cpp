// overlay/client.cpp - posts calls to the overlay's loop, and answers back.
#include "overlay/client.hpp"

#include <asio/post.hpp>
#include <utility>

#include "overlay/posted_listener.hpp"

namespace overlay {
namespace {

/// `done`, called on `executor` instead of where the value comes from.
template <typename Value>
std::function<void(Value)> told_on(asio::any_io_executor executor, std::function<void(Value)> done) {
    return [executor = std::move(executor), done = std::move(done)](Value value) {
        asio::post(executor, [done, value = std::move(value)]() mutable { done(std::move(value)); });
    };
}

}  // namespace

Client::Client(asio::any_io_executor loop, std::weak_ptr<Overlay> overlay, asio::any_io_executor answers)
    : loop_(std::move(loop)), overlay_(std::move(overlay)), answers_(std::move(answers)) {}

template <typename Do>
void Client::post(Do what) const {
    asio::post(loop_, [weak = overlay_, what = std::move(what)]() mutable {
        if (const auto overlay = weak.lock()) what(*overlay);
    });
}

void Client::publish(const RecordName& name, InnerRecord record) const {
    post([name, record = std::move(record)](Overlay& o) mutable { o.publish(name, std::move(record)); });
}

void Client::withdraw(const RecordName& name) const {
    post([name](Overlay& o) { o.withdraw(name); });
}

void Client::set_certificates(std::vector<CertifiedName> certified) const {
    post(
        [certified = std::move(certified)](Overlay& o) mutable { o.set_certificates(std::move(certified)); });
}

void Client::publish_tombstones(std::vector<std::vector<std::uint8_t>> blocks) const {
    post([blocks = std::move(blocks)](Overlay& o) mutable { o.publish_tombstones(std::move(blocks)); });
}

void Client::trust_clock(bool plausible) const {
    post([plausible](Overlay& o) { o.trust_clock(plausible); });
}

void Client::network_changed() const {
    post([](Overlay& o) { o.network_changed(); });
}

void Client::set_lan(LanSettings settings) const {
    post([settings = std::move(settings)](Overlay& o) mutable { o.set_lan(std::move(settings)); });
}

void Client::meet(std::vector<asio::ip::udp::endpoint> nodes) const {
    post([nodes = std::move(nodes)](Overlay& o) { o.meet(nodes); });
}

void Client::resolve(ResolveRequest request, ResolveDone done) const {
    post([request = std::move(request), done = told_on(answers_, std::move(done))](Overlay& o) mutable {
        o.resolve(std::move(request), std::move(done));
    });
}

void Client::also_at(const std::optional<asio::ip::address>& address) const {
    post([address](Overlay& o) { o.also_at(address); });
}

void Client::promise_call_back(const CallBackWish& wish, bool yes) const {
    post([wish, yes](Overlay& o) { o.promise_call_back(wish, yes); });
}

void Client::ask_call_back(const TransportAddress& of, const crypto::Bytes<15>& id,
                           CallBacks::Answered done) const {
    post([of, id, done = told_on(answers_, std::move(done))](Overlay& o) mutable {
        o.ask_call_back(of, id, std::move(done));
    });
}

void Client::status(std::function<void(OverlayStatus)> done) const {
    post([done = told_on(answers_, std::move(done))](Overlay& o) { done(o.status()); });
}

void Client::listen(std::weak_ptr<Listener> listener) const {
    post([listener = std::make_shared<PostedListener>(answers_, std::move(listener))](Overlay& o) {
        o.listen(listener);
    });
}

}  // namespace overlay
