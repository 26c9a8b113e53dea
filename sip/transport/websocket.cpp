// sip/transport/websocket.cpp - wslay's callbacks, and what they mean for SIP.
#include "sip/transport/websocket.hpp"

#include <algorithm>
#include <new>

#include "sip/syntax/display_name.hpp"

namespace sip {
namespace {

// wslay holds a small block for each; a browser sends none.
constexpr unsigned max_fragments = 256;
constexpr std::uint64_t max_frame = 1U << 30U;  // far above any bound that is set; fits a 32-bit size

bool only_line_ends(std::string_view bytes) {
    return bytes.find_first_not_of("\r\n") == std::string_view::npos;
}

}  // namespace

struct WebSocketStream::Callbacks {
    static WebSocketStream& of(void* data) { return *static_cast<WebSocketStream*>(data); }

    static ssize_t receive(wslay_event_context_ptr context, std::uint8_t* into, std::size_t size, int,
                           void* data) {
        auto& self = of(data);
        if (self.too_many_fragments_ || self.read_ == self.input_.size()) {
            wslay_event_set_error(
                context, self.too_many_fragments_ ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
            return -1;
        }
        const std::size_t taken = std::min(size, self.input_.size() - self.read_);
        std::copy_n(self.input_.data() + self.read_, taken, into);
        self.read_ += taken;
        return static_cast<ssize_t>(taken);
    }
    static ssize_t send(wslay_event_context_ptr, const std::uint8_t* bytes, std::size_t size, int,
                        void* data) {
        of(data).output_.append(reinterpret_cast<const char*>(bytes), size);
        return static_cast<ssize_t>(size);
    }
    static void frame_begins(wslay_event_context_ptr context,
                             const wslay_event_on_frame_recv_start_arg* frame, void* data) {
        auto& self = of(data);
        if (wslay_is_ctrl_frame(frame->opcode)) {
            self.in_control_ = true;
            return;
        }
        self.in_message_ = true;
        // wslay takes the memory now, up to its bound, and refuses what is longer.
        self.in_wslay_ += static_cast<std::size_t>(std::min<std::uint64_t>(frame->payload_length, max_frame));
        if (++self.fragments_ <= max_fragments || self.too_many_fragments_) return;
        self.too_many_fragments_ = true;
        (void)wslay_event_queue_close(context, WSLAY_CODE_POLICY_VIOLATION, nullptr, 0);
    }
    static void message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message, void* data) {
        auto& self = of(data);
        if (wslay_is_ctrl_frame(message->opcode)) {
            self.in_control_ = false;
            if (message->opcode == WSLAY_CONNECTION_CLOSE) self.ended_ = true;
            if (message->opcode == WSLAY_PING) self.received_.push_back({true, {}});
            return;
        }
        self.in_message_ = false;
        self.in_wslay_ = 0;
        self.fragments_ = 0;
        const auto* bytes = reinterpret_cast<const char*>(message->msg);
        if (message->msg_length > 0)
            self.received_.push_back({false, std::string(bytes, message->msg_length)});
    }
};

WebSocketStream::WebSocketStream(OriginPolicy allowed, std::size_t max_message)
    : allowed_(std::move(allowed)) {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = Callbacks::receive;
    callbacks.send_callback = Callbacks::send;
    callbacks.on_frame_recv_start_callback = Callbacks::frame_begins;
    callbacks.on_msg_recv_callback = Callbacks::message;
    if (wslay_event_context_server_init(&context_, &callbacks, this) != 0) throw std::bad_alloc();
    wslay_event_config_set_max_recv_msg_length(context_, max_message);
}

WebSocketStream::~WebSocketStream() {
    wslay_event_context_free(context_);
}

std::size_t WebSocketStream::held() const {
    std::size_t waiting = 0;
    for (const auto& received : received_)
        waiting += received.bytes.capacity();
    return waiting + input_.capacity() + output_.capacity() + current_.capacity() + in_wslay_;
}

Result<MessageStream::Item> WebSocketStream::upgrade() {
    const auto end = input_.find("\r\n\r\n");
    if (std::min(end, input_.size()) > max_upgrade_header) {
        refusal_ =
            "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        return fail(Errc::too_large);
    }
    if (end == std::string::npos) return Item{};
    const Upgrade answer = answer_upgrade(std::string_view(input_).substr(0, end + 4), allowed_);
    if (answer.is_page) {
        ended_ = true;
        refusal_ = answer.answer;
        return Item{Item::Kind::visitor, input_};
    }
    output_ += answer.answer;
    input_.erase(0, end + 4);
    open_ = answer.accepted;
    ended_ = !answer.accepted;
    return Item{};
}

Result<MessageStream::Item> WebSocketStream::next() {
    if (!open_ && !ended_) {
        const auto upgraded = upgrade();
        if (!upgraded || upgraded->kind == Item::Kind::visitor) return upgraded;
    }
    if (open_ && read_ < input_.size() && received_.empty()) {
        const bool received = wslay_event_recv(context_) == 0;
        input_.erase(0, std::exchange(read_, 0));
        flush();
        const bool refused = wslay_event_get_close_sent(context_) != 0 && !ended_;
        if (received_.empty() && (!received || refused)) return fail(Errc::bad_framing);
    }
    if (received_.empty()) {
        if (ended_) return Item{Item::Kind::ended, {}};
        if (open_ && wslay_event_get_close_sent(context_) != 0) return fail(Errc::bad_framing);
        return Item{};
    }
    current_ = std::move(received_.front().bytes);
    const bool ping = received_.front().ping;
    received_.pop_front();
    if (ping) return Item{Item::Kind::ping, {}};
    if (!only_line_ends(current_)) return Item{Item::Kind::message, current_};
    // Some browser phones keep alive as over TCP (RFC 5626 §4.4.1): the ping gets its pong. A pong gets
    // nothing, or two peers that answer each other would never end.
    if (current_ == "\r\n\r\n") queue(WSLAY_TEXT_FRAME, "\r\n");
    return Item{Item::Kind::ping, {}};
}

void WebSocketStream::queue(std::uint8_t opcode, std::string_view bytes) {
    const wslay_event_msg message{opcode, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
    if (wslay_event_queue_msg(context_, &message) == 0) flush();
}

void WebSocketStream::flush() {
    (void)wslay_event_send(context_);  // our callback takes everything; no memory shows as a close not sent
}

// RFC 7118 §5: clients take both kinds of frame; text wherever it may be, for pages that look at strings.
void WebSocketStream::write(std::string_view message, std::string& out) {
    if (!open_) return;
    // Text frames must be UTF-8 (RFC 6455 §5.6), and SIP bodies need not.
    queue(is_utf8(message) ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, message);
    out += take_output();
}

void WebSocketStream::write_ping(std::string& out) {
    if (!open_) return;
    queue(WSLAY_PING, {});
    out += take_output();
}

void WebSocketStream::write_farewell(bool bad, std::string& out) {
    out += std::exchange(refusal_, {});
    if (!open_) return;
    const std::uint16_t code = bad ? WSLAY_CODE_POLICY_VIOLATION : WSLAY_CODE_GOING_AWAY;
    if (wslay_event_get_close_sent(context_) == 0 && wslay_event_queue_close(context_, code, nullptr, 0) == 0)
        flush();
    out += take_output();
}

}  // namespace sip
