// simulations/sybil.cpp - dht::Dht whose policies lie, behind a link that rewrites what it says of
// neighbours.
#include "simulations/sybil.hpp"

#include <opendht/dht.h>

#include <algorithm>
#include <msgpack.hpp>

#include "simulations/dht_socket.hpp"

namespace simulations {
namespace {

/// OpenDHT's list of IPv4 nodes: id, address and port, one after the other.
std::string as_nodes(const std::vector<Sybil::Friend>& friends, std::size_t from) {
    constexpr std::size_t most = 8;  // that a reply names
    std::string bytes;
    for (std::size_t i = 0; i < std::min(most, friends.size()); ++i) {
        const auto& each = friends[(from + i) % friends.size()];
        bytes.append(each.id.begin(), each.id.end());
        const auto address = each.address.address().to_v4().to_bytes();
        bytes.append(address.begin(), address.end());
        bytes.push_back(static_cast<char>(each.address.port() >> 8U));
        bytes.push_back(static_cast<char>(each.address.port() & 0xffU));
    }
    return bytes;
}

/// A reply's "n4" becomes `nodes`; what is no reply stays as it is.
std::vector<std::uint8_t> with_nodes(crypto::ByteView datagram, const std::string& nodes) {
    auto unpacked = msgpack::unpack(reinterpret_cast<const char*>(datagram.data()), datagram.size());
    auto& message = unpacked.get();
    const auto member = [](const msgpack::object& map, std::string_view name) -> msgpack::object* {
        if (map.type != msgpack::type::MAP) return nullptr;
        for (std::uint32_t i = 0; i < map.via.map.size; ++i) {
            auto& [key, value] = map.via.map.ptr[i];
            if (key.type == msgpack::type::STR && std::string_view(key.via.str.ptr, key.via.str.size) == name)
                return &value;
        }
        return nullptr;
    };
    std::vector<std::uint8_t> same(datagram.begin(), datagram.end());
    auto* reply = member(message, "r");
    auto* listed = reply != nullptr ? member(*reply, "n4") : nullptr;
    if (listed == nullptr || listed->type != msgpack::type::BIN) return same;
    listed->via.bin.ptr = nodes.data();
    listed->via.bin.size = static_cast<std::uint32_t>(nodes.size());
    msgpack::sbuffer buffer;
    msgpack::pack(buffer, message);
    return {buffer.data(), buffer.data() + buffer.size()};
}

dht::StorePolicy policy_of(Sybil::Manner manner, dht::Dht& core) {
    using Value = std::shared_ptr<dht::Value>;
    switch (manner) {
        case Sybil::Manner::drops:
            return [](dht::InfoHash, Value&, const dht::InfoHash&, const dht::SockAddr&) { return false; };
        case Sybil::Manner::corrupts:
            return [](dht::InfoHash, Value& value, const dht::InfoHash&, const dht::SockAddr&) {
                // Not a copy: dht::Value's forgets some of its fields.
                value = std::make_shared<dht::Value>(dht::ValueType::Id{value->type}, value->data.data(),
                                                     value->data.size(), value->id);
                value->data.back() ^= 1;
                return true;
            };
        case Sybil::Manner::replays:
            return [&core](dht::InfoHash key, Value&, const dht::InfoHash&, const dht::SockAddr&) {
                return core.getLocal(key).empty();
            };
    }
    return {};
}

}  // namespace

struct Sybil::Impl {
    World& world;
    Setup setup;
    std::unique_ptr<dht::Dht> core;
    TimePoint wake, ask_at;

    void periodic(crypto::ByteView datagram, const dht::SockAddr& from, Now now) {
        wake = core->periodic(datagram.data(), datagram.size(), from, now.steady);
        for (const auto family : {AF_INET, AF_INET6})
            core->updateStatus(static_cast<sa_family_t>(family));
    }
    [[nodiscard]] bool connected() const { return core->getStatus() == dht::NodeStatus::Connected; }
};

Sybil::Sybil(World& world, const Setup& setup)
    : impl_(std::make_unique<Impl>(Impl{world, setup, {}, {}, {}})) {
    dht::Config config;
    config.network = setup.network;
    config.node_id = dht::InfoHash(setup.id.data(), setup.id.size());
    config.max_store_size = -1;
    auto socket = dht_socket(setup.address, [&world, setup, turn = std::size_t{0}](
                                                const Endpoint& to, crypto::ByteView datagram) mutable {
        if (setup.friends.empty()) return world.send(setup.address, to, datagram);
        return world.send(setup.address, to, with_nodes(datagram, as_nodes(setup.friends, turn++)));
    });
    impl_->core = std::make_unique<dht::Dht>(std::move(socket), config, std::shared_ptr<dht::Logger>{});
    impl_->core->registerType({overlay::DhtNode::value_type, "hedgewitch", std::chrono::hours(24),
                               policy_of(setup.manner, *impl_->core), dht::ValueType::DEFAULT_EDIT_POLICY});
    world.move_in(setup.address, *this);
}

Sybil::~Sybil() {
    impl_->world.move_out(impl_->setup.address);
}

void Sybil::receive(const Endpoint& from, crypto::ByteView datagram, Now now) {
    impl_->periodic(datagram, to_dht(from), now);
}

void Sybil::step(Now now) {
    if (!impl_->connected() && impl_->ask_at <= now.steady) {
        for (const auto& host : impl_->setup.bootstrap)
            impl_->core->pingNode(to_dht(host));
        impl_->ask_at = now.steady + std::chrono::seconds(1);
    }
    impl_->periodic({}, {}, now);
}

TimePoint Sybil::next_wake() const {
    const auto wake = impl_->wake + std::chrono::microseconds(1);  // overlay/README.md, "Stepped, not run"
    return impl_->connected() ? wake : std::min(wake, impl_->ask_at);
}

crypto::Bytes<20> Sybil::next_to(const overlay::Location& location, Random& random) {
    auto id = location;
    for (auto byte = id.end() - 4; byte != id.end(); ++byte)
        *byte = static_cast<std::uint8_t>(random());
    return id;
}

}  // namespace simulations
