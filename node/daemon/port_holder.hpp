// node/daemon/port_holder.hpp - which program has a port that this node wants: for the sentence that ends the
// start. By /proc (proc(5)): what other users' programs are called only root may see, whose they are
// everybody.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace node {

struct SocketRow {
    std::uint64_t inode = 0;
    unsigned uid = 0;
    friend bool operator==(const SocketRow&, const SocketRow&) = default;
};

/// Of a table like /proc/net/udp: the sockets bound to `port`; of TCP those that listen. Rows that cannot be
/// read are passed over.
[[nodiscard]] std::vector<SocketRow> sockets_at(std::string_view table, std::uint16_t port, bool tcp);

/// "kamailio (process 812, of user kamailio)", "a program of user kamailio"; empty: nobody knows. `proc` is
/// where the files are.
[[nodiscard]] std::string port_holder(std::uint16_t port, bool tcp,
                                      const std::filesystem::path& proc = "/proc");

/// The same for the address in "cannot listen on udp 0.0.0.0:5060: ...".
[[nodiscard]] std::string port_holder_of(std::string_view what, const std::filesystem::path& proc = "/proc");

}  // namespace node
