// node/page/http_driver.cpp - libmicrohttpd's callbacks, and what wakes it.
#include "node/page/http_driver.hpp"

#include <microhttpd.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <stdexcept>

#include "node/clock.hpp"
#include "node/page/page_crowd.hpp"
#include "node/page/plain_page.hpp"
#include "node/peer_address.hpp"
#include "sip/alive.hpp"
#include "sip/token_bucket.hpp"

namespace node {
namespace {

constexpr std::size_t form_buffer = 4096;  // a field's name has to fit
constexpr std::size_t most_form_fields = 64;

struct ResponseDeleter {
    void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};

}  // namespace

struct HttpDriver::Impl {
    /// One request, from its first line to the end of its answer.
    struct Exchange {
        explicit Exchange(Impl& owner, const char* uri) : impl(owner), head{{}, uri, {}, {}} {}
        ~Exchange() {
            if (form != nullptr) MHD_destroy_post_processor(form);
            if (visit) impl.forms -= visit->form_size;
            impl.stop_listening(*this);
        }
        Exchange(const Exchange&) = delete;  // the library points here
        Exchange& operator=(const Exchange&) = delete;

        Impl& impl;
        HttpHead head;
        std::optional<PageFront::Visit> visit;
        MHD_PostProcessor* form = nullptr;
        std::string* field = nullptr;  // of the form, that is being read; none: it is left out
        std::size_t taken = 0;         // of the form, in bytes
        MHD_Connection* waits = nullptr;
        std::chrono::steady_clock::time_point until;
    };

    Impl(asio::io_context& io, PageFront& page_front, LiveChanges& changes, unsigned connections)
        : front(page_front), live(changes), most(connections), ready(io), timer(io) {
        daemon = MHD_start_daemon(
            MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, &answer,
            this, MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_PER_IP_CONNECTION_LIMIT, most_of_one_address,
            MHD_OPTION_CONNECTION_TIMEOUT, idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * header_size,
            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
            MHD_OPTION_URI_LOG_CALLBACK, &begins, this, MHD_OPTION_NOTIFY_COMPLETED, &ends, this,
            MHD_OPTION_NOTIFY_CONNECTION, &comes_or_goes, this, MHD_OPTION_END);
        if (daemon == nullptr) throw std::runtime_error("the page: libmicrohttpd cannot be started");
        const auto* const info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
        if (info == nullptr || info->epoll_fd < 0) throw std::runtime_error("the page: no epoll");
        ready.assign(info->epoll_fd);
        wait();
    }
    ~Impl() {
        ready.release();  // it is the library's
        for (auto* const exchange : std::vector(listening))
            wake(*exchange);
        MHD_stop_daemon(daemon);
    }
    Impl(const Impl&) = delete;  // the library points here
    Impl& operator=(const Impl&) = delete;

    void wait() {
        ready.async_wait(asio::posix::stream_descriptor::wait_read,
                         alive.guard([this](asio::error_code error) {
                             if (error == asio::error::operation_aborted) return;
                             run();
                             wait();
                         }));
    }

    void run() {
        do {
            woken = false;
            MHD_run(daemon);
        } while (woken);  // by what was answered just now: the library looks at it in its next turn alone
        MHD_UNSIGNED_LONG_LONG library = 0;
        auto wake_in = std::chrono::steady_clock::duration(std::chrono::hours(1));
        if (MHD_get_timeout(daemon, &library) == MHD_YES) wake_in = std::chrono::milliseconds(library);
        const auto steady = now().steady;
        for (const auto* const exchange : listening)
            wake_in = std::min(wake_in, std::max(exchange->until - steady, decltype(wake_in)::zero()));
        timer.expires_after(wake_in);
        timer.async_wait(alive.guard([this](asio::error_code cancelled) {
            if (cancelled) return;
            end_waiting();
            run();
        }));
    }

    void end_waiting() {
        const auto steady = now().steady;
        for (auto* const exchange : std::vector(listening)) {
            if (exchange->until <= steady) wake(*exchange);
        }
    }
    void wake(Exchange& exchange) {
        auto* const connection = exchange.waits;
        stop_listening(exchange);
        if (connection == nullptr) return;
        MHD_resume_connection(connection);
        woken = true;
    }
    void stop_listening(Exchange& exchange) {
        exchange.waits = nullptr;
        std::erase(listening, &exchange);
    }

