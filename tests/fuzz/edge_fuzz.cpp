// tests/fuzz/edge_fuzz.cpp - a whole edge against any bytes: a request gets exactly one final answer, nothing
// else gets any, answers can be read, and what is behind the password (registration, targets, credentials) is
// tried too.
#include "sip/edge/edge.hpp"

#include <string>

#include "sip/auth/digest.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/registrar/register_request.hpp"
#include "sip/syntax/message.hpp"
#include "tests/fuzz/check.hpp"

namespace {

struct World : sip::Users, sip::BindingStore, sip::Router, sip::Output {
    sip::Credentials credentials = sip::credentials_of("alice", "hedgewitch", "wonderland");
    std::vector<std::string> sent;

    const sip::Credentials* find(std::string_view user) override {
        return user == "alice" ? &credentials : nullptr;
    }
    std::map<std::string, std::vector<sip::Binding>> load() override { return {}; }
    bool replace(std::string_view, const std::vector<sip::Binding>&) override { return true; }
    void route(const sip::RouteQuestion& question, sip::RouteDone done) override {
        done({302, {}, {{question.uri + ";ticket=1", 0.5}, {"sip:b@192.0.2.1", 1.0}}, question.host, {}});
    }
    void send(const sip::Flow&, std::string bytes) override { sent.push_back(std::move(bytes)); }
    void close(const sip::Flow&) override {}
};

sip::Flow flow_of(sip::Transport transport) {
    return {transport,
            {asio::ip::make_address("127.0.0.2"), 5060},
            {asio::ip::make_address("192.0.2.9"), 5070},
            1};
}

void check_parts(const sip::MessageView& message, const sip::Flow& flow) {
    message.each_value(sip::Header::authorization, [](std::string_view value) {
        (void)sip::DigestCredentials::parse(value);
        return true;
    });
    if (!message.is_request() || sip::check(message)) return;
    (void)sip::target_of(message.request_uri(), sip::OwnHosts({"home.test"}, {}), flow);
    const auto asked = sip::read_registration(message, flow, {});
    if (!asked) FUZZ_CHECK(asked.error().status >= 400 && asked.error().status < 500);
    if (!asked) return;
    for (const auto& contact : asked->contacts) {
        FUZZ_CHECK(contact.binding.contact.find_first_of("\r\n<>\"") == std::string::npos);
        FUZZ_CHECK(contact.binding.parameters.find_first_of("\r\n") == std::string::npos);
        FUZZ_CHECK(contact.binding.instance.find_first_of("\r\n\"") == std::string::npos);
        FUZZ_CHECK(contact.binding.q <= 1000);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string wire(reinterpret_cast<const char*>(data), size);
    for (const auto transport : {sip::Transport::udp, sip::Transport::tcp}) {
        World world;
        sip::EdgeConfig config;
        config.domains = {"home.test"};
        config.prove = [](std::string_view host, std::string_view challenge) {
            return std::vector<std::pair<std::string, std::string>>{
                {"Hedgewitch-Key", std::string(host) + std::string(challenge)}};
        };
        const sip::Now now{std::chrono::steady_clock::time_point{} + std::chrono::hours(1),
                           std::chrono::sys_seconds{}};
        sip::Edge edge(config, {1, 2, 3}, world, world, world, world, now);
        edge.receive(flow_of(transport), wire, now);
        const auto message = sip::MessageView::parse(wire);
        const bool request = message && message->is_request() && message->method() != sip::Method::ack;
        FUZZ_CHECK(world.sent.size() == (request ? 1 : 0));
        for (const auto& answer : world.sent) {
            const auto read = sip::MessageView::parse(answer);
            FUZZ_CHECK(read && !read->is_request() && read->status() >= 200);
        }
        edge.broken_stream(flow_of(transport), wire, now);
        if (message) check_parts(*message, flow_of(transport));
    }
    return 0;
}
