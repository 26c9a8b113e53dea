// tests/sip/transport/web_visit_test.cpp - a browser that wants a page is led to who answers pages, and
// neither waits for the other's memory.
#include "sip/transport/web_visit.hpp"

#include <gtest/gtest.h>

#include <asio/local/connect_pair.hpp>
#include <asio/write.hpp>

#include "sip/transport/transports.hpp"
#include "tests/sip/loop.hpp"

namespace sip {
namespace {

using namespace std::chrono_literals;
using Local = asio::local::stream_protocol;

const std::string request = "POST /people?x HTTP/1.1\r\nHost: node.test\r\nContent-Length: 4\r\n\r\nbody";

struct WebVisitTest : testing::Test, Loop, Transports::Listener {
    std::unique_ptr<Transports> transports;
    asio::ip::tcp::socket browser{loop};
    Local::socket page{loop};
    std::vector<Flow> visitors;
    int messages = 0;

    void listen(TransportLimits limits = {}) {
        const Endpoint any{asio::ip::make_address("127.0.0.1"), 0};
        transports =
            std::make_unique<Transports>(loop, std::vector<Listen>{{Transport::ws, any}}, *this, limits);
        browser.connect({any.address, transports->bound()[0].endpoint.port});
        browser.non_blocking(true);
    }
    void on_message(const Flow&, std::string_view) override { ++messages; }
    std::optional<Local::socket> on_web_visitor(const Flow& flow) override {
        visitors.push_back(flow);
        Local::socket ours(loop);
        asio::local::connect_pair(ours, page);
        ours.non_blocking(true);
        page.non_blocking(true);
        return ours;
    }
    template <typename Socket>
    std::string read(Socket& from, std::size_t at_least) {
        std::string all;
        std::vector<char> buffer(65536);
        run_until([&] {
            std::error_code error;
            all.append(buffer.data(), from.read_some(asio::buffer(buffer), error));
            return all.size() >= at_least || (error && error != asio::error::would_block);
        });
        return all;
    }
    void ask() {
        asio::write(browser, asio::buffer(request));
        ASSERT_TRUE(run_until([&] { return !visitors.empty(); }));
    }
};

TEST_F(WebVisitTest, what_the_browser_says_comes_from_its_first_byte_on_and_the_answer_goes_back) {
    listen();
    ask();
    EXPECT_EQ(read(page, request.size()), request);
    asio::write(page, asio::buffer(std::string("HTTP/1.1 200 OK\r\n\r\n")));
    EXPECT_EQ(read(browser, 19), "HTTP/1.1 200 OK\r\n\r\n");
    asio::write(browser, asio::buffer(std::string("GET /next HTTP/1.1\r\n\r\n")));
    EXPECT_EQ(read(page, 22), "GET /next HTTP/1.1\r\n\r\n");
    EXPECT_EQ(transports->counters().web_visits, 1U);
    EXPECT_EQ(messages, 0);
}

TEST_F(WebVisitTest, what_was_written_before_the_end_arrives_and_then_the_end) {
    listen();
    ask();
    const std::string all(300'000, 'x');
    std::size_t sent = 0;
    std::string got;
    std::vector<char> buffer(65536);
    ASSERT_TRUE(run_until([&] {
        std::error_code error;
        if (sent < all.size()) {
            sent += page.write_some(asio::buffer(all.data() + sent, all.size() - sent), error);
            if (sent == all.size()) page.close();
        }
        std::error_code end;
        got.append(buffer.data(), browser.read_some(asio::buffer(buffer), end));
        return end == asio::error::eof;
    }));
    EXPECT_EQ(got.size(), all.size());
    browser.close();
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
    EXPECT_EQ(transports->counters().connections_closed_bad, 0U);
}

TEST_F(WebVisitTest, a_browser_that_goes_is_told_to_the_page) {
    listen();
    ask();
    EXPECT_EQ(read(page, request.size()), request);
    browser.close();
    EXPECT_EQ(read(page, 1), "") << "the end";
    page.close();
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
}

TEST_F(WebVisitTest, who_does_not_read_is_not_read_from) {
    listen();
    ask();
    // The browser reads nothing: the page's bytes stay where they are.
    const std::string chunk(65536, 'x');
    std::size_t taken = 0;
    const auto until = std::chrono::steady_clock::now() + 300ms;
    ASSERT_TRUE(run_until([&] {
        std::error_code full;
        taken += page.write_some(asio::buffer(chunk), full);
        return std::chrono::steady_clock::now() > until;
    }));
    EXPECT_LT(taken, 16U << 20U) << "what sockets hold";
    EXPECT_LE(transports->counters().bytes_held, WebVisit::held + (std::size_t{16} << 10U));
    EXPECT_EQ(transports->counters().connections_open, 1U);
}

TEST_F(WebVisitTest, lasts_no_longer_than_a_strangers_connection_may) {
    TransportLimits limits;
    limits.unknown = 150ms;
    listen(limits);
    ask();
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
    EXPECT_EQ(read(page, request.size() + 1), request) << "and the page hears of the end";
}

TEST_F(WebVisitTest, a_header_without_end_is_none) {
    TransportLimits limits;
    limits.first_message = 100ms;
    listen(limits);
    asio::write(browser, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: ")));
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_closed_bad == 1; }));
    EXPECT_TRUE(visitors.empty());
}

TEST_F(WebVisitTest, what_is_no_http_or_wants_a_websocket_is_no_visitor) {
    for (const auto* text : {"\x01\x02\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"}) {
        browser = asio::ip::tcp::socket(loop);
        listen();
        asio::write(browser, asio::buffer(std::string(text)));
        EXPECT_TRUE(read(browser, 1).starts_with("HTTP/1.1 4")) << text;
    }
    EXPECT_TRUE(visitors.empty());
}

}  // namespace
}  // namespace sip
