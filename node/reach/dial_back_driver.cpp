// node/reach/dial_back_driver.cpp - questions and calls, each an OPTIONS over a socket of its own.
#include "node/reach/dial_back_driver.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>

#include "crypto/base32.hpp"
#include "crypto/identity.hpp"
#include "node/addresses.hpp"
#include "node/probe/options_client_driver.hpp"
#include "node/reach/tls_knock_driver.hpp"
#include "sip/alive.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"

namespace node {
namespace {

constexpr auto longest_search = std::chrono::seconds(15);
constexpr std::size_t buffer_size = 65536;  // a datagram is never larger

crypto::Bytes<15> new_id() {  // 24 characters
    crypto::Bytes<15> random{};
    crypto::random_bytes(random);
    return random;
}

sip::PipeId pipe_of(const DialBackWish& wish) {
    sip::PipeId pipe{};
    (void)crypto::base32_decode(wish.id, std::span(pipe).first<15>());  // checked when the wish was read
    return pipe;
}

OptionsAsk options(const sip::Endpoint& to, sip::Transport transport, std::string_view field,
                   std::string value) {
    OptionsAsk ask;
    ask.transport = transport;
    ask.to = to;
    ask.uri = "sip:" + sip::to_string(to) + ";transport=" + std::string(sip::uri_value(transport));
    ask.field = field;
    ask.value = std::move(value);
    ask.max_forwards = 1;
    return ask;
}

}  // namespace

/// We ask: a TCP connection to the witness and its answer, or what strangers say; and then a while for what
/// should come in elsewhere.
class DialBackDriver::Question : OptionsClient::Listener {
public:
    Question(DialBackDriver& driver, const overlay::TransportAddress& address)
        : id(new_id()), wish{crypto::base32_encode(id), address}, driver_(driver), timer_(driver.loop_) {}

    void ask(const sip::Endpoint& witness) {
        OptionsTerms terms{
            options(witness, sip::Transport::tcp, dial_back_header, to_text(wish)), driver_.buffer_, {}};
        terms.ask.answer_field = dial_back_header;
        // The witness dials back where the question came from: of IPv6 that must not be a temporary address.
        // Of IPv4 it is the router's, whichever of ours we send from.
        if (wish.to.address.is_v6()) terms.from = wish.to.address;
        client_ = make_options_client(driver_.loop_, std::move(terms), *this);
        client_->start();
        wait(patience);
    }
    /// The overlay answers after 3 s for each of eight nodes at the most.
    void wait_for_strangers() { wait(longest_search); }

    void promised(const std::optional<asio::ip::address>& stranger = {}) {
        stranger_ = stranger;
        promised_ = true;  // the rest is the timer's, or came()'s
        wait(patience);
    }
    void came() { conclude(true); }
    void nobody(const std::optional<overlay::CallBackAnswer>& strangers) {
        if (ended) return;
        end();
        ++driver_.nobody_;
        driver_.host_.nobody_dials(wish.to, strangers);
    }
    void end() {
        ended = true;
        alive_.end();
        if (client_) client_->close();
        timer_.cancel();
    }

    const crypto::Bytes<15> id;
    const DialBackWish wish;
    bool ended = false;

private:
    void wait(std::chrono::seconds time) {
        timer_.expires_after(time);
        timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
            if (!cancelled) conclude(false);
        }));
    }

    void on_reply(const OptionsReply& reply) override {
        if (reply.status < 200) return;
        if (reply.status >= 300 || reply.field != wish.id) return nobody({});
        client_->close();
        promised();
    }
    void on_end(TargetState) override { nobody({}); }
    void on_stray() override {}

    void conclude(bool it_came) {
        if (ended) return;
        if (!it_came && !promised_) return nobody({});
        end();
        ++(it_came ? driver_.came_ : driver_.came_not_);
        driver_.host_.dialled_back(wish.to, it_came, stranger_);
    }

    DialBackDriver& driver_;
    std::unique_ptr<OptionsClient> client_;
    asio::steady_timer timer_;
    bool promised_ = false;
    std::optional<asio::ip::address> stranger_;  // who has promised, no contact
    sip::Alive alive_;
};

/// We dial back, from a socket of its own: two datagrams, as one may be lost, or one connection.
class DialBackDriver::Call : OptionsClient::Listener {
public:
    Call(DialBackDriver& driver, const DialBackWish& wish) : life_(driver.loop_) {
        OptionsTerms terms{
            options({wish.to.address, wish.to.port}, to_sip(wish.to.transport), dialled_back_header, wish.id),
            driver.buffer_,
            {}};
        terms.at_most = 2;
        client_ = wish.to.transport == overlay::Transport::tls
                      ? make_knock(driver.loop_, {wish.to.address, wish.to.port}, pipe_of(wish), *this)
                      : make_options_client(driver.loop_, std::move(terms), *this);
        client_->start();
        life_.expires_after(longest_call);
        life_.async_wait(alive_.guard([this](asio::error_code cancelled) {
            if (!cancelled) end();
        }));
    }
    void end() {
        ended = true;
        alive_.end();
        client_->close();
        life_.cancel();
    }
    bool ended = false;

private:
    // It is there, or it is not: whoever asked has seen it, and nobody else is told.
    void on_reply(const OptionsReply&) override { end(); }
    void on_end(TargetState) override { end(); }
    void on_stray() override {}

