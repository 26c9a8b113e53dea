// node/provisioning/provisioning.cpp - which phone asks, may it, and what it is told.
#include "node/provisioning/provisioning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "node/provisioning/settings_files.hpp"
#include "node/provisioning/xml_text.hpp"
#include "sip/auth/digest.hpp"

namespace node {
namespace {

bool is_mac(std::string_view text) {
    return text.size() == 12 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// Desk phones add to the URL the names of files that they look for: "805ec0123456.cfg" is Yealink's own
/// file, behind one for all phones of a model; "cfg000b82123456.xml" is Grandstream's.
std::optional<PhoneKind> kind_of_file(std::string_view file) {
    if (file.empty()) return PhoneKind::linphone;
    if (const auto kind = phone_kind_of(file)) return kind;
    const auto dot = file.rfind('.');
    const auto stem = file.substr(0, dot);
    const auto ending = dot == std::string_view::npos ? "" : file.substr(dot + 1);
    if (ending == "cfg" && is_mac(stem)) return PhoneKind::yealink;
    if (ending == "xml" && stem.starts_with("cfg") && is_mac(stem.substr(3))) return PhoneKind::grandstream;
    if (stem.starts_with("snom")) return PhoneKind::snom;
    return std::nullopt;
}

/// `page`: where the phone for browsers is; empty: nowhere.
std::string page_for_a_person(const LinkWish& wish, const std::string& token, const std::string& page) {
    const std::string here =
        page.empty()
            ? "<li>A browser cannot be the phone: this Hedgewitch was built without the phone for "
              "browsers.</li>\n"
            : fmt::format("<li>This very browser: <a href=\"{}/phone#{}\">use it as a phone</a>.</li>\n",
                          xml_text(page), xml_text(token));
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><title>A phone for {0}</title></head><body>\n"
        "<h1>This link sets up one phone for {0}</h1>\n"
        "<p>It is not used up yet.</p>\n<ul>\n{2}"
        "<li>Linphone: choose &ldquo;Fetch remote configuration&rdquo; (or &ldquo;QR code&rdquo;) when it "
        "starts for the first time, and give it this link.</li>\n"
        "<li>baresip: fetch <code>/p/{1}/baresip</code> into the file "
        "<code>~/.baresip/accounts</code>.</li>\n"
        "<li>Yealink, Grandstream, Snom: this link is the provisioning URL (nobody has tried it yet).</li>\n"
        "</ul>\n</body></html>\n",
        xml_text(wish.user), xml_text(token), here);
}

}  // namespace

ProvisioningAnswer Provisioning::settings(const ProvisioningRequest& request, sip::Now now) {
    const auto slash = std::min(request.path.find('/'), request.path.size());
    const std::string token = request.path.substr(0, slash);
    const auto link = links_.look(token, now);
    if (!link)
        return refuse(link.error().why == ProvisioningLinks::Refusal::unknown ? 404 : 410,
                      link.error().sentence);
    const auto file = slash < request.path.size() ? request.path.substr(slash + 1) : "";
    const auto kind = request.kind.empty() ? kind_of_file(file) : phone_kind_of(request.kind);
    if (!kind)
        return refuse(404,
                      "There are settings for linphone, baresip, yealink, grandstream and snom. The link is "
                      "still good.");
    if (request.from_a_browser && file.empty() && request.kind.empty())
        return {200, "text/html; charset=utf-8",
                page_for_a_person(**link, token, host_.phone_for_browsers())};

    PhoneAccount settings{**link, {}, {}, {}};
    const std::string user = settings.wish.user;
    auto account = host_.account(user);
    if (!account)
        return refuse(
            410, fmt::format("There is no user {} any more, or its password is of another realm.", user));
    if (!settings.wish.password.empty() &&
        sip::credentials_of(user, account->realm, settings.wish.password).ha1_md5 != account->ha1_md5)
        return refuse(410, fmt::format("{} has another password since this link was made. Ask for a new link "
                                       "(`hedgewitch user link {}`).",
                                       user, user));
    const bool make_one = needs_password(*kind) && settings.wish.password.empty();
    if (make_one) {
        const auto password = host_.new_password(user);
        if (!password) return refuse(500, "The node cannot keep a new password: " + password.error());
        settings.wish.password = *password;
        account = host_.account(user);
        if (!account) return refuse(500, "The new password cannot be read back.");
    }
    settings.realm = account->realm;
    settings.ha1_md5 = account->ha1_md5;
    settings.phonebook = phonebook_url(user);
    const auto written = settings_file(*kind, settings);
    if (!written) return refuse(409, written.error());
    links_.use(token, request.by, now);
    ++used_;
    return {200, written->type, written->body};
}

ProvisioningAnswer Provisioning::contacts(const std::string& user, const std::string& key,
                                          const std::string& form) {
    const auto known = phonebook_form_of(form);
    if (!known) return refuse(404, "There are phonebooks for vcard, yealink, grandstream and snom.");
    const auto account = host_.account(user);
    // As long for a user that there is not.
    const std::string right = phonebook_key(secret_, user, account ? account->ha1_md5 : "");
    if (!same_key(right, key) || !account)
        return refuse(403, "This key opens no phonebook, or not any more: a new password ends it.");
    const auto written = phonebook(*known, host_.contacts(), host_.server());
    return {200, written.type, written.body};
}

std::string Provisioning::phonebook_url(const std::string& user) {
    const auto account = host_.account(user);
    const std::string page = host_.page();
    if (!account || page.empty()) return {};
    return fmt::format("{}/phonebook.xml?user={}&key={}", page, user,
                       phonebook_key(secret_, user, account->ha1_md5));
}

ProvisioningAnswer Provisioning::refuse(int status, const std::string& sentence) {
    ++refused_;
    return {status, "text/plain; charset=utf-8", sentence + "\n"};
}

}  // namespace node
