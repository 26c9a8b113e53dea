// overlay/inner_record.cpp - packs and reads the plaintext of a block; what encodes, decodes to the same.
#include "overlay/inner_record.hpp"

#include <algorithm>
#include <msgpack.hpp>

#include "overlay/msgpack_reader.hpp"

namespace overlay {
namespace {

// The map's keys, ascending. Empty lists and absent keys are left out.
enum Key : std::uint8_t {
    kind,
    issued_at,
    edges,
    phones,
    ticket_key,
    target,
    next_key_commitment,
    direct,
    nodes,
    through
};

constexpr std::size_t max_edges = 8, max_addresses = 6, max_phones = 8, max_direct = 8, max_user = 64,
                      max_nodes = 6, max_through = 4;
constexpr std::uint16_t max_q = 1000;

bool is_user(std::string_view user) {
    return user.size() <= max_user && std::ranges::all_of(user, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("._~+-").find(c) != std::string_view::npos;
           });
}

// What both directions demand beyond shape.
bool is_sound(const InnerRecord& record) {
    return record.kind <= Kind::tombstone && (record.kind != Kind::delegation || record.target) &&
           std::ranges::all_of(
               record.phones, [&](const Phone& p) { return p.edge < record.edges.size() && p.q <= max_q; }) &&
           std::ranges::all_of(record.direct,
                               [](const DirectPhone& d) { return is_user(d.user) && d.q <= max_q; });
}

bool within_caps(const InnerRecord& record) {
    return record.edges.size() <= max_edges && record.phones.size() <= max_phones &&
           record.direct.size() <= max_direct && record.nodes.size() <= max_nodes &&
           record.through.size() <= max_through && std::ranges::all_of(record.edges, [](const Edge& edge) {
               return edge.addresses.size() <= max_addresses;
           });
}

class Writer {
public:
    explicit Writer(const InnerRecord& record) : record_(record) {}
    std::vector<std::uint8_t> run();

private:
    void binary(crypto::ByteView bytes) {
        packer_.pack_bin(static_cast<std::uint32_t>(bytes.size()));
        packer_.pack_bin_body(reinterpret_cast<const char*>(bytes.data()),
                              static_cast<std::uint32_t>(bytes.size()));
    }
    void array(std::size_t count) { packer_.pack_array(static_cast<std::uint32_t>(count)); }
    void ip(const asio::ip::address& address);
    void address(const TransportAddress& address);  // three elements
    void lists();
    void through_edges();

