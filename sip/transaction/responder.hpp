// sip/transaction/responder.hpp - writes the answers to requests, and sends them through the server
// transactions: those of the edge itself, and those that the proxy passes on. Counts the final ones.
// SIP loop only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "sip/answer.hpp"
#include "sip/output.hpp"
#include "sip/syntax/message.hpp"
#include "sip/transaction/server_transactions.hpp"

namespace sip {

class Responder {
public:
    using Key = ServerTransactions::Key;
    using Resend = ServerTransactions::Resend;
    using Time = ServerTransactions::Time;
    /// Borrows `output`. `server` is the value of Server in each answer of ours; empty: none.
    Responder(std::string server, const std::array<std::uint8_t, 32>& secret,
              ServerTransactions::Limits limits, Output& output);

    [[nodiscard]] ServerTransactions& transactions() noexcept { return transactions_; }
    [[nodiscard]] const ServerTransactions& transactions() const noexcept { return transactions_; }

    /// RFC 3261 §8.2.7: for answers that follow from the request alone, and so need no memory. Over UDP at
    /// most three times as long as the request.
    void answer_stateless(const Key& key, const MessageView& request, const Flow& flow, const Answer& answer);
    /// Begins a transaction. False: there was no room, and the sender was told so.
    [[nodiscard]] bool open(const Key& key, const MessageView& request, const Flow& flow);
    /// The 100 of an INVITE.
    void trying(const Key& key, const MessageView& request, const Flow& flow);
    /// Our final answer. REQUIRES: open().
    void finish(const Key& key, const MessageView& request, const Flow& flow, const Answer& answer,
                Resend resend, Time now);
    /// The answer, or 482 when another way has brought this very request before, and it was answered. Of
    /// those that are the same for all of them (RFC 3261 §8.2.2.2).
    [[nodiscard]] Answer unless_merged(const Key& key, const MessageView& request, const Answer& answer);
    /// Too much is under way.
    [[nodiscard]] static Answer overloaded() { return {503, {}, {{"Retry-After", "5"}}}; }
    /// The 200 to a CANCEL. RFC 3261 §9.2: "the To tag of the response to the CANCEL and the To tag in the
    /// response to the original request SHOULD be the same". Without room it is said and not remembered, for
    /// a CANCEL makes room.
    void accept_cancel(const Key& key, const Key& invite, const MessageView& cancel, const Flow& flow,
                       Time now);

    /// Somebody else's response, of any status; a 2xx to an INVITE perhaps more than once.
    void pass_on(const Key& key, int status, std::string bytes, Time now);
    /// There will be no answer (RFC 4320 §4.2: no 408 to what is no INVITE).
    void stay_silent(const Key& key) { transactions_.forget(key); }

    /// Its sender has proved who he is.
    void prove(const Key& key) { transactions_.prove(key); }
    /// Answers that were not sent, for they were too large for what came.
    [[nodiscard]] std::uint64_t withheld() const noexcept { return withheld_ + transactions_.withheld(); }

    /// Final answers, by status.
    [[nodiscard]] const std::map<int, std::uint64_t>& answers() const noexcept { return answers_; }

private:
    [[nodiscard]] std::string write(const MessageView& request, const Flow& flow, const Key& tag,
                                    const Answer& answer) const;

    std::string server_;
    Output& output_;
    ServerTransactions transactions_;
    std::map<int, std::uint64_t> answers_;
    std::uint64_t withheld_ = 0;
};

}  // namespace sip
