// tests/node/routing/steps_test.cpp - what the local step and the DHT step make of what they are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "crypto/name.hpp"
#include "node/addresses.hpp"
#include "node/routing/dht_step.hpp"
#include "node/routing/local_step.hpp"
#include "node/routing/trace_report.hpp"

namespace node {
namespace {

using testing::HasSubstr;

/// Answers from a function, lets nobody call loopback, and makes tickets that can be read.
struct FakeNetwork : DhtStep::Network {
    using Answers = std::function<overlay::ResolveAnswer(const overlay::ResolveRequest&)>;
    explicit FakeNetwork(Answers give = {}) : answers(std::move(give)) {}

    void resolve(overlay::ResolveRequest request, overlay::ResolveDone done) override {
        asked.push_back(request);
        done(answers ? answers(request) : overlay::ResolveAnswer());
    }
    [[nodiscard]] std::string judge(const overlay::TransportAddress& address) const override {
        return address.address.is_loopback() ? "loopback" : "";
    }
    [[nodiscard]] bool behind_our_router(const asio::ip::address& address) const override {
        return address == asio::ip::make_address("203.0.113.5");
    }
    [[nodiscard]] std::string make_ticket(const std::string& caller, const crypto::TicketKey& key,
                                          const crypto::TicketCallee& callee) override {
        EXPECT_EQ(key, crypto::TicketKey{5});
        EXPECT_EQ(callee.zone, crypto::PublicKey{9});
        return caller + "-" + callee.label;
    }

