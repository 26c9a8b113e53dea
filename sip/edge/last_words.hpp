// sip/edge/last_words.hpp - a node that ends in a call whose sound goes through it ends the call at both
// phones, at once or when it runs again: what is to be said then is written while the call lives, and kept by
// whoever runs the edge (EdgeHost), since of all that the edge knows of a call nothing outlives it.
// 1. Written is a BYE to each side of each such call, with a Reason (RFC 3326); anew when a side is met
// elsewhere.
// 2. Said is it when the node stops, and by the next run what this one could not: over UDP where the side was
//    met; to a phone on a connection once it has registered again; to another node over a connection of the
//    same key, whoever opens it. Each until it has an answer, for ten minutes at most.
// 3. Its CSeq is 1,000 above all that the side had heard, so that it is above what was said since.
// Bounded: two for each call that has doors (256), and twice as many of the run before. A core: time is
// handed in. SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sip/output.hpp"
#include "sip/proxy/dialogs.hpp"
#include "sip/proxy/proxy_host.hpp"
#include "sip/registrar/registrar.hpp"
#include "sip/transaction/client_transactions.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace sip {

struct LastWord {
    struct Id {
        Dialogs::CallId call;
        Side to = Side::caller;
        friend auto operator<=>(const Id&, const Id&) = default;
    } id;
    Flow flow;                    // where that side was met last; its connection is of the run that wrote it
    std::optional<KeyHash> peer;  // who was there
    std::optional<Endpoint> listens;  // where it may be connected to
    std::string through;              // the token by which the relay there leads to it; empty: no relay
    std::string user;                 // of ours, whose phone it is; else empty
    std::string contact;              // the phone's
    std::string text;                 // the BYE
    friend bool operator==(const LastWord&, const LastWord&) = default;
};

class LastWords {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds again{1}, patience{600};
    static constexpr std::size_t max_words = 1024;

    /// Borrows all but `secret`.
    LastWords(const std::array<std::uint8_t, 32>& secret, const Dialogs& dialogs, const Registrar& registrar,
              ProxyHost& host, Output& output);
    LastWords(const LastWords&) = delete;  // its parts are borrowed
    LastWords& operator=(const LastWords&) = delete;

    struct Changes {
        std::vector<LastWord> written;   // new, or in place of one that was written before
        std::vector<LastWord::Id> done;  // said and answered, or of a call that has ended
    };
    /// Since the last time. After each event; cheap when there is nothing.
    [[nodiscard]] Changes take_changes();

    /// Of the run before, those that had no answer.
    void say(const std::vector<LastWord>& words, Time now);
    /// Of all calls now. What is written later is not said.
    void say_all(Time now);
    /// Nobody is left from whom an answer may still come.
    [[nodiscard]] bool all_said() const;
    [[nodiscard]] std::uint64_t said() const noexcept { return said_; }

    /// False: it answers nothing of ours.
    [[nodiscard]] bool response(const MessageView& response, Time now);
    void flow_failed(const Flow& flow);
    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;

private:
    struct Saying {
        LastWord word;
        std::string branch;  // of the BYE that waits for its answer; empty: no way leads there yet
        Time due{}, until{};
    };
    [[nodiscard]] std::optional<LastWord> word_to(Side side, const Dialogs::CallId& id) const;
    [[nodiscard]] std::optional<Endpoint> where_it_listens(Side side, const DialogEnd& end) const;
    [[nodiscard]] std::optional<Flow> phone_of(const LastWord& word, Time now) const;
    [[nodiscard]] std::optional<Flow> way_to(const LastWord& word, Time now) const;
    void try_to_say(Saying& saying, Time now);
    void ended(const std::vector<ClientTransactions::Event>& events);

    const KeyedHash::Key key_;
    const Dialogs& dialogs_;
    const Registrar& registrar_;
    ProxyHost& host_;
    Output& output_;
    ClientTransactions clients_;
    std::map<LastWord::Id, LastWord> written_;
    std::map<LastWord::Id, Saying> saying_;
    std::vector<LastWord::Id> done_;
    std::uint64_t changes_ = 0;  // of the dialogs, as of the last look
    std::uint64_t last_ = 0, said_ = 0;
    bool leaves_ = false;
};

}  // namespace sip
