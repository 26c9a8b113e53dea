// simulations/fleet.cpp - joining, leaving, publishing, asking, judging.
#include "simulations/fleet.hpp"

#include <algorithm>

namespace simulations {
namespace {

constexpr const char* label = "home";
constexpr std::uint16_t port_of_version_0 = 10000;
constexpr std::uint16_t dht_port = 4222;

crypto::Identity identity_of(std::uint64_t series, std::size_t number) {
    crypto::Bytes<32> seed{};
    for (unsigned i = 0; i < 8; ++i) {
        seed[i] = static_cast<std::uint8_t>(series >> (8 * i));
        seed[8 + i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return crypto::Identity::from_seed(crypto::Seed(seed));
}

}  // namespace

Fleet::Fleet(World& world, Plan plan) : world_(world), plan_(std::move(plan)) {
    if (plan_.bootstrap_hosts == 0) plan_.bootstrap_hosts = 1 + plan_.nodes / 2000;
    const auto first = asio::ip::make_address_v4(plan_.first).to_uint();
    for (std::size_t i = 0; i < plan_.nodes; ++i) {
        const asio::ip::address_v4 outside(static_cast<std::uint32_t>(first + i));
        members_.push_back({identity_of(plan_.series, i), {outside, dht_port}, {}, {}, 0, {}});
        if (i < plan_.bootstrap_hosts || fraction(world_.random()) >= plan_.hidden) continue;
        // The home's own network is 172.16.0.0/12 here, numbered through so that no two hosts are one.
        const asio::ip::address_v4 inside(
            static_cast<std::uint32_t>(0xac100000U + (plan_.series << 17U) + i));
        world_.hide(inside, std::make_shared<Nat>(plan_.nat, outside));
        members_.back().address = {inside, dht_port};
    }
}

Fleet::~Fleet() = default;

void Fleet::join_over(std::chrono::seconds time) {
    for (std::size_t i = 0; i < size(); ++i) {
        const auto wait = i < plan_.bootstrap_hosts
                              ? Micro(0)
                              : Micro(static_cast<Micro::rep>(fraction(world_.random()) * 1e6 *
                                                              static_cast<double>(time.count())));
        world_.after(wait, alive_.guard([this, i] { join(i); }));
    }
}

void Fleet::join(std::size_t number) {
    auto& member = members_[number];
    if (member.node) return;
    auto setup = plan_.node;
    setup.cache = false;
    setup.address = member.address;
    setup.bootstrap = plan_.others_to_ask;
    constexpr int asked = 3;  // each looks up a few of the hosts that there are
    for (int i = 0; i < asked && number != 0 && !plan_.only_others; ++i)
        setup.bootstrap.push_back(
            members_[world_.random()() % std::min(plan_.bootstrap_hosts, number)].address);
    const auto worst = plan_.worst_skew.count();
    if (worst > 0)
        setup.skew = std::chrono::seconds(
            static_cast<std::int64_t>(world_.random()() % (2 * static_cast<std::uint64_t>(worst) + 1)) -
            worst);
    member.node = std::make_unique<OverlayNode>(world_, setup, member.identity, member.memory);
}

void Fleet::leave(std::size_t member) {
    members_[member].node.reset();
}

std::size_t Fleet::anybody() {
    const auto first = size() > 2 * plan_.bootstrap_hosts ? plan_.bootstrap_hosts : 0;
    for (;;) {
        const auto member = first + world_.random()() % (size() - first);
        if (is_there(member)) return member;
    }
}

overlay::InnerRecord Fleet::contact(std::size_t member, std::uint16_t version) const {
    overlay::InnerRecord record;
    const auto address =
        asio::ip::make_address_v4(plan_.first).to_uint() + static_cast<std::uint32_t>(member);
    record.edges.push_back({{},
                            {{overlay::Transport::udp, asio::ip::address_v4(address),
                              static_cast<std::uint16_t>(port_of_version_0 + version)}}});
    record.nodes.push_back({asio::ip::address_v4(address), dht_port});
    return record;
}

void Fleet::publish(std::size_t number) {
    auto& member = members_[number];
    member.changed_at = world_.now().steady;
    member.node->publish(label, contact(number, ++member.version));
}

Lookup Fleet::judge(std::size_t caller, std::size_t owner, const overlay::ResolveAnswer& answer,
                    TimePoint now) const {
    Lookup lookup;
    lookup.caller = caller;
    lookup.owner = owner;
    lookup.elapsed_ms = static_cast<double>(answer.elapsed.count());
    lookup.from_cache = answer.from_cache;
    if (!answer.record) {
        lookup.verdict = answer.outcome == overlay::Outcome::none ? Verdict::none : Verdict::unheard;
        return lookup;
    }
    lookup.verdict = Verdict::wrong;
    const auto& edges = answer.record->edges;
    if (edges.size() != 1 || edges[0].addresses.size() != 1) return lookup;
    const auto told = static_cast<std::uint16_t>(edges[0].addresses[0].port - port_of_version_0);
    const auto& member = members_[owner];
    if (told == 0 || told > member.version || edges != contact(owner, told).edges) return lookup;
    lookup.verdict = told == member.version ? Verdict::right : Verdict::stale;
    if (told != member.version)
        lookup.stale_s = std::chrono::duration<double>(now - member.changed_at).count();
    return lookup;
}

void Fleet::look_up(std::size_t caller, const Fleet& owners, std::size_t owner,
                    std::function<void(const Lookup&)> done) {
    overlay::ResolveRequest request;
    request.owner = owners.identity(owner).public_key();
    request.label = label;
    members_[caller].node->ask(std::move(request),
                               alive_.guard([this, &owners, caller, owner,
                                             done = std::move(done)](const overlay::ResolveAnswer& answer) {
                                   done(owners.judge(caller, owner, answer, world_.now().steady));
                               }));
}

std::size_t Fleet::stored_values() const {
    std::size_t values = 0;
    for (const auto& member : members_)
        if (member.node) values += member.node->status().stored_values;
    return values;
}

std::size_t Fleet::connected() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        members_, [](const Member& member) { return member.node && !member.node->lonely(); }));
}

void Tally::add(const Lookup& lookup) {
    ++asked;
    switch (lookup.verdict) {
        case Verdict::right:
            ++right;
            elapsed_ms.add(lookup.elapsed_ms);
            break;
        case Verdict::stale:
            ++(lookup.from_cache ? remembered : stale);
            stale_s.add(lookup.stale_s);
            break;
        case Verdict::wrong: ++wrong; break;
        case Verdict::none: ++none; break;
        case Verdict::unheard: ++unheard; break;
    }
}

}  // namespace simulations
