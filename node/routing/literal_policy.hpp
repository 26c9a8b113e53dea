// node/routing/literal_policy.hpp - a bare IP address was dialled: nobody's word stands behind it, and any
// service in the world could be aimed at. It is called where it is a contact's, whom a person has entered,
// and in the networks of the mesh (mesh.prefixes), whose people have no other names perhaps. Pure.
#pragma once

#include <asio/ip/address.hpp>
#include <string>
#include <vector>

#include "node/routing/step.hpp"
#include "overlay/contact_filter.hpp"

namespace node {

/// The step "address" of the account, with the answer to the call.
[[nodiscard]] StepAnswer judge_literal(const StepQuestion& target, const asio::ip::address& address,
                                       bool from_contact, const std::vector<overlay::Prefix>& mesh);

/// What somebody is told who typed an address where a name is dialled ("192.168.7.7", "[fd00::7]:5070"): a
/// sentence. Empty: it is none.
[[nodiscard]] std::string no_name_but_an_address(const std::string& typed);

}  // namespace node
