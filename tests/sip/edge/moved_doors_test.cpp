// tests/sip/edge/moved_doors_test.cpp - an address that changes in a call: what our edge tells the other one,
// over which connection, and who is believed when he says that his doors are elsewhere.
#include "sip/edge/moved_doors.hpp"

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

const KeyHash their_key{8};

Flow tls_flow(const char* remote, std::uint64_t connection) {
    return {Transport::tls,
            {asio::ip::make_address("127.0.0.2"), 5061},
            {asio::ip::make_address(remote), 40002},
            connection};
}

struct ScriptedMedia : MediaPath {
    std::vector<MediaMove> moves;
    Moved says = Moved::taken;
    Passed request(const MessageView&, const Way&) override { return {}; }
    std::optional<std::string> response(const MessageView&, const Way&, bool) override { return {}; }
    void refused(const MessageView&) override {}
    void over(const MessageView&) override {}
    void ended(std::string_view, std::string_view) override {}
    Moved moved(const MediaMove& move, const Flow&) override {
        moves.push_back(move);
        return says;
    }
    bool needs_us(const MessageView&, const Flow&, const Endpoint&) const override { return false; }
};

/// A node, known by its key, has called bob's phone; or alice's phone has called carol at one. What it says.
struct MovedDoorsTest : ProxyTest {
    ScriptedMedia media;
    const Flow node = tls_flow("192.0.2.8", 31);
    std::string at_phone, at_node;
    const std::string there = "0 192.0.2.99 40002 192.0.2.99 40003\r\n";

