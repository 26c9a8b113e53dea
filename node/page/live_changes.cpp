// node/page/live_changes.cpp - what is shown, as text, compared with what was.
#include "node/page/live_changes.hpp"

#include <array>

namespace node {
namespace {

// As JSON pointers (RFC 6901).
constexpr std::array shown = {
    "/machine",       "/listening",   "/advertised",      "/users",
    "/contacts",      "/reach/says",  "/reach/addresses", "/reach/through",
    "/clock/verdict", "/clock/doubt", "/trust",           "/inbound/waiting",
    "/revoked",       "/media/says",  "/dns/says",        "/overlay/connectivity",
};

}  // namespace

bool LiveChanges::shows(const nlohmann::ordered_json& status, std::int64_t writings) {
    std::string now = std::to_string(writings);
    for (const auto* const pointer : shown) {
        const nlohmann::ordered_json::json_pointer at(pointer);
        now += '\n';
        if (status.contains(at))
            now += status.at(at).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    }
    // How long ago they were runs by itself.
    for (const auto& failure : status.value(nlohmann::ordered_json::json_pointer("/sip/login_failures"),
                                            nlohmann::ordered_json::array())) {
        now += '\n' + failure.value("user", "") + ' ' + failure.value("from", "") + ' ' +
               std::to_string(failure.value("times", 0));
    }
    if (now == shown_) return false;
    shown_ = std::move(now);
    ++number_;  // also at the first look: a browser that waits was shown what was before it
    return true;
}

std::optional<std::string> LiveChanges::since(std::string_view last) const {
    const auto number = std::to_string(number_);
    if (last == number) return std::nullopt;
    // The first begins with looking again: it was shown its page a while ago, and nobody listened for it.
    return "retry: 1000\nid: " + number + "\nevent: " + (last.empty() ? "begins" : "changed") +
           "\ndata: " + number + "\n\n";
}

}  // namespace node
