// tests/sip/edge/flood_test.cpp - what strangers can make an edge keep: stated in bytes (sip/README.md), and
// read from the resident size of this process while they try.
#include <unistd.h>

#include <fstream>

#include "tests/sanitized.hpp"
#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
// Answers 32, questions 16, calls under way 32 and their copies 48; names of dialogs 11, sources 15; and what
// an allocator adds to it.
constexpr std::size_t bound = 192 * mebibyte;

std::size_t resident() {
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0, pages = 0;
    statm >> size >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

struct FloodTest : ProxyTest {
    std::size_t before = 0;
    int serial = 0;

    void SetUp() override {
        if (::testing::sanitized) GTEST_SKIP() << "a sanitizer keeps what was freed, and shadows the rest";
    }
    FloodTest() {
        config.source_requests = 60;
        start();
        bob_has(tcp_flow("10.0.0.5"), "<sip:bob@10.0.0.5:5062;transport=tcp>");
        before = resident();
    }
    /// One of many sources.
    Flow source() {
        ++serial;
        return udp_flow(("10." + std::to_string(1 + serial / 62'500) + "." +
                         std::to_string(serial / 250 % 250) + "." + std::to_string(1 + serial % 250))
                            .c_str());
    }
    void flood(int requests, const std::function<Request(const std::string&)>& make) {
        for (int i = 0; i < requests; ++i) {
            const Flow from = source();
            edge->receive(from, make(std::to_string(serial)).text(), now);
            sent.items.clear();
        }
    }
    std::size_t grown() const { return resident() - std::min(before, resident()); }
};

TEST_F(FloodTest, calls_with_all_that_is_kept_as_long_as_may_be_stay_within_the_bound) {
    flood(30'000, [](const std::string& n) {
        Request request = call("z9hG4bK" + n);
        request.call_id = n + std::string(250 - n.size(), 'c');
        request.from = "\"" + std::string(600, 'n') + "\" <sip:x@192.0.2.1>;tag=" + std::string(256, 't');
        request.more += "Subject: " + std::string(2'000, 's') + "\r\n";
        return request;
    });
    EXPECT_LT(grown(), bound);
}

TEST_F(FloodTest, a_Call_ID_of_30_kB_is_refused_and_not_kept) {
    Request request = call("z9hG4bKlong");
    request.call_id = std::string(30'000, 'c');
    const auto answer = receive(source(), request.text());
    EXPECT_TRUE(answer.starts_with("SIP/2.0 400 Call-ID too long")) << answer.substr(0, 80);
    flood(4'000, [](const std::string& n) {
        Request long_one = call("z9hG4bK" + n);
        long_one.call_id = n + std::string(30'000, 'c');
        return long_one;
    });
    EXPECT_LT(grown(), 8 * mebibyte);
}

TEST_F(FloodTest, large_calls_to_a_phone_that_does_not_answer_stay_within_the_bound) {
    flood(4'000, [](const std::string& n) {
        Request request = call("z9hG4bK" + n);
        request.call_id = n;
        request.body = std::string(55'000, 'b');
        return request;
    });
    EXPECT_LT(grown(), bound);
}

TEST_F(FloodTest, large_calls_whose_way_is_asked_for_stay_within_the_bound) {
    host.at_once.reset();
    flood(4'000, [](const std::string& n) {
        Request request = call("z9hG4bK" + n);
        request.call_id = n;
        request.body = std::string(55'000, 'b');
        return request;
    });
    host.waiting.clear();
    EXPECT_LT(grown(), 64 * mebibyte);
}

TEST_F(FloodTest,
       requests_without_credentials_from_many_sources_stay_within_the_bound_and_a_phone_registers) {
    flood(30'000, [](const std::string& n) {
        Request request = registration("<sip:alice@10.0.0.9>");
        request.call_id = n + std::string(240, 'c');
        request.branch = "z9hG4bK" + n + std::string(500, 'b');
        request.more += "User-Agent: " + std::string(3'000, 'u') + "\r\n";
        return request;
    });
    EXPECT_LT(grown(), bound);
    phone = udp_flow("192.0.2.5");
    EXPECT_EQ(status_of(register_alice("<sip:alice@192.0.2.5>")), 200);
}

}  // namespace
}  // namespace sip::testing