    const InnerRecord& record_;
    msgpack::sbuffer buffer_{256};
    msgpack::packer<msgpack::sbuffer> packer_{buffer_};
};

void Writer::ip(const asio::ip::address& address) {
    if (address.is_v4())
        binary(address.to_v4().to_bytes());
    else
        binary(address.to_v6().to_bytes());
}

void Writer::address(const TransportAddress& address) {
    packer_.pack(static_cast<std::uint8_t>(address.transport));
    ip(address.address);
    packer_.pack(address.port);
}

void Writer::lists() {
    if (!record_.edges.empty()) {
        packer_.pack(std::uint8_t{edges});
        array(record_.edges.size());
        for (const auto& edge : record_.edges) {
            array(2);
            binary(edge.tls_key_hash);
            array(edge.addresses.size());
            for (const auto& each : edge.addresses) {
                array(3);
                address(each);
            }
        }
    }
    if (!record_.phones.empty()) {
        packer_.pack(std::uint8_t{phones});
        array(record_.phones.size());
        for (const auto& phone : record_.phones) {
            array(4);
            packer_.pack(phone.edge);
            packer_.pack(phone.q);
            packer_.pack(phone.capabilities);
            binary(phone.instance);
        }
    }
}

void Writer::through_edges() {
    if (record_.through.empty()) return;
    packer_.pack(std::uint8_t{through});
    array(record_.through.size());
    for (const auto& edge : record_.through) {
        array(4);
        ip(edge.relay);
        packer_.pack(edge.port);
        binary(edge.token);
        binary(edge.tls_key_hash);
    }
}

std::vector<std::uint8_t> Writer::run() {
    const auto count = 2 + !record_.edges.empty() + !record_.phones.empty() + record_.ticket_key.has_value() +
                       record_.target.has_value() + record_.next_key_commitment.has_value() +
                       !record_.direct.empty() + !record_.nodes.empty() + !record_.through.empty();
    packer_.pack_map(static_cast<std::uint32_t>(count));
    packer_.pack(std::uint8_t{kind});
    packer_.pack(static_cast<std::uint8_t>(record_.kind));
    packer_.pack(std::uint8_t{issued_at});
    packer_.pack(record_.issued_at);
    lists();
    const auto optional_key = [this](Key key, const std::optional<crypto::Bytes<32>>& value) {
        if (!value) return;
        packer_.pack(std::uint8_t{key});
        binary(*value);
    };
    optional_key(ticket_key, record_.ticket_key);
    optional_key(target, record_.target);
    optional_key(next_key_commitment, record_.next_key_commitment);
    if (!record_.direct.empty()) {
        packer_.pack(std::uint8_t{direct});
        array(record_.direct.size());
        for (const auto& phone : record_.direct) {
            array(5);
            address(phone.address);
            packer_.pack(phone.user);
            packer_.pack(phone.q);
        }
    }
    if (!record_.nodes.empty()) {
        packer_.pack(std::uint8_t{nodes});
        array(record_.nodes.size());
        for (const auto& node : record_.nodes) {
            array(2);
            ip(node.address);
            packer_.pack(node.port);
        }
    }
    through_edges();
    return {buffer_.data(), buffer_.data() + buffer_.size()};
}

class Reader {
public:
    explicit Reader(crypto::ByteView bytes) : in_(bytes) {}
    std::optional<InnerRecord> run();
    [[nodiscard]] crypto::ByteView rest() const { return in_.rest(); }

private:
    bool value_of(std::uint64_t key);
    bool exactly(std::size_t n) { return in_.array() == n; }
    template <typename T>
    bool number(T& out, std::uint64_t max);
    template <std::size_t N>
    bool fixed(crypto::Bytes<N>& out);
    bool optional_key(std::optional<crypto::Bytes<32>>& out) { return fixed(out.emplace()); }
    bool ip(asio::ip::address& out);
    bool address(TransportAddress& out);
    bool edge(Edge& out);
    bool phone(Phone& out);
    bool direct_phone(DirectPhone& out);
    bool node(NodeAddress& out);
    bool through_edge(ThroughEdge& out);
    template <typename T>
    bool list(std::vector<T>& out, std::size_t max, bool (Reader::*element)(T&));

