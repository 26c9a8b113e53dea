// node/dns/unbound_client.cpp - libunbound's pipe on an asio loop.
#include "node/dns/unbound_client.hpp"

#include <unbound.h>

#include <algorithm>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "node/dns/home_networks.hpp"

namespace node {
namespace {

constexpr std::size_t max_records = 64;
constexpr int class_in = 1;
constexpr int rcode_nxdomain = 3;

// Where libunbound believes the servers of alt. to be: an address that it is told never to send to. A CNAME
// or DNAME into .alt thus ends in SERVFAIL, and no packet leaves. A local zone would not do: libunbound looks
// there for the name asked, not for those that the answer leads to.
constexpr const char* nowhere = "127.0.0.127";

struct DeleteContext {
    void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};
struct FreeResult {
    void operator()(ub_result* result) const { ub_resolve_free(result); }
};
using ContextPtr = std::unique_ptr<ub_ctx, DeleteContext>;

void require(int code, const std::string& what) {
    if (code != 0) throw std::runtime_error("DNS: " + what + ": " + ub_strerror(code));
}

ContextPtr make_context(const DnsServers& servers) {
    ContextPtr context(ub_ctx_create());
    if (!context) throw std::runtime_error("DNS: libunbound does not start");
    ub_ctx_debugout(context.get(), nullptr);  // peers' answers must not fill stderr
    const auto set = [&](const char* option, const char* value) {
        require(ub_ctx_set_option(context.get(), option, value), option);
    };
    set("do-not-query-localhost:", "no");  // systemd-resolved and dnsmasq listen there
    // By default a server that was silent is left alone for 15 min: far
    // too long for a machine that changes networks.
    set("infra-host-ttl:", "30");
    set("infra-keep-probing:", "yes");
    require(ub_ctx_async(context.get(), 1), "no thread");
    if (servers.forward.empty()) {
        require(ub_ctx_resolvconf(context.get(), servers.resolv_conf.c_str()), servers.resolv_conf.string());
    }
    for (const sip::Endpoint& server : servers.forward) {
        const std::string address = server.address.to_string() + "@" + std::to_string(server.port);
        require(ub_ctx_set_fwd(context.get(), address.c_str()), address);
    }
    if (!servers.hosts_file.empty())
        require(ub_ctx_hosts(context.get(), servers.hosts_file.c_str()), servers.hosts_file.string());
    for (const std::string& anchor : servers.trust_anchors)
        require(ub_ctx_add_ta(context.get(), anchor.c_str()), "trust anchor");
    set("do-not-query-address:", nowhere);
    set("domain-insecure:", "alt.");  // else the root is asked whether it is signed
    for (const std::string_view zone : home_zones)
        set("domain-insecure:", (std::string(zone) + ".").c_str());
    for (const std::string& domain : servers.unsigned_domains)
        set("domain-insecure:", (domain + ".").c_str());
    require(ub_ctx_set_stub(context.get(), "alt.", nowhere, 0), "alt.");
    set("trust-anchor-signaling:", "no");  // asks for names that tell which anchors we have
    // libunbound denies these itself (RFC 6761, RFC 8375), yet a mesh's own server may well hold them. From
    // here on it is set up for good: unreadable trust anchors are found out now.
    for (const char* zone : {"test.", "home.arpa."})
        require(ub_ctx_zone_remove(context.get(), zone), zone);
    return context;
}

DnsReply read(const ub_result& result) {
    DnsReply reply;
    if (result.bogus != 0) {
        reply.security = DnsSecurity::bogus;
        reply.status = DnsStatus::bogus;
        reply.error = result.why_bogus != nullptr ? std::string(result.why_bogus).substr(0, 200) : "bogus";
        return reply;
    }
    if (result.secure != 0) reply.security = DnsSecurity::secure;
    if (result.havedata != 0) {
        reply.status = DnsStatus::found;
        for (std::size_t i = 0; result.data[i] != nullptr && i < max_records; ++i)
            reply.records.emplace_back(result.data[i], static_cast<std::size_t>(std::max(0, result.len[i])));
    } else if (result.nxdomain != 0 || result.rcode == rcode_nxdomain) {
        reply.status = DnsStatus::nxdomain;
    } else if (result.rcode == 0) {
        reply.status = DnsStatus::nodata;
    } else {
        reply.status = DnsStatus::servfail;
        reply.error = result.rcode == 2 ? "SERVFAIL" : "rcode " + std::to_string(result.rcode);
    }
    return reply;
}

}  // namespace

struct DnsClient::Impl : std::enable_shared_from_this<DnsClient::Impl> {
    struct Question {
        Impl* client;
        QuestionId id;
        int async_id;
        Done done;  // empty once cancelled
    };

