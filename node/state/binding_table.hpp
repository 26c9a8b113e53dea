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
    [[nodiscard]] bool replace(std::string_view user, const std::vector<sip::Binding>& bindings) override;

private:
    Database& db_;
};

}  // namespace node
