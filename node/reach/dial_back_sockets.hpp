// node/reach/dial_back_sockets.hpp - asks other edges to call back, and calls others back (dial_back.hpp). A
// socket for each question and each call, eight of a kind at most, seconds of life. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "node/reach/dial_back.hpp"

namespace node {

class CallBackSide {
public:
    struct World {
        std::function<void(const sip::Flow&, std::string bytes)> send;  // an answer on an open flow
        /// What a witness that said it would call back has come to.
        std::function<void(const overlay::TransportAddress& address, bool came)> result;
    };
    static constexpr std::size_t at_once = 8;
    static constexpr auto patience = std::chrono::seconds(5);

    CallBackSide(asio::io_context& loop, World world);
    ~CallBackSide();
    CallBackSide(const CallBackSide&) = delete;  // sockets point back here
    CallBackSide& operator=(const CallBackSide&) = delete;

    /// A message that came in. True: it was about calling back, and is answered.
    [[nodiscard]] bool took(const sip::Flow& flow, std::string_view message);
    /// Asks the edge that listens at `witness` over TCP to call `address` back. One that cannot or will not
    /// is no evidence: result() is then not called. False: too many at once.
    bool ask(const sip::Endpoint& witness, const overlay::TransportAddress& address);
    [[nodiscard]] nlohmann::ordered_json status() const;

private:
    class Question;
    class Call;
    void forget_ended();

    asio::io_context& loop_;
    World world_;
    CallBackDesk desk_;
    std::vector<std::shared_ptr<Question>> questions_;
    std::vector<std::shared_ptr<Call>> calls_;
    std::uint64_t asked_ = 0, came_ = 0, came_not_ = 0;
};

}  // namespace node
