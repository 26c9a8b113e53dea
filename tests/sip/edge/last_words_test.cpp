// tests/sip/edge/last_words_test.cpp - calls whose sound goes through a node that ends: what is written of
// them in time, and who hears it, at once or of the run that follows.
#include "sip/edge/last_words.hpp"

#include <algorithm>

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

const KeyHash their_key{8};
const std::string reason = "SIP;cause=503;text=\"The node that carried the sound was stopped\"";

Flow tls_flow(const char* remote, std::uint64_t connection) {
    return {Transport::tls,
            {asio::ip::make_address("127.0.0.2"), 5061},
            {asio::ip::make_address(remote), 40002},
            connection};
}

struct Sounds : MediaPath {
    std::vector<std::pair<std::string, std::string>> calls;
    Passed request(const MessageView&, const Way&) override { return {{}, true}; }
    std::optional<std::string> response(const MessageView&, const Way&, bool) override { return {}; }
    void refused(const MessageView&) override {}
    void over(const MessageView&) override {}
    void ended(std::string_view, std::string_view) override {}
    Moved moved(const MediaMove&, const Flow&) override { return Moved::no_door; }
    std::vector<std::pair<std::string, std::string>> through_us() const override { return calls; }
    bool needs_us(const MessageView&, const Flow&, const Endpoint&) const override { return true; }
};

/// Somebody outside has called bob's phone, through a door; or through none.
struct LastWordsTest : ProxyTest {
    Sounds media;
    Flow bobs = desk;
    std::string at_phone, at_caller;

