// tests/fuzz/edge_fuzz.cpp - a whole edge against any bytes: a request gets exactly one final answer, nothing
// else gets any, answers can be read, and what is behind the password (registration, targets, credentials) is
// tried too. Alice has a phone, so that strangers' calls become questions of the host, which are answered
// when the input says so: after other messages, after the 100, after a CANCEL, or too late.
#include "sip/edge/edge.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/registrar/register_request.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"
#include "tests/fuzz/check.hpp"

namespace {

struct World : sip::Users, sip::BindingStore, sip::EdgeHost, sip::Output {
    sip::Credentials credentials = sip::credentials_of("alice", "hedgewitch", "wonderland");
    std::vector<std::string> sent;
    std::vector<std::pair<sip::RouteId, sip::RouteAnswer>> questions;  // with the answers to come

    const sip::Credentials* find(std::string_view user) override {
        return user == "alice" ? &credentials : nullptr;
    }
    std::map<std::string, std::vector<sip::Binding>> load() override {
        sip::Binding binding;
        binding.contact = "sip:alice@192.0.2.9:5070";
        binding.expires = std::chrono::sys_seconds(std::chrono::hours(1));
        return {{"alice", {binding}}};
    }
    bool replace(std::string_view, const std::vector<sip::Binding>&) override { return true; }
    void ask(const sip::RouteId& id, const sip::RouteQuestion& question) override {
        questions.emplace_back(id,
                               sip::RouteAnswer{302,
                                                {},
                                                {{question.uri + ";ticket=1", 0.5}, {"sip:b@192.0.2.1", 1.0}},
                                                question.dialled.host,
                                                {}});
    }
    [[nodiscard]] Fields prove(std::string_view host, std::string_view challenge) const override {
        return {{"Hedgewitch-Key", std::string(host) + std::string(challenge)}};
    }
    void send(const sip::Flow&, std::string bytes) override {
        if (bytes.starts_with("OPTIONS ")) return;  // a phone behind a NAT is asked whether it is there
        sent.push_back(std::move(bytes));
    }
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

sip::EdgeConfig config() {
    sip::EdgeConfig config;
    config.secret = {1, 2, 3};
    config.domains = {"home.test"};
    return config;
}

/// An edge in a world that answers its questions when a test says so, or never.
struct Scene {
    World world;
    sip::Now now{std::chrono::steady_clock::time_point{} + std::chrono::hours(1), std::chrono::sys_seconds{}};
    sip::Edge edge{config(), world, world, world, world, now};
    std::size_t answered = 0;  // of the questions

    void receive(const sip::Flow& flow, std::string_view wire) { edge.receive(flow, wire, now); }
    void answer_next() {
        if (answered == world.questions.size()) return;
        const auto [id, route] = world.questions[answered++];
        const std::size_t before = world.sent.size();
        edge.answered(id, route, now);
        FUZZ_CHECK(world.sent.size() <= before + 1);
        const std::size_t after = world.sent.size();
        edge.answered(id, route, now);  // the same again, and for a question that nobody asked
        edge.answered({id.key, id.serial + 1000}, route, now);
        FUZZ_CHECK(world.sent.size() == after);
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        edge.on_time(now);
    }
    void check_answers(int lowest) const {
        for (const auto& answer : world.sent) {
            const auto read = sip::MessageView::parse(answer);
            FUZZ_CHECK(read && !read->is_request() && read->status() >= lowest);
        }
    }
};

/// One message: a request gets its one answer at once, when the host knows where to find people.
void one_message(const sip::Flow& flow, const std::string& wire) {
    Scene scene;
    scene.receive(flow, wire);
    scene.answer_next();
    const auto message = sip::MessageView::parse(wire);
    const bool request = message && message->is_request() && message->method() != sip::Method::ack;
    FUZZ_CHECK(scene.world.sent.size() == (request ? 1 : 0));
    scene.check_answers(200);
    scene.edge.broken_stream(flow, wire, make_error_code(sip::Errc::bad_framing), scene.now);
    if (message) check_parts(*message, flow);
}

/// Messages divided by lines "----", of which each may say what happens before the next message comes:
/// "----a" the oldest question is answered, "----3" three seconds pass. What is left is answered too late.
void a_conversation(const sip::Flow& flow, std::string_view rest) {
    Scene scene;
    constexpr std::string_view between = "----";
    while (!rest.empty()) {
        const auto end = rest.find(between);
        if (end != 0) scene.receive(flow, rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + between.size());
        for (; !rest.empty() && rest.front() != '\n'; rest.remove_prefix(1)) {
            const char what = rest.front();
            if (what == 'a') scene.answer_next();
            if (what >= '0' && what <= '9') scene.pass(std::chrono::seconds(what - '0'));
        }
        if (!rest.empty()) rest.remove_prefix(1);
    }
    scene.pass(sip::PendingRoutes::deadline);
    const std::size_t before = scene.world.sent.size();
    while (scene.answered < scene.world.questions.size())
        scene.answer_next();
    FUZZ_CHECK(scene.world.sent.size() == before);  // 504 was said
    scene.check_answers(100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string wire(reinterpret_cast<const char*>(data), size);
    for (const auto transport : {sip::Transport::udp, sip::Transport::tcp}) {
        one_message(flow_of(transport), wire);
        a_conversation(flow_of(transport), wire);
    }
    return 0;
}