    Impl(asio::io_context& on, const DnsServers& servers)
        : loop(on), context(make_context(servers)), pipe(on, ub_fd(context.get())) {}
    ~Impl() {
        pipe.release();  // libunbound closes it
    }

    void await_answers();
    static void answered(void* question, int error, ub_result* result);
    void finish(QuestionId id, const DnsReply& reply);
    void forget_all() {
        for (auto& [id, question] : questions)
            question->done = nullptr;
    }

    asio::io_context& loop;
    QuestionId last_id = 0;
    std::unordered_map<QuestionId, std::unique_ptr<Question>> questions;
    ContextPtr context;
    asio::posix::stream_descriptor pipe;
};

DnsClient::DnsClient(asio::io_context& loop, const DnsServers& servers)
    : impl_(std::make_shared<Impl>(loop, servers)) {
    impl_->await_answers();
}

DnsClient::~DnsClient() {
    impl_->forget_all();
}

void DnsClient::Impl::await_answers() {
    pipe.async_wait(asio::posix::stream_descriptor::wait_read,
                    [weak = weak_from_this()](const std::error_code& error) {
                        // Held to the end: a Done may destroy the client, and libunbound is still in
                        // ub_process.
                        const auto self = weak.lock();
                        if (!self || error == asio::error::operation_aborted) return;
                        ub_process(self->context.get());  // calls answered()
                        self->await_answers();
                    });
}

QuestionId DnsClient::ask(const std::string& name, DnsType type, Done done) {
    const QuestionId id = ++impl_->last_id;
    auto question = std::make_unique<Impl::Question>(Impl::Question{impl_.get(), id, 0, std::move(done)});
    const int code = ub_resolve_async(impl_->context.get(), name.c_str(), static_cast<int>(type), class_in,
                                      question.get(), &Impl::answered, &question->async_id);
    impl_->questions.emplace(id, std::move(question));
    if (code != 0) {
        DnsReply reply;
        reply.error = ub_strerror(code);
        asio::post(impl_->loop, [weak = std::weak_ptr(impl_), id, reply] {
            if (const auto impl = weak.lock()) impl->finish(id, reply);
        });
    }
    return id;
}

void DnsClient::cancel(QuestionId id) {
    const auto found = impl_->questions.find(id);
    if (found == impl_->questions.end()) return;
    // UB_NOID: its answer is on the way, and still points at the question.
    if (ub_cancel(impl_->context.get(), found->second->async_id) == 0) {
        impl_->questions.erase(found);
    } else {
        found->second->done = nullptr;
    }
}

void DnsClient::Impl::answered(void* question, int error, ub_result* result) {
    const std::unique_ptr<ub_result, FreeResult> owned(result);
    const auto& asked = *static_cast<Question*>(question);
    DnsReply reply;
    if (error != 0 || !owned) {
        reply.error = ub_strerror(error);
    } else {
        reply = read(*owned);
    }
    asked.client->finish(asked.id, reply);
}

void DnsClient::Impl::finish(QuestionId id, const DnsReply& reply) {
    const auto node = questions.extract(id);
    if (!node.empty() && node.mapped()->done) node.mapped()->done(reply);
}

}  // namespace node
