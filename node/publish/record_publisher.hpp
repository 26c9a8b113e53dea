// node/publish/record_publisher.hpp - keeps what the overlay publishes of this node equal to what is so: the
// records of its users by their phones, the labels that its zone delegates, and the word that its key is
// given up. Each call gives back the difference to what was told before; whoever asked hands it to the
// overlay.
// 1. A phone that comes or goes changes the records of its own user, and touches no other.
// 2. The tables are read by reload() alone: what commands write is not looked for at each phone.
// 3. A user that another key has certified is published under that key's names alone.
// A core: time is handed in. SIP loop only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/ticket.hpp"
#include "node/publish/own_record.hpp"
#include "node/publish/publications.hpp"
#include "node/state/state_tables.hpp"
#include "overlay/certified_name.hpp"
#include "sip/now.hpp"
#include "sip/registrar/binding.hpp"

namespace node {

/// What the records of this node are made of.
class RecordHost {
public:
    virtual ~RecordHost() = default;
    /// Those registered now.
    [[nodiscard]] virtual std::vector<sip::Binding> phones_of(const std::string& user,
                                                              sip::Now now) const = 0;
    /// Where others may call this node, best first.
    [[nodiscard]] virtual const std::vector<overlay::TransportAddress>& advertised() const = 0;
    /// Where they are passed on to this node by others that relay for it.
    [[nodiscard]] virtual const std::vector<overlay::ThroughEdge>& through() const = 0;
    /// Can others reach this host, which is not us, without help?
    [[nodiscard]] virtual bool is_reached_by_others(const asio::ip::address& host) const = 0;
    /// Other nodes may stand beside us, and know us by our TLS key.
    [[nodiscard]] virtual bool may_have_neighbours() const { return false; }
    /// By which callers know our TLS.
    [[nodiscard]] virtual crypto::Bytes<32> tls_key_hash() const = 0;
    /// To which callers seal their tickets; another each day.
    [[nodiscard]] virtual crypto::TicketKey ticket_key(std::chrono::sys_seconds wall) const = 0;
};

class RecordPublisher {
public:
    /// To be published under this name; without a record: no longer.
    struct Change {
        overlay::RecordName name;
        std::optional<overlay::InnerRecord> record;
        friend bool operator==(const Change&, const Change&) = default;
    };
    using Changes = std::vector<Change>;

    /// Borrows the tables and the host; reads the tables. Throws DatabaseError.
    RecordPublisher(const StateTables& tables, const crypto::Identity& identity, RecordContacts contacts,
                    const RecordHost& host);

    /// Users, invites, zone, certificates or tombstones were changed by a command. Throws DatabaseError.
    void reload();
    /// After reload(), and when what all records share is different: addresses, keys.
    [[nodiscard]] Changes refresh(sip::Now now);
    /// A phone of this user has come or gone.
    [[nodiscard]] Changes user_changed(const std::string& label, sip::Now now);
    /// As refresh() on a day whose ticket key is new, and nothing else; to be called every minute or so.
    [[nodiscard]] Changes on_time(sip::Now now);

    /// By which this node writes for other owners.
    [[nodiscard]] const std::vector<overlay::CertifiedName>& certified() const noexcept { return certified_; }
    /// Revocations to be kept findable, ours and friends'.
    [[nodiscard]] const std::vector<std::vector<std::uint8_t>>& tombstones() const {
        return tables_.tombstones.blocks();
    }
    /// The key whose zone a label here belongs to.
    [[nodiscard]] crypto::PublicKey owner_of(const std::string& label) const;

private:
    [[nodiscard]] std::optional<overlay::InnerRecord> record_of(const std::string& label, sip::Now now) const;
    /// What is to be published under the names with this label; without one, under all.
    [[nodiscard]] Changes change_to(const Publications& wanted, const std::string* label);

    const StateTables& tables_;
    const crypto::Identity identity_;
    const RecordPolicy policy_;
    const RecordHost& host_;
    std::map<std::string, PublishedUser> users_;  // by label
    Ownership ownership_;
    std::vector<overlay::CertifiedName> certified_;
    crypto::TicketKey ticket_key_{};  // in the records now
    Publications published_;          // what the overlay was told
};

}  // namespace node
