// sip/proxy/response_context.cpp - which targets come next, and whether anything is waited for.
#include "sip/proxy/response_context.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sip/proxy/dialogs.hpp"

namespace sip {

namespace {

constexpr std::uint32_t default_breadth = 60;  // RFC 5393 §5.3.3.2

std::uint32_t breadth_of(const MessageView& request) {
    const auto allowed = request.header(Header::max_breadth);
    return allowed ? parse_number(*allowed).value_or(default_breadth) : default_breadth;
}

}  // namespace

ResponseContext::ResponseContext(std::uint64_t serial, std::string loop_hash, ForwardRequest what)
    : id(serial),
      loop(std::move(loop_hash)),
      names(what.request),
      invite(what.request.method() == Method::invite),
      makes_dialog(sip::makes_dialog(what.request.method()) && what.request.to_tag().empty()),
      has_body(!what.request.body().empty()),
      breadth(breadth_of(what.request)),
      forward(std::move(what)),
      progress_(forward.targets.size()) {}

bool ResponseContext::more_targets() const {
    return std::any_of(progress_.begin(), progress_.end(), [](const Progress& p) { return !p.begun; });
}

std::vector<std::size_t> ResponseContext::take_group() {
    std::uint16_t best = 0;
    for (std::size_t i = 0; i < progress_.size(); ++i) {
        if (!progress_[i].begun) best = std::max(best, forward.targets[i].q);
    }
    std::vector<std::size_t> group;
    for (std::size_t i = 0; i < progress_.size(); ++i) {
        if (progress_[i].begun || forward.targets[i].q != best) continue;
        progress_[i].begun = true;
        group.push_back(i);
    }
    return group;
}

bool ResponseContext::more_hops(std::size_t target) const {
    return progress_[target].next_hop < forward.targets[target].hops.size();
}

const Hop* ResponseContext::take_hop(std::size_t target) {
    return more_hops(target) ? &forward.targets[target].hops[progress_[target].next_hop++] : nullptr;
}

void ResponseContext::add_hops(std::size_t target, std::vector<Hop> hops) {
    auto& known = forward.targets[target].hops;
    known.insert(known.begin() + static_cast<std::ptrdiff_t>(progress_[target].next_hop),
                 std::make_move_iterator(hops.begin()), std::make_move_iterator(hops.end()));
}

Branch* ResponseContext::left_for(const Branch& branch) {
    const auto found = std::find_if(branches.begin(), branches.end(), [&](const Branch& b) {
        return b.target == branch.target && b.left && !b.done && !b.cancelled && !b.id.empty();
    });
    return found == branches.end() ? nullptr : &*found;
}

Branch* ResponseContext::silent_heir(const Branch& branch) {
    const auto found = std::find_if(branches.begin(), branches.end(), [&](const Branch& b) {
        return b.target == branch.target && !b.left && !b.heard && !b.done && !b.cancelled;
    });
    return branch.left && !branch.cancelled && found != branches.end() ? &*found : nullptr;
}

bool ResponseContext::tried_uri(std::string_view uri) const {
    return std::any_of(branches.begin(), branches.end(), [uri](const Branch& b) { return b.uri == uri; });
}

bool ResponseContext::waiting() const {
    return std::any_of(branches.begin(), branches.end(), [](const Branch& b) { return !b.done && !b.left; });
}

bool ResponseContext::transactions_over() const {
    return std::all_of(branches.begin(), branches.end(), [](const Branch& b) { return b.id.empty(); });
}

}  // namespace sip
