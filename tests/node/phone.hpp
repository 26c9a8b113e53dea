// tests/node/phone.hpp - a phone of a few lines: UDP, digest with SHA-256, one request at a time.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <regex>
#include <string>

#include "sip/auth/digest.hpp"

namespace node {

class Phone {
public:
    Phone(const std::string& address, const std::string& server, std::string user, std::string password)
        : socket_(loop_, {asio::ip::make_address(address), 0}),
          server_(asio::ip::make_address(server), 5060),
          user_(std::move(user)),
          password_(std::move(password)) {
        const timeval limit{.tv_sec = 10, .tv_usec = 0};
        setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }

    [[nodiscard]] std::string contact() const { return "sip:" + user_ + "-0x1@" + here(); }

    /// From somebody else's domain: a stranger, at this server.
    void come_from(const std::string& domain) { domain_ = domain; }

    /// The final answer, after one challenge.
    std::string request(const std::string& method, const std::string& uri, const std::string& headers = {}) {
        std::string answer = exchange(method, uri, headers);
        if (answer.starts_with("SIP/2.0 401") || answer.starts_with("SIP/2.0 407"))
            answer = exchange(method, uri, headers + authorization(answer, method, uri));
        return answer;
    }
    std::string register_for(int seconds) {
        return request("REGISTER", "sip:" + server_.address().to_string(),
                       "Contact: <" + contact() + ">\r\nExpires: " + std::to_string(seconds) + "\r\n");
    }

private:
    [[nodiscard]] std::string here() const {
        const auto local = socket_.local_endpoint();
        return local.address().to_string() + ":" + std::to_string(local.port());
    }

    std::string authorization(const std::string& challenge, const std::string& method,
                              const std::string& uri) const {
        std::smatch found;
        if (!std::regex_search(challenge, found,
                               std::regex("realm=\"([^\"]+)\", nonce=\"([^\"]+)\", algorithm=SHA-256")))
            return {};
        const auto credentials = sip::credentials_of(user_, found[1].str(), password_);
        const std::string nonce = found[2];
        const std::string response = sip::digest_response(
            sip::DigestAlgorithm::sha256, credentials.ha1_sha256, method, uri, nonce, "00000001", "c0ffee");
        return std::string(challenge.starts_with("SIP/2.0 407") ? "Proxy-" : "") +
               "Authorization: Digest username=\"" + user_ + "\", realm=\"" + found[1].str() +
               "\", nonce=\"" + nonce + "\", uri=\"" + uri + "\", response=\"" + response +
               "\", algorithm=SHA-256, cnonce=\"c0ffee\", qop=auth, nc=00000001\r\n";
    }

    std::string exchange(const std::string& method, const std::string& uri, const std::string& headers) {
        const std::string number = std::to_string(++cseq_);
        const std::string branch = "z9hG4bK" + here() + "-" + number;
        const std::string self =
            "<sip:" + user_ + "@" + (domain_.empty() ? server_.address().to_string() : domain_) + ">";
        const std::string fixed = "Via: SIP/2.0/UDP " + here() + ";branch=" + branch +
                                  ";rport\r\nFrom: " + self +
                                  ";tag=1\r\nTo: " + (method == "REGISTER" ? self : "<" + uri + ">") +
                                  "\r\nCall-ID: call-" + here() + "\r\nMax-Forwards: 70\r\n";
        send(method + " " + uri + " SIP/2.0\r\n" + fixed + "CSeq: " + number + " " + method + "\r\n" +
             headers + "Content-Length: 0\r\n\r\n");
        std::string answer;
        do {
            answer = receive();
        } while (answer.starts_with("SIP/2.0 1") ||
                 (!answer.empty() && answer.find(branch) == std::string::npos));
        if (method == "INVITE")
            send("ACK " + uri + " SIP/2.0\r\n" + fixed + "CSeq: " + number +
                 " ACK\r\nContent-Length: 0\r\n\r\n");
        return answer;
    }
    void send(const std::string& text) { socket_.send_to(asio::buffer(text), server_); }
    std::string receive() {
        std::array<char, 65536> buffer{};
        const auto n = recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
        EXPECT_GT(n, 0) << user_ << ": no answer";
        return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
    }

    asio::io_context loop_;
    asio::ip::udp::socket socket_;
    asio::ip::udp::endpoint server_;
    std::string user_, password_, domain_;
    unsigned cseq_ = 0;
};

}  // namespace node
