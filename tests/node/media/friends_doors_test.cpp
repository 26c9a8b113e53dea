// tests/node/media/friends_doors_test.cpp - doors that are borrowed and lent, with real sockets on loopback:
// a call's sound goes by the friend's port; two who have borrowed of one friend hear each other there.
#include <gtest/gtest.h>

#include <asio/ip/udp.hpp>

#include "node/media/borrowing_driver.hpp"
#include "node/media/door_proof.hpp"
#include "node/media/doors_driver.hpp"
#include "node/media/lending_driver.hpp"
#include "sip/transport/stun.hpp"
#include "tests/node/media/received.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Socket = asio::ip::udp::socket;
using Type = RelayFrame::Type;

asio::ip::address ip(const char* text) {
    return asio::ip::make_address(text);
}
sip::Endpoint of(const Socket& socket) {
    const auto at = socket.local_endpoint();
    return {at.address(), at.port()};
}
void send(Socket& from, const sip::Endpoint& to, std::string_view text) {
    from.send_to(asio::buffer(text.data(), text.size()), {to.address, to.port});
}
RelayFrame frame(Type type, std::uint16_t door, std::uint8_t number = 0) {
    RelayFrame made;
    made.type = type;
    made.door = door;
    made.number = number;
    return made;
}

struct Home : DoorsDriver::Host, BorrowingDriver::Host, LendingDriver::Host {
    std::set<std::uint16_t> ports;
    bool maps = false, allows = true;
    std::vector<sip::Endpoint> servers;
    std::vector<sip::Doors::FaceId> closed;
    std::vector<BorrowedDoors::Number> lost;
    std::vector<RelayFrame> said;  // to the friend
    void set_door_ports(std::set<std::uint16_t> udp) override { ports = std::move(udp); }
    std::optional<sip::Endpoint> door_outside(std::uint16_t udp) const override {
        if (!maps || !ports.contains(udp)) return std::nullopt;
        return sip::Endpoint{ip("11.3.0.2"), static_cast<std::uint16_t>(udp ^ 0x100U)};
    }
    std::vector<sip::Endpoint> stun_servers() const override { return servers; }
    std::optional<asio::ip::address> outer_address() const override { return std::nullopt; }
    bool in_one_mesh(const asio::ip::address&, const asio::ip::address&) const override { return false; }
    void face_closed(sip::Doors::FaceId face) override { closed.push_back(face); }
    void face_moved(const sip::Doors::Face&) override {}
    void look_at_address() override {}
    bool tell(const RelayCandidate&, const RelayFrame& frame) override {
        said.push_back(frame);
        return true;
    }
    void door_lost(BorrowedDoors::Number door) override { lost.push_back(door); }
    bool lends() const override { return allows; }
    bool is_ours(const asio::ip::address& address) const override { return address == ip("11.3.0.2"); }
    void tell(const crypto::PublicKey&, const RelayFrame&) override {}
};

struct FriendsDoors : testing::Test {
    asio::io_context loop;
    Home home;
    BorrowingDriver borrowing{loop, home};
    DoorsDriver doors{loop, home, 64};
    LendingDriver lending{loop, doors, home};
    const crypto::PublicKey bob{2}, carol{3};
    const RelayCandidate relay{"carol", carol, {ip("11.3.0.2"), 5061}, sip::KeyHash{3}};

    FriendsDoors() { doors.set_friends(borrowing); }

    void run(std::chrono::milliseconds time = 20ms) {
        loop.restart();
        loop.run_for(time);
    }
    /// What comes, and whence; empty: nothing.
    std::pair<std::string, sip::Endpoint> heard(Socket& at) {
        run();
        return received(at);
    }

    // As one who lends: where its sockets are, whatever the router is said to do.
    static sip::Endpoint here(const sip::Endpoint& shown) {
        if (shown.address != ip("11.3.0.2")) return shown;
        return {ip("127.0.0.1"), static_cast<std::uint16_t>(shown.port ^ 0x100U)};
    }
    RelayFrame borrows(const crypto::PublicKey& who, std::uint16_t number) {
        const auto answers = lending.asked(who, frame(Type::borrow, number));
        return answers.empty() ? RelayFrame{} : answers.front();
    }
    void proves(Socket& from, const RelayFrame& lent, std::uint64_t count) {
        const auto shown = to_bytes({DoorProof::Kind::shown, Component::rtp, count}, lent.secret);
        send(from, here(lent.rtp), shown);
        const auto answer = parse_door_proof(heard(from).first, lent.secret);
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->kind, DoorProof::Kind::answered);
    }
};

