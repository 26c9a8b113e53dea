// tests/sip/registrar/registrar_test.cpp - RFC 3261 §10.3 on the wire: who
// may bind what, for how long, and in which order.
#include "sip/registrar/registrar.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

struct Registering : EdgeTest {
    std::vector<std::string> contacts(std::string_view user = "alice") {
        std::vector<std::string> all;
        for (const Binding& b : edge->bindings(user, now))
            all.push_back(b.contact);
        return all;
    }
    int register_status(const std::string& contact, unsigned cseq = 1, const std::string& more = {}) {
        return status_of(register_alice(contact, cseq, more));
    }
};

using Contacts = std::vector<std::string>;

TEST_F(Registering, without_credentials_401_with_them_200_listing_the_binding_and_its_time) {
    const auto ok = register_alice("<sip:alice@10.0.0.9:5070>;expires=600");
    EXPECT_EQ(status_of(ok), 200);
    EXPECT_EQ(field(ok, "Contact"), "<sip:alice@10.0.0.9:5070>;expires=600");
    EXPECT_EQ(field(ok, "Date"), "Fri, 15 Jan 2027 08:00:00 GMT");
    EXPECT_EQ(contacts(), Contacts{"sip:alice@10.0.0.9:5070"});
    EXPECT_EQ(edge->bindings("alice", now)[0].flow, phone);
    EXPECT_EQ(changed, Contacts{"alice"});
    EXPECT_EQ(edge->counters().registered, 1U);
}

TEST_F(Registering, a_user_may_change_only_its_own_address) {
    const auto answer = as_alice(registration("<sip:eve@10.6.6.6>", 1, {}, "bob"));
    EXPECT_EQ(status_of(answer), 403);
    EXPECT_TRUE(contacts("bob").empty());
    EXPECT_EQ(status_of(as_alice(registration("<sip:eve@10.6.6.6>", 1, {}, "nobody"))), 403);
    EXPECT_EQ(status_of(as_alice(registration("<sip:eve@10.6.6.6>", 1, {}, "alice%00"))), 403);
    EXPECT_TRUE(store.kept.empty());
}

TEST_F(Registering, the_address_of_record_is_unescaped_once_and_lowercased) {
    EXPECT_EQ(status_of(as_alice(registration("<sip:x@10.0.0.9>", 1, {}, "%61LICE"))), 200);
    EXPECT_EQ(contacts(), Contacts{"sip:x@10.0.0.9"});
    EXPECT_EQ(status_of(as_alice(registration("<sip:y@10.0.0.9>", 5, {}, "%2561lice"))), 403);
}

TEST_F(Registering, expires_comes_from_the_contact_then_the_header_then_the_default_and_is_bounded) {
    const auto granted = [&](const std::string& contact, unsigned cseq, const std::string& more = {}) {
        return field(register_alice(contact, cseq, more), "Contact");
    };
    EXPECT_EQ(granted("<sip:a@10.0.0.9>;expires=100", 1, "Expires: 200\r\n"), "<sip:a@10.0.0.9>;expires=100");
    EXPECT_EQ(granted("<sip:a@10.0.0.9>", 3, "Expires: 200\r\n"), "<sip:a@10.0.0.9>;expires=200");
    EXPECT_EQ(granted("<sip:a@10.0.0.9>", 5), "<sip:a@10.0.0.9>;expires=3600");
    EXPECT_EQ(granted("<sip:a@10.0.0.9>;expires=999999", 7), "<sip:a@10.0.0.9>;expires=7200");
    EXPECT_EQ(granted("<sip:a@10.0.0.9>;expires=280297596632815", 9), "<sip:a@10.0.0.9>;expires=3600");
    EXPECT_EQ(granted("<sip:a@10.0.0.9>;expires=soon", 11), "<sip:a@10.0.0.9>;expires=3600");
    EXPECT_EQ(granted("<sip:a@10.0.0.9>;expires=60", 13), "<sip:a@10.0.0.9>;expires=60");
    const auto brief = register_alice("<sip:a@10.0.0.9>;expires=59", 15);
    EXPECT_EQ(status_of(brief), 423);
    EXPECT_EQ(field(brief, "Min-Expires"), "60");
}

