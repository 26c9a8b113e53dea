// node/reach/upnp.cpp - search, description, and the actions of WANIPConnection, one after the other.
#include "node/reach/upnp.hpp"

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>
#include <pthread.h>

#include <array>
#include <asio/post.hpp>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "crypto/identity.hpp"
#include "node/reach/upnp_offer.hpp"

namespace node {
namespace {

constexpr int conflict = 718;        // ConflictInMappingEntry: the outer port is somebody else's
constexpr int permanent_only = 725;  // OnlyPermanentLeasesSupported
constexpr int tries = 4;             // at other outer ports

std::string fault_of(int code) {
    const char* text = strupnperror(code);
    return "it refused (UPnP " + std::to_string(code) + (text != nullptr ? std::string(": ") + text : "") +
           ")";
}

const char* protocol_of(const InnerPort& port) {
    return port.tcp ? "TCP" : "UDP";
}

std::uint16_t random_port() {
    std::array<std::uint8_t, 2> random{};
    crypto::random_bytes(random);
    return static_cast<std::uint16_t>(20000 + (random[0] << 8U | random[1]) % 40000);
}

std::uint16_t to_port(const char* text) {
    std::uint16_t port = 0;
    std::from_chars(text, text + std::char_traits<char>::length(text), port);
    return port;
}

std::string_view text_of(const char* text) {
    return text == nullptr ? std::string_view() : text;
}

/// A router's description, once read. Worker thread only.
class Igd {
public:
    Igd() = default;
    ~Igd() { forget(); }
    Igd(const Igd&) = delete;  // owns what miniupnpc has allocated
    Igd& operator=(const Igd&) = delete;

    void forget() {
        if (known_) FreeUPNPUrls(&urls_);
        known_ = false;
    }

    bool find(const Gateway& gateway) {
        if (known_ && gateway_ == gateway) return true;
        forget();
        gateway_ = gateway;
        complaint_.clear();
        int error = 0;
        UPNPDev* devices =
            upnpDiscover(static_cast<int>(Upnp::search_time.count()), gateway.own.to_string().c_str(),
                         nullptr, UPNP_LOCAL_PORT_ANY, 0, 2, &error);
        for (const UPNPDev* device = devices; device != nullptr && !known_; device = device->pNext) {
            if (auto why = why_not_believed(text_of(device->descURL), gateway.address); !why.empty()) {
                complaint_ = std::move(why);
                continue;
            }
            std::array<char, 64> own{};
            if (UPNP_GetIGDFromUrl(device->descURL, &urls_, &data_, own.data(),
                                   static_cast<int>(own.size())) != 1)
                continue;
            known_ = true;
            auto why = why_not_believed(text_of(urls_.controlURL), gateway.address);
            if (why.empty() && data_.first.servicetype[0] != '\0') continue;
            forget();
            if (!why.empty()) complaint_ = std::move(why);
        }
        freeUPNPDevlist(devices);
        return known_;
    }

    MappingAnswer answer(const MappingRequest& request) {
        MappingAnswer answer;
        answer.id = request.id;
        answer.protocol = GatewayProtocol::upnp;
        if (!find(request.gateway)) {
            answer.fault = complaint_;
            return answer;
        }
        std::array<char, 64> text{};
        const int code = UPNP_GetExternalIPAddress(urls_.controlURL, data_.first.servicetype, text.data());
        if (code < 0) {  // no HTTP answer: perhaps the router came back with another port
            forget();
            return answer;
        }
        answer.speaks = true;
        asio::error_code none;
        const auto outer = asio::ip::make_address_v4(text.data(), none);
        if (code != 0 || none || outer.is_unspecified()) {
            answer.fault = code != 0 ? fault_of(code) : "it has no address itself";
            return answer;
        }
        answer.outer_address = outer;
        for (const auto& wish : request.wishes)
            answer.grants.push_back(grant(wish, request));
        return answer;
    }

    void end(const InnerPort& inner, std::uint16_t outer) {
        UPNP_DeletePortMapping(urls_.controlURL, data_.first.servicetype, std::to_string(outer).c_str(),
                               protocol_of(inner), nullptr);
    }

private:
    MappingGrant grant(const MappingWish& wish, const MappingRequest& request) {
        std::string lease = std::to_string(request.lease.count());
        std::uint16_t outer = wish.outer;
        int code = 0;
        for (int i = 0; i < tries; ++i) {
            const Holder holder = holder_of(wish.inner, outer);
            if (holder == Holder::we && wish.held) return {wish.inner, outer, {}, {}, true};
            // Some routers would let AddPortMapping take away what another machine has.
            if (holder == Holder::another) {
                code = conflict;
            } else {
                code = add(wish.inner, outer, lease);
                if (code == permanent_only) {
                    lease = "0";
                    code = add(wish.inner, outer, lease);
                }
            }
            if (code == 0)
                return {wish.inner, outer, lease == "0" ? std::chrono::seconds(0) : request.lease, {}};
            if (code != conflict) break;
            outer = random_port();
        }
        return {wish.inner, 0, {}, fault_of(code)};
    }