TEST_F(FriendsDoors, are_lent_to_a_contact_where_the_owner_allows_it) {
    home.maps = true;
    doors.start({});
    ASSERT_EQ(lending.asked(bob, frame(Type::hello, 0)).size(), 1U);
    EXPECT_EQ(lending.asked(bob, frame(Type::hello, 0))[0].number, 4);
    const auto lent = borrows(bob, 7);
    EXPECT_EQ(lent.type, Type::lent);
    EXPECT_EQ(lent.door, 7);
    EXPECT_NE(lent.secret, DoorSecret{});
    EXPECT_TRUE(lending.asked(bob, frame(Type::borrow, 7)).empty()) << "he has it";
    for (const int number : {8, 9, 10})
        EXPECT_EQ(borrows(bob, static_cast<std::uint16_t>(number)).type, Type::lent);
    EXPECT_EQ(borrows(bob, 11).type, Type::not_lent);
    EXPECT_TRUE(lending.asked(bob, frame(Type::give_back, 7)).empty());
    EXPECT_EQ(borrows(bob, 11).type, Type::lent);
    EXPECT_EQ(lending.open(), 4U);
    lending.left(bob, true);
    EXPECT_EQ(lending.open(), 0U) << "he is no contact any more";
    home.allows = false;
    EXPECT_TRUE(lending.asked(bob, frame(Type::hello, 0)).empty());
    EXPECT_EQ(borrows(bob, 1).number, static_cast<std::uint8_t>(LendRefusal::off));
}

TEST_F(FriendsDoors,
       two_who_have_borrowed_of_one_friend_hear_each_other_though_his_router_sends_nothing_back) {
    home.maps = true;
    doors.start({});
    Socket one(loop, {ip("127.0.0.1"), 0}), other(loop, {ip("127.0.0.1"), 0});
    const auto his = borrows(bob, 1), hers = borrows(carol, 1);
    if (his.rtp.address != ip("11.3.0.2")) GTEST_SKIP() << "this machine has a global address of its own";
    proves(one, his, 1);
    proves(other, hers, 1);
    auto aim = frame(Type::aim, 1);
    aim.rtp = hers.rtp, aim.rtcp = hers.rtcp;
    EXPECT_TRUE(lending.asked(bob, aim).empty());
    aim.rtp = his.rtp, aim.rtcp = his.rtcp;
    EXPECT_TRUE(lending.asked(carol, aim).empty());
    send(one, here(his.rtp), "from one");
    EXPECT_EQ(heard(other), std::pair(std::string("from one"), here(hers.rtp)));
    send(other, here(hers.rtp), "from the other");
    EXPECT_EQ(heard(one), std::pair(std::string("from the other"), here(his.rtp)));
    Socket stranger(loop, {ip("127.0.0.66"), 0});
    send(stranger, here(his.rtp), "for whom?");
    EXPECT_EQ(heard(one).first, "");
    EXPECT_EQ(heard(other).first, "");
    EXPECT_EQ(heard(stranger).first, "");
    EXPECT_EQ(lending.counters().strangers, 1U);
}

TEST_F(FriendsDoors, no_contact_sends_to_the_lenders_own_ports_through_them) {
    home.maps = true;
    doors.start({});
    ASSERT_EQ(borrows(bob, 1).type, Type::lent);
    auto aim = frame(Type::aim, 1);
    aim.rtp = aim.rtcp = {ip("11.3.0.2"), 5060};
    const auto answer = lending.asked(bob, aim);
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].type, Type::ended);
    EXPECT_EQ(lending.open(), 0U);
    EXPECT_EQ(lending.asked(bob, aim).at(0).type, Type::ended) << "of one that is not there";
}

struct Symmetric : FriendsDoors {
    Socket one{loop, {ip("127.0.0.101"), 0}}, other{loop, {ip("127.0.0.102"), 0}};
    Socket rtp{loop, {ip("127.0.0.9"), 0}}, rtcp{loop, {ip("127.0.0.9"), 0}};  // the friend's door
    const DoorSecret secret{5};
    const sip::Flow out{sip::Transport::udp, {ip("192.168.1.20"), 5060}, {ip("198.51.100.9"), 5060}, 0};

