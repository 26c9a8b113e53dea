// tests/peers/hostile_node.cpp - a DHT node that puts what it should not at another's location.
// It is given the victim's seed only to make what a patient attacker would have recorded earlier (a block
// that has expired, one with an older seq) or been given once (a certificate for one slot of one day). All of
// it points at --address, where a wrong 302 would lead. Prints one JSON line for each thing done; stops by
// itself.
#include <opendht/dht.h>

#include <CLI/CLI.hpp>
#include <asio.hpp>
#include <cstring>
#include <iostream>

#include "crypto/name.hpp"
#include "overlay/block.hpp"
#include "overlay/dht_node.hpp"
#include "overlay/tombstone.hpp"
#include "overlay/udp_link.hpp"
#include "tests/overlay/records.hpp"

namespace {

using asio::ip::udp;
using crypto::ByteView;
using overlay::UnixSeconds;
using Wire = std::vector<std::uint8_t>;

// overlay/block.hpp: array head, version, A' with its head of 2, expiry in 5; then, behind a seq in 3, the
// certificate with its head of 2.
constexpr std::ptrdiff_t slot_at = 1 + 1 + 34 + 5;
constexpr std::ptrdiff_t certificate_at = slot_at + 1 + 3 + 2;

struct Options {
    std::uint32_t network = 0;
    std::vector<std::string> bootstrap;
    std::string listen = "127.0.0.66:4266", owner, seed, label = "bob", address = "127.0.0.66";
    std::vector<std::string> acts;
    int copies = 8, seconds = 4;
};

UnixSeconds unix_now() {
    return static_cast<UnixSeconds>(std::time(nullptr));
}

udp::endpoint endpoint_of(const std::string& text) {
    const auto colon = text.rfind(':');
    return {asio::ip::make_address(text.substr(0, colon)),
            static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1)))};
}

dht::SockAddr to_dht(const udp::endpoint& e) {
    return {e.data(), static_cast<socklen_t>(e.size())};
}

class Link final : public dht::net::DatagramSocket {
public:
    explicit Link(overlay::UdpLink& link) : link_(link) {}
    int sendTo(const dht::SockAddr& to, const uint8_t* data, size_t size, bool) override {
        if (to.getFamily() != AF_INET) return EAFNOSUPPORT;
        udp::endpoint endpoint;
        std::memcpy(endpoint.data(), to.get(), to.getLength());
        endpoint.resize(to.getLength());
        return link_.send(endpoint, {data, size});
    }
    bool hasIPv4() const override { return true; }
    bool hasIPv6() const override { return true; }
    const dht::SockAddr& getBoundRef(sa_family_t) const override { return nowhere_; }
    std::vector<dht::SockAddr> resolve(const std::string&, const std::string&) override { return {}; }
    void stop() override {}

private:
    overlay::UdpLink& link_;
    dht::SockAddr nowhere_;
};

Wire random_wire(std::size_t size) {
    Wire wire(size);
    crypto::random_bytes(wire);
    return wire;
}

class Attacker {
public:
    explicit Attacker(const Options& o)
        : options_(o),
          link_(loop_, {endpoint_of(o.listen)},
                [this](const udp::endpoint& from, ByteView data) {
                    core_->periodic(data.data(), data.size(), to_dht(from), dht::clock::now());
                }),
          victim_(crypto::Identity::from_seed(crypto::decode_seed(o.seed).value())) {
        dht::Config config;
        config.node_id = dht::InfoHash::getRandom();
        config.network = o.network;
        config.max_req_per_sec = config.max_peer_req_per_sec = 8192;
        config.max_store_size = -1;
        core_ =
            std::make_unique<dht::Dht>(std::make_unique<Link>(link_), config, std::shared_ptr<dht::Logger>{});
        const auto now = unix_now();
        today_ = crypto::blind(victim_.public_key(), {}, o.label, overlay::period_of(now)).value();
    }

    bool join() {
        link_.start();
        for (const auto& node : options_.bootstrap) {
            core_->pingNode(to_dht(endpoint_of(node)), [this](bool ok) { answered_ += ok ? 1 : 0; });
        }
        return run_until([&] { return answered_ == options_.bootstrap.size(); });
    }