    LastWordsTest() {
        host.media_path = &media;
        media.calls = {{call().call_id, "s"}};
    }
    void talk(const Flow& from, const std::string& more = {}) {
        Request request = call();
        request.more += more;
        std::string wire = request.text();
        if (from.transport == Transport::tls)
            wire.insert(wire.find("Via:"), "Via: SIP/2.0/TLS 192.0.2.8:5061;branch=z9hG4bKnode\r\n");
        send(from, wire);
        at_phone = last_to(bobs);
        ASSERT_TRUE(at_phone.starts_with("INVITE ")) << at_phone;
        send(bobs, respond(at_phone, 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"));
        at_caller = last_to(from);
        ASSERT_EQ(status_of(at_caller), 200);
        seen = sent.items.size();
    }
    void bob_registers() { bob_has(bobs, "<sip:bob@10.0.0.5:5062>"); }
    /// As the daemon does: what is kept of the run before is told to the next.
    std::vector<LastWord> written() { return edge->take_last_words().written; }
    void run_anew(const std::vector<LastWord>& words) {
        start();
        edge->say_last_words(words, now);
    }
    std::size_t byes_to(const Flow& flow) const {
        return static_cast<std::size_t>(std::count_if(
            sent.items.begin() + static_cast<std::ptrdiff_t>(seen), sent.items.end(),
            [&](const auto& item) { return item.flow == flow && item.bytes.starts_with("BYE "); }));
    }
};

TEST_F(LastWordsTest, both_sides_of_a_call_have_one_as_long_as_it_lives) {
    bob_registers();
    talk(caller);
    const auto changes = edge->take_last_words();
    ASSERT_EQ(changes.written.size(), 2U);
    EXPECT_TRUE(changes.done.empty());
    EXPECT_EQ(changes.written[0].id.to, Side::caller);
    EXPECT_EQ(changes.written[0].flow, caller);
    EXPECT_EQ(changes.written[0].user, "");
    EXPECT_EQ(changes.written[1].id.to, Side::callee);
    EXPECT_EQ(changes.written[1].flow, desk);
    EXPECT_EQ(changes.written[1].user, "bob");
    EXPECT_TRUE(written().empty()) << "once";
    send(caller, in_dialog("BYE", at_caller, "sip:bob@10.0.0.5:5062").text());
    send(desk, respond(last_to(desk), 200));
    const auto over = edge->take_last_words();
    EXPECT_TRUE(over.written.empty());
    EXPECT_EQ(over.done.size(), 2U);
}

TEST_F(LastWordsTest, a_call_whose_sound_goes_past_us_has_none_for_it_goes_on_without_us) {
    media.calls.clear();
    bob_registers();
    talk(caller);
    EXPECT_TRUE(written().empty());
    edge->leave(now);
    EXPECT_TRUE(edge->has_left());
    EXPECT_EQ(byes_to(caller) + byes_to(desk), 0U);
}

TEST_F(LastWordsTest, it_is_written_anew_when_a_phone_is_met_elsewhere) {
    bob_registers();
    talk(caller);
    (void)written();
    Request invite = in_dialog("INVITE", at_caller, "sip:bob@10.0.0.5:5062");
    invite.more += "Contact: <sip:stranger@10.0.0.9:5072>\r\n";
    send(caller, invite.text());
    const auto again = written();
    ASSERT_EQ(again.size(), 2U);
    EXPECT_TRUE(again[0].text.starts_with("BYE sip:stranger@10.0.0.9:5072 SIP/2.0\r\n")) << again[0].text;
}

TEST_F(LastWordsTest, a_node_that_stops_says_it_to_both_and_has_left_when_they_have_answered) {
    bob_registers();
    talk(caller);
    (void)written();
    edge->leave(now);
    EXPECT_FALSE(edge->has_left());
    const std::string to_bob = last_to(desk), to_caller = last_to(caller);
    EXPECT_TRUE(to_bob.starts_with("BYE sip:bob@10.0.0.5:5062 SIP/2.0\r\n")) << to_bob;
    EXPECT_EQ(field(to_bob, "Reason"), reason);
    EXPECT_EQ(field(to_bob, "From"), call().from);
    EXPECT_TRUE(to_caller.starts_with("BYE sip:stranger@10.0.0.9:5070 SIP/2.0\r\n")) << to_caller;
    EXPECT_EQ(field(to_caller, "Reason"), reason);
    send(desk, respond(to_bob, 200));
    EXPECT_FALSE(edge->has_left());
    send(caller, respond(to_caller, 481));
    EXPECT_TRUE(edge->has_left());
    EXPECT_EQ(edge->take_last_words().done.size(), 2U) << "and nothing is left for the next run";
}

TEST_F(LastWordsTest, what_a_node_could_not_say_the_next_run_says_above_all_that_was_said_since) {
    bob_registers();
    talk(caller);
    const auto words = written();
    run_anew(words);
    const std::string to_bob = last_to(desk);
    EXPECT_TRUE(to_bob.starts_with("BYE sip:bob@10.0.0.5:5062 SIP/2.0\r\n")) << to_bob;
    EXPECT_EQ(field(to_bob, "CSeq"), "1001 BYE") << "the INVITE was 1";
    EXPECT_EQ(field(to_bob, "Call-ID"), call().call_id);
    EXPECT_EQ(byes_to(caller), 1U);
    send(desk, respond(to_bob, 200));
    pass(600ms);
    EXPECT_EQ(byes_to(desk), 1U);
    EXPECT_EQ(byes_to(caller), 2U) << "repeated, as datagrams are";
    EXPECT_EQ(edge->take_last_words().done, std::vector<LastWord::Id>{words[1].id});
}

TEST_F(LastWordsTest, who_is_silent_is_left_alone_after_one_transaction) {
    bob_registers();
    talk(caller);
    run_anew(written());
    for (int second = 0; second < 40; ++second)
        pass(1s);
    const auto before = byes_to(caller);
    EXPECT_LE(before, 11U) << "RFC 3261 §17.1.2.2";
    EXPECT_EQ(edge->take_last_words().done.size(), 2U);
    for (int second = 0; second < 700; ++second)
        pass(1s);
    EXPECT_EQ(byes_to(caller), before);
}

TEST_F(LastWordsTest, a_phone_on_a_connection_hears_it_once_it_has_registered_again) {
    bobs = tcp_flow("10.0.0.5");
    bob_registers();
    talk(caller);
    const auto words = written();
    sent.dead = {bobs, tcp_flow("10.0.0.5", 0)};  // and as the store has it
    sent.reachable = false;                       // it listens nowhere
    run_anew(words);
    pass(5s);
    EXPECT_TRUE(std::none_of(sent.items.begin(), sent.items.end(),
                             [](const auto& item) { return item.bytes.starts_with("BYE sip:bob@"); }));
    bobs.connection += 70;
    bobs.remote.port = 40100;
    bob_registers();
    pass(2s);
    EXPECT_EQ(byes_to(bobs), 1U);
    EXPECT_EQ(field(last_to(bobs), "Via").substr(0, 12), "SIP/2.0/TCP ");
}

TEST_F(LastWordsTest, another_node_hears_it_over_a_connection_of_its_key_and_no_other) {
    const Flow node = tls_flow("192.0.2.8", 31), stranger = tls_flow("192.0.2.8", 32),
               back = tls_flow("192.0.2.8", 33);
    sent.peers[node] = {their_key, std::array<std::uint8_t, 32>{9}, {}};
    host.call_rule = [](const NextHop&) { return false; };  // it cannot be called
    bob_registers();
    talk(node, "Record-Route: <sip:token@192.0.2.8:5061;transport=tls;lr>\r\n");
    const auto words = written();
    ASSERT_EQ(words.size(), 2U);
    EXPECT_EQ(words[0].peer, their_key);
    EXPECT_EQ(words[0].listens, std::nullopt);
    sent.dead.push_back(node);
    sent.peers.clear();
    sent.peers[stranger] = {KeyHash{66}, std::array<std::uint8_t, 32>{9}, {}};
    run_anew(words);
    pass(5s);
    EXPECT_EQ(byes_to(stranger), 0U);
    sent.peers[back] = {their_key, std::array<std::uint8_t, 32>{9}, {}};
    pass(1s);
    ASSERT_EQ(byes_to(back), 1U);
    EXPECT_EQ(field(last_to(back), "Route"), "<sip:token@192.0.2.8:5061;transport=tls;lr>");
}

TEST_F(LastWordsTest, or_over_one_that_we_open_to_where_it_listens_pinned_to_its_key) {
    const Flow node = tls_flow("192.0.2.8", 31);
    sent.peers[node] = {their_key, std::array<std::uint8_t, 32>{9}, {}};
    bob_registers();
    talk(node, "Record-Route: <sip:token@192.0.2.8:5061;transport=tls;lr>\r\n");
    const auto words = written();
    ASSERT_EQ(words.size(), 2U);
    sent.dead.push_back(node);
    sent.peers.clear();
    run_anew(words);
    ASSERT_EQ(sent.expected.size(), 1U);
    EXPECT_EQ(sent.expected[0].key_hash, their_key);
    const Flow opened = sent.items.back().flow.transport == Transport::tls
                            ? sent.items.back().flow
                            : sent.items[sent.items.size() - 2].flow;
    EXPECT_EQ(to_string(opened.remote), "192.0.2.8:5061");
    sent.dead.push_back(opened);
    edge->flow_failed(opened, now);  // nobody listens yet
    pass(2s);
    EXPECT_EQ(sent.expected.size(), 2U) << "it is tried again";
}

TEST_F(LastWordsTest, no_more_than_its_bound_are_said_at_once) {
    bob_registers();
    talk(caller);
    std::vector<LastWord> words(LastWords::max_words + 10, written().at(0));
    for (std::size_t i = 0; i < words.size(); ++i)
        words[i].id.call.call_id = std::to_string(i);
    run_anew(words);
    EXPECT_EQ(byes_to(caller), LastWords::max_words);
}

}  // namespace
}  // namespace sip::testing
