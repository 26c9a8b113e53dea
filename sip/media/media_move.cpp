// sip/media/media_move.cpp - the lines, written and read.
#include "sip/media/media_move.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "sip/syntax/header_values.hpp"

namespace sip {

namespace {

constexpr std::size_t words_in_line = 5;

std::optional<std::array<std::string_view, words_in_line>> words_of(std::string_view line) {
    std::array<std::string_view, words_in_line> words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto end = i + 1 == words.size() ? line.size() : line.find(' ');
        if (end == std::string_view::npos || end == 0) return std::nullopt;
        words[i] = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

std::optional<Endpoint> endpoint_of(std::string_view address, std::string_view port) {
    asio::error_code error;
    const auto at = asio::ip::make_address(std::string(address), error);
    const auto number = parse_number(port, std::numeric_limits<std::uint16_t>::max());
    if (error || !number || *number == 0) return std::nullopt;
    return Endpoint{at, static_cast<std::uint16_t>(*number)};
}

}  // namespace

std::string media_move_body(const std::vector<MediaMove::Stream>& streams) {
    std::string body;
    for (const auto& stream : streams) {
        body += std::to_string(stream.index) + " " + stream.rtp.address.to_string() + " " +
                std::to_string(stream.rtp.port) + " " + stream.rtcp.address.to_string() + " " +
                std::to_string(stream.rtcp.port) + "\r\n";
    }
    return body;
}

std::optional<std::vector<MediaMove::Stream>> parse_media_move(std::string_view body) {
    if (body.size() > MediaMove::max_bytes) return std::nullopt;
    std::vector<MediaMove::Stream> streams;
    while (!body.empty()) {
        const auto end = body.find("\r\n");
        if (end == std::string_view::npos || streams.size() == MediaMove::max_streams) return std::nullopt;
        const auto words = words_of(body.substr(0, end));
        if (!words) return std::nullopt;
        const auto index = parse_number((*words)[0], MediaMove::max_streams - 1);
        const auto rtp = endpoint_of((*words)[1], (*words)[2]), rtcp = endpoint_of((*words)[3], (*words)[4]);
        if (!index || !rtp || !rtcp) return std::nullopt;
        streams.push_back({*index, *rtp, *rtcp});
        body.remove_prefix(end + 2);
    }
    if (streams.empty()) return std::nullopt;
    return streams;
}

}  // namespace sip