    void act(const std::string& name) {
        std::size_t values = 0;
        const auto& blinded = name == "other-tombstone" ? this_epoch().blinded : today_.blinded;
        for (std::uint8_t i = 0; i < overlay::max_locations; ++i) {
            for (int copy = 0; copy < options_.copies; ++copy, ++values)
                put(overlay::location(blinded, i), type_of(name, copy), make(name));
        }
        std::cout << R"({"act": ")" << name << R"(", "values": )" << values << "}" << std::endl;
    }

    void stay() {
        run_until([] { return false; });
    }

private:
    static dht::ValueType::Id type_of(const std::string& name, int copy) {
        constexpr dht::ValueType::Id others[] = {0, 3, 77, 40000};
        return name == "other-types" ? others[copy % 4] : overlay::DhtNode::value_type;
    }

    overlay::InnerRecord misleading() const {
        overlay::InnerRecord record;
        record.issued_at = unix_now();
        record.edges.push_back(
            {{}, {{overlay::Transport::udp, asio::ip::make_address(options_.address), 5060}}});
        return record;
    }

    Wire signed_by(const crypto::Identity& identity, const crypto::Blinding& blinding, UnixSeconds expires,
                   std::uint16_t seq) const {
        overlay::BlockParameters parameters;
        parameters.expires = expires;
        parameters.seq = seq;
        crypto::random_bytes(parameters.nonce);
        return overlay::make_block(crypto::BlindedSigner(identity, blinding), blinding, misleading(),
                                   parameters)
            .value();
    }

    // A block by a writer who was certified for slot 1 by the victim, in `certified`'s period.
    Wire certified_block(const crypto::Identity& writer, const crypto::Blinding& certified) const {
        const auto certificate = [&](const crypto::Blinding& blinding) {
            const crypto::BlindedSigner signer(victim_, blinding);
            return overlay::make_certificate(signer, blinding, 1, writer.public_key()).value();
        };
        overlay::BlockParameters parameters{in_two_hours(), 1, 1439, {}};
        crypto::random_bytes(parameters.nonce);
        auto wire =
            overlay::make_block(writer, certificate(today_), today_, misleading(), parameters).value();
        std::ranges::copy(certificate(certified), wire.begin() + certificate_at);
        return wire;
    }

    // What a node that was certified and then stolen can sign, though it may not.
    Wire stolen(const crypto::Identity& writer, const std::string& what) const {
        auto record = misleading();
        if (what == "delegation") record.kind = overlay::Kind::delegation;
        if (what == "tombstone") record.kind = overlay::Kind::tombstone;
        if (what == "ahead") record.issued_at += UnixSeconds{10} * 365 * 86400;
        record.target = writer.public_key();
        overlay::BlockParameters parameters{in_two_hours(), 1, 1439, {}};
        crypto::random_bytes(parameters.nonce);
        return overlay::testing_records::by_stolen_node(victim_, writer, today_, record, parameters);
    }

    // Signs anew what was altered: by the key that the writer has in `certified`'s period, so that only the
    // certificate is wrong.
    static Wire signed_again(Wire wire, const crypto::Identity& writer, const crypto::Blinding& certified) {
        const crypto::ByteView fields(wire.data() + 1, wire.size() - 1 - 2 - 64);
        const auto w = crypto::blind_writer(writer.public_key(), certified).value();
        std::ranges::copy(crypto::BlindedSigner(writer, w).sign("hedgewitch/v1/block", fields),
                          wire.end() - 64);
        return wire;
    }

    crypto::Blinding yesterday() const {
        return crypto::blind(victim_.public_key(), {}, options_.label, today_.period - 1).value();
    }

    crypto::Blinding this_epoch() const {
        return overlay::revocation_blinding(victim_.public_key(), overlay::epoch_of(unix_now())).value();
    }

    // A stranger's own tombstone, to be put where the victim's would be.
    static Wire strangers_tombstone() {
        const auto now = unix_now();
        crypto::Bytes<crypto::box_nonce_size> nonce;
        crypto::random_bytes(nonce);
        return overlay::make_tombstone(crypto::Identity::generate(), overlay::epoch_of(now), now, nonce)
            .value()
            .block;
    }

    static UnixSeconds in_two_hours() { return (unix_now() + 7200 + 899) / 900 * 900; }

