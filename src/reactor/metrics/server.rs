//! The address where metrics are read: a listener and its few connections.
//!
//! Bounded in everything, since anybody who can reach it may connect: so many at once
//! and the others wait in the kernel, so many bytes, so many seconds. Knows sockets and
//! no numbers: the text is asked for when somebody wants it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};

use super::http::{self, Request};
use crate::limits::{METRICS_CONNECTIONS, METRICS_REQUEST_BYTES, METRICS_TIMEOUT_MS};

/// The listener's token, and those of the connections behind it. Far above all slots,
/// far below the reactor's own.
const FIRST: usize = usize::MAX / 2;

/// What is read of a peer that has its answer, and dropped, before it is closed on.
const DROPPED_BYTES: usize = 16 * 1024;

/// Whether the token is one of these.
pub(in crate::reactor) fn is_ours(token: Token) -> bool {
    (FIRST..=FIRST + METRICS_CONNECTIONS).contains(&token.0)
}

/// The listener with its connections.
#[derive(Debug)]
pub(in crate::reactor) struct MetricsServer {
    socket: TcpListener,
    /// There may be somebody to accept.
    ready: bool,
    connections: [Option<Connection>; METRICS_CONNECTIONS],
}

/// Somebody who reads metrics.
#[derive(Debug)]
struct Connection {
    socket: TcpStream,
    stage: Stage,
    /// When it is closed, whatever it does.
    until_ms: u64,
    /// There may be something to read, or room to write.
    ready: bool,
}

/// Where a connection stands.
///
/// ```text
///  Reading ──► Writing ──► Lingering ──► closed
///  the request  the answer  shut down, the peer's turn: closing on what was not
///                           read would make the kernel destroy the answer
/// ```
#[derive(Debug)]
enum Stage {
    /// What was read of the request.
    Reading(Vec<u8>),
    /// The answer, and how much of it was taken.
    Writing(Vec<u8>, usize),
    /// How much was dropped.
    Lingering(usize),
}

impl MetricsServer {
    /// Binds.
    ///
    /// # Errors
    /// The system's.
    pub(in crate::reactor) fn bind(address: SocketAddr) -> io::Result<MetricsServer> {
        let socket = TcpListener::bind(address)?;
        Ok(MetricsServer { socket, ready: true, connections: Default::default() })
    }

    /// Puts the listener into the poll.
    pub(in crate::reactor) fn register(&mut self, registry: &Registry) -> io::Result<()> {
        registry.register(&mut self.socket, Token(FIRST), Interest::READABLE)
    }

    /// The address with its real port.
    pub(in crate::reactor) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Takes note of what the poll says of one of these.
    pub(in crate::reactor) fn note(&mut self, event: &Event) {
        match event.token().0.checked_sub(FIRST + 1) {
            None => self.ready = true,
            Some(place) => {
                if let Some(Some(connection)) = self.connections.get_mut(place) {
                    connection.ready = true;
                }
            }
        }
    }

    /// When the first connection's time is up.
    pub(in crate::reactor) fn next_due(&self) -> Option<u64> {
        self.connections.iter().flatten().map(|connection| connection.until_ms).min()
    }

    /// Goes on with each connection as far as it goes without waiting, and takes in
    /// who has come while there are places.
    pub(in crate::reactor) fn serve(
        &mut self,
        now_ms: u64,
        registry: &Registry,
        text: impl Fn() -> String,
    ) {
        loop {
            for place in &mut self.connections {
                if let Some(connection) = place
                    && (connection.until_ms <= now_ms
                        || (std::mem::take(&mut connection.ready) && connection.is_over(&text)))
                {
                    // Closing the socket takes it out of the poll.
                    *place = None;
                }
            }
            let free = self.connections.iter().position(Option::is_none);
            let (true, Some(place)) = (self.ready, free) else { return };
            match self.socket.accept() {
                Ok((mut socket, _)) => {
                    let (token, both) =
                        (Token(FIRST + 1 + place), Interest::READABLE | Interest::WRITABLE);
                    if registry.register(&mut socket, token, both).is_ok() {
                        self.connections[place] = Some(Connection {
                            socket,
                            stage: Stage::Reading(Vec::new()),
                            until_ms: now_ms.saturating_add(METRICS_TIMEOUT_MS),
                            ready: true,
                        });
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    // Without descriptors whoever waits is looked at again in any later
                    // turn: nobody is owed metrics.
                    self.ready = error.kind() != ErrorKind::WouldBlock;
                    return;
                }
            }
        }
    }
}

impl Connection {
    /// Goes on; whether it has come to its end.
    fn is_over(&mut self, text: impl Fn() -> String) -> bool {
        loop {
            match self.step(&text) {
                Ok(true) => {}
                Ok(false) => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }

    /// One read or one write; whether there is more to do.
    fn step(&mut self, text: impl Fn() -> String) -> io::Result<bool> {
        match &mut self.stage {
            Stage::Reading(bytes) => {
                let mut buffer = [0; METRICS_REQUEST_BYTES];
                let room = METRICS_REQUEST_BYTES - bytes.len();
                let read = self.socket.read(&mut buffer[..room])?;
                bytes.extend_from_slice(&buffer[..read]);
                let answer = match http::request(bytes) {
                    Request::Partial => return Ok(read > 0),
                    Request::Metrics { head } => http::metrics(&text(), head),
                    Request::Wrong { status, head } => http::refusal(status, head),
                };
                self.stage = Stage::Writing(answer, 0);
            }
            Stage::Writing(answer, written) => {
                *written += self.socket.write(&answer[*written..])?;
                if *written == answer.len() {
                    self.socket.shutdown(Shutdown::Write)?;
                    self.stage = Stage::Lingering(0);
                }
            }
            Stage::Lingering(dropped) => {
                let read = self.socket.read(&mut [0; METRICS_REQUEST_BYTES])?;
                *dropped += read;
                return Ok(read > 0 && *dropped < DROPPED_BYTES);
            }
        }
        Ok(true)
    }
}
