// tests/node/bare_dns_server.hpp - a DNS server on a bare UDP socket of the test's own loop: notes each
// question, and answers what the test says, or nothing.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sip/flow.hpp"

namespace node::test {

using namespace std::string_literals;

/// "a.test" -> "\1a\4test\0"
inline std::string wire_name(const std::string& name) {
    std::string wire;
    std::size_t at = 0;
    while (at < name.size()) {
        const auto dot = std::min(name.find('.', at), name.size());
        wire += static_cast<char>(dot - at) + name.substr(at, dot - at);
        at = dot + 1;
    }
    return wire + '\0';
}

class BareDnsServer {
public:
    struct Question {
        std::string name;  // lowercase, with a trailing dot
        int type = 0;
        bool probe = false;  // not from libunbound, which always speaks EDNS
    };
    struct Record {
        std::string owner;  // without trailing dot; empty: the name asked
        int type = 0;       // 0: the type asked
        std::string rdata;
        int ttl = 60;
    };
    /// Records to answer with, an empty list for none, nullopt for silence.
    std::function<std::optional<std::vector<Record>>(const Question&)> answer;
    int rcode = 0;
    std::vector<Question> asked;

    explicit BareDnsServer(asio::io_context& loop,
                           const asio::ip::udp::endpoint& at = {asio::ip::make_address("127.0.0.1"), 0})
        : socket_(loop, at) {
        receive();
    }
    [[nodiscard]] sip::Endpoint endpoint() const {
        return {socket_.local_endpoint().address(), socket_.local_endpoint().port()};
    }
    /// How often libunbound asked.
    [[nodiscard]] std::size_t asked_for(const std::string& name, int type) const {
        std::size_t count = 0;
        for (const auto& question : asked)
            count += question.name == name + "." && question.type == type && !question.probe ? 1 : 0;
        return count;
    }

private:
    static std::string both(std::size_t value) {
        return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
    }
    void receive() {
        socket_.async_receive_from(asio::buffer(buffer_), from_,
                                   [this](std::error_code error, std::size_t size) {
                                       if (error) return;
                                       reply(std::string(buffer_.data(), size));
                                       receive();
                                   });
    }
    void reply(const std::string& query) {
        Question question;
        std::size_t at = 12;
        while (query.at(at) != 0) {
            const auto length = static_cast<std::size_t>(query[at]);
            for (const char c : query.substr(at + 1, length))
                question.name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
            question.name += '.';
            at += length + 1;
        }
        question.type = query.at(at + 2);
        question.probe = query.at(11) == 0;
        asked.push_back(question);
        const auto records = answer ? answer(question) : std::nullopt;
        if (!records) return;
        std::string wire = query.substr(0, 2) + "\x81"s + static_cast<char>(0x80 | rcode) + "\0\1"s +
                           both(records->size()) + "\0\0\0\0"s + query.substr(12, at + 5 - 12);
        for (const Record& record : *records) {
            wire += record.owner.empty() ? "\xc0\x0c"s : wire_name(record.owner);
            wire += both(static_cast<std::size_t>(record.type == 0 ? question.type : record.type));
            wire += "\0\1\0\0"s + both(static_cast<std::size_t>(record.ttl)) + both(record.rdata.size()) +
                    record.rdata;
        }
        socket_.send_to(asio::buffer(wire), from_);
    }

    asio::ip::udp::socket socket_;
    asio::ip::udp::endpoint from_;
    std::array<char, 4096> buffer_{};
};

}  // namespace node::test
