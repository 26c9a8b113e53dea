// node/reach/soap.cpp - writes an action, and reads its answer.
#include "node/reach/soap.hpp"

#include <algorithm>
#include <charconv>

namespace node {
namespace {

constexpr std::size_t longest_path = 256;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t find_nocase(std::string_view text, std::string_view what) {
    const auto found = std::search(text.begin(), text.end(), what.begin(), what.end(),
                                   [](char a, char b) { return lower(a) == lower(b); });
    return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<HttpPlace> http_place(std::string_view url) {
    constexpr std::string_view scheme = "http://[";
    if (!url.starts_with(scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    const auto end = url.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    HttpPlace place;
    // RFC 6874: which interface, we know better.
    const auto literal = url.substr(0, std::min(end, url.find('%')));
    asio::error_code bad;
    place.address = asio::ip::make_address_v6(std::string(literal), bad);
    if (bad) return std::nullopt;
    place.host = "[" + std::string(literal) + "]";
    url.remove_prefix(end + 1);
    if (url.starts_with(":")) {
        const auto digits = url.substr(1, url.find('/') - 1);
        const auto port = number<std::uint16_t>(digits);
        if (!port || *port == 0 || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
        place.port = *port;
        place.host += ":" + std::string(digits);
        url.remove_prefix(1 + digits.size());
    }
    place.path = url.empty() ? "/" : std::string(url);
    const auto is_printable = [](char c) { return c > ' ' && c < 127; };
    if (place.path.front() != '/' || place.path.size() > longest_path ||
        !std::all_of(place.path.begin(), place.path.end(), is_printable))
        return std::nullopt;
    return place;
}

bool is_service_type(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_path && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == ':' || c == '-' || c == '_' || c == '.';
    });
}

std::string soap_post(const HttpPlace& at, std::string_view service, std::string_view action,
                      const SoapArguments& arguments) {
    std::string body =
        "<?xml version=\"1.0\"?>\r\n"
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
        "s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:";
    body.append(action).append(" xmlns:u=\"").append(service).append("\">");
    for (const auto& [name, value] : arguments)
        body += "<" + name + ">" + value + "</" + name + ">";
    body.append("</u:").append(action).append("></s:Body></s:Envelope>\r\n");
    std::string text = "POST " + at.path + " HTTP/1.1\r\nHost: " + at.host +
                       "\r\nContent-Type: text/xml; charset=\"utf-8\"\r\nSOAPAction: \"";
    text.append(service).append("#").append(action).append("\"\r\nConnection: close\r\nContent-Length: ");
    text += std::to_string(body.size()) + "\r\n\r\n";
    return text + body;
}

std::string_view SoapAnswer::value(std::string_view tag) const {
    const std::string opens = "<" + std::string(tag) + ">", closes = "</" + std::string(tag) + ">";
    const auto from = body.find(opens);
    if (from == std::string::npos) return {};
    const auto to = body.find(closes, from);
    if (to == std::string::npos) return {};
    return std::string_view(body).substr(from + opens.size(), to - from - opens.size());
}

bool is_whole_answer(std::string_view http) {
    const auto end = http.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    constexpr std::string_view field = "\r\ncontent-length:";
    const auto at = find_nocase(http.substr(0, end), field);
    if (at == std::string_view::npos) return false;
    const auto length = number<std::size_t>(http.substr(at + field.size(), end - at - field.size()));
    return length && http.size() - end - 4 >= *length;
}

std::optional<SoapAnswer> parse_soap(std::string_view http) {
    const auto end = http.find("\r\n\r\n");
    if (!http.starts_with("HTTP/1.") || end == std::string_view::npos) return std::nullopt;
    const auto status = number<int>(http.substr(std::min(http.find(' '), end)));
    SoapAnswer answer;
    answer.body = http.substr(end + 4);
    if (const auto code = number<int>(answer.value("errorCode")); code && *code > 0) {
        answer.code = *code;
        return answer;
    }
    if (!status || *status != 200 || answer.body.find("Envelope") == std::string::npos) return std::nullopt;
    return answer;
}

}  // namespace node