TEST_F(Registering, a_phone_that_listens_on_another_port_than_it_sends_from_is_met_at_its_Contact) {
    const auto met = [&](const std::string& contact, const std::string& via_extra,
                         const std::string& more = {}) {
        Request request = registration("<" + contact + ">;expires=600", 1, more);
        request.call_id += contact;
        request.via_extra = via_extra;
        EXPECT_EQ(status_of(as_alice(request)), 200);
        for (const Binding& b : edge->bindings("alice", now)) {
            if (b.contact == contact) return to_string(b.flow.remote);
        }
        return std::string("nowhere");
    };
    phone = udp_flow("10.0.0.9", 5062);
    EXPECT_EQ(met("sip:a@10.0.0.9:5060", ""), "10.0.0.9:5060");
    EXPECT_EQ(met("sip:b@10.0.0.9", ""), "10.0.0.9:5060");
    EXPECT_EQ(met("sip:c@10.0.0.20:5080", ""), "10.0.0.20:5080") << "of another device";
    EXPECT_EQ(met("sip:d@10.0.0.9:5060", ";rport"), "10.0.0.9:5062") << "asked for by rport";
    EXPECT_EQ(met("sip:e@192.168.1.7:5060", ""), "10.0.0.9:5062") << "behind a NAT";
    EXPECT_EQ(met("sip:f@[2001:db8::1]:5060", ""), "10.0.0.9:5062");
    EXPECT_EQ(met("sip:g@10.0.0.9:25", ""), "10.0.0.9:5062") << "no other service is called by our calls";
    EXPECT_EQ(met("sip:h@10.0.0.9:5060;transport=tcp", ""), "10.0.0.9:5062");
    EXPECT_EQ(met("sip:i@phone.test:5060", ""), "10.0.0.9:5062");
    EXPECT_EQ(met("sip:j@10.0.0.9:5060", "", "Supported: path\r\nPath: <sip:10.0.0.1;lr>\r\n"),
              "10.0.0.9:5062");
    phone = udp_flow("2001:db8::9", 5062);
    EXPECT_EQ(met("sip:k@[2001:db8::9]:5060", ""), "[2001:db8::9]:5060");
    EXPECT_EQ(met("sip:l@[2001:db8:0:1::9]:5060", ""), "[2001:db8::9]:5062");
}

TEST_F(Registering, the_oldest_bindings_whose_connection_is_gone_make_room) {
    for (unsigned i = 1; i <= 20; ++i) {
        phone = tcp_flow("10.0.0.9", i);
        phone.transport = i % 2 == 0 ? Transport::ws : Transport::tcp;
        EXPECT_EQ(register_status("<sip:a" + std::to_string(i) + "@10.0.0.9:40001;transport=tcp>", 3 * i),
                  200)
            << i;
        sent.dead.push_back(phone);
    }
    const auto left = contacts();
    EXPECT_EQ(left.size(), config.max_bindings_per_user);
    EXPECT_EQ(std::count(left.begin(), left.end(), "sip:a4@10.0.0.9:40001;transport=tcp"), 0);
    EXPECT_EQ(std::count(left.begin(), left.end(), "sip:a20@10.0.0.9:40001;transport=tcp"), 1);
    EXPECT_EQ(store.kept["alice"].size(), left.size());
}

TEST_F(Registering, while_their_connections_live_or_they_came_over_UDP_nobody_makes_room) {
    for (unsigned i = 1; i <= config.max_bindings_per_user; ++i) {
        phone = i % 2 == 0 ? udp_flow() : tcp_flow("10.0.0.9", i);
        ASSERT_EQ(register_status("<sip:a" + std::to_string(i) + "@10.0.0.9>", 3 * i), 200);
    }
    EXPECT_EQ(register_status("<sip:one-more@10.0.0.9>", 100), 403);
    sent.dead.push_back(tcp_flow("10.0.0.9", 3));
    EXPECT_EQ(register_status("<sip:one-more@10.0.0.9>", 103), 200);
    EXPECT_EQ(register_status("<sip:yet-another@10.0.0.9>", 106), 403) << "one made room, for one";
}

TEST_F(Registering, a_connection_of_the_run_before_is_gone) {
    config.max_bindings_per_user = 2;
    start();
    phone = tcp_flow("10.0.0.9", 1);
    ASSERT_EQ(register_status("<sip:a1@10.0.0.9>, <sip:a2@10.0.0.9>", 1), 200);
    Flow restored = phone;
    restored.connection = 0;
    sent.dead.push_back(restored);
    start();
    phone = tcp_flow("10.0.0.9", 2);
    EXPECT_EQ(register_status("<sip:a3@10.0.0.9>", 11), 200);
    EXPECT_EQ(contacts().size(), 2U);
}

