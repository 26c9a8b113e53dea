// overlay/dht_node.cpp - the only file that sees OpenDHT. What was measured of it: overlay/README.md.
#include "overlay/dht_node.hpp"

#include <opendht/dht.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "overlay/dht_datagram.hpp"
#include "overlay/listen_quota.hpp"
#include "overlay/opendht_versions.hpp"
#include "overlay/store_quota.hpp"

namespace overlay {
namespace {

using asio::ip::udp;

dht::SockAddr to_dht(const udp::endpoint& endpoint) {
    return {endpoint.data(), static_cast<socklen_t>(endpoint.size())};
}

udp::endpoint from_dht(const dht::SockAddr& address) {
    udp::endpoint endpoint;
    if (address.getLength() > endpoint.capacity()) return endpoint;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(address.get()), address.getLength(),
                reinterpret_cast<std::uint8_t*>(endpoint.data()));
    endpoint.resize(address.getLength());
    return endpoint;
}

dht::InfoHash to_hash(const crypto::Bytes<20>& bytes) {
    return {bytes.data(), bytes.size()};
}

crypto::Bytes<20> from_hash(const dht::InfoHash& hash) {
    crypto::Bytes<20> bytes{};
    std::copy_n(hash.data(), bytes.size(), bytes.begin());
    return bytes;
}

/// OpenDHT's idea of a socket, without one.
class Link final : public dht::net::DatagramSocket {
public:
    explicit Link(DhtNode::Send send) : send_(std::move(send)) {}

    int sendTo(const dht::SockAddr& to, const uint8_t* data, size_t size, bool /*replied*/) override {
        return send_(from_dht(to), {data, size});
    }
    bool hasIPv4() const override { return true; }
    // Always: with IPv4 alone listen() gives token 0, which cannot be cancelled (opendht/dht.cpp:906).
    bool hasIPv6() const override { return true; }
    const dht::SockAddr& getBoundRef(sa_family_t /*family*/) const override { return nowhere_; }
    // Bootstrap names are resolved by the adapter, without blocking.
    std::vector<dht::SockAddr> resolve(const std::string& /*host*/, const std::string& /*service*/) override {
        return {};
    }
    void stop() override {}

private:
    DhtNode::Send send_;
    dht::SockAddr nowhere_;
};

constexpr std::chrono::hours block_time{3};     // block.hpp: max_lifetime
constexpr std::chrono::minutes guest_time{10};  // ValueType::USER_DATA's
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t versions_per_key = 8;  // a reader pays 8 messages for each

Connectivity to_connectivity(dht::NodeStatus status) {
    switch (status) {
        case dht::NodeStatus::Disconnected: return Connectivity::disconnected;
        case dht::NodeStatus::Connecting: return Connectivity::connecting;
        case dht::NodeStatus::Connected: return Connectivity::connected;
    }
    return Connectivity::disconnected;
}

}  // namespace

struct DhtNode::Impl {
    Impl(const Config& c, Send send, Now n)
        : config(c),
          now(n),
          blocks(
              {c.store_bytes, c.store_bytes_per_source, unlimited, unlimited}),  // versions_per_key is less
          guests({c.store_bytes / 2, std::min(c.store_bytes_per_source, c.guest_bytes_per_source)}) {
        dht::Config settings;
        settings.node_id = to_hash(config.node_id);
        settings.network = config.network;
        // Both, or the node goes deaf: one alone leaves the other at 0.
        settings.max_req_per_sec = 8192;
        settings.max_peer_req_per_sec = config.requests_of_a_source;
        // OpenDHT's own quota can underflow and then loops for ever
        // (storage.h:227); ours is in the store policy.
        settings.max_store_size = -1;
        settings.max_store_keys = config.store_keys;
        // Never max_searches: once it is reached, search() loops for ever over a search that is not done.
        settings.maintain_storage = false;
        core = std::make_unique<dht::Dht>(std::make_unique<Link>(std::move(send)), settings,
                                          std::shared_ptr<dht::Logger>{});
        register_types();
    }

    void register_types() {
        using Policy = dht::StorePolicy;
        const Policy guest = [this](dht::InfoHash key, std::shared_ptr<dht::Value>& value,
                                    const dht::InfoHash&, const dht::SockAddr& from) {
            return admit_guest(key, *value, from_dht(from));
        };
        const Policy nobody = [this](dht::InfoHash, std::shared_ptr<dht::Value>&, const dht::InfoHash&,
                                     const dht::SockAddr&) { return refuse(Errc::wrong_type); };
        for (std::uint32_t type = 0; type <= config.other_types; ++type) {
            core->registerType({static_cast<dht::ValueType::Id>(type),
                                {},
                                guest_time,
                                config.network == 0 ? guest : nobody,
                                dht::ValueType::DEFAULT_EDIT_POLICY});
        }
        const Policy block = [this](dht::InfoHash key, std::shared_ptr<dht::Value>& value,
                                    const dht::InfoHash&,
                                    const dht::SockAddr& from) { return admit(key, *value, from_dht(from)); };
        // Another value at an id that we hold: ids are hashes of signatures, so there is no honest edit.
        const dht::EditPolicy edit = [this](dht::InfoHash key, const std::shared_ptr<dht::Value>&,
                                            std::shared_ptr<dht::Value>& value, const dht::InfoHash&,
                                            const dht::SockAddr&) {
            const auto checked = check(key, *value);
            return refuse(checked ? Errc::rolled_back : checked.error());
        };
        core->registerType({value_type, "hedgewitch", block_time, block, edit});
    }