    void learns_that_its_router_is_in_the_way() {
        home.servers = {of(one), of(other)};
        doors.start({});
        bool ready = false;
        doors.prepare([&] { ready = true; });
        for (int round = 0; round < 50 && !ready; ++round) {
            for (auto* server : {&one, &other}) {
                for (auto [question, source] = heard(*server); !question.empty();
                     std::tie(question, source) = heard(*server)) {
                    const auto shift = server == &one ? 1000 : 2000;
                    send(*server, source,
                         *sip::stun_answer(
                             question, {ip("203.0.113.7"), static_cast<std::uint16_t>(source.port ^ shift)}));
                }
            }
        }
        ASSERT_TRUE(ready);
        ASSERT_EQ(doors.symmetric(), true);
    }
    void lends(std::uint16_t number) {
        auto lent = frame(Type::lent, number);
        lent.rtp = of(rtp), lent.rtcp = of(rtcp);
        lent.secret = secret;
        borrowing.told(relay, lent);
    }
    void answers(Socket& at) {
        const auto [shown, source] = heard(at);
        const auto proof = parse_door_proof(shown, secret);
        ASSERT_TRUE(proof);
        send(at, source, to_bytes({DoorProof::Kind::answered, proof->component, proof->count}, secret));
        run();
    }
};

TEST_F(Symmetric, the_sound_of_a_call_goes_by_a_friends_door) {
    learns_that_its_router_is_in_the_way();
    EXPECT_EQ(doors.lender(), "") << "no friend lends one";
    borrowing.told(relay, frame(Type::lends, 0, 1));
    EXPECT_EQ(doors.lender(), "carol");
    bool ready = false;
    borrowing.prepare([&] { ready = true; });
    ASSERT_EQ(home.said.size(), 1U);
    EXPECT_EQ(home.said[0].type, Type::borrow);
    const auto number = home.said[0].door;
    lends(number);
    EXPECT_FALSE(ready);
    answers(rtp);
    EXPECT_TRUE(ready);

    const auto outer = doors.open(out);
    ASSERT_TRUE(outer);
    EXPECT_EQ(outer->lender, "carol");
    EXPECT_EQ(outer->how, "carol's door");
    EXPECT_EQ(outer->rtp, of(rtp));
    EXPECT_EQ(outer->rtcp, of(rtcp));
    Socket phone(loop, {ip("127.0.0.30"), 0});
    const auto inner = doors.open({sip::Transport::udp, {ip("127.0.0.20"), 5060}, of(phone), 0});
    ASSERT_TRUE(inner);
    doors.join(inner->id, outer->id);
    doors.aim(inner->id, {of(phone), {}, {of(phone).address}, false, false});
    doors.aim(outer->id, {sip::Endpoint{ip("11.2.0.2"), 50000}, {}, {ip("11.2.0.2")}, true, false});
    EXPECT_EQ(home.said.back().type, Type::aim);
    EXPECT_EQ(home.said.back().rtp, (sip::Endpoint{ip("11.2.0.2"), 50000}));

    send(phone, inner->rtp, "said");
    std::pair<std::string, sip::Endpoint> got;
    while ((got = heard(rtp)).first != "said")  // small packets that open the way come as well
        ASSERT_FALSE(got.first.empty());
    send(rtp, got.second, "heard");
    EXPECT_EQ(heard(phone), std::pair(std::string("heard"), inner->rtp));
    send(one, {ip("127.0.0.1"), got.second.port}, "from elsewhere");
    EXPECT_EQ(heard(phone).first, "");
    doors.close(outer->id);
    EXPECT_EQ(home.said.back(), frame(Type::give_back, number));
}

TEST_F(Symmetric, without_an_answer_the_call_goes_on_by_its_own_ports) {
    learns_that_its_router_is_in_the_way();
    borrowing.told(relay, frame(Type::lends, 0, 2));
    bool ready = false;
    borrowing.prepare([&] { ready = true; });
    for (int i = 0; i < 200 && !ready; ++i)
        run();
    EXPECT_TRUE(ready);
    const auto outer = doors.open(out);
    ASSERT_TRUE(outer);
    EXPECT_EQ(outer->lender, "");
    EXPECT_EQ(outer->rtp.address, ip("203.0.113.7"));
}

TEST_F(Symmetric, a_door_that_the_friend_ends_ends_the_call) {
    learns_that_its_router_is_in_the_way();
    borrowing.told(relay, frame(Type::lends, 0, 1));
    borrowing.prepare([] {});
    const auto number = home.said.at(0).door;
    lends(number);
    answers(rtp);
    const auto outer = doors.open(out);
    ASSERT_TRUE(outer && !outer->lender.empty());
    borrowing.told(relay, frame(Type::ended, number));
    ASSERT_EQ(home.lost, std::vector<BorrowedDoors::Number>{number});
    doors.door_lost(number);
    EXPECT_EQ(home.closed, std::vector{outer->id});
    EXPECT_EQ(doors.counters().open, 0U);
}

}  // namespace
}  // namespace node