TEST_F(Registering, a_fetch_lists_all_bindings_with_their_remaining_time_and_changes_none) {
    register_alice("<sip:a@10.0.0.9>;expires=600;q=0.25, <sip:b@10.0.0.9>;expires=300");
    pass(100s);
    const auto listed = register_alice("", 9);
    EXPECT_EQ(status_of(listed), 200);
    EXPECT_EQ(field(listed, "Contact", 0), "<sip:a@10.0.0.9>;expires=500;q=0.250");
    EXPECT_EQ(field(listed, "Contact", 1), "<sip:b@10.0.0.9>;expires=200");
    EXPECT_EQ(field(listed, "Contact", 2), "");
    EXPECT_EQ(store.writes, 1);
    EXPECT_EQ(contacts(), (Contacts{"sip:b@10.0.0.9", "sip:a@10.0.0.9"}));  // by q
}

TEST_F(Registering, star_removes_all_but_only_alone_and_with_Expires_0) {
    register_alice("<sip:a@10.0.0.9>, <sip:b@10.0.0.9>");
    EXPECT_EQ(register_status("*", 3), 400);
    EXPECT_EQ(register_status("*", 5, "Expires: 60\r\n"), 400);
    EXPECT_EQ(register_status("*, <sip:a@10.0.0.9>", 7, "Expires: 0\r\n"), 400);
    EXPECT_EQ(register_status("*", 9, "Contact: <sip:c@10.0.0.9>\r\nExpires: 0\r\n"), 400);
    EXPECT_EQ(contacts().size(), 2U);
    const auto ok = register_alice("*", 11, "Expires: 0\r\n");
    EXPECT_EQ(status_of(ok), 200);
    EXPECT_EQ(field(ok, "Contact"), "");
    EXPECT_TRUE(contacts().empty());
    EXPECT_TRUE(store.kept.empty());
    EXPECT_EQ(changed, (Contacts{"alice", "alice"}));
}

TEST_F(Registering, one_contact_is_removed_by_expires_0_and_removing_what_is_not_there_is_no_error) {
    register_alice("<sip:a@10.0.0.9>, <sip:b@10.0.0.9>");
    EXPECT_EQ(register_status("<sip:a@10.0.0.9>;expires=0", 3), 200);
    EXPECT_EQ(contacts(), Contacts{"sip:b@10.0.0.9"});
    EXPECT_EQ(register_status("<sip:nowhere@10.0.0.9>;expires=0", 5), 200);
    EXPECT_EQ(contacts(), Contacts{"sip:b@10.0.0.9"});
}

TEST_F(Registering, a_REGISTER_with_a_CSeq_that_is_not_higher_fails_as_a_whole) {
    register_alice("<sip:a@10.0.0.9>;expires=600", 10);  // bound with 11, the authorized one
    const auto refused = register_alice("<sip:new@10.0.0.9>, <sip:a@10.0.0.9>;expires=0", 10);
    EXPECT_EQ(status_of(refused), 500);
    EXPECT_EQ(contacts(), Contacts{"sip:a@10.0.0.9"});
    EXPECT_EQ(register_status("*", 9, "Expires: 0\r\n"), 500);
    EXPECT_EQ(contacts().size(), 1U);
    EXPECT_EQ(register_status("<sip:a@10.0.0.9>;expires=0", 11), 200);
    EXPECT_TRUE(contacts().empty());
}

TEST_F(Registering, another_Call_ID_is_another_sequence) {
    register_alice("<sip:a@10.0.0.9>", 100);
    Request restarted = registration("<sip:a@10.0.0.9>;expires=90", 1);
    restarted.call_id = "after-restart";
    EXPECT_EQ(field(as_alice(restarted), "Contact"), "<sip:a@10.0.0.9>;expires=90");
}

TEST_F(Registering, contacts_are_compared_as_19_1_4_says) {
    register_alice("<sip:%61lice@EXAMPLE.com;transport=udp>", 1);
    register_alice("<sip:alice@example.COM;transport=UDP>", 3);
    EXPECT_EQ(contacts(), Contacts{"sip:alice@example.COM;transport=UDP"});
    register_alice("<sip:alice@example.com;transport=tcp>", 5);
    register_alice("<sip:alice@example.com:5060;transport=tcp>", 7);
    register_alice("<sip:ALICE@example.com;transport=tcp>", 9);
    EXPECT_EQ(contacts().size(), 4U);
}