    bool refuse(std::error_code why) {
        ++refused[static_cast<std::size_t>(why.value())];
        return false;
    }

    // On the public network we keep what others put, as they keep ours.
    bool admit_guest(const dht::InfoHash& key, const dht::Value& value, const udp::endpoint& from) {
        if (value.size() > dht::MAX_VALUE_SIZE) return refuse(Errc::too_large);
        return fits(guests, from, key, value.size(), guest_time) || refuse(Errc::quota);
    }

    // The quota forgets a value when OpenDHT should have expired it, but anybody can keep it alive by putting
    // the same bytes again, which asks no policy: so the true sum counts too.
    bool fits(StoreQuota& quota, const udp::endpoint& from, const dht::InfoHash& key, std::size_t size,
              std::chrono::seconds kept) {
        return core->getStoreSize().first + size <= config.store_bytes &&
               quota.admit(from.address(), from_hash(key), size, kept, now.steady);
    }

    // OpenDHT asks no policy about listens.
    bool may_listen(const udp::endpoint& from, crypto::ByteView datagram) {
        const auto read = read_dht_datagram(datagram);
        if (!read || read->kind != DhtDatagram::Kind::request || read->method != "listen") return true;
        std::string what;
        for (const auto field : {read->id, read->key, read->socket})
            what.append(field.begin(), field.end());
        if (listens.admit(from.address(), what, now.steady)) return true;
        ++listens_refused;
        return false;
    }

    // What can be known of one value. 37 us when it gets as far as the signature.
    [[nodiscard]] Result<Block> check(const dht::InfoHash& key, const dht::Value& value) const {
        // Only the data is ours; the other fields would be paid for by nobody.
        if (value.owner || value.recipient || !value.user_type.empty() || !value.signature.empty() ||
            !value.cypher.empty())
            return fail(Errc::not_canonical);
        auto block = check_block(value.data, from_hash(key), now.wall);
        // So that a stranger cannot take the id of another's block (opendht/dht.cpp:2491).
        if (block && value.id != value_id(block->signature)) return fail(Errc::not_canonical);
        return block;
    }

    // The storer's check. Runs inside periodic().
    bool admit(const dht::InfoHash& key, const dht::Value& value, const udp::endpoint& from) {
        const auto block = check(key, value);
        if (!block) return refuse(block.error());
        // A tombstone has a place of its own, one a key: who stole the key, and so can write anything here,
        // can neither take that place nor fill it. What it holds there revokes the key (tombstone.hpp).
        const bool tombstone = has_tombstone_shape(*block);
        std::size_t versions = 0;
        std::shared_ptr<dht::Value> oldest;
        std::uint16_t oldest_seq = 0;
        for (const auto& other : core->getLocal(key, dht::Value::TypeFilter(value_type))) {
            const auto known = parse_block(other->data);
            if (!known || has_tombstone_shape(*known) != tombstone) continue;
            ++versions;
            const bool same_slot = writer_of(*known) == writer_of(*block);
            if (same_slot && known->seq >= block->seq) return refuse(Errc::rolled_back);
            const bool of_no_use = same_slot || known->expires <= now.wall;
            if (of_no_use && (!oldest || known->seq < oldest_seq)) {
                oldest = other;
                oldest_seq = known->seq;
            }
        }
        const bool full = versions >= versions_per_key;
        if (full && (!oldest || now.steady < next_drop)) return refuse(Errc::quota);
        if (!fits(blocks, from, key, value.data.size(), block_time)) return refuse(Errc::quota);
        if (full) drop(key, oldest);
        return true;
    }

    // A phone that comes and goes makes more than eight versions in their lifetime, and the ninth is the one
    // that callers want. OpenDHT has no erase, but a put that is cancelled before its first step sends no
    // value and takes the stored one along. It leaves a search for the key behind (some twenty packets), so
    // no more than one a second.
    void drop(const dht::InfoHash& key, const std::shared_ptr<dht::Value>& value) {
        next_drop = now.steady + std::chrono::seconds(1);
        core->put(key, value, dht::DoneCallback{}, dht::time_point::max(), false);
        core->cancelPut(key, value->id);
    }

    void periodic(const std::uint8_t* data, std::size_t size, const dht::SockAddr& from) {
        try {
            wake = core->periodic(data, size, from, now.steady);
        } catch (const std::exception&) {
            // OpenDHT catches what a packet throws, not what a job of its scheduler throws.
            wake = now.steady + std::chrono::milliseconds(100);
        }
        for (const auto family : {AF_INET, AF_INET6})
            core->updateStatus(static_cast<sa_family_t>(family));
    }

    // After an API call: periodic() must run once more, soon.
    void nudge() { wake = std::min(wake, now.steady); }

