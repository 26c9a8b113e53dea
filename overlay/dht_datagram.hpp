// overlay/dht_datagram.hpp - what can be told of one of OpenDHT's datagrams without OpenDHT: whether it asks
// or answers, by which transaction id, for which key. They are msgpack maps (opendht/network_engine.cpp): a
// request has "q", its method, and "a", its arguments; an answer "r", "e" or "u"; a part of a value that did
// not fit into the datagram before, "p"; and each has "t", the transaction id. Read as OpenDHT reads: of a
// key that comes twice, the first counts. In its shortest encodings alone, which are all that OpenDHT writes.
// Values only; allocates nothing but what it returns.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "crypto/bytes.hpp"

namespace overlay {

struct DhtDatagram {
    enum class Kind : std::uint8_t { request, answer, part };
    Kind kind = Kind::request;
    std::string_view method;  // of a request. Borrows the datagram
    // "id", "h" and "sid" of a request, who listens where; as msgpack, empty where there is none. Borrow the
    // datagram.
    crypto::ByteView id, key, socket;
    bool padded = false;  // by pad_dht_datagram(): a node of our kind sent it
    std::uint32_t transaction = 0;
    std::size_t transaction_at = 0, transaction_size = 0;  // in bytes of the datagram
};

/// Nothing when it is none, or has no transaction id.
[[nodiscard]] std::optional<DhtDatagram> read_dht_datagram(crypto::ByteView datagram);

/// The same with another transaction id. REQUIRES: `read` was read from `datagram`.
[[nodiscard]] std::vector<std::uint8_t> with_transaction(crypto::ByteView datagram, const DhtDatagram& read,
                                                         std::uint32_t transaction);

/// Adds a field that nobody reads, until it has `size` bytes; nothing happens to one that has nearly as many.
/// REQUIRES: `datagram` is one that was read.
void pad_dht_datagram(std::vector<std::uint8_t>& datagram, std::size_t size);

/// {"a": {"id": us}, "q": "ping", ...}
[[nodiscard]] std::vector<std::uint8_t> ping_datagram(const crypto::Bytes<20>& us, std::uint32_t network,
                                                      std::uint32_t transaction);

}  // namespace overlay
