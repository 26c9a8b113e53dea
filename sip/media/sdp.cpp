// sip/media/sdp.cpp - finds the places in SDP that say where media go, and writes others there.
#include "sip/media/sdp.hpp"

#include <algorithm>
#include <charconv>

#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

constexpr std::size_t max_candidates = 64;  // of one stream; browsers with many interfaces have a dozen

std::string_view word(std::string_view& rest) {
    while (!rest.empty() && rest.front() == ' ')
        rest.remove_prefix(1);
    const auto end = std::min(rest.find(' '), rest.size());
    const auto found = rest.substr(0, end);
    rest.remove_prefix(end);
    return found;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

/// "IN IP4 192.0.2.1". Nothing: a name, a group, or neither IP4 nor IP6.
std::optional<asio::ip::address> connection_of(std::string_view value) {
    const auto net = word(value), kind = word(value), text = word(value);
    asio::error_code error;
    const auto address = asio::ip::make_address(std::string(text), error);
    if (net != "IN" || error || address.is_multicast()) return std::nullopt;
    if (kind != (address.is_v4() ? "IP4" : "IP6")) return std::nullopt;
    return address;
}

std::string connection_text(const asio::ip::address& address) {
    return (address.is_v4() ? "IN IP4 " : "IN IP6 ") + address.to_string();
}

/// RFC 8839 §5.1: foundation, component, transport, priority, address, port, "typ", type.
struct Candidate {
    std::string_view component, transport, type;
};
Candidate candidate_of(std::string_view value) {
    Candidate found;
    (void)word(value);
    found.component = word(value);
    found.transport = word(value);
    for (int skipped = 0; skipped < 4; ++skipped)  // priority, address, port, "typ"
        (void)word(value);
    found.type = word(value);
    return found;
}

std::string candidate_line(int component, const Endpoint& at, std::string_view end) {
    // RFC 8445 §5.1.2.1 for a host candidate: there is no other to prefer.
    const std::uint32_t priority = (126U << 24U) + (65535U << 8U) + static_cast<unsigned>(256 - component);
    return "a=candidate:1 " + std::to_string(component) + " UDP " + std::to_string(priority) + " " +
           at.address.to_string() + " " + std::to_string(at.port) + " typ host" + std::string(end);
}

}  // namespace

Endpoint SdpStream::rtcp_at() const {
    const auto next = static_cast<std::uint16_t>(port + 1);
    return {address.value_or(asio::ip::address()), rtcp_mux ? port : rtcp.value_or(next)};
}

Result<SdpView> SdpView::parse(std::string_view text) {
    SdpView sdp;
    sdp.text_ = text;
    if (!text.starts_with("v=0\r") && !text.starts_with("v=0\n")) return fail(Errc::bad_parameter);
    sdp.crlf_ = text[3] == '\r';
    for (std::size_t at = 0; at < text.size();) {
        const auto newline = std::min(text.find('\n', at), text.size());
        const auto next = std::min(newline + 1, text.size());
        auto line = text.substr(at, newline - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("m=") && sdp.streams_.size() == max_streams) return fail(Errc::too_large);
        if (line.size() >= 2 && line[1] != '=') return fail(Errc::bad_parameter);
        if (line.size() >= 2) sdp.read_line(at, line, next);
        at = next;
    }
    sdp.finish();
    return sdp;
}

void SdpView::read_line(std::size_t at, std::string_view line, std::size_t next) {
    const char type = line[0];
    const auto value = line.substr(2);
    if (type == 'm') {
        streams_.emplace_back();
        streams_.back().sends = sends_;
        streams_.back().receives = receives_;
        read_media(streams_.back(), at + 2, value);
        streams_.back().after_m_ = next;
    }
    if (streams_.empty()) {
        if (type == 'c') {
            connection_ = {at + 2, value.size()};
            address_ = connection_of(value);
            connection_strange_ = !address_;
        } else if (type == 'a') {
            sends_ = sends_ && value != "recvonly" && value != "inactive";
            receives_ = receives_ && value != "sendonly" && value != "inactive";
            session_ice_ = session_ice_ || value.starts_with("ice-ufrag:");
        }
        return;
    }
    SdpStream& stream = streams_.back();
    stream.end_ = next;
    if (type == 'i') stream.after_m_ = next;
    if (type == 'a') read_attribute(stream, at + 2, value, {at, next - at});
    if (type != 'c') return;
    if (!stream.connection_.none()) stream.strange = "it names several addresses";
    stream.connection_ = {at + 2, value.size()};
    stream.address = connection_of(value);
    if (!stream.address) stream.strange = "its address is a name or a group";
}

void SdpView::read_media(SdpStream& stream, std::size_t at, std::string_view value) {
    auto rest = value;
    stream.kind = word(rest);
    const auto port = word(rest);
    stream.protocol = word(rest);
    stream.port_text_ = {at + static_cast<std::size_t>(port.data() - value.data()), port.size()};
    const auto number = port_of(port);
    if (!number) {
        stream.strange = "it asks for several ports";
        stream.port = 1;  // not refused
        return;
    }
    stream.port = *number;
    const bool datagrams = stream.protocol.starts_with("RTP/") || stream.protocol.starts_with("UDP") ||
                           equal_nocase(stream.protocol, "udptl") || stream.protocol == "DTLS/SCTP";
    if (!datagrams) stream.strange = "it does not go over UDP";
}

