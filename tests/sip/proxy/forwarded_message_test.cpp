// tests/sip/proxy/forwarded_message_test.cpp
#include "sip/proxy/forwarded_message.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

const std::string our_via = "SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKours";

BranchRequest branch() {
    BranchRequest out;
    out.request_uri = "sip:bob@10.0.0.5:5062";
    out.via = our_via;
    out.own_realm = "hedgewitch";
    return out;
}
std::string forwarded(const Request& request, const BranchRequest& with = branch()) {
    return forwarded_request(*MessageView::parse(request.text()), udp_flow(), with);
}
std::string answer(const std::string& more = {},
                   const std::string& vias = "Via: " + our_via + "\r\nVia: theirs\r\n") {
    return "SIP/2.0 200 OK\r\n" + vias +
           "From: <sip:shown@h>;tag=a\r\nTo: <sip:b@h>;tag=b\r\nCall-ID: c\r\n"
           "CSeq: 1 INVITE\r\n" +
           more + "Content-Length: 0\r\n\r\n";
}
std::string backward(const std::string& wire, const RequestNames* names = nullptr) {
    return forwarded_response(*MessageView::parse(wire), {.names = names});
}

TEST(ForwardedRequest, our_Via_stands_on_top_and_the_callers_says_where_it_came_from) {
    const std::string wire = forwarded({});
    EXPECT_TRUE(wire.starts_with("INVITE sip:bob@10.0.0.5:5062 SIP/2.0\r\nVia: " + our_via + "\r\n")) << wire;
    EXPECT_EQ(field(wire, "Via", 1),
              "SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKone;received=10.0.0.9;rport=5070");
}

TEST(ForwardedRequest, Max_Forwards_goes_down_by_one_and_is_70_when_there_was_none) {
    EXPECT_EQ(field(forwarded({}), "Max-Forwards"), "69");
    std::string wire = Request{}.text();
    wire.erase(wire.find("Max-Forwards"), std::string("Max-Forwards: 70\r\n").size());
    const std::string without = forwarded_request(*MessageView::parse(wire), udp_flow(), branch());
    EXPECT_EQ(field(without, "Max-Forwards"), "70");
}

TEST(ForwardedRequest, Route_is_ours_alone_and_Record_Route_is_put_on_top) {
    Request request;
    request.more = "Route: <sip:old;lr>\r\nRecord-Route: <sip:before;lr>\r\n";
    auto with = branch();
    with.route = {"<sip:next;lr>"};
    with.record_route = {"<sip:callee-side;lr>", "<sip:caller-side;lr>"};
    const std::string wire = forwarded(request, with);
    EXPECT_EQ(field(wire, "Route"), "<sip:next;lr>");
    EXPECT_EQ(field(wire, "Route", 1), "");
    EXPECT_EQ(field(wire, "Record-Route"), "<sip:callee-side;lr>");
    EXPECT_EQ(field(wire, "Record-Route", 2), "<sip:before;lr>");
}

TEST(ForwardedRequest, credentials_for_our_realm_stay_here_and_others_go_on) {
    const std::string ours =
        "Digest username=\"a\", realm=\"hedgewitch\", nonce=\"n\", uri=\"sip:b\", response=\"" +
        std::string(32, '0') + "\"";
    std::string theirs = ours;
    theirs.replace(theirs.find("hedgewitch"), 10, "elsewhere");
    Request request;
    request.more = "Authorization: " + ours + "\r\nProxy-Authorization: " + theirs + "\r\n";
    const std::string wire = forwarded(request);
    EXPECT_EQ(field(wire, "Authorization"), "");
    EXPECT_EQ(field(wire, "Proxy-Authorization"), theirs);
}

TEST(ForwardedRequest, of_credentials_that_cannot_be_read_only_those_of_another_scheme_go_on) {
    for (const std::string& value : std::vector<std::string>{
             "Digest username=\"a\", realm=\"hedgewitch\", response=", "digest realm=hedgewitch nonce=n",
             "Digest realm=\"elsewhere\", realm=\"hedgewitch\"", "Digest", "Basic realm=\"HedgeWitch\" YTpi",
             "realm=\"hedgewitch\""}) {
        for (const std::string name : {"Authorization", "Proxy-Authorization"}) {
            Request request;
            request.more = name + ": " + value + "\r\n";
            EXPECT_EQ(field(forwarded(request), name), "") << value;
        }
    }
    Request request;
    request.more = "Proxy-Authorization: Bearer abc.def\r\n";
    EXPECT_EQ(field(forwarded(request), "Proxy-Authorization"), "Bearer abc.def") << "RFC 8898, another's";
}

TEST(ForwardedRequest, what_claims_an_identity_is_taken_out_and_everything_else_stays_as_it_is) {
    Request request;
    request.more =
        "P-Asserted-Identity: <sip:boss@h>\r\nX-Anything: some  text\r\nm: <sip:alice@10.0.0.9>\r\n";
    request.body = "v=0\r\n";
    const std::string wire = forwarded(request);
    EXPECT_EQ(field(wire, "P-Asserted-Identity"), "");
    EXPECT_EQ(field(wire, "X-Anything"), "some  text");
    EXPECT_NE(wire.find("\r\nm: <sip:alice@10.0.0.9>\r\n"), std::string::npos) << "compact forms too";
    EXPECT_TRUE(wire.ends_with("\r\n\r\nv=0\r\n"));
}