    Config config;
    Now now;
    StoreQuota blocks, guests;
    ListenQuota listens;
    std::uint64_t listens_refused = 0;
    Refusals refused{};
    TimePoint wake{}, next_drop{};
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
    std::unique_ptr<dht::Dht> core;  // last: its callbacks use the rest
};

DhtNode::DhtNode(const Config& config, Send send, Now now)
    : impl_(std::make_unique<Impl>(config, std::move(send), now)) {}

DhtNode::~DhtNode() {
    impl_->alive.reset();
}

void DhtNode::receive(const udp::endpoint& from, crypto::ByteView datagram, Now now) {
    if (datagram.empty()) return;  // to periodic() that would mean "no packet"
    impl_->now = now;
    if (!impl_->may_listen(from, datagram)) return;
    impl_->periodic(datagram.data(), datagram.size(), to_dht(from));
}

void DhtNode::step(Now now) {
    impl_->now = now;
    impl_->periodic(nullptr, 0, {});
}

TimePoint DhtNode::next_wake() const {
    // Never exactly at the deadline: op_cache.h:145 compares with <, and would spin on a virtual clock.
    return impl_->wake + std::chrono::microseconds(1);
}

void DhtNode::ping(const udp::endpoint& endpoint) {
    impl_->core->pingNode(to_dht(endpoint));
    impl_->nudge();
}

void DhtNode::insert(const KnownNode& node) {
    impl_->core->insertNode(to_hash(node.id), to_dht(node.endpoint));
    impl_->nudge();
}

std::vector<KnownNode> DhtNode::known_nodes() const {
    std::vector<KnownNode> nodes;
    for (const auto& node : impl_->core->exportNodes()) {
        const auto endpoint = from_dht(address_of<dht::SockAddr>(node));
        if (endpoint.port() != 0) nodes.push_back({from_hash(node.id), endpoint});
    }
    return nodes;
}

void DhtNode::put(const Location& location, crypto::ByteView block, std::uint64_t id,
                  std::function<void()> sent) {
    auto value = std::make_shared<dht::Value>(dht::ValueType::Id{value_type}, block.data(), block.size(), id);
    impl_->core->put(to_hash(location), std::move(value),
                     dht::DoneCallback([alive = std::weak_ptr(impl_->alive), sent = std::move(sent)](
                                           bool, const std::vector<std::shared_ptr<dht::Node>>&) {
                         if (!alive.expired() && sent) sent();
                     }));
    impl_->nudge();
}

void DhtNode::get(const Location& location, bool remote_only, std::function<bool(const Found&)> on_value,
                  std::function<void(bool answered)> done) {
    const auto alive = std::weak_ptr(impl_->alive);
    const auto asking = std::make_shared<bool>(true);
    // Values held here are offered inside get() itself, before anybody is asked.
    dht::Value::Filter filter([asking, remote_only](const dht::Value&) { return !(remote_only && *asking); });
    impl_->core->get(
        to_hash(location),
        dht::GetCallback([alive, asking, impl = impl_.get(), on_value = std::move(on_value)](
                             const std::vector<std::shared_ptr<dht::Value>>& values) {
            if (alive.expired()) return false;
            return std::all_of(values.begin(), values.end(), [&](const auto& value) {
                return on_value({value->type, value->id, value->data, impl->now.steady, *asking});
            });
        }),
        dht::DoneCallback(
            [alive, done = std::move(done)](bool answered, const std::vector<std::shared_ptr<dht::Node>>&) {
                if (!alive.expired() && done) done(answered);
            }),
        std::move(filter), dht::Where().valueType(value_type));
    *asking = false;
    impl_->nudge();
}

void DhtNode::get_kept(const Location& location, const std::function<void(const Found&)>& on_value) const {
    for (const auto& value : impl_->core->getLocal(to_hash(location), dht::Value::TypeFilter(value_type)))
        on_value({value->type, value->id, value->data, impl_->now.steady, true});
}

Connectivity DhtNode::connectivity() const {
    return to_connectivity(impl_->core->getStatus());
}

std::vector<DhtNode::Stored> DhtNode::stored() const {
    std::vector<Stored> all;
    for (const auto& [key, packed] : impl_->core->exportValues())
        for (const auto& value : impl_->core->getLocal(key, {}))
            all.push_back({from_hash(key), value->getPacked()});
    return all;
}

void DhtNode::describe(OverlayStatus& status) const {
    const auto v4 = impl_->core->getNodesStats(AF_INET);
    const auto v6 = impl_->core->getNodesStats(AF_INET6);
    status.connectivity = connectivity();
    status.node_id = impl_->core->getNodeId().toString();
    status.good_nodes_v4 = v4.good_nodes;
    status.good_nodes_v6 = v6.good_nodes;
    status.dubious_nodes_v4 = v4.dubious_nodes;
    status.dubious_nodes_v6 = v6.dubious_nodes;
    std::tie(status.stored_bytes, status.stored_values) = impl_->core->getStoreSize();
    status.refused_as_storer = impl_->refused;
    status.listens_kept = impl_->listens.listens();
    status.listens_refused = impl_->listens_refused;
}

}  // namespace overlay