    MsgpackReader in_;
    InnerRecord record_;
};

template <typename T>
bool Reader::number(T& out, std::uint64_t max) {
    const auto value = in_.unsigned_up_to(max);
    if (value) out = static_cast<T>(*value);
    return value.has_value();
}

template <std::size_t N>
bool Reader::fixed(crypto::Bytes<N>& out) {
    const auto bytes = in_.binary();
    if (!bytes || bytes->size() != N) return false;
    std::ranges::copy(*bytes, out.begin());
    return true;
}

bool Reader::ip(asio::ip::address& out) {
    const auto bytes = in_.binary();
    if (!bytes) return false;
    if (bytes->size() == 4) {
        asio::ip::address_v4::bytes_type v4;
        std::ranges::copy(*bytes, v4.begin());
        out = asio::ip::address_v4(v4);
    } else if (bytes->size() == 16) {
        asio::ip::address_v6::bytes_type v6;
        std::ranges::copy(*bytes, v6.begin());
        out = asio::ip::address_v6(v6);
    } else {
        return false;
    }
    return true;
}

bool Reader::address(TransportAddress& out) {
    const auto transport = in_.unsigned_up_to(static_cast<std::uint64_t>(Transport::wss));
    if (!transport) return false;
    out.transport = static_cast<Transport>(*transport);
    return ip(out.address) && number(out.port, 65535);
}

bool Reader::node(NodeAddress& out) {
    return exactly(2) && ip(out.address) && number(out.port, 65535);
}

bool Reader::through_edge(ThroughEdge& out) {
    return exactly(4) && ip(out.relay) && number(out.port, 65535) && fixed(out.token) &&
           fixed(out.tls_key_hash);
}

template <typename T>
bool Reader::list(std::vector<T>& out, std::size_t max, bool (Reader::*element)(T&)) {
    const auto n = in_.array();
    if (!n || *n == 0 || *n > max) return false;  // an empty list is left out: one record, one encoding
    out.resize(*n);
    return std::ranges::all_of(out, [&](T& each) { return (this->*element)(each); });
}

bool Reader::edge(Edge& out) {
    if (!exactly(2) || !fixed(out.tls_key_hash)) return false;
    const auto n = in_.array();
    if (!n || *n > max_addresses) return false;
    out.addresses.resize(*n);
    return std::ranges::all_of(out.addresses,
                               [&](TransportAddress& each) { return exactly(3) && address(each); });
}

bool Reader::phone(Phone& out) {
    return exactly(4) && number(out.edge, 255) && number(out.q, max_q) &&
           number(out.capabilities, 0xffffffff) && fixed(out.instance);
}

bool Reader::direct_phone(DirectPhone& out) {
    if (!exactly(5) || !address(out.address)) return false;
    const auto user = in_.string();
    if (!user || !is_user(*user)) return false;  // before it is copied
    out.user = *user;
    return number(out.q, max_q);
}

bool Reader::value_of(std::uint64_t key) {
    switch (key) {
        case kind: return number(record_.kind, static_cast<std::uint64_t>(Kind::tombstone));
        case issued_at: return number(record_.issued_at, UINT64_MAX);
        case edges: return list(record_.edges, max_edges, &Reader::edge);
        case phones: return list(record_.phones, max_phones, &Reader::phone);
        case ticket_key: return optional_key(record_.ticket_key);
        case target: return optional_key(record_.target);
        case next_key_commitment: return optional_key(record_.next_key_commitment);
        case direct: return list(record_.direct, max_direct, &Reader::direct_phone);
        case nodes: return list(record_.nodes, max_nodes, &Reader::node);
        case through: return list(record_.through, max_through, &Reader::through_edge);
        default: return in_.skip();  // a later version's
    }
}

std::optional<InnerRecord> Reader::run() {
    const auto pairs = in_.map();
    if (!pairs || *pairs < 2) return std::nullopt;
    std::uint64_t least = 0;  // the next key may not be below this
    for (std::uint32_t i = 0; i < *pairs; ++i) {
        const auto key = in_.unsigned_up_to(UINT64_MAX - 1);
        if (!key || *key < least) return std::nullopt;
        if (i < 2 && *key != i) return std::nullopt;  // kind and issued_at are always there
        if (!value_of(*key)) return std::nullopt;
        least = *key + 1;
    }
    if (!is_sound(record_)) return std::nullopt;
    return std::move(record_);
}

}  // namespace

Result<std::vector<std::uint8_t>> encode(const InnerRecord& record) {
    if (!within_caps(record)) return fail(Errc::too_large);
    if (!is_sound(record)) return fail(Errc::malformed_record);
    auto packed = Writer(record).run();
    const auto size = std::ranges::lower_bound(padded_sizes, packed.size());
    if (size == padded_sizes.end()) return fail(Errc::too_large);
    packed.resize(*size);
    return packed;
}

Result<InnerRecord> decode_inner_record(crypto::ByteView padded) {
    if (std::ranges::find(padded_sizes, padded.size()) == padded_sizes.end())
        return fail(Errc::malformed_record);
    Reader reader(padded);
    auto record = reader.run();
    if (!record) return fail(Errc::malformed_record);
    // Anything hidden behind the map would be a second channel in a record that verifies.
    if (!std::ranges::all_of(reader.rest(), [](std::uint8_t b) { return b == 0; }))
        return fail(Errc::malformed_record);
    return std::move(*record);
}

}  // namespace overlay
