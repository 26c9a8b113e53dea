// tests/node/nsd_server.hpp - NLnet Labs' nsd as a child process on
// 127.0.0.1, serving zones that a test wrote.
#pragma once

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace node::test {

struct Zone {
    std::string name;  // without trailing dot; "." for the root
    std::string text;
};

class NsdServer {
public:
    static std::string binary() {
        for (const char* path : {"/usr/sbin/nsd", "/usr/local/sbin/nsd"})
            if (access(path, X_OK) == 0) return path;
        return {};
    }

    /// Starts nsd and waits, at most 10 s, until it answers. `ok()` tells whether it does.
    NsdServer(const std::string& zone, const std::string& zone_text)
        : NsdServer(std::vector<Zone>{{zone, zone_text}}) {}
    explicit NsdServer(const std::vector<Zone>& zones) {
        std::string name = (std::filesystem::temp_directory_path() / "hedgewitch-nsd-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) return;
        directory_ = name;
        for (std::size_t i = 0; i < zones.size(); ++i)
            std::ofstream(directory_ / ("zone" + std::to_string(i))) << zones[i].text;
        for (int attempt = 0; attempt < 3 && !ok_; ++attempt) {  // another process may take the port first
            stop();
            port_ = free_port();
            start(zones);
            ok_ = answers();
        }
    }
    ~NsdServer() {
        stop();
        std::error_code ignored;
        if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
    }
    NsdServer(const NsdServer&) = delete;
    NsdServer& operator=(const NsdServer&) = delete;

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string log() const {
        std::ifstream in(directory_ / "log");
        return {std::istreambuf_iterator<char>(in), {}};
    }

private:
    static std::uint16_t free_port() {
        asio::io_context loop;
        const auto any = asio::ip::make_address("127.0.0.1");
        for (;;) {
            asio::ip::udp::socket udp(loop, {any, 0});
            std::error_code taken;
            asio::ip::tcp::acceptor tcp(loop);
            tcp.open(asio::ip::tcp::v4());
            tcp.bind({any, udp.local_endpoint().port()}, taken);
            if (!taken) return udp.local_endpoint().port();
        }
    }

    void start(const std::vector<Zone>& zones) {
        const std::string d = directory_.string();
        std::ofstream conf(directory_ / "nsd.conf");
        conf << "server:\n  ip-address: 127.0.0.1@" << port_
             << "\n  server-count: 1\n  username: \"\"\n  chroot: \"\"\n"
             << "  zonesdir: \"" << d << "\"\n  database: \"\"\n  pidfile: \"" << d << "/pid\"\n  logfile: \""
             << d << "/log\"\n  xfrdfile: \"" << d << "/xfrd\"\n  xfrdir: \"" << d << "\"\n  zonelistfile: \""
             << d << "/zones\"\n  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\n";
        for (std::size_t i = 0; i < zones.size(); ++i)
            conf << "zone:\n  name: \"" << zones[i].name << "\"\n  zonefile: \"zone" << i << "\"\n";
        conf.close();
        const std::string program = binary(), config = d + "/nsd.conf";
        child_ = fork();
        if (child_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGTERM);  // not to outlive a test that crashed
        execl(program.c_str(), "nsd", "-d", "-c", config.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }

    void stop() {
        if (child_ <= 0) return;
        kill(child_, SIGTERM);
        for (int i = 0; i < 200 && waitpid(child_, nullptr, WNOHANG) == 0; ++i) {
            if (i == 150) kill(child_, SIGKILL);
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        child_ = 0;
    }

    // Asks for the root's SOA until something comes back (REFUSED will do).
    [[nodiscard]] bool answers() const {
        asio::io_context loop;
        asio::ip::udp::socket socket(loop, asio::ip::udp::v4());
        socket.non_blocking(true);
        const std::string query("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x01", 17);
        for (int i = 0; i < 200; ++i) {
            if (waitpid(child_, nullptr, WNOHANG) != 0) return false;
            std::error_code error;
            socket.send_to(asio::buffer(query), {asio::ip::make_address("127.0.0.1"), port_}, 0, error);
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            char reply[512];
            if (socket.receive(asio::buffer(reply), 0, error) > 0) return true;
        }
        return false;
    }

    std::filesystem::path directory_;
    std::uint16_t port_ = 0;
    pid_t child_ = 0;
    bool ok_ = false;
};

}  // namespace node::test