    MovedDoorsTest() { host.media_path = &media; }
    static PeerIdentity peer(const KeyHash& key) { return {key, std::array<std::uint8_t, 32>{9}, {}}; }
    void node_calls(const std::string& call_id = "c1@phone", const Flow& over = tls_flow("192.0.2.8", 31)) {
        sent.peers[over] = peer(their_key);
        bob_has(desk, "<sip:bob@10.0.0.5:5062>");
        Request request = call("z9hG4bK" + call_id);
        request.call_id = call_id;
        std::string wire = request.text();
        wire.insert(wire.find("Via:"), "Via: SIP/2.0/TLS 192.0.2.8:5061;branch=z9hG4bKn" + call_id + "\r\n");
        wire.insert(wire.find("Contact:"), "Record-Route: <sip:token@192.0.2.8:5061;transport=tls;lr>\r\n");
        send(over, wire);
        at_phone = last_to(desk);
        send(desk, respond(at_phone, 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"));
        at_node = last_to(over);
        ASSERT_EQ(status_of(at_node), 200) << at_node;
        seen = sent.items.size();
    }
    /// What the node passes on: of its own Route it has taken what leads to itself.
    Request passed_on(const std::string& method) const {
        Request request = in_dialog(method, at_node, "sip:bob@10.0.0.5:5062");
        const std::string own = "Route: <sip:token@192.0.2.8:5061;transport=tls;lr>\r\n";
        const auto at = request.more.find(own);
        EXPECT_NE(at, std::string::npos) << request.more;
        if (at != std::string::npos) request.more.erase(at, own.size());
        return request;
    }
    Request info(const std::string& body, const std::string& branch = "z9hG4bKmoved") const {
        Request request = in_dialog("INFO", at_node, "sip:bob@10.0.0.5:5062");
        request.branch = branch;
        request.more += "Content-Type: application/hedgewitch-media\r\n";
        request.body = body;
        return request;
    }
    int told(const Flow& flow, const Request& request) {
        const auto before = sent.items.size();
        send(flow, request.text());
        EXPECT_EQ(last_to(desk), at_phone_last) << "no phone ever sees it";
        return sent.items.size() > before ? status_of(sent.items.back().bytes) : 0;
    }
    std::string at_phone_last;
    void settle() { at_phone_last = last_to(desk); }
    /// Of our doors, that the caller's side meets.
    MediaMove ours(const std::string& call_id = "c1@phone") const {
        const auto host_address = asio::ip::make_address("198.51.100.77");
        return {call_id, "s", {"b"}, false, {{0, {host_address, 50002}, {host_address, 50003}}}};
    }
    void lose(const Flow& flow) {
        sent.dead.push_back(flow);
        edge->flow_failed(flow, now);
    }
};

TEST_F(MovedDoorsTest, the_other_edge_of_the_call_is_believed_on_its_connection) {
    node_calls();
    settle();
    EXPECT_EQ(told(node, info(there)), 200);
    ASSERT_EQ(media.moves.size(), 1U);
    const MediaMove& move = media.moves[0];
    EXPECT_EQ(move.call_id, "c1@phone");
    EXPECT_EQ(move.caller_tag, "s");
    EXPECT_EQ(move.callee_tags, std::vector<std::string>{"b"});
    EXPECT_TRUE(move.of_caller);
    EXPECT_EQ(media_move_body(move.streams), there);
    EXPECT_EQ(edge->moves().heard, 1U);
}

TEST_F(MovedDoorsTest, and_on_another_of_the_same_key_over_which_the_call_then_goes_on) {
    node_calls();
    settle();
    const Flow again = tls_flow("192.0.2.99", 77);
    sent.peers[again] = peer(their_key);
    EXPECT_EQ(told(again, info(there)), 200);
    EXPECT_EQ(media.moves.size(), 1U);
    lose(node);
    send(desk, in_dialog("BYE", respond(at_phone, 200), "sip:stranger@10.0.0.9:5070", true).text());
    EXPECT_EQ(sent.items.back().flow, again);
    EXPECT_TRUE(sent.items.back().bytes.starts_with("BYE "));
}

TEST_F(MovedDoorsTest, strangers_phones_and_who_is_in_no_such_call_are_not) {
    node_calls();
    settle();
    const Flow stranger = tls_flow("192.0.2.66", 66), keyless = tls_flow("192.0.2.8", 67);
    sent.peers[stranger] = peer(KeyHash{66});
    EXPECT_EQ(told(stranger, info(there, "z9hG4bK1")), 481) << "another key";
    EXPECT_EQ(told(keyless, info(there, "z9hG4bK2")), 481) << "none";
    EXPECT_EQ(told(tcp_flow("192.0.2.8"), info(there, "z9hG4bK3")), 481) << "in clear";
    EXPECT_EQ(told(udp_flow("192.0.2.8", 5060), info(there, "z9hG4bK4")), 481);
    Request as_bob = in_dialog("INFO", respond(at_phone, 200), "sip:stranger@10.0.0.9:5070", true);
    as_bob.more += "Content-Type: Application/Hedgewitch-Media ; x=1\r\n";
    as_bob.body = there;
    send(desk, as_bob.text());
    EXPECT_EQ(status_of(last_to(desk)), 481) << "a phone has no doors";
    settle();
    Request other = info(there, "z9hG4bK5");
    other.call_id = "another";
    EXPECT_EQ(told(node, other), 481);
    other = info(there, "z9hG4bK6");
    other.to = "<sip:bob@home.test>;tag=c";
    EXPECT_EQ(told(node, other), 481);
    EXPECT_TRUE(media.moves.empty());
    EXPECT_EQ(edge->moves().refused, 7U);
    EXPECT_EQ(edge->moves().heard, 0U);
}

TEST_F(MovedDoorsTest, nor_once_the_call_is_over) {
    node_calls();
    send(node, passed_on("BYE").text());
    ASSERT_TRUE(last_to(desk).starts_with("BYE ")) << sent.items.back().bytes;
    send(desk, respond(last_to(desk), 200));
    settle();
    EXPECT_EQ(told(node, info(there)), 481);
}

TEST_F(MovedDoorsTest, what_it_may_not_aim_at_is_refused_and_what_makes_no_sense_too) {
    host.call_rule = [](const NextHop& hop) { return hop.endpoint.address.to_string() != "192.0.2.66"; };
    node_calls();
    settle();
    EXPECT_EQ(told(node, info("0 192.0.2.66 40002 192.0.2.66 40003\r\n", "z9hG4bK1")), 403);
    EXPECT_EQ(told(node, info("0 192.0.2.99 40002 192.0.2.66 40003\r\n", "z9hG4bK2")), 403);
    EXPECT_EQ(told(node, info("v=0\r\n", "z9hG4bK3")), 400);
    EXPECT_TRUE(media.moves.empty());
    media.says = MediaPath::Moved::refused;
    EXPECT_EQ(told(node, info(there, "z9hG4bK4")), 403);
    media.says = MediaPath::Moved::no_door;
    EXPECT_EQ(told(node, info(there, "z9hG4bK5")), 488) << "his phone was told the address itself";
}

TEST_F(MovedDoorsTest, said_a_thousand_times_it_is_heard_eight_times_and_once_in_2_s) {
    node_calls();
    settle();
    for (int i = 0; i < 1000; ++i) {
        const int status = told(node, info(there, "z9hG4bK" + std::to_string(i)));
        ASSERT_EQ(status, i < 8 ? 200 : 503) << i;
    }
    pass(4s);
    int heard = 0;
    for (int i = 0; i < 10; ++i)
        heard += told(node, info(there, "z9hG4bKlater" + std::to_string(i))) == 200 ? 1 : 0;
    EXPECT_EQ(heard, 2);
}

// --- ours

TEST_F(MovedDoorsTest, our_move_is_told_on_the_connection_of_the_call_and_only_to_the_next_hop) {
    node_calls();
    edge->doors_moved(ours(), now);
    pass(0ms);
    const auto items = fresh();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].flow, node);
    const std::string& wire = items[0].bytes;
    EXPECT_TRUE(wire.starts_with("INFO sip:stranger@10.0.0.9:5070 SIP/2.0\r\n")) << wire;
    EXPECT_EQ(field(wire, "Max-Forwards"), "0");
    EXPECT_EQ(field(wire, "From"), "<sip:bob@home.test>;tag=b");
    EXPECT_EQ(field(wire, "To"), call().from);
    EXPECT_EQ(field(wire, "Route"), "<sip:token@192.0.2.8:5061;transport=tls;lr>");
    EXPECT_EQ(field(wire, "Content-Type"), "application/hedgewitch-media");
    EXPECT_TRUE(wire.ends_with("\r\n\r\n0 198.51.100.77 50002 198.51.100.77 50003\r\n")) << wire;
    send(node, respond(wire, 200));
    EXPECT_EQ(edge->moves().told, 1U);
    pass(60s);
    EXPECT_EQ(sent.closed, std::vector<Flow>{});
    for (const auto& line : lines())
        EXPECT_FALSE(line.starts_with("INFO")) << line;
}

