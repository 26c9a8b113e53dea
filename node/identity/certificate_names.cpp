// node/identity/certificate_names.cpp - asks GnuTLS.
#include "node/identity/certificate_names.hpp"

#include <gnutls/x509.h>

#include <array>

#include "crypto/file.hpp"

namespace node {
namespace {

constexpr std::size_t max_certificate = std::size_t{256} * 1024;

class Certificate {
public:
    explicit Certificate(const std::string& pem) {
        if (gnutls_x509_crt_init(&handle_) < 0) return;
        const gnutls_datum_t text{
            reinterpret_cast<unsigned char*>(const_cast<char*>(pem.data())),  // NOLINT: it only reads
            static_cast<unsigned>(pem.size())};
        read_ = gnutls_x509_crt_import(handle_, &text, GNUTLS_X509_FMT_PEM) >= 0;  // the first of a chain
    }
    ~Certificate() {
        if (handle_ != nullptr) gnutls_x509_crt_deinit(handle_);
    }
    Certificate(const Certificate&) = delete;  // owns the handle
    Certificate& operator=(const Certificate&) = delete;

    [[nodiscard]] bool read() const noexcept { return read_; }
    [[nodiscard]] bool is_issued_by_itself() const {
        return gnutls_x509_crt_check_issuer(handle_, handle_) != 0;
    }
    [[nodiscard]] std::vector<std::string> dns_names() const {
        constexpr unsigned most = 100;
        std::vector<std::string> names;
        for (unsigned i = 0; i < most; ++i) {
            std::array<char, 256> name{};
            std::size_t size = name.size();
            const int kind = gnutls_x509_crt_get_subject_alt_name(handle_, i, name.data(), &size, nullptr);
            if (kind == GNUTLS_E_SHORT_MEMORY_BUFFER) continue;
            if (kind < 0) break;
            if (kind == GNUTLS_SAN_DNSNAME && size > 0 && name[0] != '*')
                names.emplace_back(name.data(), size);
        }
        return names;
    }

private:
    gnutls_x509_crt_t handle_ = nullptr;
    bool read_ = false;
};

}  // namespace

std::vector<std::string> proven_names(const std::string& chain_pem) {
    const Certificate certificate(chain_pem);
    if (!certificate.read() || certificate.is_issued_by_itself()) return {};
    return certificate.dns_names();
}

std::vector<std::string> proven_names_in(const std::filesystem::path& file) {
    if (file.empty()) return {};
    const auto pem = crypto::read_file(file, max_certificate);
    return pem ? proven_names({pem->begin(), pem->end()}) : std::vector<std::string>();
}

}  // namespace node
