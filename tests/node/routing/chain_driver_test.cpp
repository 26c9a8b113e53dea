// tests/node/routing/chain_driver_test.cpp - the chain on a loop: who is asked, and when answers come.
#include "node/routing/chain_driver.hpp"

#include <gtest/gtest.h>

#include <asio/post.hpp>

#include "crypto/name.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

/// Answers at once, next turn, or when it is told to.
class FakeStep : public Step {
public:
    enum class When : std::uint8_t { at_once, next_turn, never };
    FakeStep(asio::io_context& loop, When when, Verdict verdict, int status) : loop_(loop), when_(when) {
        answer.verdict = verdict;
        answer.answer.status = status;
    }
    void ask(const StepQuestion&, StepDone done) override {
        if (when_ == When::at_once) return done(answer);
        if (when_ == When::next_turn)
            return asio::post(loop_, [this, done = std::move(done)] { done(answer); });
        held.push_back(std::move(done));
    }
    StepAnswer answer;
    std::vector<StepDone> held;

private:
    asio::io_context& loop_;
    const When when_;
};

class NoBindings : public KeyBindings {
public:
    void lookup(const std::string&, std::function<void(KeyBinding)> done) override { held.push_back(done); }
    std::vector<std::function<void(KeyBinding)>> held;
};

class ChainDriverTest : public testing::Test, protected Chain::Directory {
protected:
    bool is_own_host(const std::string& host, std::optional<std::uint16_t>, const sip::Flow&) const override {
        return host == "own.test";
    }
    bool is_user(const std::string&) override { return true; }
    crypto::PublicKey owner_of(const std::string&) const override { return crypto::PublicKey{1}; }
    std::string clock_fault() const override { return {}; }
    std::string why_too_often(const asio::ip::address&, const std::string&) override { return {}; }

    static sip::RouteQuestion question(const std::string& host, bool own) {
        sip::RouteQuestion q;
        q.uri = "sip:bob@" + host;
        q.dialled.user = "bob";
        q.dialled.host = host;
        q.host_is_own = own;
        q.from_own_user = true;
        return q;
    }
    static ChainRules quick() {
        ChainRules rules;
        rules.deadline = std::chrono::milliseconds(60);
        rules.joining = std::chrono::milliseconds(0);
        rules.binding_patience = std::chrono::milliseconds(20);
        return rules;
    }
    ChainDriver make() { return ChainDriver(loop, chain, {local, &dns, &bindings, &dht}); }

    using When = FakeStep::When;
    Scratch scratch;
    Database database{scratch.dir / "state.db", Durability::process_crash};
    TrustTable trust{database, {}, std::chrono::sys_seconds{}};
    ContactTable contacts{database};
    asio::io_context loop;
    FakeStep local{loop, When::at_once, Verdict::found, 302};
    FakeStep dns{loop, When::next_turn, Verdict::found, 302};
    FakeStep dht{loop, When::never, Verdict::found, 302};
    NoBindings bindings;
    Chain chain{quick(), *this, trust, contacts};
};

TEST_F(ChainDriverTest, what_our_own_phones_can_know_is_answered_without_a_turn_of_the_loop) {
    ChainDriver driver = make();
    int status = 0;
    driver.route(question("own.test", true), [&](const sip::RouteAnswer& answer) { status = answer.status; });
    EXPECT_EQ(status, 302);
    EXPECT_EQ(loop.poll(), 0U) << "nothing was left for the loop to do";
}

TEST_F(ChainDriverTest, a_TXT_that_stays_away_costs_its_patience_and_not_the_call) {
    ChainDriver driver = make();
    int status = 0;
    driver.route(question("example.org", false), [&](const sip::RouteAnswer& a) { status = a.status; });
    EXPECT_EQ(status, 0);
    loop.run();
    EXPECT_EQ(status, 302);
    bindings.held.at(0)({});  // meets nobody
}

TEST_F(ChainDriverTest, a_lookup_that_nobody_answers_ends_at_its_deadline) {
    ChainDriver driver = make();
    int status = 0;
    const std::string host =
        crypto::encode_name(crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{2})).public_key()) +
        ".hedge.alt";
    driver.lookup("bob@" + host, {}, [&](const Trace& trace) { status = trace.answer.status; });
    loop.run();
    EXPECT_EQ(status, 504);
    EXPECT_EQ(chain.pending(), 0U);
}

TEST_F(ChainDriverTest, an_answer_after_the_driver_is_gone_meets_nobody) {
    {
        ChainDriver driver = make();
        driver.route(question("example.org", false), [](const sip::RouteAnswer&) { ADD_FAILURE(); });
    }
    loop.run();
    bindings.held.at(0)({});
}

TEST_F(ChainDriverTest, who_is_answered_may_ask_again_from_inside) {
    ChainDriver driver = make();
    int answers = 0;
    driver.route(question("own.test", true), [&](const sip::RouteAnswer&) {
        ++answers;
        driver.route(question("own.test", true), [&](const sip::RouteAnswer&) { ++answers; });
    });
    EXPECT_EQ(answers, 2);
}

}  // namespace
}  // namespace node
