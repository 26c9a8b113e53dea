// overlay/error.cpp - the names and texts of overlay's error category.
#include "overlay/error.hpp"

#include <string>

namespace overlay {
namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "overlay"; }
    [[nodiscard]] std::string message(int value) const override;
};

std::string Category::message(int value) const {
    switch (static_cast<Errc>(value)) {
        case Errc::too_large: return "larger than any record";
        case Errc::not_canonical: return "not in the one encoding that a block has";
        case Errc::unknown_version: return "made by a later version";
        case Errc::wrong_location: return "stored where its key does not belong";
        case Errc::bad_expiry: return "expiry is off the quarter hour, or too far ahead";
        case Errc::expired: return "expired";
        case Errc::bad_slot: return "slot above 15";
        case Errc::bad_seq: return "sequence number outside the period";
        case Errc::bad_box: return "sealed part of a size that is never used";
        case Errc::bad_certificate: return "writer's certificate does not verify";
        case Errc::bad_signature: return "signature does not verify";
        case Errc::wrong_key: return "signed by a key that is not this name's key of the day";
        case Errc::cannot_open: return "does not open with this name's key";
        case Errc::malformed_record: return "opens, but holds no contact record";
        case Errc::rolled_back: return "older than one seen before";
        case Errc::wrong_type: return "a value of another type";
        case Errc::too_many_values: return "beyond the number of values looked at";
        case Errc::quota: return "its source or key holds its share already";
        case Errc::no_usable_contact: return "verified, but no address in it may be called";
        case Errc::no_tombstone: return "not of a tombstone's shape";
        case Errc::beyond_certificate: return "more than a certified node may say";
        case Errc::from_the_future: return "dated later than it can be";
    }
    return "unknown error";
}

}  // namespace

std::string_view name(Errc e) noexcept {
    switch (e) {
        case Errc::too_large: return "too_large";
        case Errc::not_canonical: return "not_canonical";
        case Errc::unknown_version: return "unknown_version";
        case Errc::wrong_location: return "wrong_location";
        case Errc::bad_expiry: return "bad_expiry";
        case Errc::expired: return "expired";
        case Errc::bad_slot: return "bad_slot";
        case Errc::bad_seq: return "bad_seq";
        case Errc::bad_box: return "bad_box";
        case Errc::bad_certificate: return "bad_certificate";
        case Errc::bad_signature: return "bad_signature";
        case Errc::wrong_key: return "wrong_key";
        case Errc::cannot_open: return "cannot_open";
        case Errc::malformed_record: return "malformed_record";
        case Errc::rolled_back: return "rolled_back";
        case Errc::wrong_type: return "wrong_type";
        case Errc::too_many_values: return "too_many_values";
        case Errc::quota: return "quota";
        case Errc::no_usable_contact: return "no_usable_contact";
        case Errc::no_tombstone: return "no_tombstone";
        case Errc::beyond_certificate: return "beyond_certificate";
        case Errc::from_the_future: return "from_the_future";
    }
    return "unknown";
}

const std::error_category& category() noexcept {
    static const Category instance;
    return instance;
}

}  // namespace overlay