    std::unique_ptr<OptionsClient> client_;
    asio::steady_timer life_;
    sip::Alive alive_;
};

DialBackDriver::DialBackDriver(asio::io_context& loop, Host& host)
    : loop_(loop), host_(host), buffer_(buffer_size) {}

DialBackDriver::~DialBackDriver() {
    for (const auto& question : questions_)
        question->end();
    for (const auto& call : calls_)
        call->end();
}

void DialBackDriver::forget_ended() {
    std::erase_if(questions_, [](const auto& q) { return q->ended; });
    std::erase_if(calls_, [](const auto& c) { return c->ended; });
}

bool DialBackDriver::handled(const sip::Flow& flow, std::string_view message) {
    // Cheap for everything else, which is nearly everything.
    if (!message.starts_with("OPTIONS ") || message.find("Hedgewitch-Call") == std::string_view::npos)
        return false;
    const auto view = sip::MessageView::parse(message);
    if (!view || view->method() != sip::Method::options) return false;
    forget_ended();
    if (const auto id = view->header(dialled_back_header)) {
        for (const auto& question : questions_) {
            if (question->wish.id != *id || to_overlay(flow.transport) != question->wish.to.transport)
                continue;
            host_.send(flow, sip::ResponseBuilder(*view, flow, 200).finish());
            const auto kept = question;  // whatever follows from it
            kept->came();
            return true;
        }
        return false;  // nobody of ours has asked for it: as any other OPTIONS
    }
    const auto header = view->header(dial_back_header);
    const auto wish = header ? parse_dial_back(*header) : std::nullopt;
    // Over UDP it would be refused; the edge knows whether that may be said.
    if (!wish || flow.transport == sip::Transport::udp) return false;
    if (calls_.size() >= at_once || !limits_.admit(flow, *wish, std::chrono::steady_clock::now())) {
        host_.send(flow, sip::ResponseBuilder(*view, flow, 403).finish());
        return true;
    }
    host_.send(flow, sip::ResponseBuilder(*view, flow, 200).add(dial_back_header, wish->id).finish());
    call(*wish);
    return true;
}

bool DialBackDriver::handled(const sip::PipeId& first_bytes) {
    forget_ended();
    for (const auto& question : questions_) {
        if (question->wish.to.transport != overlay::Transport::tls || pipe_of(question->wish) != first_bytes)
            continue;
        const auto kept = question;
        kept->came();
        return true;
    }
    return false;
}

void DialBackDriver::call(const DialBackWish& wish) {
    calls_.push_back(std::make_shared<Call>(*this, wish));
}

bool DialBackDriver::ask(const sip::Endpoint& witness, const overlay::TransportAddress& address) {
    forget_ended();
    if (questions_.size() >= at_once) return false;
    ++asked_;
    questions_.push_back(std::make_shared<Question>(*this, address));
    questions_.back()->ask(witness);
    return true;
}

bool DialBackDriver::ask_strangers(const overlay::TransportAddress& address) {
    forget_ended();
    if (questions_.size() >= at_once) return false;
    const auto question = std::make_shared<Question>(*this, address);
    if (!host_.ask_strangers(address, question->id)) return false;
    ++asked_;
    question->wait_for_strangers();
    questions_.push_back(question);
    return true;
}

void DialBackDriver::strangers_answered(const crypto::Bytes<15>& id, const overlay::CallBackAnswer& answer) {
    const auto found =
        std::ranges::find_if(questions_, [&](const auto& q) { return q->id == id && !q->ended; });
    if (found == questions_.end()) return;
    const auto kept = *found;
    if (answer.what == overlay::CallBackAnswer::What::promised && answer.witness)
        return kept->promised(answer.witness->address());
    kept->nobody(answer);
}

bool DialBackDriver::asking(const overlay::TransportAddress& address) const {
    return std::ranges::any_of(questions_, [&](const auto& q) { return !q->ended && q->wish.to == address; });
}

bool DialBackDriver::called_upon(const overlay::CallBackWish& wish) {
    forget_ended();
    if (calls_.size() >= at_once || !limits_.admit(wish, std::chrono::steady_clock::now())) return false;
    call(wish_of(wish));
    return true;
}

DialBackStatus DialBackDriver::status() const {
    DialBackStatus status;
    status.asked = asked_;
    status.came = came_;
    status.came_not = came_not_;
    status.nobody = nobody_;
    status.called_others = limits_.counters().called;
    status.refused_others = limits_.counters().refused + limits_.counters().too_often;
    return status;
}

}  // namespace node
