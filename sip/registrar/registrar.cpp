// sip/registrar/registrar.cpp - the bindings of our users (RFC 3261 §10.3 steps 6-8).
#include "sip/registrar/registrar.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <tuple>

#include "sip/syntax/uri.hpp"
#include "sip/syntax/uri_equivalence.hpp"

namespace sip {

namespace {

// RFC 5626 §3.5: within it a phone shows that its flow lives. NATs forget UDP after 30 s and TCP after
// minutes (RFC 4787 §4.3, RFC 5382); phones send sooner than told (80 to 100 % of it).
std::chrono::seconds flow_timer(const Flow& flow) {
    return flow.transport == Transport::udp ? std::chrono::seconds(25) : std::chrono::seconds(120);
}

// §20.17: "Sat, 13 Nov 2010 23:29:00 GMT"
std::string date_text(std::chrono::sys_seconds wall) {
    static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(wall);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(wall - day);
    std::string text;
    const auto add = [&text](std::string_view before, auto number, std::size_t width) {
        const std::string digits = std::to_string(number);
        text += before;
        text.append(width - std::min(width, digits.size()), '0');
        text += digits;
    };
    text += days[std::chrono::weekday(day).c_encoding()];
    add(", ", static_cast<unsigned>(date.day()), 2);
    text += ' ';
    text += months[static_cast<unsigned>(date.month()) - 1];
    add(" ", static_cast<int>(date.year()), 4);
    add(" ", time.hours().count(), 2);
    add(":", time.minutes().count(), 2);
    add(":", time.seconds().count(), 2);
    return text + " GMT";
}

bool same_contact(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto x = UriView::parse(a);
    const auto y = UriView::parse(b);
    return x && y && equivalent(*x, *y);
}

std::string contact_text(const Binding& b, std::chrono::seconds remaining) {
    std::string text = "<" + b.contact + ">;expires=" + std::to_string(remaining.count());
    if (b.q != 1000) {
        std::array<char, 16> q{};
        (void)std::snprintf(q.data(), q.size(), ";q=0.%03u", static_cast<unsigned>(b.q));
        text += q.data();
    }
    if (!b.instance.empty()) text += ";+sip.instance=\"" + b.instance + "\"";
    if (b.reg_id != 0) text += ";reg-id=" + std::to_string(b.reg_id);
    if (!b.parameters.empty()) text += ";" + b.parameters;
    return text;
}

}  // namespace

Registrar::Registrar(RegistrarLimits limits, BindingStore& store, Now now) : limits_(limits), store_(store) {
    for (auto& [user, bindings] : store_.load()) {
        std::vector<Held> held;
        for (Binding& binding : bindings) {
            const auto remaining = binding.expires - now.wall;
            if (remaining.count() <= 0) continue;
            binding.flow.connection =
                0;  // connections of the run before are gone, and their numbers are given anew
            held.push_back({std::move(binding),
                            now.steady + std::min<std::chrono::seconds>(remaining, limits_.max_expires)});
        }
        if (!held.empty()) commit(user, std::move(held));
    }
}

std::vector<Registrar::Held> Registrar::live(const std::vector<Held>& held, Time now) {
    std::vector<Held> alive;
    std::copy_if(held.begin(), held.end(), std::back_inserter(alive),
                 [&](const Held& h) { return h.deadline > now; });
    return alive;
}

// False: §10.3 steps 6 and 7, a CSeq that is not higher within the same Call-ID.
bool Registrar::apply(const Registration& asked, const MessageView& request, std::vector<Held>& held,
                      Now now) const {
    const auto cseq = request.cseq();
    const auto in_order = [&](const Binding& old) {
        return old.call_id != request.call_id() || (cseq && cseq->number > old.cseq);
    };
    if (asked.everything) {
        if (!std::all_of(held.begin(), held.end(), [&](const Held& h) { return in_order(h.binding); }))
            return false;
        held.clear();
        return true;
    }
    std::vector<Held> before = std::move(held);
    std::vector<Held> added;
    for (const Registration::Contact& contact : asked.contacts) {
        const Binding& wish = contact.binding;
        const auto same_uri = [&](const Held& h) { return same_contact(h.binding.contact, wish.contact); };
        // RFC 5626 §6, without its flows: the same phone (and flow number) under another contact has moved.
        const auto same_phone = [&](const Held& h) {
            return !wish.instance.empty() && h.binding.instance == wish.instance &&
                   h.binding.reg_id == wish.reg_id;
        };
        auto old = std::find_if(before.begin(), before.end(), same_uri);
        if (old == before.end()) old = std::find_if(before.begin(), before.end(), same_phone);
        if (old != before.end()) {
            if (!in_order(old->binding)) return false;
            before.erase(old);
        }
        std::erase_if(added, same_uri);  // named twice in one request: the last word counts
        if (contact.expires.count() == 0) continue;
        added.push_back({wish, now.steady + contact.expires});
        added.back().binding.expires = now.wall + contact.expires;
    }
    held = std::move(added);
    std::move(before.begin(), before.end(), std::back_inserter(held));
    return true;
}

/// A phone that was switched off, or a browser's page that was loaded anew, says no farewell to its binding.
/// REQUIRES: apply() put the newest in front.
void Registrar::make_room(std::vector<Held>& held, const Output& output) const {
    for (std::size_t at = held.size(); at-- > 0 && held.size() > limits_.bindings;) {
        const Flow& flow = held[at].binding.flow;
        if (flow.transport == Transport::udp || output.alive(flow)) continue;
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

Answer Registrar::handle(const MessageView& request, std::string_view user, const Flow& flow,
                         const Output& output, Now now) {
    const auto asked = read_registration(request, flow, limits_);
    if (!asked) return asked.error();
    if (!asked->everything && asked->contacts.empty()) return listing(user, asked->path, now);

    const auto account = accounts_.find(user);
    std::vector<Held> held =
        account == accounts_.end() ? std::vector<Held>{} : live(account->second.held, now.steady);
    // Step 7: "If any one of them fails, the request MUST fail with a 500 (Server Error)".
    if (!apply(*asked, request, held, now)) return {500, std::string(out_of_order), {}};
    make_room(held, output);
    if (held.size() > limits_.bindings) return {403, "Too Many Bindings", {}};
    if (!store(user, held)) return {500, "Bindings Could Not Be Stored", {}};
    commit(std::string(user), std::move(held));
    Answer answer = listing(user, asked->path, now);
    if (asked->outbound) {  // RFC 5626 §6: "MUST include the 'outbound' option-tag in a Require"
        answer.fields.emplace_back("Require", "outbound");
        answer.fields.emplace_back("Flow-Timer", std::to_string(flow_timer(flow).count()));
    }
    return answer;
}

bool Registrar::store(std::string_view user, const std::vector<Held>& held) {
    std::vector<Binding> bindings;
    bindings.reserve(held.size());
    for (const Held& h : held)
        bindings.push_back(h.binding);
    return store_.replace(user, bindings);
}

void Registrar::commit(const std::string& user, std::vector<Held> held) {
    // What others are told of: the same ones in another order are no news.
    const auto contacts = [](const std::vector<Held>& of) {
        std::vector<std::tuple<std::string_view, std::uint16_t, std::string_view>> all;
        all.reserve(of.size());
        for (const Held& h : of)
            all.emplace_back(h.binding.contact, h.binding.q, h.binding.path);
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    };
    Account& account = accounts_[user];
    if (contacts(account.held) != contacts(held)) changed_.insert(user);
    const auto same_way = [](const Held& a, const Held& b) {
        return a.binding.contact == b.binding.contact && a.binding.flow == b.binding.flow;
    };
    if (!std::equal(account.held.begin(), account.held.end(), held.begin(), held.end(), same_way)) ++version_;
    if (held.empty()) {
        accounts_.erase(user);
        return;
    }
    account.held = std::move(held);
    const auto first = std::min_element(account.held.begin(), account.held.end(),
                                        [](const Held& a, const Held& b) { return a.deadline < b.deadline; });
    wakes_.set(account.wake, user, first->deadline);
}

Answer Registrar::listing(std::string_view user, std::string_view path, Now now) const {
    Answer answer{200, {}, {}};
    if (const auto account = accounts_.find(user); account != accounts_.end()) {
        for (const Held& h : account->second.held) {
            if (h.deadline <= now.steady) continue;
            const auto remaining = std::chrono::ceil<std::chrono::seconds>(h.deadline - now.steady);
            answer.fields.emplace_back("Contact", contact_text(h.binding, remaining));
        }
    }
    if (!path.empty()) answer.fields.emplace_back("Path", path);  // RFC 3327 §5.3
    answer.fields.emplace_back("Date", date_text(now.wall));
    return answer;
}

std::vector<Binding> Registrar::bindings(std::string_view user, Time now) const {
    std::vector<Binding> found;
    const auto account = accounts_.find(user);
    if (account == accounts_.end()) return found;
    for (const Held& h : live(account->second.held, now))
        found.push_back(h.binding);
    std::stable_sort(found.begin(), found.end(),
                     [](const Binding& a, const Binding& b) { return a.q > b.q; });
    return found;
}

std::optional<Binding> Registrar::find_contact(std::string_view uri, Time now) const {
    for (const auto& [user, account] : accounts_) {
        for (const Held& h : account.held) {
            if (h.deadline > now && same_contact(h.binding.contact, uri)) return h.binding;
        }
    }
    return std::nullopt;
}

std::optional<Binding> Registrar::find_contact_of(std::string_view user, std::string_view uri,
                                                  Time now) const {
    const auto account = accounts_.find(user);
    if (account == accounts_.end()) return std::nullopt;
    for (const Held& h : account->second.held) {
        if (h.deadline > now && same_contact(h.binding.contact, uri)) return h.binding;
    }
    return std::nullopt;
}

std::optional<std::string> Registrar::user_on(const Flow& flow, Time now) const {
    const auto found = std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& account) {
        return std::any_of(account.second.held.begin(), account.second.held.end(),
                           [&](const Held& h) { return h.deadline > now && h.binding.flow == flow; });
    });
    return found == accounts_.end() ? std::nullopt : std::optional(found->first);
}

bool Registrar::any(std::string_view user, Time now) const {
    const auto account = accounts_.find(user);
    return account != accounts_.end() && std::any_of(account->second.held.begin(), account->second.held.end(),
                                                     [&](const Held& h) { return h.deadline > now; });
}

void Registrar::on_time(Now now) {
    while (const std::string* const due = wakes_.due(now.steady)) {
        const std::string user = *due;
        std::vector<Held> held = live(accounts_.at(user).held, now.steady);
        // A store that fails here still drops them when it is loaded, by their time.
        (void)store(user, held);
        commit(user, std::move(held));
    }
}

void Registrar::keep_only(const std::function<bool(std::string_view user)>& exists) {
    std::vector<std::string> gone;
    for (const auto& [user, account] : accounts_) {
        if (!exists(user)) gone.push_back(user);
    }
    for (const std::string& user : gone) {
        (void)store(user, {});
        commit(user, {});
    }
}

}  // namespace sip
