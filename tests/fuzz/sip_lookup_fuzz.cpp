// tests/fuzz/sip_lookup_fuzz.cpp - any replies, in any order, to the questions of one lookup by RFC 3263: it
// ends by its deadline, asks a bounded number of questions and none that must not be asked, and does not call
// in clear because a question failed.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "node/dns/dnssec_resolver.hpp"
#include "node/dns/sip_lookup.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using node::DnsStatus;
using node::DnsType;

/// The input, a byte at a time; zeros at its end.
class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
    std::uint8_t next() {
        if (left_ == 0) return 0;
        --left_;
        return *data_++;
    }
    std::string next(std::size_t size) {
        const std::size_t taken = std::min(size, left_);
        std::string text(reinterpret_cast<const char*>(data_), taken);
        data_ += taken;
        left_ -= taken;
        return text;
    }
    [[nodiscard]] bool empty() const { return left_ == 0; }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

constexpr std::size_t most_questions = 1 + 3 + 8 + 11 * 8 * 2 + 2;  // NAPTR, SRV guessed and named, addresses

struct Game {
    explicit Game(Bytes& input) : in(input) {
        node::DnsQuestion question{{{}, "example.test", {}, {}, in.next() % 2 == 1}};
        if (in.next() % 4 == 0) question.dialled.port = 5060;
        lookup.emplace(config, random, question, now);
    }

    void take_questions() {
        while (const auto question = lookup->next_question()) {
            FUZZ_CHECK(!node::why_never_asked(question->name));
            FUZZ_CHECK(question->index == asked.size());
            asked.push_back(question->type);
            FUZZ_CHECK(asked.size() <= most_questions);
        }
        while (lookup->next_given_up()) {
        }
    }

    void reply() {
        const std::size_t index = in.next() % (asked.size() + 1);
        node::DnsReply reply;
        reply.status = static_cast<DnsStatus>(in.next() % 9);
        reply.security = static_cast<node::DnsSecurity>(in.next() % 3);
        const std::size_t count = reply.status == DnsStatus::found ? 1 + in.next() % 3 : 0;
        for (std::size_t i = 0; i < count; ++i)
            reply.records.push_back(in.next(in.next()));
        const bool naptr = index < asked.size() && asked[index] == DnsType::naptr && !naptr_answered;
        if (naptr) {
            naptr_answered = true;
            naptr_failed = node::is_failure(reply.status);
        }
        lookup->replied(index, reply, now);
    }

    void check(const node::DnsAnswer& answer) const {
        FUZZ_CHECK((answer.outcome == node::DnsOutcome::found) == !answer.targets.empty());
        if (!asked.empty() && asked.front() == DnsType::naptr && (naptr_failed || !naptr_answered))
            FUZZ_CHECK(answer.targets.empty());
        FUZZ_CHECK(answer.targets.size() <= 11 * 8 * 16);
        FUZZ_CHECK(answer.why.size() < 400);
    }

    Bytes& in;
    node::SipLookupConfig config;
    node::RandomUpTo random = [](std::uint32_t bound) { return bound / 2; };
    node::SipLookup::Time now{std::chrono::hours(1)};
    std::optional<node::SipLookup> lookup;
    std::vector<DnsType> asked;
    bool naptr_answered = false, naptr_failed = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes in(data, size);
    Game game(in);
    const auto deadline = game.now + game.config.deadline;
    while (!in.empty()) {
        game.take_questions();
        if (const auto answer = game.lookup->take_answer()) {
            game.check(*answer);
            return 0;
        }
        if (in.next() % 8 == 0 && game.lookup->next_wake() < deadline) {
            game.now = game.lookup->next_wake();
            game.lookup->on_time(game.now);
        } else {
            game.reply();
        }
    }
    game.take_questions();
    game.now = deadline;
    game.lookup->on_time(game.now);
    const auto answer = game.lookup->take_answer();
    FUZZ_CHECK(answer);
    game.check(*answer);
    return 0;
}
