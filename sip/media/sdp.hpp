// sip/media/sdp.hpp - an SDP body (RFC 8866) as far as it says where media go: read as views into the bytes,
// written anew with other addresses and ports and every other byte as it was.
// 1. What is not understood (an address that is a name or a group, several ports in one m=, more than 16
//    streams) is said of the stream, and the stream is left alone.
// 2. Lines end with CRLF, or LF alone as some phones have it; what is written ends as the line beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sip/error.hpp"
#include "sip/flow.hpp"

namespace sip {

/// RFC 8839: does this stream look for a way by itself?
enum class SdpIce : std::uint8_t {
    none,
    host,  // it names its own addresses alone: none that others outside could use
    outer  // it has asked a server where others see it (srflx, relay, prflx)
};

struct SdpStream {
    std::string_view kind, protocol;  // "audio", "RTP/AVP"
    std::uint16_t port = 0;           // 0: refused, or not wanted any more (RFC 3264 §6, §8.2)
    /// Where media are to be sent. Nothing: the address is no literal one.
    std::optional<asio::ip::address> address;
    std::optional<std::uint16_t> rtcp;  // a=rtcp (RFC 3605); nothing: the next port
    bool rtcp_mux = false;              // RFC 5761
    bool sends = true, receives = true;
    SdpIce ice = SdpIce::none;
    bool shares = false;  // the port of an earlier stream (RFC 9143)
    std::size_t shares_with = 0;
    std::string_view strange;  // why it cannot be written anew; empty: it can. A literal

    [[nodiscard]] Endpoint rtp_at() const { return {address.value_or(asio::ip::address()), port}; }
    [[nodiscard]] Endpoint rtcp_at() const;
    /// Held in the old way (RFC 2543), or not known yet (RFC 8839 §4.2): c= is no address at all.
    [[nodiscard]] bool nowhere() const { return address && address->is_unspecified(); }

private:
    friend class SdpView;
    struct Span {
        std::size_t at = 0, size = 0;
        [[nodiscard]] bool none() const noexcept { return size == 0; }
    };
    Span port_text_, connection_, rtcp_text_;  // of what is replaced
    std::vector<Span> candidates_;             // whole lines
    bool second_component_ = false;            // among the candidates
    std::size_t after_m_ = 0;                  // where a c= would stand
    std::size_t end_ = 0;                      // of its lines
};

/// What a stream is to say instead.
struct SdpEdit {
    std::size_t stream = 0;
    Endpoint rtp, rtcp;
};

class SdpView {
public:
    static constexpr std::size_t max_streams = 16;

    /// Borrows `text`. bad_parameter: it is no SDP.
    [[nodiscard]] static Result<SdpView> parse(std::string_view text);
    [[nodiscard]] const std::vector<SdpStream>& streams() const noexcept { return streams_; }
    /// With these streams at other places. Of streams that share a port the first is named. A stream that is
    /// `strange` or refused is left as it is.
    [[nodiscard]] std::string with(std::span<const SdpEdit> edits) const;

private:
    using Span = SdpStream::Span;
    struct Change {
        std::size_t at = 0, size = 0;
        std::string text;
    };
    void read_line(std::size_t at, std::string_view line, std::size_t next);
    void read_media(SdpStream& stream, std::size_t at, std::string_view value);
    void read_attribute(SdpStream& stream, std::size_t at, std::string_view value, Span whole);
    void finish();
    [[nodiscard]] std::vector<Change> changes(std::span<const SdpEdit> edits) const;
    void change_stream(const SdpStream& stream, const SdpEdit& edit, bool connection_of_its_own,
                       std::vector<Change>& changes) const;
    [[nodiscard]] std::string_view line_end() const noexcept { return crlf_ ? "\r\n" : "\n"; }

    std::string_view text_;
    std::vector<SdpStream> streams_;
    Span connection_;  // of the session
    std::optional<asio::ip::address> address_;
    bool connection_strange_ = false;
    bool sends_ = true, receives_ = true;
    bool session_ice_ = false;
    bool crlf_ = true;
};

}  // namespace sip
