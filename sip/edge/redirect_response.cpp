// sip/edge/redirect_response.cpp - a route's answer in SIP's words.
#include "sip/edge/redirect_response.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sip/syntax/quoted_string.hpp"
#include "sip/syntax/request_uri.hpp"
#include "sip/syntax/uri.hpp"
#include "sip/syntax/uri_equivalence.hpp"

namespace sip {

namespace {

constexpr std::size_t max_warning = 256;
constexpr std::size_t max_contacts = 4;  // phones try the first only: sip/README.md

std::string q_text(double q) {
    const auto thousandths =
        std::isfinite(q) ? static_cast<int>(std::lround(std::clamp(q, 0.0, 1.0) * 1000)) : 0;
    if (thousandths == 1000) return "1.0";
    std::string digits = std::to_string(1000 + thousandths).substr(1);
    while (digits.size() > 1 && digits.back() == '0')
        digits.pop_back();
    return "0." + digits;
}

bool writable(std::string_view uri) {
    return !uri.empty() && std::none_of(uri.begin(), uri.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == '"';
    });
}

bool same(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto x = UriView::parse(a);
    const auto y = UriView::parse(b);
    return x && y && x->is_sip() && y->is_sip() && equivalent(*x, *y);
}

// Fills in the Contacts of a 3xx; turns it into an error when there is none to give.
void add_contacts(Answer& answer, const RouteAnswer& route, std::string_view request_uri) {
    std::vector<RouteContact> contacts;
    bool looped = false;
    for (RouteContact contact : route.contacts) {
        if (!writable(contact.uri)) continue;
        contact.uri = as_request_uri(contact.uri);  // phones put all of it there: sip/README.md
        if (same(contact.uri, request_uri)) {
            looped = true;
            continue;
        }
        contacts.push_back(std::move(contact));
    }
    if (contacts.empty()) {
        // §21.4.20 says what happened, and no phone tries again;
        // linphone followed such a 302 95 times a second.
        answer = {looped ? 482 : 480, {}, {}};
        return;
    }
    std::stable_sort(contacts.begin(), contacts.end(),
                     [](const RouteContact& a, const RouteContact& b) { return a.q > b.q; });
    if (contacts.size() > max_contacts) contacts.resize(max_contacts);
    for (const RouteContact& contact : contacts) {
        answer.fields.emplace_back("Contact", "<" + contact.uri + ">;q=" + q_text(contact.q));
    }
}

}  // namespace

Answer redirect_answer(const RouteAnswer& route, std::string_view request_uri, std::string_view our_name) {
    Answer answer{route.status, route.reason, {}};
    if (route.status < 300 || route.status > 699) return {500, {}, {}};
    if (route.status < 400) add_contacts(answer, route, request_uri);
    if (!route.warning.empty()) {
        answer.fields.emplace_back("Warning",
                                   "399 " + std::string(our_name) + " " +
                                       quote(std::string_view(route.warning).substr(0, max_warning)));
    }
    if (route.retry_after)
        answer.fields.emplace_back("Retry-After", std::to_string(route.retry_after->count()));
    return answer;
}

}  // namespace sip
