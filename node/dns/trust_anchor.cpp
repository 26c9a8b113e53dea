// node/dns/trust_anchor.cpp - finds the file, and the records in it.
#include "node/dns/trust_anchor.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "sip/syntax/uri.hpp"

namespace node {
namespace {

constexpr std::size_t max_records = 64;

/// RFC 5011 §4: only keys that are valid, or were and are missing just now, are trusted.
bool is_trusted(std::string_view comment) {
    const auto at = comment.find(";;state=");
    if (at == std::string_view::npos) return true;
    const auto state = comment.substr(at + 8, 1);
    return state == "2" || state == "3";
}

}  // namespace

TrustAnchors parse_trust_anchors(std::string_view text) {
    TrustAnchors anchors;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line) && anchors.records.size() < max_records;) {
        const auto semicolon = std::min(line.find(';'), line.size());
        const bool trusted = is_trusted(std::string_view(line).substr(semicolon));
        const std::string record = line.substr(0, semicolon);
        std::istringstream fields(record);
        std::string owner;
        if (line.starts_with(' ') || line.starts_with('\t')) continue;  // no owner of its own
        if (!trusted || !(fields >> owner)) continue;
        // Then come a TTL, a class, or both; the type is the first word that is neither.
        std::string type;
        for (int i = 0; i < 3 && type != "ds" && type != "dnskey" && (fields >> type); ++i)
            type = sip::lowercase(type);
        if (type != "ds" && type != "dnskey") continue;
        anchors.records.push_back(record);
        std::string zone = sip::lowercase(owner);
        if (zone.size() > 1 && zone.ends_with('.')) zone.pop_back();
        if (std::find(anchors.zones.begin(), anchors.zones.end(), zone) == anchors.zones.end())
            anchors.zones.push_back(zone);
    }
    return anchors;
}

std::filesystem::path trust_anchor_file(const std::filesystem::path& configured) {
    if (!configured.empty()) return configured;
    for (const char* file : {"/var/lib/unbound/root.key", "/usr/share/dns/root.key"})
        if (std::ifstream(file).good()) return file;
    return {};
}

TrustAnchors read_trust_anchors(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf()))
        throw std::runtime_error("DNSSEC: the trust anchor file " + file.string() + " cannot be read");
    auto anchors = parse_trust_anchors(text.str());
    if (anchors.records.empty())
        throw std::runtime_error("DNSSEC: " + file.string() + " holds no DS or DNSKEY record");
    return anchors;
}

}  // namespace node
