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
    std::map<std::string, std::vector<sip::Binding>> load() override;
    /// True in any case: a phone that registered while the file cannot be written rings until the node stops.
    /// After the first that failed, none is tried but by write_waiting(): each would wait for the disk.
    [[nodiscard]] bool replace(std::string_view user, const std::vector<sip::Binding>& bindings) override;
    /// Tries again what could not be written. Call it a second later while there is such.
    void write_waiting();
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

private:
    void write(std::string_view user, const std::vector<sip::Binding>& bindings);
    Database& db_;
    // By user; no more than the registrar holds of them.
    std::map<std::string, std::vector<sip::Binding>, std::less<>> waiting_;
    bool failing_ = false;  // the last try did
};

}  // namespace node
