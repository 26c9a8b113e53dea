// tests/overlay_time/crawl_test.cpp - what somebody sees who reads every value of every node for two days:
// no name, no label, no address, no key; and nothing by which one day's record is known on the next.
#include <algorithm>
#include <set>
#include <string_view>

#include "crypto/name.hpp"
#include "overlay/tombstone.hpp"
#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

using overlay::Kind;
using overlay::RecordName;
using Wire = std::vector<std::uint8_t>;

std::string_view text(crypto::ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The longest run of bytes that is in both: each byte of `a` is asked for one longer than the longest so far.
std::size_t common_run(crypto::ByteView a, crypto::ByteView b) {
    std::size_t longest = 0;
    for (std::size_t from = 0; from + longest < a.size(); ++from)
        while (from + longest < a.size() &&
               text(b).find(text(a).substr(from, longest + 1)) != std::string_view::npos)
            ++longest;
    return longest;
}

bool holds(crypto::ByteView haystack, crypto::ByteView needle) {
    return !needle.empty() && text(haystack).find(text(needle)) != std::string_view::npos;
}

// Our block inside OpenDHT's packing of a value.
Wire block_in(const Wire& packed) {
    const std::array<std::uint8_t, 4> head{0x98, 0x01, 0xc4, 0x20};
    const auto found = std::search(packed.begin(), packed.end(), head.begin(), head.end());
    const crypto::ByteView from(found, packed.end());
    for (std::size_t size = std::min(from.size(), overlay::max_block_size); size > 0; --size)
        if (overlay::parse_block(from.first(size)))
            return {from.begin(), from.begin() + static_cast<long>(size)};
    return {};
}

struct Needle {
    std::string what;
    Wire bytes;
};

class Crawl : public Village {
protected:
    // Names that random bytes do not spell.
    const std::string listed_label = "bobolink", unlisted_label = "wheatear", zone_label = "goldcrest";
    const std::string user_part = "snipe-0x55aa";
    const Wire secret = [] {
        Wire s(16);
        for (std::size_t i = 0; i < s.size(); ++i)
            s[i] = static_cast<std::uint8_t>(0xa0 + 7 * i);
        return s;
    }();
    Person second{1};  // bob's other node, with his seed
    Person device{3}, zone{4}, friendly{5}, lost{6};
    std::set<Wire> seen;  // each value as it is sent to who asks
    std::vector<Needle> needles;

    void TearDown() override {
        for (auto* person : {&second, &device, &zone, &friendly})
            person->node.reset();
        Village::TearDown();
    }

    overlay::InnerRecord contacts(std::uint16_t port) const {
        using overlay::Transport;
        const auto v4 = asio::ip::make_address("203.0.113.57"),
                   v6 = asio::ip::make_address("2001:db8:77::a9");
        overlay::InnerRecord record;
        record.edges.push_back({tls_hash(), {{Transport::udp, v4, port}, {Transport::tls, v6, port}}});
        record.phones.push_back({0, 1000, 0, {0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4}});
        record.direct.push_back({{Transport::udp, v4, 5071}, user_part, 900});
        record.ticket_key = device.key();
        return record;
    }
    static crypto::Bytes<32> tls_hash() {
        crypto::Bytes<32> hash;
        for (std::size_t i = 0; i < hash.size(); ++i)
            hash[i] = static_cast<std::uint8_t>(11 * i + 3);
        return hash;
    }
    RecordName listed() const { return {bob.key(), {}, listed_label}; }
    RecordName unlisted() const { return {bob.key(), secret, unlisted_label}; }
    RecordName delegated() const { return {zone.key(), {}, zone_label}; }

    void look_for(const std::string& what, crypto::ByteView bytes) {
        needles.push_back({what, {bytes.begin(), bytes.end()}});
    }
    void list_needles() {
        for (const auto& text : {listed_label, unlisted_label, zone_label, user_part})
            look_for(text, crypto::bytes_of(text));
        for (const auto* person : {&bob, &alice, &device, &zone, &friendly, &lost}) {
            const auto name = crypto::encode_name(person->key());
            look_for("a key", person->key());
            look_for("a key name", crypto::bytes_of(name));
            look_for("the head of a key name", crypto::bytes_of(std::string_view(name).substr(0, 8)));
        }
        const auto v4 = asio::ip::make_address_v4("203.0.113.57").to_bytes();
        const auto v6 = asio::ip::make_address_v6("2001:db8:77::a9").to_bytes();
        look_for("an IPv4 address", v4);
        look_for("an IPv6 address", v6);
        look_for("an IPv4 address as text", crypto::bytes_of("203.0.113.57"));
        look_for("an IPv6 address as text", crypto::bytes_of("2001:db8:77::a9"));
        look_for("a secret", secret);
        look_for("a TLS key hash", tls_hash());
        look_for("an instance", crypto::Bytes<8>{0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4});
    }

    void settle() {
        build(25, 0, midnight + 6 * 3600);
        settle_bob_and_alice();
        move_in(second, next_address(), true, 1);
        for (auto* person : {&device, &zone, &friendly})
            move_in(*person, next_address());
        for (unsigned i = inhabitants; i < 32; ++i) {
            add_neighbour();
            move_in(*neighbours.back(), next_address());
        }
        ASSERT_EQ(inhabitants, 32U);
        bob.node->publish(listed(), contacts(5061));
        bob.node->publish(unlisted(), contacts(5061));
        second.node->publish(listed(), contacts(5063));
        const auto today = overlay::period_of(world->now().wall);
        device.node->core().set_certificates(
            {overlay::certify(bob.identity, listed(), 3, device.key(), today, 3).value(),
             overlay::certify(bob.identity, unlisted(), 3, device.key(), today, 3).value()},
            world->now());
        device.node->publish(listed(), contacts(5065));
        device.node->publish(unlisted(), contacts(5065));
        overlay::InnerRecord delegation;
        delegation.kind = Kind::delegation;
        delegation.target = bob.key();
        zone.node->publish(delegated(), delegation);
        const auto tombstone =
            overlay::make_tombstone(lost.identity, overlay::epoch_of(world->now().wall), 0, {}).value();
        friendly.node->core().publish_tombstones({tombstone.block}, world->now());
    }
    void read_all(const std::unique_ptr<OverlayNode>& node) {
        for (auto& [where, packed] : node->core().stored())
            seen.insert(std::move(packed));
    }
    void crawl_for_two_days() {
        const auto end = world->now().wall + 2 * day;
        while (world->now().wall < end) {
            world->run_for(20min);  // less than what any value lives
            for (const auto& neighbour : neighbours)
                read_all(neighbour->node);
            for (const auto* person : {&bob, &alice, &second, &device, &zone, &friendly})
                read_all(person->node);
        }
    }
    // What was seen of a name on one day, by one of its writers.
    std::vector<Wire> blocks_of(const RecordName& name, std::uint32_t period, std::uint8_t slot) const {
        const auto blinding = crypto::blind(name.owner, name.secret, name.label, period).value();
        std::vector<Wire> blocks;
        for (const auto& packed : seen) {
            auto wire = block_in(packed);
            const auto block = overlay::parse_block(wire);
            if (!block || block->blinded != blinding.blinded || block->slot != slot) continue;
            EXPECT_TRUE(overlay::open_block(wire, blinding, block->expires - 1));
            blocks.push_back(std::move(wire));
        }
        return blocks;
    }
};

TEST(CommonRun, is_the_longest_that_two_share) {
    const auto run = [](std::string_view a, std::string_view b) {
        return common_run(crypto::bytes_of(a), crypto::bytes_of(b));
    };
    EXPECT_EQ(run("abcdef", "xxcdexx"), 3U);
    EXPECT_EQ(run("abc", "xyz"), 0U);
    EXPECT_EQ(run("same", "same"), 4U);
    EXPECT_EQ(run("", "same"), 0U);
}

TEST_F(Crawl, of_32_nodes_for_two_days_sees_no_name_key_or_address_and_cannot_link_the_days) {
    settle();
    list_needles();
    crawl_for_two_days();
    const auto first = overlay::period_of(midnight);

    // The crawl saw what there was: every name, every writer, on both days and the tombstone.
    struct Writer {
        RecordName name;
        std::uint8_t slot;
    };
    const std::vector<Writer> writers = {{listed(), 0},   {listed(), 1},   {listed(), 3},
                                         {unlisted(), 0}, {unlisted(), 3}, {delegated(), 0}};
    std::size_t longest = 0, longest_content = 0;
    for (const auto& [name, slot] : writers) {
        const auto one = blocks_of(name, first, slot), other = blocks_of(name, first + 1, slot);
        ASSERT_GE(one.size(), 10U) << name.label << " slot " << int{slot};
        ASSERT_GE(other.size(), 10U) << name.label << " slot " << int{slot};
        for (const auto& a : one)
            for (const auto& b : other) {
                longest = std::max(longest, common_run(a, b));
                // Without the framing: A', certificate, box and signature, which are all that is long.
                const auto pa = overlay::parse_block(a).value(), pb = overlay::parse_block(b).value();
                longest_content = std::max({longest_content, common_run(pa.blinded, b), common_run(pa.box, b),
                                            common_run(pa.signature, b)});
                if (pa.certificate)
                    longest_content = std::max(longest_content, common_run(*pa.certificate, b));
            }
    }
    // The framing's longest run: slot, seq (3 bytes, where the minute of the day is the same), nil, and the
    // head of the box (3 bytes). A byte beside it, or in random bytes five in a row, may be equal by chance.
    constexpr std::size_t framing = 8;
    EXPECT_LE(longest, framing + 1);
    EXPECT_LE(longest_content, 5U);
    RecordProperty("longest_common_run", static_cast<int>(longest));
    RecordProperty("values", static_cast<int>(seen.size()));

    const auto revocation =
        overlay::revocation_blinding(lost.key(), overlay::epoch_of(world->now().wall)).value();
    EXPECT_TRUE(std::ranges::any_of(seen, [&](const Wire& packed) {
        return overlay::open_tombstone(block_in(packed), revocation).has_value();
    }));

    for (const auto& packed : seen)
        for (const auto& needle : needles)
            EXPECT_FALSE(holds(packed, needle.bytes)) << needle.what;
    // The same needles in what was encrypted: the search finds what is there.
    const auto plain = overlay::encode(contacts(5061)).value();
    for (const auto* what : {"an IPv4 address", "an IPv6 address", "a TLS key hash", "an instance"}) {
        const auto needle = std::ranges::find(needles, what, &Needle::what);
        EXPECT_TRUE(holds(plain, needle->bytes)) << what;
    }
    EXPECT_TRUE(holds(plain, crypto::bytes_of(user_part)));
}

}  // namespace
}  // namespace overlay_time
