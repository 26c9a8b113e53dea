// node/page/phone/phone_pages.cpp - which file, and what browsers may do with it.
#include "node/page/phone/phone_pages.hpp"

#include <algorithm>
#include <cctype>

#include "node/page/texts.hpp"

namespace node {

namespace {

PageAnswer plain(int status, std::string sentence) {
    PageAnswer answer;
    answer.status = status;
    answer.type = "text/plain; charset=utf-8";
    answer.body = std::move(sentence);
    return answer;
}

// What may stand in a source of a policy; the server has checked the host already.
bool is_plain_host(std::string_view host) {
    return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
    });
}

// Nothing of anybody else's, nothing inside of HTML. Not every browser takes 'self' to be the WebSocket of
// the same host too (CSP 3 §6.7.2.8, but Safari before 15.4), so it is named.
std::string policy(const std::string& host) {
    return "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self' blob:; connect-src "
           "'self'" +
           (is_plain_host(host) ? " wss://" + host : "") +
           "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

PageAnswer PhonePages::answer(const PageRequest& request, sip::Now) {
    if (request.method != "GET") {
        auto refused = plain(405, "Only GET is answered here.\n");
        refused.headers.emplace_back("Allow", "GET, HEAD");
        return refused;
    }
    if (files_.empty()) return plain(404, Texts(request.language)("softphone.left_out") + "\n");
    const bool page = request.path == "/phone" || request.path == "/phone/";
    const auto file = std::find_if(files_.begin(), files_.end(), [&](const PhoneFile& f) {
        return f.path == (page ? std::string_view("/phone") : std::string_view(request.path));
    });
    if (file == files_.end()) return plain(404, "There is no such file.\n");
    PageAnswer answer;
    answer.type = file->type;
    answer.body = file->body;
    answer.headers.emplace_back("ETag", '"' + std::string(file->hash) + '"');
    // RFC 9111 §5.2.2, RFC 8246: a file's path says what is in it; the page says which files.
    answer.headers.emplace_back("Cache-Control", page ? "no-cache" : "public, max-age=31536000, immutable");
    if (!page) return answer;
    answer.headers.emplace_back("Content-Security-Policy", policy(request.host));
    answer.headers.emplace_back("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()");
    return answer;
}

}  // namespace node
