// tests/node/reach/soap_test.cpp - actions of UPnP as HTTP says them, and what routers answer, in all their
// spellings.
#include "node/reach/soap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* service = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1";

TEST(Soap, a_control_address_is_read_and_its_interface_passed_over) {
    const auto place = http_place("http://[2001:db8::1]:5000/ctl/IP6FCtl");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->address, asio::ip::make_address_v6("2001:db8::1"));
    EXPECT_EQ(place->port, 5000);
    EXPECT_EQ(place->host, "[2001:db8::1]:5000");
    EXPECT_EQ(place->path, "/ctl/IP6FCtl");
    const auto near = http_place("http://[fe80::1%25eth0]/c");
    ASSERT_TRUE(near);
    EXPECT_EQ(near->host, "[fe80::1]");
    EXPECT_EQ(near->port, 80);
    EXPECT_EQ(http_place("http://[2001:db8::1]")->path, "/");
}

TEST(Soap, what_could_be_taken_for_more_is_no_address) {
    for (const char* url :
         {"", "https://[2001:db8::1]/c", "http://192.0.2.1/c", "http://router/c", "http://[2001:db8::1",
          "http://[x]/c", "http://[2001:db8::1]:0/c", "http://[2001:db8::1]:70000/c",
          "http://[2001:db8::1]:5000x", "http://[2001:db8::1]@evil/c", "http://[2001:db8::1]/c d",
          "http://[2001:db8::1]/c\r\nX: y"})
        EXPECT_FALSE(http_place(url)) << url;
    EXPECT_FALSE(http_place("http://[2001:db8::1]/" + std::string(1000, 'c')));
    EXPECT_TRUE(is_service_type(service));
    for (const char* text : {"", "a b", "a\"><b", "a\r\nb", "a#b"})
        EXPECT_FALSE(is_service_type(text)) << text;
}

TEST(Soap, an_action_is_one_POST) {
    const auto text = soap_post(*http_place("http://[2001:db8::1]:5000/ctl"), service, "AddPinhole",
                                {{"InternalClient", "2001:db8::20"}, {"InternalPort", "5060"}});
    EXPECT_THAT(text, StartsWith("POST /ctl HTTP/1.1\r\nHost: [2001:db8::1]:5000\r\n"));
    EXPECT_THAT(
        text,
        HasSubstr(
            "\r\nSOAPAction: \"urn:schemas-upnp-org:service:WANIPv6FirewallControl:1#AddPinhole\"\r\n"));
    EXPECT_THAT(text,
                HasSubstr("<InternalClient>2001:db8::20</InternalClient><InternalPort>5060</InternalPort>"));
    EXPECT_THAT(text, EndsWith("</u:AddPinhole></s:Body></s:Envelope>\r\n"));
    const auto body = text.size() - text.find("\r\n\r\n") - 4;
    EXPECT_THAT(text, HasSubstr("\r\nContent-Length: " + std::to_string(body) + "\r\n"));
}

TEST(Soap, a_yes_a_refusal_and_what_is_no_answer) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n";
    const auto yes = parse_soap(
        head + "<s:Envelope><s:Body><u:AddPinholeResponse><UniqueID>12</UniqueID></u:AddPinholeResponse>");
    ASSERT_TRUE(yes);
    EXPECT_EQ(yes->code, 0);
    EXPECT_EQ(yes->value("UniqueID"), "12");
    EXPECT_EQ(yes->value("Unique"), "");
    const auto no = parse_soap(
        "HTTP/1.1 500 Internal Server "
        "Error\r\n\r\n<s:Envelope><errorCode>606</errorCode><errorDescription>x</errorDescription>");
    ASSERT_TRUE(no);
    EXPECT_EQ(no->code, 606);
    for (const std::string& text : {std::string(), std::string("HTTP/1.1 200 OK\r\n"), head, head + "<html>",
                                    std::string("SIP/2.0 200 OK\r\n\r\n<Envelope>"),
                                    std::string("HTTP/1.1 404 Not Found\r\n\r\n<s:Envelope>"),
                                    std::string("HTTP/1.1\r\n\r\n<s:Envelope>")})
        EXPECT_FALSE(parse_soap(text)) << text;
}

TEST(Soap, an_answer_is_whole_when_so_many_bytes_are_there) {
    const std::string head = "HTTP/1.1 200 OK\r\nCONTENT-length: 5\r\n\r\n";
    EXPECT_FALSE(is_whole_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"));
    EXPECT_FALSE(is_whole_answer(head + "1234"));
    EXPECT_TRUE(is_whole_answer(head + "12345"));
    EXPECT_FALSE(is_whole_answer("HTTP/1.1 200 OK\r\n\r\n12345")) << "then its connection ends it";
    EXPECT_FALSE(is_whole_answer("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n12345"));
}

}  // namespace
}  // namespace node