    int add(const InnerPort& inner, std::uint16_t outer, const std::string& lease) {
        return UPNP_AddPortMapping(urls_.controlURL, data_.first.servicetype, std::to_string(outer).c_str(),
                                   std::to_string(inner.port).c_str(), gateway_.own.to_string().c_str(),
                                   "Hedgewitch", protocol_of(inner), nullptr, lease.c_str());
    }

    enum class Holder : std::uint8_t { nobody, we, another };
    Holder holder_of(const InnerPort& inner, std::uint16_t outer) {
        std::array<char, 64> client{};
        std::array<char, 16> port{}, enabled{};
        std::array<char, 128> description{};
        std::array<char, 32> lease{};
        const int code = UPNP_GetSpecificPortMappingEntry(
            urls_.controlURL, data_.first.servicetype, std::to_string(outer).c_str(), protocol_of(inner),
            nullptr, client.data(), port.data(), description.data(), enabled.data(), lease.data());
        if (code != 0) return Holder::nobody;
        const bool ours = client.data() == gateway_.own.to_string() && to_port(port.data()) == inner.port;
        return ours ? Holder::we : Holder::another;
    }

    UPNPUrls urls_{};
    IGDdatas data_{};
    Gateway gateway_;
    bool known_ = false;
    std::string complaint_;  // about who offered it and was not believed
};

}  // namespace

/// The thread's side. Outlives Upnp when a router keeps it waiting.
struct Upnp::Worker : std::enable_shared_from_this<Upnp::Worker> {
    using Job = std::function<void(Igd&)>;

    void add(Job job) {
        const std::lock_guard guard(mutex);
        jobs.push_back(std::move(job));
        woken.notify_all();
        if (started) return;
        started = true;
        std::thread([self = shared_from_this()] { self->run(); }).detach();
    }

    void run() {
        pthread_setname_np(pthread_self(), "upnp");
        Igd igd;
        std::unique_lock lock(mutex);
        for (;;) {
            woken.wait(lock, [this] { return leaving || !jobs.empty(); });
            if (jobs.empty()) break;
            const auto job = std::move(jobs.front());
            jobs.pop_front();
            lock.unlock();
            job(igd);
            lock.lock();
        }
        ended = true;
        woken.notify_all();
    }

    /// True: it has ended.
    bool leave() {
        std::unique_lock lock(mutex);
        leaving = true;
        woken.notify_all();
        const bool in_time = woken.wait_for(lock, farewell, [this] { return ended || !started; });
        loop = nullptr;
        return in_time;
    }

    void post(std::function<void()> what) {
        const std::lock_guard guard(mutex);  // so that the loop is not gone meanwhile
        if (loop != nullptr) asio::post(*loop, std::move(what));
    }

    std::mutex mutex;
    std::condition_variable woken;
    std::deque<Job> jobs;
    bool started = false, leaving = false, ended = false;
    asio::io_context* loop = nullptr;  // nullptr: nobody waits any more
};

Upnp::Upnp(asio::io_context& loop) : worker_(std::make_shared<Worker>()) {
    worker_->loop = &loop;
}

Upnp::~Upnp() {
    worker_->leave();
}

void Upnp::start(MappingRequest request, std::function<void(MappingAnswer)> done) {
    worker_->add(
        [worker = std::weak_ptr(worker_), request = std::move(request), done = std::move(done)](Igd& igd) {
            auto answer = igd.answer(request);
            const auto alive = worker.lock();
            if (!alive) return;
            alive->post([worker, done, answer = std::move(answer)] {
                const auto still = worker.lock();
                if (still && still->loop != nullptr) done(answer);
            });
        });
}

void Upnp::end_mappings(const Gateway& gateway, std::vector<std::pair<InnerPort, std::uint16_t>> ports) {
    worker_->add([gateway, ports = std::move(ports)](Igd& igd) {
        if (!igd.find(gateway)) return;
        for (const auto& [inner, outer] : ports)
            igd.end(inner, outer);
    });
}

}  // namespace node
