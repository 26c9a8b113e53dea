// sip/syntax/builder.hpp - writes responses and requests. Text in, text out.
// 1. Nothing a peer sent can add a header: a folded value comes out on one line, any other CR, LF or NUL as
//    a space.
// 2. An answer is at most a small constant longer than its request (and what the caller adds), so that a
//    forged source address is no amplifier.
#pragma once

#include <string>
#include <utility>

#include "sip/flow.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/reason_phrases.hpp"

namespace sip {

/// RFC 3261 §8.2.6: copies Via (all, in order), From, To, Call-ID and CSeq from the request; the topmost Via
/// gets received and rport as seen on `flow` (§18.2.1, RFC 3581 §4). A To without a tag gets `to_tag`, but
/// not in a 100; an empty tag counts as none. Works on any MessageView: of a field that stands there twice
/// the first is taken, a missing one stays missing, and a top Via that cannot be read is given back as it
/// stands (the address of `flow` when it would be none), with its branch, by which alone its sender knows the
/// answer.
class ResponseBuilder {
public:
    ResponseBuilder(const MessageView& request, const Flow& flow, int status, std::string_view reason = {},
                    std::string_view to_tag = {});
    ResponseBuilder& add(Header h, std::string_view value);
    ResponseBuilder& add(std::string_view field_name, std::string_view value);
    [[nodiscard]] std::string finish(std::string_view body = {}, std::string_view content_type = {});

private:
    std::string text_;
};

class RequestBuilder {
public:
    RequestBuilder(Method method, std::string_view request_uri);
    RequestBuilder& add(Header h, std::string_view value);
    RequestBuilder& add(std::string_view field_name, std::string_view value);
    [[nodiscard]] std::string finish(std::string_view body = {}, std::string_view content_type = {});

private:
    std::string text_;
};

/// A message that says mostly what another said: field by field, each on one line. Where it ends is never
/// copied: a Content-Length that is added is left out, and end() says the length of its own body.
class MessageText {
public:
    void start(std::string_view first_line);
    void add(std::string_view field_name, std::string_view value);  // a name that is no token is left out
    /// All Via fields of `request`, the topmost with received and rport as seen on `flow` (§18.2.1, RFC
    /// 3581).
    void add_vias(const MessageView& request, const Flow& flow);
    void end(std::string_view body);
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace sip
