// node/page/page_request.hpp - what the server of the page and those who fill it say to each other. The
// server has looked at everything that makes a request safe or not before it asks: the peer, Host, the size,
// the session, and the token against CSRF of every POST. Who fills a page sees text, and gives text.
//   / and all else: needs a login        /static/*: the page's own files, without
//   /login /logout /first/* /live /metrics /i: the server itself
//   /p/* /phonebook.*: phones, by tokens of their own        /phone /phone/*: the softphone, without a login
// Page thread only: a request is answered while others wait, so an answer takes seconds at the most.
#pragma once

#include <asio/ip/address.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sip/now.hpp"

namespace node {

struct PageRequest {
    std::string method;  // "GET" (a HEAD comes as GET, and its body is not sent) or "POST"
    std::string path;    // decoded, begins with "/", has no "." or ".." part, no control characters
    std::map<std::string, std::string> query;
    // Of a POST: application/x-www-form-urlencoded, or multipart/form-data with what a file holds as its
    // value. A name that comes twice has its first value. Bounded by max_page_form.
    std::map<std::string, std::string> form;
    std::string language = "en";  // one of languages(): the cookie "language", else Accept-Language
    bool logged_in = false;
    std::string
        csrf;  // for <input type="hidden" name="csrf" value=...> of each form; empty without a session
    asio::ip::address peer;
    bool wants_html = false;  // its Accept names text/html: a person's browser, no phone that fetches a file
    std::string host;  // as the browser wrote it, port and all, and it is one of ours: "192.168.1.20:8443"
};

/// A picture of a QR code is the largest thing that a person sends.
inline constexpr std::size_t max_page_form = std::size_t{8} * 1024 * 1024;

struct PageAnswer {
    int status = 200;
    std::string type = "text/html; charset=utf-8";
    std::string body = {};
    std::string location = {};  // of a 303
    // More, or instead of what the server says by itself: Content-Security-Policy (nothing but own files, no
    // script inside of HTML), Cache-Control (no-store). Set-Cookie is one of them.
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// After a POST: "go there now", so that a reload does not do it twice.
inline PageAnswer see_other(std::string location) {
    PageAnswer answer;
    answer.status = 303;
    answer.location = std::move(location);
    return answer;
}

/// One part of the page.
class Pages {
public:
    virtual ~Pages() = default;
    /// Must not throw but what is a fault of the machine (the disk is full): the server answers 500 then.
    [[nodiscard]] virtual PageAnswer answer(const PageRequest& request, sip::Now now) = 0;
};

}  // namespace node
