// node/page/page_front.hpp - all that is looked at before anybody fills a page: method, path, Host, session,
// how often a stranger asks, where a form comes from. A core: no socket, time handed in.
//   how often? - readable? - one of our names (DNS rebinding)? - a form: from a page of ours? - session -
//   whose path? - logged in? - then the form is read, within bounds - its token against CSRF -
//   Pages::answer()
// What is refused is counted, by why, and says why in a sentence. Page thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/json_fields.hpp"
#include "node/page/page_hosts.hpp"
#include "node/page/page_request.hpp"
#include "node/page/page_routes.hpp"
#include "node/page/page_sessions.hpp"
#include "sip/edge/token_buckets.hpp"

namespace node {

/// As the HTTP library read it.
struct HttpHead {
    std::string method, target;
    std::vector<std::pair<std::string, std::string>> fields;
    asio::ip::address peer;
    /// The first of that name, whatever its case; empty: there is none.
    [[nodiscard]] std::string_view field(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

struct FrontCounters {
    std::uint64_t requests = 0, not_ours = 0, unreadable = 0, too_often = 0, from_elsewhere = 0, no_login = 0,
                  no_token = 0, too_large = 0, not_found = 0, failed = 0;
    static void fields(auto& self, auto& field) {
        field("requests", self.requests);
        field("not_ours", self.not_ours);
        field("unreadable", self.unreadable);
        field("too_often", self.too_often);
        field("from_elsewhere", self.from_elsewhere);
        field("no_login", self.no_login);
        field("no_token", self.no_token);
        field("too_large", self.too_large);
        field("not_found", self.not_found);
        field("failed", self.failed);
    }
};

class PageFront {
public:
    static constexpr const char* cookie_name = "__Host-hedgewitch";
    static constexpr double strangers_a_minute = 600;  // requests without a session, of one address or /64
    static constexpr std::size_t stranger_form = std::size_t{16} * 1024;

    struct Visit {
        PageRequest request;
        std::optional<PageSessions::Session> session;
        const PageRoutes::Route* route = nullptr;
        std::size_t form_size = 0;  // that was announced, and may come
    };

    /// All borrowed.
    PageFront(PageSessions& sessions, const PageHosts& hosts, const PageRoutes& routes);

    /// An answer: the form, if any, is not wanted. Throws DatabaseError.
    [[nodiscard]] std::variant<Visit, PageAnswer> begin(const HttpHead& head, sip::Now now);
    /// Once visit.request.form is whole. Throws as Pages::answer().
    [[nodiscard]] PageAnswer finish(Visit& visit, sip::Now now);
    /// What the browser has already is not sent again: 304 instead (RFC 9110 §13.1.2).
    static void spare(const HttpHead& head, PageAnswer& answer);
    /// A fault of ours or of the machine.
    [[nodiscard]] PageAnswer failed(std::string_view language = "en");

    /// The answer's fields, with those that every answer has. REQUIRES: no line end in what the answer names.
    [[nodiscard]] static std::vector<std::pair<std::string, std::string>> fields(const PageAnswer& answer);
    /// Set-Cookie for a session that begins, or (empty) ends.
    [[nodiscard]] static std::pair<std::string, std::string> set_cookie(const std::string& cookie);
    [[nodiscard]] const FrontCounters& counters() const noexcept { return counters_; }

private:
    [[nodiscard]] std::optional<PageAnswer> refuse(const HttpHead& head, const std::string& language);
    [[nodiscard]] bool comes_from_here(const HttpHead& head) const;

    PageSessions& sessions_;
    const PageHosts& hosts_;
    const PageRoutes& routes_;
    sip::TokenBuckets<asio::ip::address> strangers_{strangers_a_minute};
    FrontCounters counters_;
};

}  // namespace node
