// node/probe/pings.cpp - a table of questions.
#include "node/probe/pings.hpp"

#include <algorithm>

namespace node {

bool Pings::open(Id id, std::vector<PingWay> ways, Time now) {
    if (open_.size() >= most_pings || open_.contains(id)) return false;
    if (ways.size() > most_ways) ways.resize(most_ways);
    Open& opened = open_[id];
    opened.began = now;
    for (auto& way : ways) {
        opened.ways.emplace_back();
        opened.ways.back().result.way = std::move(way);
    }
    return true;
}

std::string Pings::ask(Id id, std::size_t way, const sip::Flow& flow, const crypto::Bytes<30>& random,
                       Time now) {
    const auto found = open_.find(id);
    if (found == open_.end() || way >= found->second.ways.size()) return {};
    Asked& asked = found->second.ways[way];
    OptionsAsk ask;
    ask.transport = flow.transport;
    ask.to = flow.remote;
    ask.uri = asked.result.way.uri;
    if (flow.transport == sip::Transport::tls && asked.result.way.kind != PingWay::Kind::phone) {
        ask.field = ask.answer_field = sound_header;
        ask.value = sound_question;
    }
    asked.request.emplace(ask, flow.local, random);
    asked.flow = flow;
    asked.at = now;
    if (flow.transport == sip::Transport::udp) asked.repeats.sent(now);
    return asked.request->text();
}

void Pings::end(Asked& asked, std::string why) {
    if (asked.done) return;
    asked.done = true;
    asked.result.why = std::move(why);
}

void Pings::unreachable(Id id, std::size_t way, std::string why) {
    const auto found = open_.find(id);
    if (found == open_.end() || way >= found->second.ways.size()) return;
    end(found->second.ways[way], std::move(why));
}

bool Pings::received(const sip::Flow& flow, std::string_view message, Time now) {
    if (open_.empty() || !message.starts_with("SIP/2.0 ")) return false;
    for (auto& [id, ping] : open_) {
        for (auto& asked : ping.ways) {
            const bool here =
                asked.request && asked.flow.transport == flow.transport && asked.flow.remote == flow.remote;
            const auto reply = here ? asked.request->read(message) : std::nullopt;
            if (!reply) continue;
            if (reply->status < 200) {
                asked.repeats.provisional();
            } else if (!asked.done) {
                asked.done = asked.result.answered = true;
                asked.result.status = reply->status;
                asked.result.sound = sound_of(reply->field);
                asked.result.took = std::chrono::duration_cast<std::chrono::milliseconds>(now - ping.began);
            }
            return true;
        }
    }
    return false;
}

void Pings::flow_failed(const sip::Flow& flow) {
    for (auto& [id, ping] : open_) {
        for (auto& asked : ping.ways) {
            if (!asked.request || asked.done || asked.flow.connection != flow.connection ||
                asked.flow.transport != flow.transport || asked.flow.remote != flow.remote)
                continue;
            const bool tls = flow.transport == sip::Transport::tls;
            end(asked, tls ? "no connection, or not with the key of the record" : "no connection");
        }
    }
}

std::vector<Pings::Sending> Pings::on_time(Time now) {
    std::vector<Sending> again;
    for (auto& [id, ping] : open_) {
        for (auto& asked : ping.ways) {
            if (asked.done) continue;
            if (ping.began + deadline <= now) {
                end(asked, "no answer in 4 s");
            } else if (const auto at = asked.repeats.next_wake(); at && *at <= now) {
                asked.repeats.sent(now);
                again.push_back({asked.flow, asked.request->text()});
            }
        }
    }
    return again;
}

std::optional<Pings::Time> Pings::next_wake() const {
    std::optional<Time> wake;
    const auto look = [&wake](Time at) {
        if (!wake || at < *wake) wake = at;
    };
    for (const auto& [id, ping] : open_) {
        look(ping.began + deadline);
        for (const auto& asked : ping.ways) {
            if (const auto at = asked.repeats.next_wake(); at && !asked.done) look(*at);
        }
    }
    return wake;
}

std::optional<Pings::Finished> Pings::next_finished() {
    const auto found = std::find_if(open_.begin(), open_.end(), [](const auto& entry) {
        const auto& ways = entry.second.ways;
        return std::all_of(ways.begin(), ways.end(), [](const Asked& asked) { return asked.done; });
    });
    if (found == open_.end()) return std::nullopt;
    Finished finished{found->first, {}};
    for (auto& asked : found->second.ways)
        finished.ways.push_back(std::move(asked.result));
    open_.erase(found);
    return finished;
}

}  // namespace node
