// node/page/server_texts.cpp - English, German.
#include "node/page/server_texts.hpp"

#include <array>

namespace node {
namespace {

constexpr std::array texts = {
    ServerTexts{
        RefusalTexts{
            .unreadable = "The browser asked for something that this page cannot read. Open the page anew.",
            .not_ours = "This node does not go by the name in the browser's address line, so that no page of "
                        "somebody else's can speak to it. Open it by its address (hedgewitch page says "
                        "which), or add the name to page.names in hedgewitch.toml.",
            .too_often =
                "Too much was asked from your address within a minute. Wait a minute, then try again.",
            .from_elsewhere = "This came from a page of somebody else's, and nothing was done. Open the "
                              "node's own page, and do it there.",
            .no_login = "You are not logged in, and nothing was done. Log in, then do it again.",
            .no_token = "This page was opened before you logged in, or has been changed, and nothing was "
                        "done. Load it anew, then do it again.",
            .too_large = "What was sent is larger than this page takes, and nothing was done. A picture may "
                         "have 8 MB.",
            .not_found = "There is no such page here.",
            .failed = "The node could not do that, for a reason of its own; its log says more. Try again, or "
                      "look at the disk.",
            .wrong_method = "This page answers GET and POST only.",
            .no_form = "What was sent is no form."},
        LoginTexts{
            .login_title = "Log in",
            .password_label = "Password",
            .login_button = "Log in",
            .no_password =
                "No password is set. The command hedgewitch page, on the machine of the node, gives you a "
                "link that logs you in once; hedgewitch page password sets a password.",
            .wrong_password = "The password is wrong. If you have forgotten it: the command hedgewitch page, "
                              "on the machine of the node, gives you a link that logs you in.",
            .too_many_guesses = "Too many wrong passwords came from your address, and none is looked at now. "
                                "Wait a minute, then try again.",
            .first_title = "Your Hedgewitch node",
            .first_text = "This link logs this browser in, once. You can choose a password for other "
                          "browsers, or leave it empty: the command hedgewitch page gives new links.",
            .first_password_label = "Password (12 characters or more; may stay empty)",
            .first_button = "Go on",
            .link_used = "This link has been used, or is too old. The command hedgewitch page, on the "
                         "machine of the node, gives you a new one.",
            .weak_password =
                "The password is too short or too long: take 12 to 256 characters, or leave it empty."},
        InviteTexts{
            .invite_title = "An invite to call each other",
            .invite_text =
                "Somebody wants to call you, and be called by you, through Hedgewitch. The invite is in the "
                "address of this page behind the #, where no server has seen it. Take it to your own node:",
            .invite_with_page = "On the page of your own node: People, Add a contact, and paste this:",
            .invite_open = "Or, on the computer where Hedgewitch is installed: ",
            .invite_command = "Or, in a terminal of your node, with a name of your choosing for NAME:",
            .invite_none = "There is no invite in the address of this page. It stands behind a #, and some "
                           "programs cut that off: ask for the invite as text.",
            .invite_without_script =
                "Without script this page cannot show you the invite: copy what stands behind the # in its "
                "address, and paste it on the page of your own node, under People."},
        "en", "To the page"},
    ServerTexts{
        RefusalTexts{
            .unreadable = "Der Browser hat etwas gefragt, das diese Seite nicht lesen kann. Bitte die Seite "
                          "neu öffnen.",
            .not_ours = "Dieser Knoten heißt nicht so, wie es in der Adresszeile steht; so kann keine fremde "
                        "Seite mit ihm sprechen. Öffne ihn mit seiner Adresse (hedgewitch page nennt sie), "
                        "oder nimm den Namen in page.names in hedgewitch.toml auf.",
            .too_often = "Von deiner Adresse kam in einer Minute zu viel. Bitte eine Minute warten und es "
                         "noch einmal versuchen.",
            .from_elsewhere = "Das kam von einer fremden Seite, und nichts wurde getan. Bitte auf der Seite "
                              "des Knotens selbst tun.",
            .no_login =
                "Du bist nicht angemeldet, und nichts wurde getan. Bitte anmelden und noch einmal tun.",
            .no_token = "Diese Seite war vor der Anmeldung offen oder wurde verändert, und nichts wurde "
                        "getan. Bitte neu laden und noch einmal tun.",
            .too_large = "Was gesendet wurde, ist größer, als diese Seite annimmt, und nichts wurde getan. "
                         "Ein Bild darf 8 MB haben.",
            .not_found = "So eine Seite gibt es hier nicht.",
            .failed = "Der Knoten konnte das nicht tun, aus einem Grund bei ihm selbst; sein Log sagt mehr. "
                      "Noch einmal versuchen oder nach der Platte sehen.",
            .wrong_method = "Diese Seite antwortet nur auf GET und POST.",
            .no_form = "Was gesendet wurde, ist kein Formular."},
        LoginTexts{
            .login_title = "Anmelden",
            .password_label = "Passwort",
            .login_button = "Anmelden",
            .no_password =
                "Es ist kein Passwort gesetzt. Der Befehl hedgewitch page auf dem Rechner des Knotens gibt "
                "einen Link, der einmal anmeldet; hedgewitch page password setzt ein Passwort.",
            .wrong_password = "Das Passwort ist falsch. Wer es vergessen hat: der Befehl hedgewitch page auf "
                              "dem Rechner des Knotens gibt einen Link, der anmeldet.",
            .too_many_guesses = "Von deiner Adresse kamen zu viele falsche Passwörter, und jetzt wird keines "
                                "angesehen. Bitte eine Minute warten und es noch einmal versuchen.",
            .first_title = "Dein Hedgewitch-Knoten",
            .first_text = "Dieser Link meldet diesen Browser an, einmal. Für andere Browser kannst du ein "
                          "Passwort wählen, oder es leer lassen: der Befehl hedgewitch page gibt neue Links.",
            .first_password_label = "Passwort (12 Zeichen oder mehr; darf leer bleiben)",
            .first_button = "Weiter",
            .link_used = "Dieser Link ist verbraucht oder zu alt. Der Befehl hedgewitch page auf dem Rechner "
                         "des Knotens gibt einen neuen.",
            .weak_password = "Das Passwort ist zu kurz oder zu lang: 12 bis 256 Zeichen, oder leer lassen."},
        InviteTexts{
            .invite_title = "Eine Einladung, einander anzurufen",
            .invite_text = "Jemand möchte dich über Hedgewitch anrufen und von dir angerufen werden. Die "
                           "Einladung steht in der Adresse dieser Seite hinter dem #, wo kein Server sie "
                           "gesehen hat. Bringe sie zu deinem eigenen Knoten:",
            .invite_with_page =
                "Auf der Seite deines Knotens: Menschen, Einen Kontakt hinzufügen, und dies einfügen:",
            .invite_open = "Oder auf dem Rechner, auf dem Hedgewitch installiert ist: ",
            .invite_command = "Oder in einem Terminal deines Knotens, mit einem Namen deiner Wahl für NAME:",
            .invite_none = "In der Adresse dieser Seite steht keine Einladung. Sie steht hinter einem #, und "
                           "manche Programme schneiden das ab: bitte um die Einladung als Text.",
            .invite_without_script =
                "Ohne Skript kann diese Seite die Einladung nicht zeigen: kopiere, was in ihrer Adresse "
                "hinter dem # steht, und füge es auf der Seite deines Knotens unter Menschen ein."},
        "de", "Zur Seite"},
};
static_assert(texts.size() == std::size(page_languages));

}  // namespace

const ServerTexts& server_texts(std::string_view language) {
    for (const auto& one : texts) {
        if (one.language == language) return one;
    }
    return texts.front();
}

std::string plain_page(std::string_view language, std::string_view title, std::string_view main) {
    std::string page = "<!doctype html>\n<html lang=\"" + std::string(server_texts(language).language) +
                       "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                       "content=\"width=device-width, initial-scale=1\">\n<title>";
    page += title;
    page +=
        " - Hedgewitch</title>\n<link rel=\"stylesheet\" "
        "href=\"/static/page.css\">\n</head>\n<body>\n<main>\n<h1>";
    page += title;
    page += "</h1>\n";
    page += main;
    page += "</main>\n</body>\n</html>\n";
    return page;
}

PageAnswer says(int status, std::string_view language, std::string_view sentence) {
    PageAnswer answer;
    answer.status = status;
    answer.body = plain_page(language, "Hedgewitch",
                             "<p>" + std::string(sentence) + "</p>\n<p><a href=\"/\">" +
                                 std::string(server_texts(language).back) + "</a></p>\n");
    return answer;
}

}  // namespace node
