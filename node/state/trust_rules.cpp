// node/state/trust_rules.cpp - the rules of trust.
#include "node/state/trust_rules.hpp"

#include <algorithm>

namespace node {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds write_interval = std::chrono::hours(1);  // of last_seen: a call costs no write each time

bool stronger(TrustSource a, TrustSource b) {
    return a < b;
}

/// How far last_seen may lag behind: a fraction of a short age, else a binding would age out while in use.
seconds lag_of(seconds max_age) {
    return max_age.count() == 0 ? write_interval : std::min(write_interval, max_age / 4);
}

/// One sighting on one row.
class Judge {
public:
    Judge(TrustRow& row, const crypto::PublicKey* pinned, const Sighting& seen)
        : row_(row), pinned_(pinned), seen_(seen) {}

    Finding finding() {
        const auto bound = bound_key();
        if (bound && *bound == seen_.key) {
            if (pinned_ == nullptr) confirm();
            return Finding::confirmed;
        }
        if (row_.rejected_key == seen_.key) return Finding::ignored;
        if (!bound) {
            bind();
            return Finding::bound;
        }
        // Else whoever can forge an answer of DNS could have every call to a proven name refused.
        const TrustSource strength = pinned_ != nullptr ? TrustSource::pin : row_.source;
        if (seen_.source == TrustSource::first_use && strength != TrustSource::first_use)
            return Finding::ignored;
        challenge();
        return Finding::changed;
    }
    [[nodiscard]] bool touched() const noexcept { return touched_; }

private:
    [[nodiscard]] std::optional<crypto::PublicKey> bound_key() const {
        if (pinned_ != nullptr) return *pinned_;
        const bool old = aged_out(row_.last_seen, row_.max_age, row_.new_key.has_value(), seen_.now);
        return old ? std::nullopt : row_.key;
    }

    void bind() {
        if (row_.key != seen_.key) row_.first_seen = seen_.now;
        row_.key = seen_.key;
        row_.source = seen_.source;
        row_.last_seen = seen_.now;
        row_.max_age = age_limit(seen_.source, seen_.max_age);
        row_.new_key.reset();
        touched_ = true;
    }

    void confirm() {
        const auto max_age = age_limit(seen_.source, seen_.max_age);
        if (stronger(seen_.source, row_.source)) {
            row_.source = seen_.source;
            row_.max_age = max_age;
            touched_ = true;
            // A challenge by first sight would not have been heard against this source.
            if (row_.new_source == TrustSource::first_use) row_.new_key.reset();
        } else if (seen_.source == row_.source) {
            touched_ = row_.max_age != max_age;
            row_.max_age = max_age;
        } else if (row_.max_age.count() > 0) {
            return;  // "vouched" lasts as long as the voucher said: a weaker sight does not prolong it
        }
        if (seen_.now - row_.last_seen >= lag_of(row_.max_age)) touched_ = true;
        if (touched_) row_.last_seen = std::max(row_.last_seen, seen_.now);
    }

    void challenge() {
        const bool waits = row_.new_key == seen_.key;
        const bool proves_more = stronger(seen_.source, row_.new_source);
        if (waits && !proves_more && seen_.now - row_.new_seen < write_interval) return;
        if (row_.new_key && !waits && stronger(row_.new_source, seen_.source)) return;
        if (!row_.key)
            row_.source = TrustSource::pin;  // a row for the configuration's pin: not to be evicted
        if (!waits || proves_more) row_.new_source = seen_.source;
        row_.new_key = seen_.key;
        row_.new_seen = seen_.now;
        touched_ = true;
    }

    TrustRow& row_;
    const crypto::PublicKey* pinned_;
    const Sighting& seen_;
    bool touched_ = false;
};

}  // namespace

std::string_view shown_as(TrustSource source) noexcept {
    switch (source) {
        case TrustSource::pin: return "verified";
        case TrustSource::dnssec:
        case TrustSource::authority: return "vouched";
        case TrustSource::first_use: return "first seen";
    }
    return "";
}

std::string_view name(TrustSource source) noexcept {
    switch (source) {
        case TrustSource::pin: return "pin";
        case TrustSource::dnssec: return "dnssec";
        case TrustSource::authority: return "authority";
        case TrustSource::first_use: return "first-use";
    }
    return "";
}

seconds age_limit(TrustSource source, seconds dnssec_max_age) noexcept {
    switch (source) {
        case TrustSource::pin:
        case TrustSource::authority: return seconds(0);
        case TrustSource::dnssec:
            return std::clamp(dnssec_max_age, least_dnssec_max_age, most_dnssec_max_age);
        case TrustSource::first_use: return first_use_max_age;
    }
    return first_use_max_age;
}

bool aged_out(sys_seconds last_seen, seconds max_age, bool challenged, sys_seconds now) noexcept {
    return max_age.count() > 0 && !challenged && now - last_seen > max_age;
}

Judgement judge(TrustRow& row, const crypto::PublicKey* pinned, const Sighting& sighting) {
    Judge rules(row, pinned, sighting);
    const Finding finding = rules.finding();
    return {finding, rules.touched()};
}

}  // namespace node
