// node/reach/dial_back_driver.hpp - asks other edges, or strangers, to dial back, and dials others back
// (dial_back.hpp). A socket for each question and each call, eight of a kind at most, seconds of life. SIP
// loop only.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <vector>

#include "node/reach/dial_back.hpp"
#include "node/reach/reach_status.hpp"
#include "sip/transport/first_bytes.hpp"

namespace node {

class DialBackDriver {
public:
    class Host {
    public:
        virtual ~Host() = default;
        /// An answer on an open flow.
        virtual void send(const sip::Flow& flow, std::string bytes) = 0;
        /// What a witness that said it would dial this address has come to. `stranger`: who it was, no
        /// contact.
        virtual void dialled_back(const overlay::TransportAddress& address, bool came,
                                  const std::optional<asio::ip::address>& stranger) = 0;
        /// Nobody has said that he would: the contact that was asked, or, of strangers, all.
        virtual void nobody_dials(const overlay::TransportAddress& address,
                                  const std::optional<overlay::CallBackAnswer>& strangers) = 0;
        /// Has others asked, over the DHT's port; strangers_answered() follows. False: there is no DHT.
        [[nodiscard]] virtual bool ask_strangers(const overlay::TransportAddress& address,
                                                 const crypto::Bytes<15>& id) = 0;
    };
    static constexpr std::size_t at_once = 8;
    static constexpr auto patience = std::chrono::seconds(5);
    static constexpr auto longest_call = std::chrono::seconds(4);

    /// Borrows the host.
    DialBackDriver(asio::io_context& loop, Host& host);
    ~DialBackDriver();
    DialBackDriver(const DialBackDriver&) = delete;  // sockets point back here
    DialBackDriver& operator=(const DialBackDriver&) = delete;

    /// A message that came in. True: it was about dialling back, and is answered.
    [[nodiscard]] bool handled(const sip::Flow& flow, std::string_view message);
    /// The first bytes of a connection to a TLS listener, of which TLS knows nothing. The same.
    [[nodiscard]] bool handled(const sip::PipeId& first_bytes);
    /// Asks the edge that listens at `witness` over TCP to dial `address` back. One that cannot or will not
    /// is no evidence: dialled_back() is then not called. False: too many at once.
    bool ask(const sip::Endpoint& witness, const overlay::TransportAddress& address);
    /// The same of nodes that are no contacts. False: too many at once, or there is no DHT.
    bool ask_strangers(const overlay::TransportAddress& address);
    void strangers_answered(const crypto::Bytes<15>& id, const overlay::CallBackAnswer& answer);
    /// Is somebody asked about it just now?
    [[nodiscard]] bool asking(const overlay::TransportAddress& address) const;
    /// Somebody who is no contact wishes to be called. True: he is.
    [[nodiscard]] bool called_upon(const overlay::CallBackWish& wish);
    /// All but the witnesses.
    [[nodiscard]] DialBackStatus status() const;

private:
    class Question;
    class Call;
    void forget_ended();
    void call(const DialBackWish& wish);

    asio::io_context& loop_;
    Host& host_;
    DialBackLimits limits_;
    std::vector<char> buffer_;  // where the sockets read
    std::vector<std::shared_ptr<Question>> questions_;
    std::vector<std::shared_ptr<Call>> calls_;
    std::uint64_t asked_ = 0, came_ = 0, came_not_ = 0, nobody_ = 0;
};

}  // namespace node