TEST_F(Registering, all_or_nothing_when_one_contact_is_bad) {
    for (const std::string bad : {"<mailto:a@b>", "<sip:a@10.0.0.9>;q=2", "<sip:a@10.0.0.9>;q=0.1234",
                                  "<sip:a@10.0.0.9>;q=", "<tel:+123>"}) {
        EXPECT_EQ(register_status("<sip:good@10.0.0.9>, " + bad), 400) << bad;
        EXPECT_TRUE(contacts().empty());
    }
    for (const std::string malformed : {"sip:a@10.0.0.9?Route=x", "<sip:a@b c>", "<sip:>", "<sip:a@b", ","}) {
        EXPECT_EQ(status(registration("<sip:good@10.0.0.9>, " + malformed).text()), 400) << malformed;
    }
    EXPECT_EQ(register_status("<sip:" + std::string(1100, 'a') + "@b>", 1), 400);
    EXPECT_EQ(store.writes, 0);
}

TEST_F(Registering, what_cannot_be_stored_is_500_and_not_bound) {
    register_alice("<sip:a@10.0.0.9>", 1);
    store.works = false;
    EXPECT_EQ(register_status("<sip:b@10.0.0.9>", 3), 500);
    EXPECT_EQ(register_status("*", 5, "Expires: 0\r\n"), 500);
    EXPECT_EQ(contacts(), Contacts{"sip:a@10.0.0.9"});
    EXPECT_EQ(changed.size(), 1U);
}

TEST_F(Registering, sixteen_bindings_and_no_more) {
    std::string sixteen, seventeen;
    for (int i = 0; i < 17; ++i) {
        if (i > 0) seventeen += ", ";
        if (i == 16) sixteen = seventeen.substr(0, seventeen.size() - 2);
        seventeen += "<sip:p" + std::to_string(i) + "@10.0.0.9>";
    }
    EXPECT_EQ(register_status(seventeen, 1), 403);
    EXPECT_TRUE(contacts().empty());
    EXPECT_EQ(register_status(sixteen, 3), 200);
    EXPECT_EQ(register_status("<sip:more@10.0.0.9>", 5), 403);
    EXPECT_EQ(register_status("<sip:p3@10.0.0.9>", 7), 200);
    EXPECT_EQ(contacts().size(), 16U);
    std::string many = "<sip:q@10.0.0.9>;expires=0";
    for (int i = 0; i < 70; ++i)
        many += ", <sip:q" + std::to_string(i) + "@10.0.0.9>;expires=0";
    EXPECT_EQ(register_status(many, 9), 403);
}

TEST_F(Registering, a_phone_that_comes_back_replaces_its_own_binding_even_under_another_contact) {
    const std::string instance = ";+sip.instance=\"<urn:uuid:0001>\"";
    const std::string outbound = "Supported: outbound\r\n";
    register_alice("<sip:alice-0x1@10.0.0.9:5070>" + instance + ";reg-id=1", 1, outbound);
    register_alice("<sip:other@10.0.0.8>;+sip.instance=\"<urn:uuid:0002>\"", 3);
    Request restarted = registration("<sip:alice-0x2@10.0.0.9:6071>" + instance + ";reg-id=1", 1, outbound);
    restarted.call_id = "restarted";
    const auto ok = as_alice(restarted);
    EXPECT_EQ(field(ok, "Contact", 0),
              "<sip:alice-0x2@10.0.0.9:6071>;expires=3600;+sip.instance=\"<urn:uuid:0001>\";reg-id=1");
    EXPECT_EQ(contacts(), (Contacts{"sip:alice-0x2@10.0.0.9:6071", "sip:other@10.0.0.8"}));
    const auto second = register_alice("<sip:alice-0x2@[::1]>" + instance + ";reg-id=2", 5, outbound);
    EXPECT_EQ(status_of(second), 200) << "its second flow";
    EXPECT_EQ(contacts().size(), 3U);
}

