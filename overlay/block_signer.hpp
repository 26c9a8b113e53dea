// overlay/block_signer.hpp - signs the blocks of this node's own records: by what right, in which slot, and
// under which seq.
// 1. A seq is in Memory before it is signed, so that a crash cannot make us sign the same one twice.
// 2. A name of ours is signed with the seed, in our slot. A name of another owner only with its certificate
//    of that day, in the slot of that; without one it is not signed.
// 3. A seq stands above all that we have signed of the name and day, and above another machine's that was met
//    in our slot. It is the minute of the day, unless more changes than one a minute.
// A core: overlay loop only.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "overlay/certified_name.hpp"
#include "overlay/memory.hpp"

namespace overlay {

class BlockSigner {
public:
    static constexpr UnixSeconds lifetime = UnixSeconds{2} * 3600;  // of a block, and up to 15 min longer
    /// Fills its argument with random bytes.
    using Random = std::function<void(std::span<std::uint8_t>)>;

    /// Borrows the identity and the memory. `slot` is that of our own names.
    BlockSigner(const crypto::Identity& identity, std::uint8_t slot, Memory& memory, Random random);

    struct Signed {
        crypto::Blinding name;
        std::vector<std::uint8_t> wire;
        std::uint64_t id = 0;  // the OpenDHT value's
        std::uint16_t seq = 0;
        UnixSeconds expires = 0;
    };
    /// The record as of `now`; else why not, for the status.
    [[nodiscard]] tl::expected<Signed, std::string> sign(const RecordName& name, InnerRecord record,
                                                         std::uint32_t period, UnixSeconds now);

    using Certificates = std::map<RecordName, CertifiedName>;
    /// All that we hold from here on. What we held before.
    Certificates set_certificates(std::vector<CertifiedName> certified);
    /// Nullptr: none. Valid until the next set_certificates().
    [[nodiscard]] const CertifiedName* certificates_of(const RecordName& name) const;

    [[nodiscard]] std::uint8_t slot() const noexcept { return slot_; }
    /// Another slot for our own names: nobody else was met there.
    void use_slot(std::uint8_t slot);
    /// Have we signed for A', in this run or the ones before?
    [[nodiscard]] bool has_signed(const crypto::PublicKey& blinded) const { return last_.contains(blinded); }
    /// Another machine's block stands in our slot of A', with this seq.
    void met_another(const crypto::PublicKey& blinded, std::uint16_t seq);
    /// Those of the names for which `over(A')` is true.
    template <typename F>
    void forget_others(F&& over) {
        std::erase_if(others_, [&](const auto& known) { return over(known.first); });
    }

private:
    struct Right {
        std::uint8_t slot;
        const Certificate* certificate;  // none: the seed. Points into certified_
    };
    [[nodiscard]] tl::expected<Right, std::string> right_to(const RecordName& name,
                                                            std::uint32_t period) const;
    [[nodiscard]] std::uint16_t next_seq(const crypto::PublicKey& blinded, std::uint32_t period,
                                         UnixSeconds now) const;
    void remember(const Memory::PublishedSeq& mine, UnixSeconds now);

    const crypto::Identity& identity_;
    std::uint8_t slot_;
    Memory& memory_;
    Random random_;
    Certificates certified_;
    std::map<crypto::PublicKey, Memory::PublishedSeq> last_;
    std::map<crypto::PublicKey, std::uint16_t> others_;  // the highest seq of another's
};

}  // namespace overlay
