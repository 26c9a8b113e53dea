// node/routing/dht_step.cpp - the overlay's answer as a step of the chain.
#include "node/routing/dht_step.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/name.hpp"

namespace node {
namespace {

// The overlay remembers for a while that there was nothing; asking sooner would get the same answer.
constexpr auto ask_again = std::chrono::seconds(30);

std::string count_of_values(const std::vector<overlay::ValueVerdict>& values) {
    const auto refused =
        std::count_if(values.begin(), values.end(), [](const auto& value) { return bool(value.refused); });
    if (values.empty()) return "no value was there";
    return fmt::format("{} value(s) met, {} refused", values.size(), refused);
}

bool is_behind_our_router(const overlay::InnerRecord& record, const DhtStep::Network& network) {
    return std::ranges::any_of(record.edges, [&](const overlay::Edge& edge) {
        return std::ranges::any_of(edge.addresses, [&](const overlay::TransportAddress& at) {
            return network.behind_our_router(at.address) && network.judge(at).empty();
        });
    });
}

/// Of one contact of a call, for as long as it is tried. Borrows the network.
class BodyTicket : public sip::TicketMaker {
public:
    BodyTicket(DhtStep::Network& network, std::string caller, const crypto::TicketKey& key,
               crypto::TicketCallee callee)
        : network_(network), caller_(std::move(caller)), key_(key), callee_(std::move(callee)) {}
    [[nodiscard]] std::string make(const sip::MessageView& request, std::string_view body) const override {
        auto callee = callee_;
        callee.call = sip::ticket_calls(request, body).passed_on;
        return network_.make_ticket(caller_, key_, callee);
    }

private:
    DhtStep::Network& network_;
    const std::string caller_;
    const crypto::TicketKey key_;
    const crypto::TicketCallee callee_;
};

/// Borrows both.
CallersSide callers_side(const StepQuestion& target, DhtStep::Network& network) {
    CallersSide side;
    side.beside_us = [&network](const overlay::Edge& edge) { return network.beside_us(edge); };
    side.relayed_here = [&network](const overlay::ThroughEdge& edge) { return network.relayed_here(edge); };
    if (target.caller.empty() || !target.key) return side;
    side.ticket_for = [&](const crypto::TicketKey& key, crypto::TicketKind kind) {
        const bool bearer = kind == crypto::TicketKind::bearer;
        const auto& call = bearer ? target.calls.bearer : target.calls.passed_on;
        return network.make_ticket(target.caller, key, {*target.key, target.label, kind, call});
    };
    side.maker_for = [&](const crypto::TicketKey& key) {
        const crypto::TicketCallee callee{*target.key, target.label, crypto::TicketKind::passed_on, {}};
        return std::make_shared<const BodyTicket>(network, target.caller, key, callee);
    };
    return side;
}

void judge_record(StepAnswer& step, const overlay::InnerRecord& record, const StepQuestion& target,
                  DhtStep::Network& network) {
    if (record.kind == overlay::Kind::tombstone) {
        step.verdict = Verdict::refused;
        step.answer.status = 410;
        step.sentence = step.revoked ? "The owner of this key has revoked it, for all its names and for ever."
                                     : "The owner has given this name up.";
        if (record.target) {  // followed by nobody but the person who calls: a thief could have written it
            const std::string moved = target.label + "@" + crypto::encode_name(*record.target) + ".hedge.alt";
            step.sentence += " It says to have moved to " + moved + ".";
            step.answer.warning = "given up; says to have moved to " + moved;
        }
        return;
    }
    const auto judge = [&network](const overlay::TransportAddress& address) {
        return network.judge(address);
    };
    auto composed = compose_contacts(record, target.label, target.flow, judge, callers_side(target, network));
    step.refused_contacts = std::move(composed.refused);
    step.answer.contacts = std::move(composed.contacts);
    step.answer.gives_tls = composed.gives_tls;
    if (!step.answer.contacts.empty()) {
        step.verdict = Verdict::found;
        step.answer.status = 302;
        step.sentence = fmt::format("A verified record gives {} contact(s).", step.answer.contacts.size());
        if (!composed.beside_us.empty())
            step.sentence += fmt::format(" Its node is beside this one, at {}, as far as it says so itself.",
                                         composed.beside_us.front());
        else if (is_behind_our_router(record, network))
            step.sentence += " They are behind your own router.";
        return;
    }
    step.answer.status = 480;
    step.answer.retry_after = ask_again;
    if (composed.without_address && step.refused_contacts.empty()) {
        step.sentence =
            "A verified record gives no address: this node can be called from its own home's network "
            "alone, and is not beside yours. Its owner's `hedgewitch status` says what to do.";
        step.answer.warning = "that node can be called from its own home alone";
        return;
    }
    step.sentence =
        step.refused_contacts.empty()
            ? "A verified record says that no phone is registered now."
            : "A verified record has no usable contact: no address in it may be called from here.";
    if (!step.refused_contacts.empty()) step.answer.warning = "no usable contact in the record";
}

/// RFC 3261 §21.4.21 has no word for delegations; 483 is the nearest, and no phone tries it again.
StepAnswer refused_walk(bool circle) {
    StepAnswer step;
    step.step = "dht";
    step.verdict = Verdict::refused;
    step.answer.status = 483;
    step.answer.reason = circle ? "Delegation loop" : "Delegated too often";
    step.sentence = circle ? "The delegations of this name lead back to where they began."
                           : fmt::format("This name is delegated on more than {} times.", max_delegations);
    return step;
}

}  // namespace

StepAnswer judge_dht_answer(overlay::ResolveAnswer answer, const StepQuestion& target,
                            DhtStep::Network& network) {
    StepAnswer step;
    step.step = "dht";
    step.values = std::move(answer.values);
    step.locations = std::move(answer.asked);
    step.elapsed = answer.elapsed;
    step.revoked = answer.revoked;
    switch (answer.outcome) {
        case overlay::Outcome::found:
            if (!answer.record) break;
            step.verified_by = target.key;
            step.by_owner = answer.by_owner;
            judge_record(step, *answer.record, target, network);
            if (answer.from_cache) step.sentence += " (remembered)";
            return step;
        case overlay::Outcome::none: break;
        case overlay::Outcome::not_joined:
            step.verdict = Verdict::failed;
            step.answer.status = 504;
            step.sentence = "This node is not in the DHT: it knows no other node.";
            return step;
        case overlay::Outcome::deadline:
            step.verdict = Verdict::failed;
            step.answer.status = 504;
            step.sentence = "The DHT did not answer in time (" + count_of_values(step.values) + ").";
            return step;
    }
    step.answer.status = 480;
    step.answer.retry_after = ask_again;
    step.sentence =
        step.values.empty()
            ? "The DHT holds nothing for this name: no phone is registered there, the node is off or "
              "new, or the name is another."
            : "The DHT holds no usable record for this name (" + count_of_values(step.values) + ").";
    return step;
}

struct DhtStep::Walk {
    StepQuestion target;  // its key is the one to be asked next
    StepDone done;
    std::vector<crypto::PublicKey> asked;
    std::vector<DelegationNote> delegations;
    std::vector<overlay::AskedLocation> locations;  // this and the next: of the records that delegated
    std::vector<overlay::ValueVerdict> values;
    std::chrono::milliseconds elapsed{0};
};

void DhtStep::ask(const StepQuestion& target, StepDone done) {
    if (target.label.empty()) {
        StepAnswer step;
        step.step = "dht";
        step.verdict = Verdict::refused;
        step.answer.status = 404;
        step.sentence = "This user part can be nobody's: 1 to 63 letters, digits and . _ + - are allowed.";
        return done(std::move(step));
    }
    const auto walk = std::make_shared<Walk>();
    walk->target = target;
    walk->done = std::move(done);
    ask(walk);
}

void DhtStep::ask(const std::shared_ptr<Walk>& walk) {
    overlay::ResolveRequest request;
    request.owner = *walk->target.key;
    request.label = walk->target.label;
    // The secret belongs to the name that was dialled, not to whom its owner delegates it.
    if (walk->asked.empty()) request.secret = walk->target.secret;
    request.skip_cache = walk->target.fresh;
    request.ask_anew = walk->target.again;
    walk->asked.push_back(request.owner);
    network_.resolve(std::move(request), alive_.guard([this, walk](overlay::ResolveAnswer answer) {
        walk->elapsed += answer.elapsed;
        const bool delegates = answer.outcome == overlay::Outcome::found && answer.record &&
                               answer.record->kind == overlay::Kind::delegation && answer.record->target;
        StepAnswer step;
        if (delegates) {
            const auto next = *answer.record->target;
            const auto& asked = walk->asked;
            walk->delegations.push_back({asked.back(), next});
            walk->values.insert(walk->values.end(), answer.values.begin(), answer.values.end());
            walk->locations.insert(walk->locations.end(), answer.asked.begin(), answer.asked.end());
            const bool circle = std::find(asked.begin(), asked.end(), next) != asked.end();
            if (!circle && walk->delegations.size() <= max_delegations) {
                walk->target.key = next;
                return ask(walk);
            }
            step = refused_walk(circle);
        } else {
            step = judge_dht_answer(std::move(answer), walk->target, network_);
        }
        step.delegations = std::move(walk->delegations);
        step.values.insert(step.values.begin(), walk->values.begin(), walk->values.end());
        step.locations.insert(step.locations.begin(), walk->locations.begin(), walk->locations.end());
        step.elapsed = walk->elapsed;
        walk->done(std::move(step));
    }));
}

}  // namespace node
