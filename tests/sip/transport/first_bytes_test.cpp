// tests/sip/transport/first_bytes_test.cpp - whom first bytes want, however they are cut.
#include "sip/transport/first_bytes.hpp"

#include <gtest/gtest.h>

#include "tests/sip/transport/client_hello.hpp"

namespace sip {
namespace {

using Kind = FirstBytes::Kind;
using made::client_hello;
using made::extension;
using made::server_name;

const RelayToken token{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
const std::string token_name = server_name_of(token_text(token));

/// Its verdict, and that no prefix of it gives another.
FirstBytes verdict_of(const std::string& bytes) {
    const auto whole = read_first_bytes(bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto cut = read_first_bytes(std::string_view(bytes).substr(0, size));
        if (cut.kind == Kind::more) {
            EXPECT_GT(cut.wanted, size);
            EXPECT_LE(cut.wanted, most_first_bytes);
        } else {
            EXPECT_EQ(cut.kind, whole.kind) << "after " << size << " of " << bytes.size();
        }
    }
    return whole;
}

TEST(FirstBytes, a_hello_whose_server_name_is_a_token_wants_who_is_behind_it) {
    const auto verdict = verdict_of(client_hello(extension(43, "\x02\x03\x04") + server_name(token_name)));
    EXPECT_EQ(verdict.kind, Kind::through);
    EXPECT_EQ(verdict.token, token);
}

TEST(FirstBytes, any_other_hello_wants_this_node) {
    EXPECT_EQ(verdict_of(client_hello("")).kind, Kind::own);
    EXPECT_EQ(verdict_of(client_hello(server_name("example.org"))).kind, Kind::own);
    EXPECT_EQ(verdict_of(client_hello(server_name("relay.alt"))).kind, Kind::own);
    EXPECT_EQ(verdict_of(client_hello(extension(16, "\x00\x06\x05sip/2"))).kind, Kind::own);
}

TEST(FirstBytes, a_pipe_is_named_by_a_header_before_the_tls_of_whoever_waits) {
    PipeId pipe{};
    pipe.fill(0xab);
    const auto verdict = verdict_of(pipe_header(pipe) + client_hello(server_name(token_name)));
    EXPECT_EQ(verdict.kind, Kind::pipe);
    EXPECT_EQ(verdict.pipe, pipe);
    EXPECT_EQ(verdict_of(pipe_header(pipe)).kind, Kind::pipe);
}

TEST(FirstBytes, what_is_not_understood_is_left_to_tls) {
    EXPECT_EQ(verdict_of("OPTIONS sip:a SIP/2.0\r\n\r\n").kind, Kind::own);
    EXPECT_EQ(verdict_of(std::string(100, '\x16')).kind, Kind::own);
    EXPECT_EQ(verdict_of(std::string("\x16\x03\x01\x00\x02\x01\x00", 7)).kind, Kind::own)
        << "a record too short";
    EXPECT_EQ(verdict_of("HWp\x02" + std::string(40, 'x')).kind, Kind::own) << "a later version";
    const auto hello = client_hello(server_name(token_name));
    auto two_records = hello;
    two_records[4] = static_cast<char>(two_records[4] - 1);  // the record ends before the message
    EXPECT_EQ(verdict_of(two_records).kind, Kind::own);
    EXPECT_EQ(verdict_of(client_hello(extension(21, std::string(5000, '\0')) + server_name(token_name))).kind,
              Kind::own)
        << "longer than is looked at";
}

TEST(FirstBytes, lengths_that_lie_name_nobody) {
    const auto message = made::hello_message(server_name(token_name));
    ASSERT_EQ(server_name_in(message), token_name);
    EXPECT_FALSE(server_name_in(message + "x")) << "something behind it";
    EXPECT_FALSE(server_name_in(std::string_view(message).substr(0, message.size() - 1)));
    for (std::size_t at = 38; at < message.size() - token_name.size(); ++at) {
        auto lying = message;
        lying[at] = static_cast<char>(0xff);
        const auto name = server_name_in(lying);
        EXPECT_TRUE(!name || name == token_name) << at;
    }
}

}  // namespace
}  // namespace sip