    Answers answers;
    std::vector<overlay::ResolveRequest> asked;
};

StepQuestion bob() {
    StepQuestion target;
    target.dialled.user = target.label = "bob";
    target.key = crypto::PublicKey{9};
    return target;
}

overlay::ResolveAnswer record_of(std::vector<const char*> addresses,
                                 overlay::Kind kind = overlay::Kind::contacts) {
    overlay::ResolveAnswer answer;
    answer.outcome = overlay::Outcome::found;
    answer.record.emplace();
    answer.record->kind = kind;
    answer.record->edges.push_back({});
    for (const char* address : addresses)
        answer.record->edges[0].addresses.push_back(*parse_transport_address(address));
    return answer;
}

StepAnswer judged(overlay::ResolveAnswer answer) {
    FakeNetwork network;
    return judge_dht_answer(std::move(answer), bob(), network);
}

struct OneUser : sip::Users {
    const sip::Credentials* find(std::string_view user) override {
        return user == "alice" ? &credentials : nullptr;
    }
    sip::Credentials credentials;
};

StepAnswer local_answer(const std::string& label, std::vector<sip::Binding> bindings) {
    OneUser users;
    LocalStep step(users, [&](const std::string&) { return bindings; });
    StepQuestion target;
    target.label = label;
    StepAnswer answer;
    step.ask(target, [&](StepAnswer a) { answer = std::move(a); });
    return answer;
}

TEST(LocalStep, a_registered_phone_is_given_exactly_as_it_registered) {
    sip::Binding binding;
    binding.contact = "sip:alice-0x7F@10.0.0.9:5062;transport=tcp;ob";
    binding.q = 300;
    const auto step = local_answer("alice", {binding});
    EXPECT_EQ(step.answer.status, 302);
    EXPECT_EQ(step.answer.contacts.at(0).uri, binding.contact);
    EXPECT_DOUBLE_EQ(step.answer.contacts.at(0).q, 0.3);
}

TEST(LocalStep, an_unknown_user_is_404_and_a_user_without_a_phone_480) {
    EXPECT_EQ(local_answer("bob", {}).answer.status, 404);
    EXPECT_EQ(local_answer("", {}).answer.status, 404);
    EXPECT_EQ(local_answer("alice", {}).answer.status, 480);
    EXPECT_THAT(local_answer("192.168.7.7", {}).sentence,
                HasSubstr("is an address, and nobody at this node"));
}

TEST(DhtStep, a_verified_record_becomes_contacts_and_says_which_key_signed) {
    const auto step = judged(record_of({"udp:192.0.2.7:5060"}));
    EXPECT_EQ(step.verdict, Verdict::found);
    EXPECT_EQ(step.answer.status, 302);
    EXPECT_EQ(step.answer.contacts.at(0).uri, "sip:bob@192.0.2.7:5060;transport=udp");
    EXPECT_EQ(step.verified_by, bob().key);
}

TEST(DhtStep, a_neighbour_is_said_to_be_behind_our_own_router) {
    EXPECT_THAT(judged(record_of({"udp:203.0.113.5:5061"})).sentence, HasSubstr("behind your own router"));
    EXPECT_THAT(judged(record_of({"udp:192.0.2.7:5061"})).sentence, testing::Not(HasSubstr("router")));
}

TEST(DhtStep, the_ticket_is_for_the_key_that_speaks_for_the_label_and_only_for_a_caller_of_ours) {
    auto answer = record_of({"udp:192.0.2.7:5060"});
    answer.record->edges[0].ticket_key = crypto::TicketKey{5};
    FakeNetwork network;
    StepQuestion target = bob();
    EXPECT_EQ(judge_dht_answer(answer, target, network).answer.contacts.front().uri,
              "sip:bob@192.0.2.7:5060;transport=udp")
        << "`lookup` calls nobody";
    target.caller = "alice";
    EXPECT_EQ(judge_dht_answer(answer, target, network).answer.contacts.front().uri,
              "sip:bob@192.0.2.7:5060;transport=udp;tk=alice-bob");
}

TEST(DhtStep, a_record_whose_addresses_may_not_be_called_is_480_and_says_why) {
    const auto step = judged(record_of({"udp:127.0.0.1:5060"}));
    EXPECT_EQ(step.answer.status, 480);
    EXPECT_TRUE(step.answer.contacts.empty());
    EXPECT_THAT(step.refused_contacts.at(0), HasSubstr("loopback"));
}

TEST(DhtStep, no_record_is_480_with_Retry_After_and_no_network_is_504) {
    overlay::ResolveAnswer answer;
    answer.outcome = overlay::Outcome::none;
    EXPECT_EQ(judged(answer).answer.status, 480);
    EXPECT_TRUE(judged(answer).answer.retry_after);
    EXPECT_FALSE(judged(answer).verified_by);
    answer.outcome = overlay::Outcome::not_joined;
    EXPECT_EQ(judged(answer).answer.status, 504);
    EXPECT_EQ(judged(answer).verdict, Verdict::failed);
    answer.outcome = overlay::Outcome::deadline;
    EXPECT_EQ(judged(answer).answer.status, 504);
}

TEST(DhtStep, a_tombstone_is_410_and_an_empty_record_480) {
    EXPECT_EQ(judged(record_of({}, overlay::Kind::tombstone)).answer.status, 410);
    EXPECT_EQ(judged(record_of({})).answer.status, 480);
    EXPECT_THAT(judged(record_of({})).sentence, HasSubstr("no phone"));
}

TEST(DhtStep, a_revoked_key_and_where_a_name_says_to_have_moved_are_told_and_not_followed) {
    auto answer = record_of({}, overlay::Kind::tombstone);
    answer.revoked = true;
    answer.record->target = crypto::Identity::generate().public_key();
    const auto step = judged(answer);
    EXPECT_EQ(step.answer.status, 410);
    EXPECT_TRUE(step.revoked);
    EXPECT_TRUE(step.answer.contacts.empty());
    const std::string moved = "bob@" + crypto::encode_name(*answer.record->target);
    EXPECT_THAT(step.sentence, AllOf(HasSubstr("for ever"), HasSubstr(moved)));
    EXPECT_THAT(step.answer.warning, HasSubstr(moved));
}

TEST(DhtStep, asks_anew_and_in_a_hurry_when_what_was_found_led_nowhere) {
    FakeNetwork network([](const overlay::ResolveRequest&) { return record_of({"udp:192.0.2.7:5060"}); });
    DhtStep step(network);
    StepQuestion question = bob();
    step.ask(question, [](const StepAnswer&) {});
    question.again = true;
    step.ask(question, [](const StepAnswer&) {});
    ASSERT_EQ(network.asked.size(), 2U);
    EXPECT_FALSE(network.asked[0].ask_anew);
    EXPECT_TRUE(network.asked[1].ask_anew);
    EXPECT_FALSE(network.asked[1].skip_cache) << "that waits for everybody";
}

/// A DHT that holds delegations from key n to n + 1, and contacts at the last.
class Delegations : public testing::Test {
protected:
    static crypto::PublicKey key(std::uint8_t n) { return crypto::PublicKey{n}; }
    StepAnswer walk(std::map<std::uint8_t, std::uint8_t> delegations, std::vector<std::uint8_t> secret = {}) {
        FakeNetwork network([&](const overlay::ResolveRequest& request) {
            const auto next = delegations.find(request.owner[0]);
            if (next == delegations.end()) return record_of({"udp:192.0.2.7:5060"});
            auto answer = record_of({}, overlay::Kind::delegation);
            answer.record->target = key(next->second);
            return answer;
        });
        DhtStep step(network);
        StepQuestion target = bob();
        target.key = key(1);
        target.secret = std::move(secret);
        StepAnswer result;
        step.ask(target, [&](StepAnswer given) { result = std::move(given); });
        asked.insert(asked.end(), network.asked.begin(), network.asked.end());
        return result;
    }
    std::vector<overlay::ResolveRequest> asked;
};

TEST_F(Delegations, are_followed_to_the_key_that_speaks_for_the_label) {
    const auto step = walk({{1, 2}, {2, 3}, {3, 4}}, std::vector<std::uint8_t>(16, 7));
    EXPECT_EQ(step.answer.status, 302);
    EXPECT_EQ(step.verified_by, key(4));
    ASSERT_EQ(step.delegations.size(), 3U);
    EXPECT_EQ(step.delegations[0].from, key(1));
    EXPECT_EQ(step.delegations[2].to, key(4));
    EXPECT_EQ(asked.at(0).secret.size(), 16U);
    EXPECT_TRUE(asked.at(1).secret.empty()) << "the invite is for the first name alone";
    EXPECT_EQ(asked.at(3).label, "bob");
}

TEST_F(Delegations, more_than_three_of_them_are_483) {
    const auto step = walk({{1, 2}, {2, 3}, {3, 4}, {4, 5}});
    EXPECT_EQ(step.answer.status, 483);
    EXPECT_EQ(step.answer.reason, "Delegated too often");
    EXPECT_EQ(asked.size(), 4U) << "the fifth key is never asked";
}

TEST_F(Delegations, in_a_circle_are_483) {
    EXPECT_EQ(walk({{1, 2}, {2, 1}}).answer.reason, "Delegation loop");
    EXPECT_EQ(asked.size(), 2U);
    EXPECT_EQ(walk({{1, 1}}).answer.status, 483);
}

TEST(DhtStep, a_user_part_that_nobody_can_have_is_404_without_a_question) {
    FakeNetwork network;
    DhtStep step(network);
    StepQuestion target = bob();
    target.label.clear();
    int status = 0;
    step.ask(target, [&](const StepAnswer& given) { status = given.answer.status; });
    EXPECT_EQ(status, 404);
    EXPECT_TRUE(network.asked.empty());
}

TEST(DhtStep, the_question_names_key_label_and_freshness) {
    FakeNetwork network;
    DhtStep step(network);
    StepQuestion target = bob();
    target.fresh = true;
    step.ask(target, [](const StepAnswer&) {});
    ASSERT_EQ(network.asked.size(), 1U);
    EXPECT_EQ(network.asked[0].owner, *bob().key);
    EXPECT_EQ(network.asked[0].label, "bob");
    EXPECT_TRUE(network.asked[0].skip_cache);
}

TEST(Trace, each_refused_value_is_told_with_its_reason) {
    overlay::ResolveAnswer answer;
    answer.values.push_back(
        {0, make_error_code(overlay::Errc::bad_signature), 0, 12, 1'000'900, false, 0, "0a", false});
    answer.values.push_back({1, {}, 3, 13, 1'000'900, true, 999'940, "0b", false});
    answer.asked.push_back({1, 11, false, "0b", 1, true, true});
    Trace trace;
    trace.uri = "sip:bob@x";
    trace.steps.push_back(judged(answer));
    trace.answer = trace.steps[0].answer;
    const auto report = report_of(trace, std::chrono::sys_seconds(std::chrono::seconds(1'000'000)));
    const nlohmann::ordered_json json = report;
    EXPECT_EQ(json["steps"][0]["values"][0]["refused"],
              make_error_code(overlay::Errc::bad_signature).message());
    EXPECT_EQ(json["steps"][0]["values"][1]["expires_in_s"], 900);
    EXPECT_EQ(json["steps"][0]["values"][1]["age_s"], 60);
    EXPECT_EQ(json["steps"][0]["locations"][0]["info_hash"], "0b");
    EXPECT_TRUE(json["verified_by"].is_null());
    const std::string text = trace_text(report);
    EXPECT_EQ(trace_text(json.get<TraceReport>()), text) << "nothing is lost on the way to a command";
    EXPECT_THAT(text, HasSubstr("location 0: refused"));
    EXPECT_THAT(text, HasSubstr("location 1: verified"));
    EXPECT_THAT(text, HasSubstr("480"));
}

}  // namespace
}  // namespace node
