//! The two threads of a client. The sending one serves the session: it connects,
//! writes, keeps the time. The receiving one, a new one for each connection, looks the
//! server up, connects, makes sure who it is where that is wanted, and reads.
//!
//! Neither holds the lock while it waits for the network. What one of them does on an
//! old connection counts no more: each has the number of its own.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use taifas::limits::SERVER_LINE_BYTES;
use taifas::parser::{Frame, Framer};
use zeroize::{Zeroize, Zeroizing};

use crate::client::{HAPPENINGS_MOST, Shared};
use crate::fingerprint::Fingerprint;
use crate::happening::Why;
use crate::pipe::Pipe;
use crate::session::Step;
use crate::settings::{Security, Waits};
use crate::trust::{self, NoTls};
use crate::wire::Out;

/// The port of a server's address that names none.
const PORT: u16 = 7667;

/// Starts the sending thread.
pub(crate) fn start(
    shared: Arc<Shared>,
    server: String,
    waits: Waits,
) -> io::Result<JoinHandle<()>> {
    let mut sender = Sender { shared, server: with_port(&server), waits, connection: None };
    thread::Builder::new().name("taifas-send".into()).spawn(move || sender.run())
}

struct Sender {
    shared: Arc<Shared>,
    server: String,
    waits: Waits,
    /// The receiving thread, and the connection as soon as there is one.
    connection: Option<(JoinHandle<()>, Option<Pipe>)>,
}

impl Sender {
    fn run(&mut self) {
        loop {
            let (step, lines) = self.shared.step();
            match step {
                Step::Connect => {
                    self.disconnect();
                    self.connect();
                }
                Step::Talk if !lines.is_empty() => {
                    if let Err(_broken) = self.write(lines) {
                        self.shared.update(|state, now| state.session.broken(now, Why::Broken));
                    }
                }
                Step::Talk => self.rest(),
                Step::Rest => {
                    self.disconnect();
                    self.rest();
                }
                Step::End => return self.disconnect(),
            }
        }
    }

    /// Waits until somebody has changed something, or something is due.
    fn rest(&self) {
        let mut state = self.shared.lock();
        while !state.news {
            let now = self.shared.now().mono_ms;
            let wait = match state.session.due_ms() {
                Some(due) if due <= now => break,
                Some(due) => Duration::from_millis(due - now),
                None => Duration::MAX,
            };
            let waited = self.shared.news.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.news = false;
    }

    fn connect(&mut self) {
        let (generation, security) = {
            let state = self.shared.lock();
            (state.generation, state.security)
        };
        let receiver = Receiver { shared: self.shared.clone(), generation };
        let (server, waits) = (self.server.clone(), self.waits);
        let thread = thread::Builder::new().name("taifas-receive".into());
        match thread.spawn(move || receiver.run(&server, security, waits)) {
            Ok(thread) => self.connection = Some((thread, None)),
            Err(error) => {
                let why = Why::Unreachable(error.to_string());
                self.shared.update(|state, now| state.session.broken(now, why));
            }
        }
    }

    fn write(&mut self, lines: impl IntoIterator<Item = Out>) -> io::Result<()> {
        let Some((_, pipe)) = &mut self.connection else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        if pipe.is_none() {
            pipe.clone_from(&self.shared.lock().pipe);
        }
        let pipe = pipe.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        // Each line from where it is: a buffer between would keep a copy of a password.
        lines.into_iter().try_for_each(|line| pipe.write(&line))
    }

    /// Ends the connection, if there is one, and its thread.
    fn disconnect(&mut self) {
        let Some((thread, _)) = self.connection.take() else {
            return;
        };
        let pipe = {
            let mut state = self.shared.lock();
            state.generation += 1;
            state.pipe.take()
        };
        self.shared.moved.notify_all();
        // Without one it is still looking the server up, which cannot be cut short: it
        // finds out by itself that nobody waits for it.
        if let Some(pipe) = pipe {
            pipe.end();
            let _ = thread.join();
        }
    }
}

/// How a connection, or the try to have one, has ended.
enum Ended {
    Broken(Why),
    Untrusted { shown: Fingerprint, trusted: Option<Fingerprint> },
}

struct Receiver {
    shared: Arc<Shared>,
    generation: u64,
}

impl Receiver {
    fn run(&self, server: &str, security: Security, waits: Waits) {
        let ended = match connect(server, security, waits) {
            Ok(pipe) => {
                if !self.connected(pipe.clone()) {
                    return;
                }
                self.read(&pipe);
                Ended::Broken(Why::Broken)
            }
            Err(NoTls::Untrusted { shown, trusted }) => Ended::Untrusted { shown, trusted },
            Err(NoTls::Broken(error)) => Ended::Broken(Why::Unreachable(plainly(&error))),
        };
        self.shared.update(|state, now| {
            if state.generation == self.generation {
                state.news = true;
                match ended {
                    Ended::Broken(why) => state.session.broken(now, why),
                    Ended::Untrusted { shown, trusted } => state.session.untrusted(shown, trusted),
                }
            }
        });
    }

