// tests/peers/edge_server.cpp - a sip::Edge on real sockets,
// without DHT, DNS and daemon: for phones and sipp.
//   edge_server 127.0.0.2:5060 alice:wonderland bob:builder bob@example.test=sip:bob@127.0.0.3:5060
// The listening endpoint (UDP and TCP), then users with passwords, and answers for addresses elsewhere.
// Prints "ready", and every message with its direction; with QUIET in its environment none, so that it can be
// measured. Ends on SIGTERM.
#include <asio.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/edge/edge.hpp"
#include "sip/syntax/uri.hpp"
#include "sip/transport/transports.hpp"

namespace {

class Table : public sip::Users {
public:
    std::map<std::string, sip::Credentials, std::less<>> users;
    const sip::Credentials* find(std::string_view user) override {
        const auto it = users.find(user);
        return it == users.end() ? nullptr : &it->second;
    }
};

class Memory : public sip::BindingStore {
public:
    std::map<std::string, std::vector<sip::Binding>> load() override { return {}; }
    bool replace(std::string_view, const std::vector<sip::Binding>&) override { return true; }
};

sip::Now clock_now() {
    return {std::chrono::steady_clock::now(),
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

/// Our users' phones, and what the command line says about others.
class Fixed : public sip::EdgeHost {
public:
    std::map<std::string, std::string> elsewhere;  // user@host -> URI
    std::vector<std::pair<sip::RouteId, sip::RouteQuestion>> questions;
    void ask(const sip::RouteId& id, const sip::RouteQuestion& question) override {
        questions.emplace_back(id, question);
    }
    void answer(sip::Edge& edge) {
        for (const auto& [id, question] : std::exchange(questions, {}))
            edge.answered(id, find(edge, question), clock_now());
    }

private:
    [[nodiscard]] sip::RouteAnswer find(const sip::Edge& edge, const sip::RouteQuestion& question) const {
        sip::RouteAnswer answer;
        const auto& dialled = question.dialled;
        if (question.host_is_own) {
            for (const auto& binding : edge.bindings(dialled.user, clock_now()))
                answer.contacts.push_back({binding.contact, binding.q / 1000.0});
        } else if (const auto it = elsewhere.find(dialled.user + "@" + dialled.host); it != elsewhere.end()) {
            answer.contacts.push_back({it->second, 1.0});
        }
        answer.status = answer.contacts.empty() ? 480 : 302;
        return answer;
    }
};

class Server : public sip::Output, sip::Transports::Listener {
public:
    Server(const sip::Endpoint& at, Table& users, Fixed& host)
        : host_(host), transports_(loop_, {{sip::Transport::udp, at}, {sip::Transport::tcp, at}}, *this) {
        sip::EdgeConfig config;
        for (auto& byte : config.secret)
            byte = static_cast<std::uint8_t>(std::random_device{}());
        config.listening = {at};
        if (quiet_) config.source_requests = 1e9;
        edge_ = std::make_unique<sip::Edge>(config, users, memory_, host, *this, clock_now());
    }
    void run() {
        signals_.async_wait([this](auto, int) { loop_.stop(); });
        std::cout << "ready" << std::endl;
        loop_.run();
    }
    void send(const sip::Flow& flow, std::string bytes) override {
        if (!quiet_) std::cout << "---> " << to_string(flow.remote) << "\n" << bytes << std::endl;
        transports_.send(flow, std::move(bytes));
    }
    void close(const sip::Flow& flow) override { transports_.close(flow); }

private:
    void on_broken_stream(const sip::Flow& flow, std::string_view header, std::error_code why) override {
        edge_->broken_stream(flow, header, why, clock_now());
        arm();
    }
    void on_message(const sip::Flow& flow, std::string_view wire) override {
        if (!quiet_) std::cout << "<--- " << to_string(flow.remote) << "\n" << wire << std::endl;
        edge_->receive(flow, wire, clock_now());
        arm();
    }
    void arm() {
        host_.answer(*edge_);
        const auto wake = edge_->next_wake();
        if (!wake) return;
        timer_.expires_at(*wake);
        timer_.async_wait([this](const asio::error_code& error) {
            if (error) return;
            edge_->on_time(clock_now());
            arm();
        });
    }

    const bool quiet_ = std::getenv("QUIET") != nullptr;
    Fixed& host_;
    asio::io_context loop_;
    asio::signal_set signals_{loop_, SIGTERM, SIGINT};
    asio::steady_timer timer_{loop_};
    Memory memory_;
    std::unique_ptr<sip::Edge> edge_;
    sip::Transports transports_;
};

}  // namespace

int main(int argc, char** argv) {
    Table users;
    Fixed host;
    const std::string at = argc > 1 ? argv[1] : "";
    const auto colon = at.rfind(':');
    if (colon == std::string::npos) {
        std::cerr << "usage: edge_server ADDRESS:PORT [USER:PASSWORD | USER@HOST=URI]...\n";
        return 2;
    }
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        if (const auto equals = word.find('='); equals != std::string::npos) {
            host.elsewhere[word.substr(0, equals)] = word.substr(equals + 1);
        } else if (const auto split = word.find(':'); split != std::string::npos) {
            const auto user = word.substr(0, split);
            users.users[user] = sip::credentials_of(user, sip::EdgeConfig{}.realm, word.substr(split + 1));
        }
    }
    try {
        const auto port = static_cast<std::uint16_t>(std::stoi(at.substr(colon + 1)));
        Server({asio::ip::make_address(at.substr(0, colon)), port}, users, host).run();
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
