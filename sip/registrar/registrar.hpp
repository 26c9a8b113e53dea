// sip/registrar/registrar.hpp - the bindings of our users (RFC 3261 §10.3 steps 6-8); who may change them is
// decided before.
// 1. A REGISTER does all it asks for, or nothing; and what was answered 200 is in the store.
// 2. Lifetimes run on the steady clock: a wall clock set right after start-up expires no phone. The wall
//    clock is what the store keeps over a restart.
// 3. Bounded: users are ours, bindings of one user are limited, and so is every text kept in one.
// SIP loop only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sip/now.hpp"
#include "sip/output.hpp"
#include "sip/registrar/register_request.hpp"
#include "sip/timer_queue.hpp"

namespace sip {

class Registrar {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::string_view out_of_order = "CSeq Out Of Order";  // the reason of its 500

    /// Borrows `store`, and restores from it what is still alive.
    Registrar(RegistrarLimits limits, BindingStore& store, Now now);

    /// `user` is the canonical label of the address-of-record; the sender may change it. Where there would be
    /// too many bindings, the oldest of those whose connection is gone (`output` knows) make room.
    [[nodiscard]] Answer handle(const MessageView& request, std::string_view user, const Flow& flow,
                                const Output& output, Now now);

    /// Live ones, best q first; among equals the phone heard from last, because callers try only the first.
    [[nodiscard]] std::vector<Binding> bindings(std::string_view user, Time now) const;
    /// The live binding of exactly this contact, whoever's. Walks over all users: for our own callers only.
    [[nodiscard]] std::optional<Binding> find_contact(std::string_view uri, Time now) const;
    /// The same, of one user.
    [[nodiscard]] std::optional<Binding> find_contact_of(std::string_view user, std::string_view uri,
                                                         Time now) const;
    /// Whose live binding came on this flow. Walks over all users: for dialogs that we are in only.
    [[nodiscard]] std::optional<std::string> user_on(const Flow& flow, Time now) const;
    [[nodiscard]] bool any(std::string_view user, Time now) const;
    /// Every live binding: `f(user, binding)`.
    template <typename F>
    void each(Time now, F&& f) const {
        for (const auto& [user, account] : accounts_) {
            for (const Held& h : account.held) {
                if (h.deadline > now) f(user, h.binding);
            }
        }
    }
    /// How often bindings were changed so far: another number, and a walk may find others.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

    [[nodiscard]] std::optional<Time> next_wake() const { return wakes_.next_wake(); }
    void on_time(Now now);
    void keep_only(const std::function<bool(std::string_view user)>& exists);
    /// Users whose set of live contacts changed since the last call (and those restored).
    [[nodiscard]] std::set<std::string> take_changed() { return std::exchange(changed_, {}); }
    [[nodiscard]] bool has_changed() const noexcept { return !changed_.empty(); }

private:
    struct Held {
        Binding binding;
        Time deadline;
    };
    struct Account {
        std::vector<Held> held;
        TimerQueue<std::string>::Timer wake;  // at the earliest deadline
    };

    [[nodiscard]] static std::vector<Held> live(const std::vector<Held>& held, Time now);
    [[nodiscard]] bool apply(const Registration& asked, const MessageView& request, std::vector<Held>& held,
                             Now now) const;
    void make_room(std::vector<Held>& held, const Output& output) const;
    [[nodiscard]] bool store(std::string_view user, const std::vector<Held>& held);
    void commit(const std::string& user, std::vector<Held> held);
    [[nodiscard]] Answer listing(std::string_view user, std::string_view path, Now now) const;

    RegistrarLimits limits_;
    BindingStore& store_;
    TimerQueue<std::string> wakes_;
    std::map<std::string, Account, std::less<>> accounts_;
    std::set<std::string> changed_;
    std::uint64_t version_ = 0;
};

}  // namespace sip