    // What the library calls. Nothing may be thrown through it.

    static void* begins(void* self, const char* uri, MHD_Connection*) {
        return new (std::nothrow) Exchange(*static_cast<Impl*>(self), uri);
    }
    static void ends(void*, MHD_Connection*, void** context, MHD_RequestTerminationCode) {
        delete static_cast<Exchange*>(std::exchange(*context, nullptr));
    }
    static void comes_or_goes(void* self, MHD_Connection* connection, void**,
                              MHD_ConnectionNotificationCode code) {
        auto& crowd = static_cast<Impl*>(self)->crowd;
        if (code == MHD_CONNECTION_NOTIFY_STARTED)
            crowd.came(socket_of(connection), now().steady);
        else
            crowd.left(socket_of(connection));
    }
    static MHD_Result answer(void* self, MHD_Connection* connection, const char*, const char* method,
                             const char*, const char* bytes, std::size_t* size, void** context) {
        auto& impl = *static_cast<Impl*>(self);
        auto* const exchange = static_cast<Exchange*>(*context);
        if (exchange == nullptr) return MHD_NO;
        try {
            if (!exchange->visit) return impl.begin(connection, *exchange, method);
            if (*size > 0) {
                exchange->taken += *size;
                if (exchange->taken > exchange->visit->form_size) return MHD_NO;  // more than it announced
                if (exchange->form != nullptr) (void)MHD_post_process(exchange->form, bytes, *size);
                *size = 0;
                return MHD_YES;
            }
            return impl.finish(connection, *exchange);
        } catch (const std::exception& e) {
            if (impl.log.take(1, now().steady)) spdlog::error("page: {}", e.what());
            return impl.send(connection, impl.front.failed());
        }
    }
    static MHD_Result add_field(void* fields, MHD_ValueKind, const char* name, const char* value) {
        static_cast<HttpHead*>(fields)->fields.emplace_back(name, value != nullptr ? value : "");
        return MHD_YES;
    }
    static MHD_Result add_form(void* context, MHD_ValueKind, const char* name, const char*, const char*,
                               const char*, const char* bytes, std::uint64_t offset, std::size_t size) {
        auto& exchange = *static_cast<Exchange*>(context);
        auto& form = exchange.visit->request.form;
        try {
            if (offset == 0) {
                exchange.field = nullptr;
                if (form.size() >= most_form_fields || form.contains(name)) return MHD_YES;
                exchange.field = &form[name];
            }
            if (exchange.field != nullptr) exchange.field->append(bytes, size);
        } catch (const std::bad_alloc&) {
            return MHD_NO;
        }
        return MHD_YES;
    }

    MHD_Result begin(MHD_Connection* connection, Exchange& exchange, const char* method) {
        exchange.head.method = method;
        MHD_get_connection_values(connection, MHD_HEADER_KIND, &add_field, &exchange.head);
        const auto* const peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        if (peer == nullptr || peer->client_addr == nullptr) return MHD_NO;
        exchange.head.peer = address_of(peer->client_addr);
        auto begun = front.begin(exchange.head, now());
        const auto* const going_on = std::get_if<PageFront::Visit>(&begun);
        crowd.asked(socket_of(connection), going_on != nullptr && going_on->session, now().steady);
        if (auto* const answer = std::get_if<PageAnswer>(&begun)) return send(connection, *answer);
        auto& visit = std::get<PageFront::Visit>(begun);
        if (forms + visit.form_size > most_forms)
            return send(connection, front.failed(visit.request.language));
        forms += visit.form_size;
        exchange.visit = std::move(visit);
        if (exchange.visit->request.method != "POST") return MHD_YES;
        exchange.form = MHD_create_post_processor(connection, form_buffer, &add_form, &exchange);
        if (exchange.form == nullptr) {
            const auto& language = exchange.visit->request.language;
            return send(connection, says(415, language, "server.no_form"));
        }
        return MHD_YES;
    }

