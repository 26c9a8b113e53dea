// node/page/live_changes.hpp - /live, server-sent events (WHATWG HTML §9.2): says that what pages show is
// another than before, not what. A browser names the last event that it has seen, and is answered at once if
// that is not the latest; else it waits for the next, for 25 s at most, and asks again. A core: what is shown
// is handed in. Page thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace node {

class LiveChanges {
public:
    static constexpr std::chrono::seconds waits{25}, looks_each{2};
    static constexpr std::size_t most_listeners = 16;

    /// `first`: no number of an earlier run, so that who listened to that is told.
    explicit LiveChanges(std::uint64_t first) : number_(first) {}

    /// What pages show of a status (`hedgewitch status --json`): figures that always run are none of it.
    /// `writings`: changes when the state file does. True: it is another than before.
    bool shows(const nlohmann::ordered_json& status, std::int64_t writings);

    /// The answer to a browser that has seen `last` (Last-Event-ID), or nothing yet; none: it has to wait.
    [[nodiscard]] std::optional<std::string> since(std::string_view last) const;
    /// The answer to one that has waited in vain.
    [[nodiscard]] std::string nothing_new() const { return ": nothing new\n\n"; }

private:
    std::uint64_t number_;
    std::string shown_;
};

}  // namespace node
