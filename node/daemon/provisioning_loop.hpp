// node/daemon/provisioning_loop.hpp - links for phones and phonebooks on the main loop: the commands that
// make and serve them, their tables, and the address, certificate and ports that phones are told.
#pragma once

#include <asio/io_context.hpp>

#include "crypto/identity.hpp"
#include "node/config/config.hpp"
#include "node/daemon/control_server.hpp"
#include "node/provisioning/plain_links_driver.hpp"
#include "node/provisioning/provisioning.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/database.hpp"
#include "node/state/paths.hpp"
#include "node/state/user_table.hpp"

namespace node {

/// Main loop only, the constructor aside.
class ProvisioningLoop final : private ProvisioningHost, private PlainLinksDriver::Host {
public:
    class Host {
    public:
        /// Accounts were written: who has them in memory reads them again.
        virtual void accounts_changed() = 0;

    protected:
        ~Host() = default;
    };

    /// Borrows all. Throws DatabaseError.
    ProvisioningLoop(asio::io_context& loop, const Config& config, const StatePaths& paths,
                     const crypto::Identity& identity, Host& host);
    ProvisioningLoop(const ProvisioningLoop&) = delete;  // its parts point back here
    ProvisioningLoop& operator=(const ProvisioningLoop&) = delete;

    /// "link": a new one, {"user","transport","encryption","password","https"} (all but the first may be
    /// missing) -> LinkReport. `stun_server`: of a
    /// contact's node; empty: there is none.
    void link(const Json& request, const std::string& stun_server, const ControlServer::Reply& reply,
              const ControlServer::Fail& fail);
    /// "provision" {"path","for","by","browser"} and "phonebook" {"user","key","for"}, as they came by HTTPS
    /// -> {"status","type","body"}.
    [[nodiscard]] Json serve(const Json& request);
    void stop() { plain_.stop(); }

private:
    // ProvisioningHost
    [[nodiscard]] std::optional<Account> account(const std::string& user) override;
    [[nodiscard]] tl::expected<std::string, std::string> new_password(const std::string& user) override;
    [[nodiscard]] std::vector<Contact> contacts() override;
    [[nodiscard]] std::string page() const override;
    [[nodiscard]] std::string phone_for_browsers() const override;
    [[nodiscard]] std::string server() const override;
    // PlainLinksDriver::Host
    [[nodiscard]] bool is_at_home(const asio::ip::address& peer) const override;
    [[nodiscard]] ProvisioningAnswer plain_request(const ProvisioningRequest& request) override;

    [[nodiscard]] std::string server_by(PhoneTransport transport) const;
    [[nodiscard]] tl::expected<LinkWish, std::string> wish_of(const Json& request,
                                                              const std::string& stun_server);
    [[nodiscard]] tl::expected<std::string, std::string> base_url(bool https);

    const Config& config_;
    Host& host_;
    const std::string proven_host_;  // the name under which phones can check the certificate
    Database database_;
    UserTable users_;
    ContactTable contacts_;
    Provisioning provisioning_;
    PlainLinksDriver plain_;
};

}  // namespace node
