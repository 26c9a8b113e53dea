// overlay/search.hpp - one search for a name: whom it asked, what it met, and whether that is enough. It asks
// nobody itself (resolver.cpp does), and judges every value that came.
// 1. Of each place verifies no more than 64 values and looks at no more than 1024; the rest is counted and
//    dropped.
// 2. Is ready `grace` after the first verified block, at once when all were heard, and at its deadline, which
//    begins when there is a network to ask; it is waited for that for `join`.
// A core: overlay loop only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "overlay/record_merge.hpp"
#include "overlay/resolve_answer.hpp"
#include "overlay/revocations.hpp"

namespace overlay {

/// All that is left to know of a revoked key after a restart: when its tombstone was met.
[[nodiscard]] InnerRecord tombstone_seen(UnixSeconds when);

class Search {
public:
    struct Patience {
        std::chrono::milliseconds deadline, grace, local_grace, join;  // as in Resolver::Config
    };
    struct Question {  // the name in one period
        std::uint32_t period;
        crypto::Blinding blinding;
        RecordMerge merge;
    };
    struct Asked : AskedLocation {
        std::size_t question = 0, verified = 0, expired = 0;
        bool directly = false;  // a node of the owner's, no location
        bool beside = false;    // directly, but a neighbour, whose it is
        bool village = false;   // what we hold of our neighbours' (village/store.hpp): nobody is asked
    };

    /// Borrows `seen`.
    Search(ResolveRequest request, Now now, const Patience& patience, RollbackMemory& seen);

    [[nodiscard]] const RecordName& name() const noexcept { return request_; }
    [[nodiscard]] const std::vector<Question>& questions() const noexcept { return questions_; }
    [[nodiscard]] const std::vector<Asked>& asked() const noexcept { return asked_; }
    /// Whether everything that can be heard is wanted (ResolveRequest::skip_cache).
    [[nodiscard]] bool wants_all() const noexcept { return request_.skip_cache; }

    /// One more who wants to know.
    void join(ResolveDone done, bool wants_all);
    [[nodiscard]] std::vector<ResolveDone> take_waiting() { return std::exchange(waiting_, {}); }

    /// The network is there: locations are being asked from now on, until the deadline. Until then it is
    /// waited for.
    void begin(TimePoint now) noexcept {
        begun_ = true;
        deadline_ = now + patience_.deadline;
    }
    [[nodiscard]] bool begun() const noexcept { return begun_; }
    void ask_others_at(TimePoint at) { others_at_ = at; }
    /// Whether the locations that are left are to be asked now. Says so once; not when a fresh record is
    /// there: then they are left in peace.
    [[nodiscard]] bool take_others(TimePoint now);
    /// The tombstone of the name's key is asked for beside it.
    void follow(Revocations::SearchPointer revocation) { revocation_ = std::move(revocation); }

    /// A location, or with `directly` a node of the owner's, is being asked; its index in asked(). Nothing:
    /// it is a node that was asked already, or one too many.
    std::size_t add_location(std::size_t question, std::uint8_t location);
    std::optional<std::size_t> add_node(std::size_t question, std::string endpoint, bool beside = false);
    /// What we hold of our neighbours' counts as somebody who has said all that he will.
    std::size_t add_village(std::size_t question);
    /// What is met is enough.
    void settle_now() noexcept { settle_at_ = began_; }
    /// Whoever is asked[i] has said all that it will.
    void end(std::size_t i, bool answered);

    struct Met {
        bool more = true;                // false: this place has had its share
        std::vector<NodeAddress> nodes;  // of its owner, that a good record names
    };
    /// Judges one value. Counts what is refused.
    Met meet(std::size_t i, const DhtNode::Found& found, Now now, Refusals& refused);

    /// A record that is no older than its refresh was met.
    [[nodiscard]] bool is_fresh() const noexcept { return fresh_; }
    /// `revoked`: when the name's key was found to be.
    [[nodiscard]] bool is_ready(Now now, std::optional<UnixSeconds> revoked);
    [[nodiscard]] TimePoint next_wake(std::optional<UnixSeconds> revoked) const;
    /// What there is. Once: the values met go with it.
    [[nodiscard]] ResolveAnswer conclude(Now now, std::optional<UnixSeconds> revoked);

private:
    [[nodiscard]] std::size_t unanswered() const;        // gets, and nodes asked, that have not ended
    [[nodiscard]] std::size_t nodes_unanswered() const;  // of those
    [[nodiscard]] bool heard() const;
    [[nodiscard]] bool only_the_tombstone_is_missing() const;
    [[nodiscard]] bool others_due(TimePoint now) const;
    [[nodiscard]] bool is_revoked(std::optional<UnixSeconds> revoked) const;
    void conclude_record(ResolveAnswer& answer);
    [[nodiscard]] Result<std::vector<NodeAddress>> judge(std::size_t i, const DhtNode::Found& found, Now now,
                                                         ValueVerdict& verdict);

    ResolveRequest request_;
    Patience patience_;
    std::vector<ResolveDone> waiting_;
    std::vector<Question> questions_;
    std::vector<Asked> asked_;
    std::vector<ValueVerdict> values_;
    Revocations::SearchPointer revocation_;  // none: was found out before
    bool begun_ = false, fresh_ = false;
    TimePoint began_, deadline_;
    std::optional<TimePoint> others_at_;  // when the locations that are left are asked
    std::optional<TimePoint> settle_at_;  // the grace is over
};

}  // namespace overlay
