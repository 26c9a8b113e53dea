// node/state/binding_table.hpp - where phones are reached (RFC 3261 §10), across restarts. The SIP loop's, as
// its Database.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/state/database.hpp"
#include "sip/registrar/binding.hpp"

namespace node {

class BindingTable : public sip::BindingStore {
public:
    explicit BindingTable(Database& db) : db_(db) {}
    ~BindingTable() override { write_new(); }
    BindingTable(const BindingTable&) = delete;  // what waits is written once
    BindingTable& operator=(const BindingTable&) = delete;
    std::map<std::string, std::vector<sip::Binding>> load() override;
    /// Written by write_new(), all in one transaction. True in any case: a phone that registered while the
    /// file cannot be written rings until the node stops.
    [[nodiscard]] bool replace(std::string_view user, const std::vector<sip::Binding>& bindings) override;
    /// Call it before an answer leaves: what was acknowledged is there after kill -9. After a write that
    /// failed none is tried but by write_waiting(): each would wait for the disk.
    void write_new() {
        if (!failing_) write_waiting();
    }
    /// Tries again what could not be written. Call it a second later while there is such.
    void write_waiting();
    /// Users of whom not all is written.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
    [[nodiscard]] bool fails() const noexcept { return failing_; }

private:
    void write(std::string_view user, const std::vector<sip::Binding>& bindings);
    Database& db_;
    // By user; no more than the registrar holds of them.
    std::map<std::string, std::vector<sip::Binding>, std::less<>> waiting_;
    bool failing_ = false;  // the last try did
};

}  // namespace node
