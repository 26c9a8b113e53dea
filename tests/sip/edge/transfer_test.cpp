// tests/sip/edge/transfer_test.cpp - whom a call is transferred to, in words that the other side can call.
#include "sip/edge/transfer.hpp"

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

const std::string full = "sip:carol@" + key_name, in_call = "Replaces=c%3Bto-tag%3Da%3Bfrom-tag%3Db";

struct TransferTest : ProxyTest {
    TransferTest() {
        users.users["carol"] = credentials_of("carol", "hedgewitch", "singing");
        host.full_names = {{"carol", full}, {"mum", "sip:mary@example.org"}, {"12", "sip:mary@example.org"}};
    }
    /// A stranger's call to bob, answered; then one side asks the other to call somebody.
    std::string said, ok;
    void talk() {
        const Flow nat = udp_flow("10.0.0.5", 5099);
        bob_has(nat, "<sip:bob@10.0.0.5:5062>");
        send(caller, call().text());
        said = respond(last_to(nat), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n");
        send(nat, said);
        ok = last_to(caller);
        ASSERT_EQ(status_of(ok), 200);
    }
    std::string referred_by_bob(const std::string& refer_to) {
        Request refer = in_dialog("REFER", said, "sip:stranger@10.0.0.9:5070", true);
        refer.branch += std::to_string(++refers_);
        refer.cseq = 2 + refers_;
        refer.more += "Refer-To: " + refer_to + "\r\n";
        send(udp_flow("10.0.0.5", 5099), refer.text());
        return field(last_to(caller), "Refer-To");
    }
    std::string referred_to_bob(const std::string& refer_to) {
        Request refer = in_dialog("REFER", ok, "sip:bob@10.0.0.5:5062");
        refer.branch += std::to_string(++refers_);
        refer.cseq = 2 + refers_;
        refer.more += "Refer-To: " + refer_to + "\r\n";
        send(caller, refer.text());
        return field(last_to(udp_flow("10.0.0.5", 5099)), "Refer-To");
    }
    unsigned refers_ = 0;
};

TEST_F(TransferTest, what_our_phone_alone_can_call_is_written_with_its_full_name) {
    talk();
    phone = mobile;
    as("carol", "singing", registration("<sip:carol-0x5@10.0.0.6:5064>", 1, {}, "carol"));
    for (const auto& [written, others] : std::vector<std::pair<std::string, std::string>>{
             {"<sip:carol@127.0.0.2>", "<" + full + ">"},
             {"sip:carol@127.0.0.2:5060", "<" + full + ">"},
             {"\"Carol\" <sip:CAROL@home.test;transport=tcp>;x=y", "\"Carol\" <" + full + ">;x=y"},
             {"<sip:mum@127.0.0.2>", "<sip:mary@example.org>"},
             {"<sip:12@home.test>", "<sip:mary@example.org>"},
             {"<sip:bob%40example.net@127.0.0.2>", "<sip:bob@example.net>"},
             {"<sip:carol@127.0.0.2?" + in_call + ">", "<" + full + "?" + in_call + ">"},
             {"<sip:carol-0x5@10.0.0.6:5064?" + in_call + ">", "<" + full + "?" + in_call + ">"},
             {"<sip:carol@127.0.0.2;method=BYE>", "<" + full + ";method=BYE>"},
             // What everybody can call, and what nobody can, stays.
             {"<sip:carol@example.net?" + in_call + ">", "<sip:carol@example.net?" + in_call + ">"},
             {"<sip:nobody@127.0.0.2>", "<sip:nobody@127.0.0.2>"},
             {"<sip:carol@10.0.0.77>", "<sip:carol@10.0.0.77>"},
             {"<tel:+123>", "<tel:+123>"},
             {"<<sip:", "<<sip:"}})
        EXPECT_EQ(referred_by_bob(written), others) << written;
}

TEST_F(TransferTest, what_DNS_does_not_know_our_phone_is_told_to_dial_at_our_address) {
    talk();
    const std::string key = "pa7cxnrdgcl4ixwmqmmwfbmvkzfkmugdzjspqzdcmgbdvcjgcsoaueaqb.hedge.alt";
    for (const auto& [written, dialled] : std::vector<std::pair<std::string, std::string>>{
             {"<sip:dora@" + key + ">", "<sip:dora%40" + key + "@127.0.0.2:5060>"},
             {"<sip:dora@" + key + "?" + in_call + ">",
              "<sip:dora%40" + key + "@127.0.0.2:5060?" + in_call + ">"},
             {"<" + full + ">", "<sip:carol@127.0.0.2:5060>"},
             {"<sip:dora@example.net>", "<sip:dora@example.net>"}})
        EXPECT_EQ(referred_to_bob(written), dialled) << written;
}

TEST_F(TransferTest, what_we_tell_a_phone_to_dial_leads_to_whom_is_meant) {
    const std::string key = "pa7cxnrdgcl4ixwmqmmwfbmvkzfkmugdzjspqzdcmgbdvcjgcsoaueaqb.hedge.alt";
    const OwnHosts own({"home.test"}, {});
    const Endpoint at{asio::ip::make_address("127.0.0.2"), 5060};
    Binding bobs;
    bobs.flow = tcp_flow();
    for (const auto& [agent, dialled] : std::map<std::string, std::string>{
             {"Linphone/5", "sip:dora%40" + key + "@127.0.0.2:5060;transport=tcp"},
             {"baresip v1.0.0", "sip:dora@127.0.0.2:5060;transport=tcp;hw-at=" + key}}) {
        bobs.user_agent = agent;
        const auto told = refer_to_for_phone("<sip:dora@" + key + ">", own, bobs, at);
        EXPECT_EQ(told, "<" + dialled + ">");
        const auto target = target_of(dialled, own, bobs.flow);
        ASSERT_TRUE(target);
        EXPECT_EQ(target->uri, "sip:dora@" + key);
        EXPECT_TRUE(target->percent_form) << "only our own phones may dial so";
    }
}

TEST_F(TransferTest, a_stranger_learns_no_names_by_it) {
    talk();
    EXPECT_EQ(referred_to_bob("<sip:mum@127.0.0.2>"), "<sip:mum@127.0.0.2:5060>")
        << "it goes to bob's phone, who may call mum";
}

}  // namespace
}  // namespace sip::testing
