// overlay/publisher.hpp - keeps this node's own records findable: put, read back, refreshed, withdrawn.
// 1. A seq is in Memory before it is signed, so that a crash cannot make us sign the same one twice.
// 2. Success is reading a block back from somebody else, not that it was sent.
// 3. Two moments are random, so that nobody learns a name's habits from them: refreshes, and tomorrow's
//    first put.
// A core: overlay loop only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "overlay/memory.hpp"

namespace overlay {

class Publisher {
public:
    struct Config {
        std::uint8_t locations = 2;
        std::uint8_t slot = 0;
        std::chrono::milliseconds coalesce{2000};  // a phone that re-registers changes its record twice
        // The first record of a label after a start: callers found nothing good until now.
        std::chrono::milliseconds coalesce_first{250};
    };
    /// Fills its argument with random bytes.
    using Dice = std::function<void(std::span<std::uint8_t>)>;

    Publisher(const Config& config, const crypto::Identity& identity, DhtNode& dht, Memory& memory,
              Dice dice);
    ~Publisher();
    Publisher(const Publisher&) = delete;  // puts under way point back here
    Publisher& operator=(const Publisher&) = delete;

    void publish(const std::string& label, InnerRecord record, Now now);
    void withdraw(const std::string& label, Now now);
    /// Sends a withdrawal of everything that was put, now; true when there was nothing to send.
    bool withdraw_all(Now now);
    [[nodiscard]] bool idle() const;  // no put is under way
    void step(Now now);
    [[nodiscard]] std::optional<TimePoint> next_wake(Now now) const;
    /// Fills published.
    void describe(OverlayStatus& status) const;

private:
    struct Version;  // one signed block: a name in a period
    struct Entry;    // one label of ours

    void work(const std::string& label, Entry& entry, Now now);
    [[nodiscard]] std::unique_ptr<Version> sign(const std::string& label, const Entry& entry,
                                                std::uint32_t period, Now now);
    void spread(Entry& entry, Now now);
    void put(Version& version, Now now);
    void read_back(Version& version, Now now);
    void tend(Version& version, Now now);
    [[nodiscard]] std::uint16_t next_seq(const crypto::PublicKey& blinded, std::uint32_t period,
                                         Now now) const;
    void remember(const Memory::PublishedSeq& mine, Now now);
    [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds least,
                                                    std::chrono::milliseconds most);

    Config config_;
    const crypto::Identity& identity_;
    DhtNode& dht_;
    Memory& memory_;
    Dice dice_;
    std::map<std::string, std::unique_ptr<Entry>> entries_;
    std::map<crypto::PublicKey, Memory::PublishedSeq> last_seq_;
    bool connected_ = false;
    std::shared_ptr<std::size_t> under_way_ = std::make_shared<std::size_t>(0);
};

}  // namespace overlay
