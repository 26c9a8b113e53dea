// tests/sip/two_nodes.hpp - two edges and their phones, joined by wires: datagrams arrive as they are, what
// goes over a connection is cut out of its bytes again by whoever reads them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sip/syntax/framer.hpp"
#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

class TwoNodes {
public:
    struct Node : Output {
        TwoNodes* wires = nullptr;
        std::string domain;
        Endpoint at;
        UserTable users;
        MemoryStore store;
        ScriptedHost host;
        std::unique_ptr<Edge> edge;
        void send(const Flow& flow, std::string bytes) override {
            wires->carry(*this, flow, std::move(bytes));
        }
        void close(const Flow& flow) override { wires->closed.push_back(flow); }
        std::optional<Flow> reach(Transport transport, const Endpoint& remote,
                                  const PeerExpectation&) override {
            return wires->between(*this, transport, remote);
        }
    };
    struct Arrival {
        Flow flow;  // as the node names it
        std::string bytes;
    };

    Node a, b;
    Now now{std::chrono::steady_clock::time_point{} + 1000h, std::chrono::sys_seconds{1'800'000'000s}};
    std::vector<Flow> closed;                         // by a node
    std::vector<std::string> broken;                  // connections on which a reader lost his place
    std::map<Endpoint, std::vector<Arrival>> phones;  // what came to each, to be taken away

    /// `between`: over what the nodes speak with each other.
    explicit TwoNodes(Transport between) : between_(between) {
        make(a, "a.test", "192.0.2.1", "alice");
        make(b, "b.test", "192.0.2.2", "bob");
        b.users.users["carol"] = credentials_of("carol", "hedgewitch", "singing");
    }
    TwoNodes(const TwoNodes&) = delete;  // the nodes point here
    TwoNodes& operator=(const TwoNodes&) = delete;

    /// From a phone, or anybody; a stream that cannot be cut is broken for this message alone.
    void say(Node& node, const Flow& flow, const std::string& wire) {
        if (flow.transport == Transport::udp) {
            node.edge->receive(flow, wire, now);
        } else {
            Framer framer;
            framer.append(wire);
            while (true) {
                const auto item = framer.next();
                if (!item && !framer.bytes_for_answer().empty())
                    node.edge->broken_stream(flow, framer.bytes_for_answer(), item.error(), now);
                if (!item || item->kind == Framer::Item::Kind::none) break;
                if (item->kind == Framer::Item::Kind::message) node.edge->receive(flow, item->bytes, now);
            }
        }
        settle();
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        now.wall += std::chrono::duration_cast<std::chrono::seconds>(time);
        for (Node* node : {&a, &b})
            node->edge->on_time(now);
        settle();
    }
    std::vector<Arrival> taken(const Flow& phone) { return std::exchange(phones[phone.remote], {}); }

private:
    struct OnTheWay {
        Node* to;
        Flow flow;
        std::string bytes;
    };
    void make(Node& node, const std::string& domain, const char* address, const std::string& user) {
        node.wires = this;
        node.domain = domain;
        node.at = {asio::ip::make_address(address), 5060};
        node.users.users[user] = credentials_of(user, "hedgewitch", "wonderland");
        node.host.call_rule = [](const NextHop&) { return true; };
        EdgeConfig config;
        config.secret = secret;
        config.secret[9] = static_cast<std::uint8_t>(address[8]);
        config.domains = {domain};
        config.listening = {node.at};
        config.forwards = true;
        config.source_requests = 1e6;  // all of one node come from one address
        config.delivery = Delivery::proxy;
        node.edge = std::make_unique<Edge>(config, node.users, node.store, node.host, node, now);
    }
    [[nodiscard]] std::optional<Flow> between(const Node& from, Transport transport,
                                              const Endpoint& remote) const {
        Flow flow{transport, from.at, remote, 0};
        if (transport != Transport::udp) flow.connection = &from == &a ? 900 : 901;
        return flow;
    }
    // The same wire as the other end names it.
    [[nodiscard]] Flow seen_from_there(const Flow& flow) const {
        return {flow.transport, {flow.remote.address, 5060}, {flow.local.address, 5060}, flow.connection};
    }
    void carry(Node& from, const Flow& flow, std::string bytes) {
        Node& other = &from == &a ? b : a;
        const bool to_node = flow.remote.address == other.at.address;
        if (!to_node && flow.transport == Transport::udp) {
            phones[flow.remote].push_back({flow, std::move(bytes)});
            return;
        }
        if (to_node && flow.transport == Transport::udp) {
            under_way_.push_back({&other, seen_from_there(flow), std::move(bytes)});
            return;
        }
        Framer& reader = readers_[{&from, flow}];
        reader.append(bytes);
        while (true) {
            const auto item = reader.next();
            if (!item) {
                broken.push_back(bytes);
                return;
            }
            if (item->kind == Framer::Item::Kind::none) break;
            if (!to_node) phones[flow.remote].push_back({flow, std::string(item->bytes)});
            if (to_node) under_way_.push_back({&other, seen_from_there(flow), std::string(item->bytes)});
        }
        if (reader.buffered() != 0) broken.push_back(bytes);  // we send whole messages
    }
    void settle() {
        while (true) {
            for (Node* node : {&a, &b}) {
                const auto waiting = std::exchange(node->host.waiting, {});
                const auto questions = std::exchange(node->host.questions, {});
                for (std::size_t i = 0; i < waiting.size(); ++i)
                    node->edge->answered(waiting[i], found(*node, questions[i].dialled.user), now);
            }
            if (under_way_.empty()) break;
            const OnTheWay next = std::move(under_way_.front());
            under_way_.pop_front();
            next.to->edge->receive(next.flow, next.bytes, now);
        }
    }
    // At A everybody else is found at B; B's own have registered there.
    [[nodiscard]] RouteAnswer found(const Node& node, const std::string& user) const {
        if (&node == &b) return redirect_to("sip:somebody@b.test");
        RouteAnswer answer{302, {}, {}, {}, {}};
        RouteContact contact{"sip:" + user + "@192.0.2.2:5060;transport=" + std::string(uri_value(between_)),
                             1.0};
        contact.hop = NextHop{between_, b.at, {}};
        if (between_ == Transport::tls) contact.hop->peer = {{}, KeyHash{7}};
        answer.contacts.push_back(contact);
        return answer;
    }

    Transport between_;
    std::deque<OnTheWay> under_way_;
    std::map<std::pair<const Node*, Flow>, Framer> readers_;
};

}  // namespace sip::testing