    MHD_Result finish(MHD_Connection* connection, Exchange& exchange) {
        if (exchange.form != nullptr) {
            MHD_destroy_post_processor(exchange.form);  // it holds the last field until now
            exchange.form = nullptr;
        }
        auto& visit = *exchange.visit;
        if (visit.request.path == "/live") return listen(connection, exchange);
        auto answer = front.finish(visit, now());
        PageFront::spare(exchange.head, answer);
        return send(connection, answer);
    }

    MHD_Result listen(MHD_Connection* connection, Exchange& exchange) {
        PageAnswer answer;
        answer.type = "text/event-stream";
        if (auto event = live.since(exchange.head.field("Last-Event-ID"))) {
            answer.body = std::move(*event);
            return send(connection, answer);
        }
        const bool waited = exchange.until != std::chrono::steady_clock::time_point();
        if (waited && exchange.until <= now().steady) {
            answer.body = live.nothing_new();
            return send(connection, answer);
        }
        make_room_to_listen();
        if (!waited) exchange.until = now().steady + LiveChanges::waits;
        exchange.waits = connection;
        listening.push_back(&exchange);
        MHD_suspend_connection(connection);
        return MHD_YES;
    }

    /// Who has gone makes room; else who has waited for longest: a browser comes again by itself, unless it
    /// was refused.
    void make_room_to_listen() {
        for (auto* const exchange : std::vector(listening)) {
            if (has_gone(exchange->waits)) wake(*exchange);
        }
        if (listening.size() < LiveChanges::most_listeners) return;
        auto& longest = *listening.front();
        longest.until = now().steady;
        wake(longest);
    }
    /// The library does not look at a connection that is suspended.
    static bool has_gone(MHD_Connection* connection) {
        pollfd socket{socket_of(connection), POLLRDHUP, 0};
        return ::poll(&socket, 1, 0) > 0;
    }
    static int socket_of(MHD_Connection* connection) {
        const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        return info == nullptr ? -1 : info->connect_fd;
    }
    void make_room() {
        if (crowd.size() < most) return;
        const auto leaves = crowd.makes_room();
        if (!leaves) return;
        ::shutdown(*leaves, SHUT_RDWR);  // it is the library that closes it, when it sees that
        MHD_run(daemon);
    }

    MHD_Result send(MHD_Connection* connection, const PageAnswer& answer) {
        const std::unique_ptr<MHD_Response, ResponseDeleter> response(MHD_create_response_from_buffer(
            answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY));
        if (response == nullptr) return MHD_NO;
        for (const auto& [name, value] : PageFront::fields(answer))
            (void)MHD_add_response_header(response.get(), name.c_str(), value.c_str());
        return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
    }

    PageFront& front;
    LiveChanges& live;
    const unsigned most;
    asio::posix::stream_descriptor ready;  // the library's epoll
    asio::steady_timer timer;
    MHD_Daemon* daemon = nullptr;
    std::vector<Exchange*> listening;
    PageCrowd crowd;
    bool woken = false;     // somebody listens no more
    std::size_t forms = 0;  // bytes that were announced for those under way
    sip::TokenBucket log{4, std::chrono::minutes(1)};
    sip::Alive alive;  // last: handlers may come after the end
};

HttpDriver::HttpDriver(asio::io_context& loop, PageFront& front, LiveChanges& live, unsigned most)
    : impl_(std::make_unique<Impl>(loop, front, live, most)) {}

HttpDriver::~HttpDriver() = default;

void HttpDriver::adopt(int descriptor, const sip::Endpoint& peer) {
    const asio::ip::tcp::endpoint endpoint(peer.address, peer.port);
    impl_->make_room();
    // Whatever becomes of it, the library closes it.
    (void)MHD_add_connection(impl_->daemon, descriptor, endpoint.data(),
                             static_cast<socklen_t>(endpoint.size()));
    impl_->run();
}

void HttpDriver::changed() {
    for (auto* const exchange : std::vector(impl_->listening))
        impl_->wake(*exchange);
    impl_->run();
}

std::size_t HttpDriver::listeners() const {
    return impl_->listening.size();
}

}  // namespace node