TEST(ForwardedRequest, a_rewritten_From_is_shown_and_what_is_verified_is_asserted) {
    const FromRewrite rewrite{Header::from, "theirs", "\"mum\" <sip:mum@h>;tag=a1", "\"mum\" <sip:mum@h>"};
    auto with = branch();
    with.rewrite = &rewrite;
    const std::string wire = forwarded({}, with);
    EXPECT_EQ(field(wire, "From"), rewrite.shown);
    EXPECT_EQ(field(wire, "P-Asserted-Identity"), rewrite.asserted);
    EXPECT_EQ(field(wire, "To"), Request{}.to);
}

TEST(ForwardedRequest, Max_Breadth_is_what_the_branch_got) {
    Request request;
    request.more = "Max-Breadth: 9\r\n";
    EXPECT_EQ(field(forwarded(request), "Max-Breadth"), "9");
    auto with = branch();
    with.breadth = 4;
    EXPECT_EQ(field(forwarded(request, with), "Max-Breadth"), "4");
    EXPECT_EQ(field(forwarded(request, with), "Max-Breadth", 1), "");
}

TEST(ForwardedMessages, say_the_length_of_their_body_once_whatever_stood_there) {
    for (const std::string lengths :
         {"", "l: 5\r\n", "Content-Length: 05\r\nl: 5\r\n", "CONTENT-length  :\t5\r\n", "l: 500\r\n",
          "l: many\r\n", "l: 5\r\nl: 6\r\n"}) {
        std::string wire = Request{}.text();
        wire.replace(wire.find("Content-Length"), std::string("Content-Length: 0\r\n").size(), lengths);
        wire += "v=0\r\n";
        std::string said = answer();
        said.replace(said.find("Content-Length"), std::string("Content-Length: 0\r\n").size(), lengths);
        said += "v=0\r\n";
        const auto request = MessageView::parse(wire);
        for (const std::string& out : {forwarded_request(*request, udp_flow(), branch()), backward(said),
                                       with_challenges(said, {answer()})}) {
            if (out == said) continue;  // without others to add nothing is written
            EXPECT_EQ(field(out, "Content-Length"), "5") << out;
            EXPECT_EQ(MessageView::parse(out)->count(Header::content_length), 1U) << out;
            EXPECT_TRUE(out.ends_with("\r\nContent-Length: 5\r\n\r\nv=0\r\n")) << out;
        }
    }
}

TEST(ForwardedResponse, only_the_topmost_Via_is_taken_off_also_out_of_a_list) {
    EXPECT_EQ(field(backward(answer()), "Via"), "theirs");
    EXPECT_EQ(field(backward(answer({}, "Via: " + our_via + ", theirs, first\r\n")), "Via"), "theirs, first");
}

TEST(ForwardedResponse, who_sent_the_request_gets_his_own_words_back_and_a_new_tag) {
    Request request;
    request.from = "\"Me\" <sip:me@h>;tag=a";
    request.to = "sip:you@h;x=y";
    const RequestNames names(*MessageView::parse(request.text()));
    EXPECT_EQ(field(backward(answer(), &names), "From"), request.from);
    EXPECT_EQ(field(backward(answer(), &names), "To"), "sip:you@h;x=y;tag=b");
    EXPECT_EQ(field(backward(answer()), "From"), "<sip:shown@h>;tag=a");
}

TEST(ForwardedResponse, inside_of_a_dialog_both_tags_are_those_of_the_request) {
    Request request;
    request.from = "<sip:me@h>;tag=a";
    request.to = "<sip:you@h>;tag=mine";
    const RequestNames names(*MessageView::parse(request.text()));
    EXPECT_EQ(field(backward(answer(), &names), "To"), request.to);
}

TEST(Challenges, those_of_all_branches_are_in_the_one_answer) {
    const auto refusal = [](const std::string& realm) {
        return answer("WWW-Authenticate: Digest realm=\"" + realm + "\", nonce=\"n\"\r\n");
    };
    const std::string all = with_challenges(refusal("one"), {refusal("two")});
    EXPECT_EQ(field(all, "WWW-Authenticate"), "Digest realm=\"one\", nonce=\"n\"");
    EXPECT_EQ(field(all, "WWW-Authenticate", 1), "Digest realm=\"two\", nonce=\"n\"");
    EXPECT_EQ(with_challenges(refusal("one"), {}), refusal("one"));
}

TEST(Addresses, come_one_by_one_from_every_field) {
    Request request;
    request.more = "Route: <sip:a;lr>, <sip:b;lr>\r\nRoute: <sip:c;lr>\r\n";
    EXPECT_EQ(addresses_of(*MessageView::parse(request.text()), Header::route),
              (std::vector<std::string>{"<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>"}));
}

}  // namespace
}  // namespace sip::testing