TEST_F(Registering, RFC_4475_contacts_keep_their_parameters_and_embedded_headers) {
    // cparam01, cparam02, regescrt, escnull
    EXPECT_EQ(field(register_alice("sip:+19725552222@gw1.example.net;unknownparam", 1), "Contact"),
              "<sip:+19725552222@gw1.example.net>;expires=3600;unknownparam");
    register_alice("*", 3, "Expires: 0\r\n");
    EXPECT_EQ(field(register_alice("<sip:+19725552222@gw1.example.net;unknownparam>", 5), "Contact"),
              "<sip:+19725552222@gw1.example.net;unknownparam>;expires=3600");
    register_alice("*", 7, "Expires: 0\r\n");
    EXPECT_EQ(field(register_alice("<sip:user@example.com?Route=%3Csip:sip.example.com%3E>", 9), "Contact"),
              "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=3600");
    register_alice("*", 11, "Expires: 0\r\n");
    register_alice("<sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>", 13);
    EXPECT_EQ(contacts().size(), 2U);
}

TEST_F(Registering, a_folded_parameter_comes_back_on_one_line) {
    const auto ok = register_alice("<sip:a@10.0.0.9>;x=\"one\r\n  two;three\";expires=90;y", 1);
    EXPECT_EQ(status_of(ok), 200);
    EXPECT_EQ(field(ok, "Contact").find('\n'), std::string::npos);
    EXPECT_NE(field(ok, "Contact").find(";x=\"one"), std::string::npos);
    EXPECT_NE(field(ok, "Contact").find(";y"), std::string::npos);
}

TEST_F(Registering, parameters_that_nobody_here_knows_come_back_as_written) {
    const auto ok =
        register_alice("<sip:a@10.0.0.9>;X=\"a\\\";q=1;b\" ; Q=0.5;y = 1;+sip.Instance=\"<urn:z>\"; w", 1);
    EXPECT_EQ(field(ok, "Contact"),
              "<sip:a@10.0.0.9>;expires=3600;q=0.500;+sip.instance=\"<urn:z>\";X=\"a\\\";q=1;b\";y = 1;w");
}

TEST_F(Registering, Path_is_kept_when_the_phone_supports_it_and_420_when_not) {
    const std::string path = "Path: <sip:p1.example.com;lr>\r\nPath: <sip:p2.example.com;lr>\r\n";
    const auto refused = register_alice("<sip:a@10.0.0.9>", 1, path);
    EXPECT_EQ(status_of(refused), 420);
    EXPECT_EQ(field(refused, "Unsupported"), "path");
    const auto ok = register_alice("<sip:a@10.0.0.9>", 3, path + "Supported: gruu, path\r\n");
    EXPECT_EQ(status_of(ok), 200);
    EXPECT_EQ(field(ok, "Path"), "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>");
    EXPECT_EQ(edge->bindings("alice", now).at(0).path, "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>");
}

TEST_F(Registering, bindings_expire_on_time_and_say_so) {
    register_alice("<sip:a@10.0.0.9>;expires=60, <sip:b@10.0.0.9>;expires=90");
    changed.clear();
    pass(59s);
    EXPECT_TRUE(changed.empty());
    ASSERT_TRUE(edge->next_wake());
    pass(1s);
    EXPECT_EQ(changed, Contacts{"alice"});
    EXPECT_EQ(contacts(), Contacts{"sip:b@10.0.0.9"});
    EXPECT_EQ(store.kept.at("alice").size(), 1U);
    pass(30s);
    EXPECT_EQ(changed.size(), 2U);
    EXPECT_TRUE(store.kept.empty());
    Request call;
    call.uri = "sip:alice@home.test";
    call.from = "<sip:x@y.test>;tag=1";
    EXPECT_EQ(status(call.text()), 480);
}

TEST_F(Registering, a_refresh_that_changes_no_contact_is_no_change) {
    register_alice("<sip:a@10.0.0.9>", 1);
    changed.clear();
    pass(100s);
    register_alice("<sip:a@10.0.0.9>", 3);
    EXPECT_TRUE(changed.empty());
    register_alice("<sip:a@10.0.0.9>;q=0.5", 5);
    EXPECT_EQ(changed, Contacts{"alice"});
}

TEST_F(Registering, a_wall_clock_that_jumps_expires_nobody) {
    register_alice("<sip:a@10.0.0.9>", 1);
    now.wall += std::chrono::years(1);
    edge->on_time(now);
    EXPECT_EQ(contacts().size(), 1U);
}

