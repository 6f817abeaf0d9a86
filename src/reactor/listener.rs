//! Where connections come in.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

/// Connections that the kernel may hold ready for us.
const BACKLOG: i32 = 1024;

/// What is spoken where connections come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lines as they are: nc, telnet, programs.
    Plain,
    /// The same under TLS.
    Tls,
    /// The same for telnet programs, which are answered, and show no password.
    Telnet,
}

/// A bound listener.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) kind: Kind,
    pub(super) socket: TcpListener,
    /// There may be somebody to accept.
    pub(super) ready: bool,
}

/// How one accept went.
pub(super) enum Accepted {
    /// Somebody came.
    Somebody(TcpStream, SocketAddr),
    /// Nobody is waiting any more.
    Nobody,
    /// This machine has no descriptor or memory left; somebody is still waiting.
    Exhausted(io::Error),
}

impl Listener {
    /// Binds. Port 0 is one that is free.
    ///
    /// # Errors
    /// The system's, when the address is in use or not this machine's.
    pub(super) fn bind(
        kind: Kind,
        address: SocketAddr,
        user_timeout: Duration,
    ) -> io::Result<Listener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let socket = TcpListener::from_std(socket.into());
        // On Linux a connection inherits these from its listener, which spares four
        // system calls for each. Elsewhere `accept` sets what is not inherited.
        set_options(&SockRef::from(&socket), user_timeout)?;
        Ok(Listener { kind, socket, ready: true })
    }

    /// Takes the next connection.
    pub(super) fn accept(&mut self) -> Accepted {
        loop {
            let error = match self.socket.accept() {
                Ok((socket, peer)) => {
                    #[cfg(not(target_os = "linux"))]
                    let _ = set_options(&SockRef::from(&socket), Duration::from_secs(60));
                    return Accepted::Somebody(socket, peer);
                }
                Err(error) => error,
            };
            match error.kind() {
                ErrorKind::WouldBlock => {
                    self.ready = false;
                    return Accepted::Nobody;
                }
                // Somebody came and went: the next one, please.
                ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                // EMFILE, ENFILE, ENOBUFS, ENOMEM, and whatever else: it will not end
                // the server. accept(2) also reports errors of the one connection.
                _ => return Accepted::Exhausted(error),
            }
        }
    }
}

impl Kind {
    /// What is typed to have one.
    pub(super) fn flag(self) -> &'static str {
        match self {
            Kind::Plain => "--listen",
            Kind::Tls => "--listen-tls",
            Kind::Telnet => "--listen-telnet",
        }
    }

    /// Whether whoever is on the way can read along.
    pub fn is_in_clear(self) -> bool {
        self != Kind::Tls
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Plain => "plain",
            Kind::Tls => "tls",
            Kind::Telnet => "telnet",
        })
    }
}

/// No waiting for more to send; and a peer that vanished is noticed: asked after a
/// minute of silence, given up when it has not answered, or has not taken what was
/// sent, for longer than any stall is allowed.
fn set_options(socket: &SockRef<'_>, user_timeout: Duration) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(Duration::from_secs(60));
    #[cfg(target_os = "linux")]
    let keepalive = keepalive.with_interval(Duration::from_secs(15)).with_retries(4);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(user_timeout))?;
    let _ = user_timeout;
    Ok(())
}