    /// Hands the connection over. False if nobody wants it any more.
    fn connected(&self, pipe: Pipe) -> bool {
        self.shared.update(|state, now| {
            let wanted = state.generation == self.generation;
            if wanted {
                state.news = true;
                state.pipe = Some(pipe);
                state.session.connected(now);
            }
            wanted
        })
    }

    /// Reads to the end, whatever it is.
    fn read(&self, pipe: &Pipe) {
        let mut reader = pipe.reader();
        let mut framer = Framer::bounded(SERVER_LINE_BYTES);
        // A line of it may hold a recovery code.
        let mut buffer = Zeroizing::new(vec![0; 2 * SERVER_LINE_BYTES]);
        let mut filled = 0;
        loop {
            match reader.read(&mut buffer, filled) {
                Ok(0) => return,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            }
            if !self.wait_for_room() {
                return;
            }
            let Some(used) = self.hand_over(&mut framer, &buffer[..filled]) else {
                return;
            };
            buffer.copy_within(used..filled, 0);
            buffer[filled - used..filled].zeroize();
            filled -= used;
        }
    }

    /// The whole lines of what was read; returns how many bytes they are, or `None` if
    /// nobody wants them.
    fn hand_over(&self, framer: &mut Framer, bytes: &[u8]) -> Option<usize> {
        self.shared.update(|state, now| {
            if state.generation != self.generation {
                return None;
            }
            state.news = true;
            let mut used = 0;
            loop {
                let (frame, more) = framer.next(&bytes[used..]);
                used += more;
                match frame {
                    Frame::Line(line) => state.session.received(now, line),
                    // Longer than any of this version's: nothing that we would know.
                    Frame::TooLong => {}
                    Frame::Partial => return Some(used),
                }
            }
        })
    }

    /// Waits until the owner has taken what there is. False if nobody waits for us.
    fn wait_for_room(&self) -> bool {
        let mut state = self.shared.lock();
        while state.happenings.len() >= HAPPENINGS_MOST && state.generation == self.generation {
            state = self.shared.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.generation == self.generation
    }
}

/// Looks the server up, connects, and makes sure who it is.
fn connect(server: &str, security: Security, waits: Waits) -> Result<Pipe, NoTls> {
    let socket = reach(server, waits).map_err(NoTls::Broken)?;
    let Security::Tls { trusted } = security else {
        return Ok(Pipe::plain(socket));
    };
    let patience = Duration::from_millis(waits.connect_ms.max(1));
    let connection = trust::handshake(server, trusted, &socket, patience)?;
    socket.set_read_timeout(None).map_err(NoTls::Broken)?;
    Ok(Pipe::tls(socket, connection))
}

/// Looks the server up and connects. All its addresses together have the time that the
/// session gives us, so that one that swallows everything does not keep the others from
/// being tried.
fn reach(server: &str, waits: Waits) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = server.to_socket_addrs()?.collect();
    let each_ms = (waits.connect_ms / (addresses.len() as u64 + 1)).max(1);
    let mut last = io::Error::other("there is no such address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, Duration::from_millis(each_ms)) {
            Ok(socket) => {
                socket.set_nodelay(true)?;
                socket.set_write_timeout(Some(Duration::from_millis(waits.answer_ms.max(1))))?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What is wrong, for people, where there are words for it.
fn plainly(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens at that address".into(),
        io::ErrorKind::TimedOut => "nothing answers at that address".into(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no way to that address; is the network there?".into()
        }
        // Lines instead of TLS, or somebody who has the certificate but not its key.
        io::ErrorKind::InvalidData => "what answers there cannot be talked to with TLS".into(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::WouldBlock => {
            "what listens there does not answer with TLS".into()
        }
        _ => error.to_string(),
    }
}

/// The address with its port, the usual one where it names none.
fn with_port(server: &str) -> String {
    let server = server.trim();
    let is_v6 = server.matches(':').count() > 1;
    match server.rsplit_once(':') {
        _ if is_v6 && !server.starts_with('[') => format!("[{server}]:{PORT}"),
        Some((_, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            server.to_owned()
        }
        _ => format!("{}:{PORT}", server.trim_end_matches(':')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_port_gets_the_usual_one() {
        for (typed, meant) in [
            ("pi", "pi:7667"),
            (" pi.local: ", "pi.local:7667"),
            ("pi:1234", "pi:1234"),
            ("127.0.0.1", "127.0.0.1:7667"),
            ("::1", "[::1]:7667"),
            ("[::1]", "[::1]:7667"),
            ("[::1]:1234", "[::1]:1234"),
        ] {
            assert_eq!(with_port(typed), meant);
        }
    }
}
