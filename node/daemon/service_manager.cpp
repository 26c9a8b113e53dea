// node/daemon/service_manager.cpp - sd_notify(3), sd_watchdog_enabled(3).
#include "node/daemon/service_manager.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <charconv>
#include <cstdlib>

namespace node {
namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
    return value;
}

/// Of a path, or of an abstract name, whose "@" stands for a zero byte. The third kind, vsock, is for
/// machines that tell their host.
std::optional<asio::local::datagram_protocol::endpoint> manager_of(std::string name) {
    if (name.empty() || (name.front() != '/' && name.front() != '@')) return std::nullopt;
    if (name.front() == '@') name.front() = '\0';
    try {
        return asio::local::datagram_protocol::endpoint(name);
    } catch (const asio::system_error& e) {
        spdlog::warn("NOTIFY_SOCKET: {}", e.what());
        return std::nullopt;
    }
}

/// What the watchdog grants, when it is this process that it watches.
std::optional<std::chrono::microseconds> watchdog() {
    const auto granted = number(variable("WATCHDOG_USEC"));
    const auto whom = variable("WATCHDOG_PID");
    if (!granted || (!whom.empty() && number(whom) != getpid())) return std::nullopt;
    return std::chrono::microseconds(*granted);
}

}  // namespace

ServiceManager::ServiceManager(asio::io_context& loop)
    : to_(manager_of(std::string(variable("NOTIFY_SOCKET")))), socket_(loop), timer_(loop) {
    if (const auto granted = watchdog()) every_ = std::min(every_, *granted / 3);
    if (!to_) return;
    asio::error_code error;
    socket_.open({}, error);
    if (!error) socket_.non_blocking(true, error);
    if (!error) return;
    spdlog::warn("the service manager cannot be told: {}", error.message());
    to_.reset();
}

void ServiceManager::ready() {
    send("READY=1");
}

void ServiceManager::reloading() {
    // MONOTONIC_USEC: what Type=notify-reload waits for, from systemd 253 on.
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                     std::chrono::duration_cast<std::chrono::microseconds>(since_boot).count()));
}

void ServiceManager::stopping() {
    send("STOPPING=1\nSTATUS=Takes its records out of the DHT and its ports out of the router.");
}

void ServiceManager::alive(std::string_view sentence) {
    std::string line(sentence.substr(0, sentence.find('\n')));
    send("WATCHDOG=1\nSTATUS=" + line);
}

void ServiceManager::next(Round round) {
    timer_.expires_after(every_);
    timer_.async_wait([round = std::move(round)](asio::error_code cancelled) {
        if (!cancelled) round();
    });
}

void ServiceManager::cancel() {
    timer_.cancel();
}

void ServiceManager::send(std::string_view message) {
    if (!to_) return;
    asio::error_code error;
    socket_.send_to(asio::buffer(message.data(), message.size()), *to_, 0, error);
    if (error) spdlog::debug("the service manager was not told: {}", error.message());
}

}  // namespace node