TEST_F(MovedDoorsTest, unanswered_it_is_told_over_a_new_connection_back_to_the_node_that_had_called) {
    node_calls();
    edge->doors_moved(ours(), now);
    pass(0ms);
    (void)fresh();
    sent.reopens = true;
    sent.dead.push_back(node);  // what closing it comes to
    pass(500ms);
    EXPECT_EQ(sent.closed, std::vector{node});
    ASSERT_FALSE(sent.expected.empty());
    EXPECT_EQ(sent.expected.back().key_hash, their_key) << "nobody else";
    const auto items = fresh();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].flow.remote, (Endpoint{asio::ip::make_address("192.0.2.8"), 5061}))
        << "where its Record-Route says that it can be called";
    EXPECT_TRUE(items[0].bytes.starts_with("INFO "));
    edge->flow_failed(node, now);
    send(items[0].flow, respond(items[0].bytes, 200));
    EXPECT_EQ(edge->moves().told, 1U);
    pass(120s);
    EXPECT_EQ(edge->hung_up(), 0U);
    // The call goes on over it.
    send(desk, in_dialog("BYE", respond(at_phone, 200), "sip:stranger@10.0.0.9:5070", true).text());
    EXPECT_EQ(sent.items.back().flow, items[0].flow);
}

TEST_F(MovedDoorsTest, one_who_has_moved_himself_is_met_at_the_address_that_he_came_from) {
    node_calls();
    settle();
    const Flow again = tls_flow("192.0.2.99", 77);
    sent.peers[again] = peer(their_key);
    ASSERT_EQ(told(again, info(there)), 200);
    lose(node);
    edge->doors_moved(ours(), now);
    pass(0ms);
    EXPECT_EQ(sent.items.back().flow, again);
    sent.reopens = true;
    sent.dead.push_back(again);
    pass(500ms);
    EXPECT_EQ(sent.items.back().flow.remote, (Endpoint{asio::ip::make_address("192.0.2.99"), 5061}));
    EXPECT_EQ(sent.expected.back().key_hash, their_key);
}

TEST_F(MovedDoorsTest, two_calls_of_one_connection_make_one_new_one) {
    node_calls("one");
    node_calls("two");
    edge->doors_moved(ours("one"), now);
    edge->doors_moved(ours("two"), now);
    pass(0ms);
    EXPECT_EQ(fresh().size(), 2U);
    sent.reopens = true;
    sent.dead.push_back(node);
    const auto before = sent.expected.size();
    pass(500ms);
    EXPECT_EQ(sent.expected.size(), before + 1);
    EXPECT_EQ(lines(), (std::vector<std::string>{"INFO > 192.0.2.8:5061", "INFO > 192.0.2.8:5061"}));
}

TEST_F(MovedDoorsTest, who_never_answers_is_given_up_after_half_a_minute_and_nothing_is_left) {
    node_calls();
    sent.reopens = true;
    edge->doors_moved(ours(), now);
    int said = 0;
    for (int i = 0; i < 200; ++i) {
        pass(500ms);
        for (const auto& line : lines())
            said += line.starts_with("INFO") ? 1 : 0;
    }
    EXPECT_GE(said, 10);
    EXPECT_LE(said, 18);
    EXPECT_EQ(edge->moves().untold, 1U);
}

TEST_F(MovedDoorsTest, nothing_is_told_to_phones_nor_to_who_was_met_by_his_name_nor_of_calls_that_are_over) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    MediaMove move = ours();
    move.of_caller = true;  // to bob's phone
    node_calls();
    edge->doors_moved(move, now);
    pass(0ms);
    EXPECT_EQ(lines(), std::vector<std::string>{});
    sent.peers[node].name = "proxy.example.org";
    edge->doors_moved(ours(), now);
    pass(0ms);
    EXPECT_EQ(lines(), std::vector<std::string>{});
    sent.peers[node].name.clear();
    send(node, passed_on("BYE").text());
    ASSERT_TRUE(last_to(desk).starts_with("BYE ")) << sent.items.back().bytes;
    send(desk, respond(last_to(desk), 200));
    (void)fresh();
    edge->doors_moved(ours(), now);
    pass(1s);
    EXPECT_EQ(lines(), std::vector<std::string>{});
}

}  // namespace
}  // namespace sip::testing
