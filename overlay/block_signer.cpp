// overlay/block_signer.cpp - the right, the seq, the memory, and only then the signature.
#include "overlay/block_signer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace overlay {
namespace {

constexpr UnixSeconds day = 86400;
constexpr std::uint16_t last_minute = 1439;

UnixSeconds expiry(UnixSeconds now) {
    return (now + BlockSigner::lifetime + expiry_step - 1) / expiry_step * expiry_step;
}

}  // namespace

BlockSigner::BlockSigner(const crypto::Identity& identity, std::uint8_t slot, Memory& memory, Random random)
    : identity_(identity), slot_(slot), memory_(memory), random_(std::move(random)) {
    for (const auto& known : memory_.load_published())
        last_[known.blinded] = known;
}

tl::expected<BlockSigner::Signed, std::string> BlockSigner::sign(const RecordName& name, InnerRecord record,
                                                                 std::uint32_t period, UnixSeconds now) {
    const auto right = right_to(name, period);
    if (!right) return tl::unexpected(right.error());
    auto blinding = crypto::blind(name.owner, name.secret, name.label, period);
    if (!blinding) return tl::unexpected("not a name: " + blinding.error().message());
    BlockParameters parameters;
    parameters.expires = expiry(now);
    parameters.slot = right->slot;
    parameters.seq = next_seq(blinding->blinded, period, now);
    if (parameters.seq > max_seq)
        return tl::unexpected(std::string("changed too often today; the last record stays"));
    remember({blinding->blinded, parameters.seq, period}, now);
    random_(parameters.nonce);
    record.issued_at = now;
    auto wire = right->certificate
                    ? make_block(identity_, *right->certificate, *blinding, record, parameters)
                    : make_block(crypto::BlindedSigner(identity_, *blinding), *blinding, record, parameters);
    if (!wire) return tl::unexpected("cannot be signed: " + wire.error().message());
    const auto block = parse_block(*wire);
    assert(block);
    return Signed{std::move(*blinding), std::move(*wire), value_id(block->signature), parameters.seq,
                  parameters.expires};
}

tl::expected<BlockSigner::Right, std::string> BlockSigner::right_to(const RecordName& name,
                                                                    std::uint32_t period) const {
    if (name.owner == identity_.public_key()) return Right{slot_, nullptr};
    const CertifiedName* certified = certificates_of(name);
    if (certified == nullptr) return tl::unexpected(std::string("its owner has not certified this node"));
    const auto today = certified->by_period.find(period);
    if (today != certified->by_period.end()) return Right{certified->slot, &today->second};
    const bool over = certified->until() <= UnixSeconds{period} * day;
    return tl::unexpected(std::string(over ? "the certificates of its owner have run out"
                                           : "its owner has not certified this node for today"));
}

std::uint16_t BlockSigner::next_seq(const crypto::PublicKey& blinded, std::uint32_t period,
                                    UnixSeconds now) const {
    const UnixSeconds start = UnixSeconds{period} * day;
    const UnixSeconds minute = now > start ? (now - start) / 60 : 0;
    auto seq = static_cast<std::uint16_t>(std::min<UnixSeconds>(minute, last_minute));
    if (const auto mine = last_.find(blinded); mine != last_.end())
        seq = std::max(seq, static_cast<std::uint16_t>(mine->second.seq + 1));
    if (const auto other = others_.find(blinded); other != others_.end())
        seq = std::max(seq, static_cast<std::uint16_t>(other->second + 1));
    return seq;
}

/// REQUIRES: called before the block with this seq is signed.
void BlockSigner::remember(const Memory::PublishedSeq& mine, UnixSeconds now) {
    std::erase_if(last_, [&](const auto& known) { return known.second.period + 1 < period_of(now); });
    last_[mine.blinded] = mine;
    memory_.save_published(mine);
}

BlockSigner::Certificates BlockSigner::set_certificates(std::vector<CertifiedName> certified) {
    auto before = std::exchange(certified_, {});
    for (auto& each : certified) {
        const auto name = each.name;
        certified_.insert_or_assign(name, std::move(each));
    }
    return before;
}

const CertifiedName* BlockSigner::certificates_of(const RecordName& name) const {
    const auto known = certified_.find(name);
    return known == certified_.end() ? nullptr : &known->second;
}

void BlockSigner::use_slot(std::uint8_t slot) {
    slot_ = slot;
    others_.clear();
}

void BlockSigner::met_another(const crypto::PublicKey& blinded, std::uint16_t seq) {
    others_[blinded] = std::max(others_[blinded], seq);
}

}  // namespace overlay
