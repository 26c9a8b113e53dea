// tests/sip/mutations.hpp - what a hostile peer makes of a good message: broken framing, fields twice or
// gone, another's Via, a message within the message, and any byte. The same seed says the same.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sip::testing {

class Mutations {
public:
    explicit Mutations(std::uint64_t seed) : random_(seed) {}

    /// One change, sometimes more. May leave the message as good as it was.
    [[nodiscard]] std::string of(std::string message) {
        for (std::size_t changes = 1 + (below(4) == 0 ? below(4) : 0); changes > 0; --changes)
            message = changed(std::move(message));
        return message;
    }
    [[nodiscard]] std::size_t below(std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
    }

private:
    static constexpr std::string_view smuggled =
        "INVITE sip:alice@a.test SIP/2.0\r\nVia: SIP/2.0/TLS 203.0.113.1;branch=z9hG4bKevil\r\nMax-Forwards: "
        "70\r\n"
        "From: \"mum\" <sip:mum@a.test>;tag=x\r\nTo: <sip:alice@a.test>\r\nCall-ID: invented\r\n"
        "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    template <std::size_t n>
    std::string_view any(const std::array<std::string_view, n>& choice) {
        return choice[below(n)];
    }
    std::string changed(std::string m) {
        switch (below(12)) {
            case 0: return at_random(std::move(m));
            case 1: return with_length(std::move(m));
            case 2: return with_length(std::move(m)) + std::string(smuggled);
            case 3: return m + std::string(smuggled);
            case 4: return insert_line(std::move(m), any(lines));
            case 5: return twice(std::move(m));
            case 6: return without_a_line(std::move(m));
            case 7: return replaced(std::move(m), "\r\n", any(ends));
            case 8: return replaced(std::move(m), any(words), any(others));
            case 9: return m.substr(0, below(m.size() + 1));
            case 10: return many_lines(std::move(m));
            default: return at_random(at_random(std::move(m)));
        }
    }
    std::string at_random(std::string m) {
        if (m.empty()) return m;
        const std::size_t at = below(m.size());
        const auto byte = static_cast<char>(below(256));
        switch (below(5)) {
            case 0: m[at] = byte; break;
            case 1: m.insert(m.begin() + static_cast<std::ptrdiff_t>(at), byte); break;
            case 2: m.erase(at, 1 + below(40)); break;
            case 3: m.insert(at, m.substr(below(m.size()), below(60))); break;
            default: m.insert(at, any(pieces)); break;
        }
        return m;
    }
    std::string with_length(std::string m) {
        const std::size_t at = m.find("Content-Length:");
        const std::string line = std::string(any(length_names)) + std::string(any(lengths)) + "\r\n";
        if (at == std::string::npos) return insert_line(std::move(m), line);
        if (below(3) == 0) return m.insert(at, line);
        return m.replace(at, m.find('\n', at) + 1 - at, line);
    }
    std::vector<std::size_t> line_starts(const std::string& m) {
        std::vector<std::size_t> starts;
        const std::size_t header = m.find("\r\n\r\n");
        for (std::size_t at = m.find("\r\n"); at < header; at = m.find("\r\n", at + 2))
            starts.push_back(at + 2);
        return starts;
    }
    std::string insert_line(std::string m, std::string_view line) {
        const auto starts = line_starts(m);
        return starts.empty() ? m : m.insert(starts[below(starts.size())], line);
    }
    std::string twice(std::string m) {
        const auto starts = line_starts(m);
        if (starts.empty()) return m;
        const std::size_t from = starts[below(starts.size())], to = starts[below(starts.size())];
        const std::string line = m.substr(from, m.find("\r\n", from) + 2 - from);
        return m.insert(to, line);
    }
    std::string without_a_line(std::string m) {
        const auto starts = line_starts(m);
        if (starts.empty()) return m;
        const std::size_t from = starts[below(starts.size())];
        return m.erase(from, m.find("\r\n", from) + 2 - from);
    }
    std::string replaced(std::string m, std::string_view what, std::string_view by) {
        std::vector<std::size_t> places;
        for (std::size_t at = m.find(what); at != std::string::npos; at = m.find(what, at + 1))
            places.push_back(at);
        return places.empty() ? m : m.replace(places[below(places.size())], what.size(), by);
    }
    std::string many_lines(std::string m) {
        std::string lines_;
        // A good many, or more than anybody reads; not so many that the lines a proxy adds are too many.
        for (std::size_t n = below(2) == 0 ? 100 + below(60) : 200 + below(100); n > 0; --n)
            lines_ += "X: y\r\n";
        return insert_line(std::move(m), lines_);
    }

    static constexpr std::array<std::string_view, 6> length_names{
        "Content-Length: ", "l: ", "CONTENT-LENGTH:", "Content-Length : ", "L:\t", "Content-Length:\r\n "};
    static constexpr std::array<std::string_view, 13> lengths{
        "0",  "5000", "500", "00", "-1", "1e3", "", "many", "4294967296", "99999999999999999999",
        "5 ", "5,5",  "300"};
    static constexpr std::array<std::string_view, 12> lines{
        "From: <sip:mum@a.test>;tag=a\r\n",
        "To: <sip:x@y>\r\n",
        "i: invented\r\n",
        "CSeq: 1 BYE\r\n",
        "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKevil\r\n",
        "v: SIP/2.0/TLS 192.0.2.66\r\n",
        "Contact: <sip:x@y?Content-Length=3>, : <sip:z@y>\r\n",
        "Record-Route: <sip:192.0.2.66;lr>\r\n",
        "P-Asserted-Identity: <sip:mum@a.test>\r\n",
        "\r\n",
        " folded\r\n",
        "X-Unknown: \"open\r\n"};
    static constexpr std::array<std::string_view, 7> ends{"\n",       "\r",    "\r\r\n", "\n\r\n",
                                                          "\r\n\r\n", "\r\n ", ""};
    static constexpr std::array<std::string_view, 9> words{"branch=", "tag=",  "CSeq: ", "SIP/2.0", "200",
                                                           "180",     "Via: ", "sip:",   ";"};
    static constexpr std::array<std::string_view, 9> others{
        "branch=z9hG4bK", "tag=;tag=", "CSeq: 9", "SIP/3.0", "302", "100", "Via: x, ", "", ";;"};
    static constexpr std::array<std::string_view, 5> pieces{"\r\n", "\r\n\r\n", std::string_view("\0", 1),
                                                            "\"", ","};

    std::mt19937_64 random_;
};

}  // namespace sip::testing