TEST_F(Registering, what_is_alive_comes_back_after_a_restart_and_is_announced_once) {
    register_alice("<sip:a@10.0.0.9>;expires=60, <sip:b@10.0.0.9>;expires=600");
    register_bob("<sip:bob@10.0.0.5>;expires=60");
    now.wall += 70s;
    now.steady += 5s;  // another process: its steady clock says nothing about the first's
    changed.clear();
    start();
    EXPECT_EQ(contacts(), Contacts{"sip:b@10.0.0.9"});
    EXPECT_TRUE(contacts("bob").empty());
    ASSERT_TRUE(edge->next_wake());
    EXPECT_LE(*edge->next_wake(), now.steady);
    edge->on_time(now);
    EXPECT_EQ(changed, Contacts{"alice"});
    edge->on_time(now);
    EXPECT_EQ(changed.size(), 1U);
    EXPECT_GT(*edge->next_wake(), now.steady);
    const auto listed = register_alice("", 9);
    EXPECT_EQ(field(listed, "Contact"), "<sip:b@10.0.0.9>;expires=530");
    pass(530s);
    EXPECT_TRUE(contacts().empty());
}

TEST_F(Registering, a_user_who_is_removed_loses_the_bindings) {
    register_alice("<sip:a@10.0.0.9>");
    register_bob("<sip:b@10.0.0.5>");
    users.users.erase("alice");
    changed.clear();
    edge->users_changed(now);
    EXPECT_EQ(changed, Contacts{"alice"});
    EXPECT_TRUE(contacts().empty());
    EXPECT_EQ(contacts("bob").size(), 1U);
    EXPECT_FALSE(store.kept.contains("alice"));
    store.kept["alice"] = store.kept.at("bob");
    start();  // and so does one who was removed while we were down
    EXPECT_TRUE(contacts().empty());
}

// --- RFC 5626

TEST_F(Registering, a_phone_that_supports_outbound_is_told_that_we_do) {
    const std::string flow = "<sip:a@10.0.0.9:5070;ob>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"";
    const std::string answer = register_alice(flow, 1, "Supported: path, outbound\r\n");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(field(answer, "Require"), "outbound");
    EXPECT_EQ(field(answer, "Flow-Timer"), "25") << "RFC 4787 §4.3: a NAT may forget UDP after 30 s";
    phone = tcp_flow();
    EXPECT_EQ(field(register_alice(flow, 3, "Supported: path, outbound\r\n"), "Flow-Timer"), "120");
    EXPECT_EQ(edge->bindings("alice", now).at(0).reg_id, 1U);
    EXPECT_EQ(status_of(register_alice(flow, 5, "Require: outbound\r\n")), 200);
}

TEST_F(Registering, a_reg_id_without_the_extension_or_without_an_instance_counts_for_nothing) {
    const std::string plain = register_alice("<sip:a@10.0.0.9>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"");
    EXPECT_EQ(field(plain, "Require"), "");
    EXPECT_EQ(edge->bindings("alice", now).at(0).reg_id, 0U);
    const std::string bare = register_alice("<sip:b@10.0.0.9>;reg-id=1", 5, "Supported: outbound\r\n");
    EXPECT_EQ(field(bare, "Require"), "");
}

TEST_F(Registering, a_proxy_before_us_must_keep_the_flow_or_it_is_439) {
    const std::string flow = "<sip:a@10.0.0.9:5070>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"";
    const std::string behind =
        "Via: SIP/2.0/UDP 10.0.0.8:5070;branch=z9hG4bKphone\r\nSupported: path, outbound\r\n";
    EXPECT_EQ(status_of(register_alice(flow, 1, behind)), 439);
    EXPECT_EQ(status_of(register_alice(flow, 3, behind + "Path: <sip:t@10.0.0.7;lr>\r\n")), 439);
    EXPECT_EQ(status_of(register_alice(flow, 5, behind + "Path: <sip:t@10.0.0.7;lr;ob>\r\n")), 200);
    EXPECT_EQ(
        status_of(register_alice(flow, 7, behind + "Path: <sip:10.0.0.6;lr>, <sip:t@10.0.0.7;lr;ob>\r\n")),
        200);
    EXPECT_EQ(
        status_of(register_alice(flow, 9, behind + "Path: <sip:10.0.0.6;lr;ob>, <sip:t@10.0.0.7;lr>\r\n")),
        439);
}

}  // namespace

}  // namespace sip::testing
