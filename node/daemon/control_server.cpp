// node/daemon/control_server.cpp - the server's side of the control socket.
#include "node/daemon/control_server.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/local/stream_protocol.hpp>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <istream>
#include <set>

namespace node {
namespace {

using Protocol = asio::local::stream_protocol;
constexpr auto idle = std::chrono::seconds(60);
constexpr auto accept_pause = std::chrono::milliseconds(200);  // while there is no descriptor at all

/// A descriptor that nobody else can take: given up for the one command that asks what is wrong.
class KeptBack {
public:
    KeptBack() { take(); }
    ~KeptBack() { (void)give(); }
    KeptBack(const KeptBack&) = delete;  // owns a descriptor
    KeptBack& operator=(const KeptBack&) = delete;

    void take() {
        if (fd_ < 0) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    /// False: it is gone already.
    [[nodiscard]] bool give() {
        if (fd_ < 0) return false;
        ::close(std::exchange(fd_, -1));
        return true;
    }

private:
    int fd_ = -1;
};

}  // namespace

struct ControlServer::Impl : std::enable_shared_from_this<Impl> {
    struct Connection : std::enable_shared_from_this<Connection> {
        Connection(Protocol::socket connected, std::weak_ptr<Impl> owner)
            : socket(std::move(connected)), timer(socket.get_executor()), server(std::move(owner)) {}

        void read() {
            timer.expires_after(idle);
            timer.async_wait([self = weak_from_this()](asio::error_code error) {
                const auto connection = self.lock();
                if (!error && connection) connection->close();
            });
            asio::async_read_until(
                socket, buffer, '\n', [self = shared_from_this()](asio::error_code error, std::size_t) {
                    if (error == asio::error::not_found)
                        return self->write({{"ok", false}, {"error", "the request is too long"}}, false);
                    if (error) return self->close();
                    self->handle();
                });
        }

        void handle() {
            timer.cancel();
            std::istream in(&buffer);
            std::string line;
            std::getline(in, line);
            const auto owner = server.lock();
            if (!owner) return close();
            const Json request = Json::parse(line, nullptr, false);
            if (!request.is_object() || !request.contains("command") || !request["command"].is_string()) {
                return write({{"ok", false}, {"error", "a request is a JSON object with a \"command\""}},
                             true);
            }
            const auto self = shared_from_this();
            owner->handler(
                request,
                [self](Json result) {
                    self->write({{"ok", true}, {"result", std::move(result)}}, true);
                },
                [self](std::string error) {
                    self->write({{"ok", false}, {"error", std::move(error)}}, true);
                });
        }

        void write(const Json& reply, bool go_on) {
            // Text that peers sent may be no UTF-8: replaced, not thrown over.
            out = reply.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
            asio::async_write(socket, asio::buffer(out),
                              [self = shared_from_this(), go_on](asio::error_code error, std::size_t) {
                                  if (error || !go_on) return self->close();
                                  self->read();
                              });
        }

        void close() {
            timer.cancel();
            asio::error_code ignored;
            socket.close(ignored);
            const auto owner = server.lock();
            if (!owner) return;
            owner->connections.erase(shared_from_this());
            owner->kept_back.take();
        }

        Protocol::socket socket;
        asio::steady_timer timer;
        asio::streambuf buffer{max_control_line};
        std::string out;
        std::weak_ptr<Impl> server;
    };

    Impl(asio::io_context& loop, std::filesystem::path path, Handler handle)
        : acceptor(loop), pause(loop), socket_path(std::move(path)), handler(std::move(handle)) {}

    void open() {
        std::filesystem::remove(socket_path);
        try {
            acceptor.open();
            acceptor.bind(Protocol::endpoint(socket_path.string()));
            acceptor.listen();
            acceptor.non_blocking(true);
        } catch (const std::system_error& e) {
            throw std::system_error(e.code(), socket_path.string());
        }
        std::filesystem::permissions(
            socket_path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        accept();
    }

    void accept() {
        acceptor.async_accept([self = weak_from_this()](asio::error_code error, Protocol::socket connected) {
            const auto server = self.lock();
            if (!server || error == asio::error::operation_aborted) return;
            if (error) return server->accept_with_kept_back();
            server->serve(std::move(connected));
            server->accept();
        });
    }

    void serve(Protocol::socket connected) {
        if (connections.size() >= max_control_connections) return;
        auto connection = std::make_shared<Connection>(std::move(connected), weak_from_this());
        connections.insert(connection);
        connection->read();
    }

    void await() {
        acceptor.async_wait(Protocol::acceptor::wait_read, [self = weak_from_this()](asio::error_code error) {
            const auto server = self.lock();
            if (!error && server) server->accept();
        });
    }

    /// There is no descriptor: with the one that was kept back, else later.
    void accept_with_kept_back() {
        if (kept_back.give()) {
            asio::error_code error;
            Protocol::socket connected(pause.get_executor());
            acceptor.accept(connected, error);
            if (!error) {
                serve(std::move(connected));
                return accept();
            }
            kept_back.take();
            if (error == asio::error::would_block) return await();  // Linux takes the descriptor first
        }
        pause.expires_after(accept_pause);
        pause.async_wait([self = weak_from_this()](asio::error_code cancelled) {
            const auto server = self.lock();
            if (!cancelled && server) server->accept();
        });
    }

    Protocol::acceptor acceptor;
    asio::steady_timer pause;
    KeptBack kept_back;
    std::filesystem::path socket_path;
    Handler handler;
    std::set<std::shared_ptr<Connection>> connections;
};

ControlServer::ControlServer(asio::io_context& loop, std::filesystem::path socket, Handler handler)
    : impl_(std::make_shared<Impl>(loop, std::move(socket), std::move(handler))) {
    impl_->open();
}

ControlServer::~ControlServer() {
    asio::error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
    for (const auto& connection : std::set(impl_->connections))
        connection->close();
    std::error_code not_there;
    std::filesystem::remove(impl_->socket_path, not_there);
}

}  // namespace node