void SdpView::read_attribute(SdpStream& stream, std::size_t at, std::string_view value, Span whole) {
    if (value == "rtcp-mux" || value == "rtcp-mux-only") stream.rtcp_mux = true;
    if (value == "sendrecv") stream.sends = stream.receives = true;
    if (value == "sendonly") stream.sends = true, stream.receives = false;
    if (value == "recvonly") stream.sends = false, stream.receives = true;
    if (value == "inactive") stream.sends = stream.receives = false;
    if (value.starts_with("ice-ufrag:") && stream.ice == SdpIce::none) stream.ice = SdpIce::host;
    if (value.starts_with("rtcp:")) {
        auto rest = value.substr(5);
        stream.rtcp = port_of(word(rest));
        stream.rtcp_text_ = {at + 5, value.size() - 5};
        if (!stream.rtcp) stream.strange = "its a=rtcp has no port";
    }
    if (!value.starts_with("candidate:")) return;
    const auto candidate = candidate_of(value.substr(10));
    if (stream.candidates_.size() == max_candidates) {
        stream.strange = "it has too many candidates";
        return;
    }
    stream.candidates_.push_back(whole);
    stream.second_component_ = stream.second_component_ || candidate.component == "2";
    if (stream.ice == SdpIce::none) stream.ice = SdpIce::host;
    if (candidate.type != "host" && equal_nocase(candidate.transport, "udp")) stream.ice = SdpIce::outer;
}

void SdpView::finish() {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        SdpStream& stream = streams_[i];
        if (stream.connection_.none()) {
            stream.address = address_;
            if (!address_ && stream.strange.empty())
                stream.strange =
                    connection_strange_ ? "its address is a name or a group" : "it names no address";
        }
        if (session_ice_ && stream.ice == SdpIce::none) stream.ice = SdpIce::host;
        for (std::size_t j = 0; j < i && !stream.shares && stream.port != 0; ++j) {
            const SdpStream& earlier = streams_[j];
            if (earlier.shares || earlier.port != stream.port || earlier.address != stream.address) continue;
            stream.shares = true;
            stream.shares_with = j;
        }
    }
}

std::vector<SdpView::Change> SdpView::changes(std::span<const SdpEdit> edits) const {
    std::vector<const SdpEdit*> by_stream(streams_.size(), nullptr);
    for (const SdpEdit& edit : edits) {
        if (edit.stream < streams_.size()) by_stream[edit.stream] = &edit;
    }
    // The session's c= may say another address only if that is all who rely on it go by.
    std::optional<asio::ip::address> common;
    bool one = true;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        const SdpStream& stream = streams_[i];
        const auto* edit = by_stream[stream.shares ? stream.shares_with : i];
        by_stream[i] = stream.strange.empty() && stream.port != 0 ? edit : nullptr;
        if (!stream.connection_.none() || stream.port == 0) continue;
        one = one && by_stream[i] != nullptr && (!common || *common == by_stream[i]->rtp.address);
        if (by_stream[i] != nullptr) common = by_stream[i]->rtp.address;
    }
    std::vector<Change> changes;
    const bool session = one && common && !connection_.none();
    if (session) changes.push_back({connection_.at, connection_.size, connection_text(*common)});
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        if (by_stream[i] == nullptr) continue;
        const bool own = !streams_[i].connection_.none() || !session;
        change_stream(streams_[i], *by_stream[i], own, changes);
    }
    return changes;
}

void SdpView::change_stream(const SdpStream& stream, const SdpEdit& edit, bool connection_of_its_own,
                            std::vector<Change>& changes) const {
    changes.push_back({stream.port_text_.at, stream.port_text_.size, std::to_string(edit.rtp.port)});
    const std::string connection = connection_text(edit.rtp.address);
    // The last line of a body may have no end of its own.
    const bool open_end = text_.substr(0, stream.end_).back() != '\n';
    const auto inserted = [&](std::size_t at, const std::string& line) {
        const bool behind = at == text_.size() && open_end;
        const std::string end(line_end());
        changes.push_back({at, 0, behind ? end + line : line + end});
    };
    if (!stream.connection_.none()) {
        changes.push_back({stream.connection_.at, stream.connection_.size, connection});
    } else if (connection_of_its_own) {
        inserted(stream.after_m_, "c=" + connection);
    }
    const bool next = edit.rtcp.port == edit.rtp.port + 1;
    if (!stream.rtcp_text_.none()) {
        const auto value = text_.substr(stream.rtcp_text_.at, stream.rtcp_text_.size);
        const bool address_too = value.find("IN ") != std::string_view::npos;
        const auto port =
            std::to_string(stream.rtcp_mux && stream.rtcp == stream.port ? edit.rtp.port : edit.rtcp.port);
        changes.push_back({stream.rtcp_text_.at, stream.rtcp_text_.size,
                           address_too ? port + " " + connection_text(edit.rtcp.address) : port});
    } else if (!next && stream.protocol.starts_with("RTP/")) {
        inserted(stream.end_, "a=rtcp:" + std::to_string(edit.rtcp.port));
    }
    if (stream.candidates_.empty()) return;
    const Span first = stream.candidates_.front();
    std::string lines = candidate_line(1, edit.rtp, line_end());
    if (stream.second_component_) lines += candidate_line(2, edit.rtcp, line_end());
    changes.push_back({first.at, first.size, std::move(lines)});
    for (auto other = stream.candidates_.begin() + 1; other != stream.candidates_.end(); ++other)
        changes.push_back({other->at, other->size, {}});
}

std::string SdpView::with(std::span<const SdpEdit> edits) const {
    auto all = changes(edits);
    std::stable_sort(all.begin(), all.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
    std::string out;
    std::size_t copied = 0;
    for (const Change& change : all) {
        out += text_.substr(copied, change.at - copied);
        out += change.text;
        copied = change.at + change.size;
    }
    out += text_.substr(copied);
    return out;
}

}  // namespace sip
