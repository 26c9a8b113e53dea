// node/page/page_loop.cpp - whose path is whose, and the look for what has changed.
#include "node/page/page_loop.hpp"

#include <unistd.h>

#include <array>
#include <asio/post.hpp>

#include "node/clock.hpp"
#include "node/identity/certificate_names.hpp"

namespace node {
namespace {

constexpr std::chrono::seconds write_patience{1};

std::vector<std::string> names_of(const Config& config) {
    auto names = config.page.names;
    names.insert(names.end(), config.sip.domains.begin(), config.sip.domains.end());
    // Somebody whom browsers believe has vouched that this name is ours: nobody else has its certificate.
    for (auto& name : proven_names_in(config.sip.tls_certificate))
        names.push_back(std::move(name));
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0 && host.front() != 0) {
        const std::string name = host.data();
        names.push_back(name);
        names.push_back(name.substr(0, name.find('.')) + ".local");  // mDNS
    }
    return names;
}

std::int64_t version_of(Database& database) {
    auto pragma = database.prepare("PRAGMA data_version");  // counts what other connections write
    return pragma.step() ? pragma.number(0) : 0;
}

}  // namespace

PageLoop::PageLoop(asio::io_context& loop, const Parts& parts)
    : loop_(loop),
      node_(parts.node),
      database_(parts.paths.database, Durability::process_crash),
      sessions_(database_),
      hosts_(names_of(parts.config)),
      front_(sessions_, hosts_, routes_),
      live_(static_cast<std::uint64_t>(wall_now().time_since_epoch().count())),
      login_(sessions_, parts.gate),
      metrics_(node_, front_.counters(), parts.config.page.metrics),
      contents_(parts.config, parts.paths, node_),
      http_(std::make_unique<HttpDriver>(loop, front_, live_, parts.browsers)),
      timer_(loop) {
    database_.wait_at_most(write_patience);
    routes_.add("/", PageAccess::login, &contents_);
    routes_.add("/logout", PageAccess::login, nullptr);
    routes_.add("/live", PageAccess::login, nullptr);
    routes_.add("/login", PageAccess::open, &login_);
    routes_.add("/first/*", PageAccess::open, &login_);
    routes_.add("/metrics", PageAccess::open, &metrics_);
    routes_.add("/i", PageAccess::open, &invite_);
    routes_.add("/p/*", PageAccess::open, &parts.phones);
    routes_.add("/phonebook.*", PageAccess::open, &parts.phones);
    routes_.add("/phone", PageAccess::open, &softphone_);
    routes_.add("/static/live.js", PageAccess::open, &scripts_);
    routes_.add("/static/invite.js", PageAccess::open, &scripts_);
    routes_.add("/static/page.css", PageAccess::open, &style_);
    routes_.add("/static/icon.svg", PageAccess::open, &style_);
}

PageLoop::~PageLoop() = default;

void PageLoop::visit(int descriptor, const sip::Endpoint& peer) {
    asio::post(loop_, alive_.guard([this, descriptor, peer] { http_->adopt(descriptor, peer); }));
}

void PageLoop::start() {
    watch();
}

std::string PageLoop::make_link() {
    return "/first/" + sessions_.make_link(PageSessions::link_lasts, wall_now());
}

std::string PageLoop::first_link() {
    if (!sessions_.is_new()) return {};
    return "/first/" + sessions_.make_link(PageSessions::first_link_lasts, wall_now());
}

/// As long as somebody listens: is what pages show another than before?
void PageLoop::watch() {
    timer_.expires_after(LiveChanges::looks_each);
    timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
        if (cancelled) return;
        watch();
        if (http_->listeners() == 0) return;
        const auto status = node_.ask({{"command", "status"}});
        if (status && live_.shows(*status, version_of(database_))) http_->changed();
    }));
}

}  // namespace node