    Wire make(const std::string& name) {
        if (name == "other-types" || name == "junk") return random_wire(300);
        if (name == "other-tombstone") return strangers_tombstone();
        if (name == "other-key") {
            const auto stranger = crypto::Identity::generate();
            const auto blinding =
                crypto::blind(stranger.public_key(), {}, options_.label, today_.period).value();
            return signed_by(stranger, blinding, in_two_hours(), 1439);
        }
        // Recorded earlier: really signed by the victim.
        if (name == "expired") return signed_by(victim_, today_, unix_now() / 900 * 900, 1439);
        if (name == "older-seq") return signed_by(victim_, today_, in_two_hours(), 0);
        Wire wire = signed_by(victim_, today_, in_two_hours(), 1439);
        if (name == "newest") return wire;  // nothing is wrong with it: what older-seq is older than
        if (name == "slot-16") {
            wire.at(slot_at) = 16;
            return wire;
        }
        if (name == "truncated") {
            wire.resize(wire.size() - 1 - static_cast<std::size_t>(random_wire(1)[0]));
            return wire;
        }
        if (name == "forged") {  // the victim's A', another's signature
            std::ranges::copy(random_wire(64), wire.end() - 64);
            return wire;
        }
        // A writer whom the victim certified once: honest; for slot 1 alone; for yesterday alone.
        const auto writer = crypto::Identity::generate();
        if (name.starts_with("stolen-")) return stolen(writer, name.substr(7));
        if (name == "certified") return certified_block(writer, today_);
        if (name == "other-slot") {
            wire = certified_block(writer, today_);
            wire.at(slot_at) = 2;
            return signed_again(wire, writer, today_);
        }
        if (name == "old-certificate") {
            const auto day = yesterday();
            return signed_again(certified_block(writer, day), writer, day);
        }
        throw std::runtime_error("no such act: " + name);
    }

    void put(const overlay::Location& place, dht::ValueType::Id type, const Wire& wire) {
        auto id = dht::Value::Id{};
        const auto roll = random_wire(sizeof id);
        std::memcpy(&id, roll.data(), sizeof id);
        if (const auto block = overlay::parse_block(wire)) id = overlay::value_id(block->signature);
        core_->put(dht::InfoHash(place.data(), place.size()),
                   std::make_shared<dht::Value>(type, wire.data(), wire.size(), id), dht::DoneCallback{});
    }

    template <typename Condition>
    bool run_until(Condition condition) {
        const auto end = dht::clock::now() + std::chrono::seconds(options_.seconds);
        while (!condition()) {
            if (dht::clock::now() > end) return false;
            loop_.restart();
            loop_.run_one_for(std::chrono::milliseconds(5));
            core_->periodic(nullptr, 0, dht::SockAddr{}, dht::clock::now());
            core_->updateStatus(AF_INET);
        }
        return true;
    }

    Options options_;
    std::size_t answered_ = 0;  // bootstrap nodes
    asio::io_context loop_;
    overlay::UdpLink link_;
    crypto::Identity victim_;
    crypto::Blinding today_;
    std::unique_ptr<dht::Dht> core_;  // last: it sends over link_
};

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Puts hostile values at the DHT locations of somebody's record."};
    app.add_option("--network", options.network, "OpenDHT network id")->required();
    app.add_option("--bootstrap", options.bootstrap, "address:port of DHT nodes, repeated")
        ->required()
        ->allow_extra_args(false);
    app.add_option("--listen", options.listen, "address:port of our own");
    app.add_option("--seed", options.seed, "the victim's seed backup, 56 characters")->required();
    app.add_option("--label", options.label, "the victim's user name");
    app.add_option("--address", options.address, "where the hostile records point");
    app.add_option("--copies", options.copies, "values of each kind at each location");
    app.add_option("--seconds", options.seconds, "how long to stay after the puts");
    app.add_option("acts", options.acts,
                   "other-types junk other-key expired older-seq newest slot-16 truncated forged certified "
                   "other-slot "
                   "old-certificate other-tombstone")
        ->required();
    CLI11_PARSE(app, argc, argv);
    Attacker attacker(options);
    if (!attacker.join()) {
        std::cerr << "could not join the network\n";
        return 1;
    }
    for (const auto& act : options.acts)
        attacker.act(act);
    attacker.stay();
    return 0;
}
