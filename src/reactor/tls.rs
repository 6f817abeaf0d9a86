//! TLS on one connection: rustls, driven by hand over a socket that never waits.
//!
//! Nothing is kept while a connection is idle but rustls's own state: records are read
//! and decrypted in a buffer that all connections share, and an outbox stays plain
//! until its turn to be written comes. What is kept between turns, and its bounds:
//! an unfinished record, what one read has decrypted, and one portion that is sealed
//! and that the socket has not taken. The reactor uses it through `Transport`.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::ServerConfig;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus, WriteTraffic,
};
use zeroize::{Zeroize as _, Zeroizing};

use super::outbox::{Outbox, Written};
use super::transport::Got;
use crate::limits::{READ_BYTES, TLS_PARTIAL_BYTES, TLS_PORTION_BYTES};
use crate::parser::{Foreign, Sniff, sniff};

/// One connection's TLS.
pub(super) struct Tls {
    socket: TcpStream,
    rustls: UnbufferedServerConnection,
    stage: Stage,
    /// What was read of a record, or of a message of the handshake, that is not whole.
    /// rustls is handed the same bytes again, at the same place.
    partial: Vec<u8>,
    /// What was decrypted and is not taken.
    opened: Zeroizing<Vec<u8>>,
    /// What is sealed and the socket has not taken. While there is any, nothing more is
    /// sealed.
    sealed: Vec<u8>,
    /// What is known of the ends, each for itself.
    is: Ends,
}

/// How far the handshake is.
///
/// ```text
///  Unknown ──hello──► Shaking ──may write──► Open
///     └──anything else──► Plain       any of them ──error──► Over
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was read, or too little to tell.
    Unknown,
    /// It is TLS, and nothing can be said yet.
    Shaking,
    /// What is queued can be sealed.
    Open,
    /// It is no TLS, and will be told so: nothing is sealed.
    Plain,
    /// rustls has found an error, after which it must not be asked again.
    Over,
}

/// Independent facts about the ends of both directions.
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    /// The peer says nothing more: its close_notify has come, or the socket's end.
    at_end: bool,
    /// The socket's end has come.
    shut: bool,
    /// Our close_notify is sealed.
    said_goodbye: bool,
}

/// Memory that all connections share.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
}

/// More than any record, and a message of TLS's own in front of it, is longer than what
/// it says.
const RECORD_OVERHEAD: usize = 256;

/// A portion is complete when there is no room for more than this.
const SMALL: usize = 1024;

impl Buffers {
    /// For servers that speak TLS; the others have no use for them.
    pub(super) fn new() -> Buffers {
        Buffers {
            incoming: vec![0; TLS_PARTIAL_BYTES],
            outgoing: vec![0; TLS_PORTION_BYTES + SMALL],
        }
    }
}

impl Tls {
    pub(super) fn new(socket: TcpStream, config: Arc<ServerConfig>) -> Result<Tls, rustls::Error> {
        Ok(Tls {
            socket,
            rustls: UnbufferedServerConnection::new(config)?,
            stage: Stage::Unknown,
            partial: Vec::new(),
            opened: Zeroizing::default(),
            sealed: Vec::new(),
            is: Ends::default(),
        })
    }

    pub(super) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Sealed bytes that the socket has not taken.
    pub(super) fn unsent(&self) -> usize {
        self.sealed.len()
    }

    /// Whether nothing can be said yet.
    pub(super) fn is_shaking(&self) -> bool {
        matches!(self.stage, Stage::Unknown | Stage::Shaking)
    }

    /// Whether the socket has ended.
    pub(super) fn is_shut(&self) -> bool {
        self.is.shut
    }

    /// Reads from the socket once, unless something is decrypted already.
    pub(super) fn read(&mut self, into: &mut [u8], buffers: &mut Buffers) -> io::Result<Got> {
        if !self.opened.is_empty() {
            return Ok(self.take_opened(into));
        }
        if self.is.at_end {
            return Ok(Got::End);
        }
        if self.stage == Stage::Over {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let Some(len) = self.read_socket(&mut buffers.incoming)? else {
            // An end without close_notify is one too: what is whole was taken.
            return Ok(Got::End);
        };
        let incoming = &mut buffers.incoming[..len];
        if self.stage == Stage::Unknown {
            match sniff(incoming) {
                Sniff::Yes(Foreign::Tls) => self.stage = Stage::Shaking,
                Sniff::Maybe => {
                    self.partial = incoming.to_vec();
                    return Ok(Got::Records);
                }
                Sniff::Yes(_) | Sniff::No => {
                    // It may be a password, typed at the wrong port.
                    incoming.zeroize();
                    self.partial.zeroize();
                    self.stage = Stage::Plain;
                    return Ok(Got::NotTls);
                }
            }
        }
        let opened = self.open(incoming, into);
        // rustls decrypts where the records lie.
        incoming.zeroize();
        match opened {
            Ok(0) => Ok(Got::Records),
            Ok(len) => Ok(Got::Bytes { len, emptied: false }),
            Err(error) => {
                // The peer is told why, if it still listens; nothing waits for that.
                let _ = self.flush();
                Err(invalid(error))
            }
        }
    }

    /// Reads behind what is unfinished; how many bytes there are then, or `None` at the
    /// socket's end.
    fn read_socket(&mut self, incoming: &mut [u8]) -> io::Result<Option<usize>> {
        let kept = self.partial.len();
        let most = incoming.len().min(kept + READ_BYTES);
        if kept == most {
            return Err(invalid("a message of the handshake is longer than is read"));
        }
        incoming[..kept].copy_from_slice(&self.partial);
        loop {
            match self.socket.read(&mut incoming[kept..most]) {
                Ok(0) => {
                    self.is.at_end = true;
                    self.is.shut = true;
                    return Ok(None);
                }
                Ok(read) => return Ok(Some(kept + read)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Lets rustls do all it can with these bytes. What the peer says goes into `into`,
    /// and what does not fit there is kept; how many bytes it is that do.
    fn open(&mut self, incoming: &mut [u8], into: &mut [u8]) -> Result<usize, rustls::Error> {
        let (mut used, mut taken) = (0, 0);
        let mut goes_on = true;
        while goes_on {
            let UnbufferedStatus { mut discard, state, .. } =
                self.rustls.process_tls_records(&mut incoming[used..]);
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        let fits = record.payload.len().min(into.len() - taken);
                        let (now, later) = record.payload.split_at(fits);
                        into[taken..taken + fits].copy_from_slice(now);
                        taken += fits;
                        self.opened.extend_from_slice(later);
                        discard += record.discard;
                    }
                }
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut self.sealed),
                // What is sealed is on its way; that the socket has to take it is ours to
                // see to.
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.is.at_end = true,
                Ok(ConnectionState::WriteTraffic(_)) => {
                    self.stage = Stage::Open;
                    goes_on = false;
                }
                // Blocked until more is read, or closed on both sides. Early data is off.
                Ok(_) => goes_on = false,
                Err(error) => {
                    self.stage = Stage::Over;
                    self.seal_alert(&mut incoming[used + discard..]);
                    return Err(error);
                }
            }
            used += discard;
        }
        self.partial.clear();
        if !self.is.at_end {
            self.partial.extend_from_slice(&incoming[used..]);
        }
        // Idle, it holds no buffer.
        self.partial.shrink_to_fit();
        Ok(taken)
    }

    /// What rustls has to say about an error. When it has said it, it would go on with
    /// the same bytes, and must not.
    fn seal_alert(&mut self, incoming: &mut [u8]) {
        while self.rustls.wants_write()
            && let Ok(ConnectionState::EncodeTlsData(data)) =
                self.rustls.process_tls_records(incoming).state
        {
            encode(data, &mut self.sealed);
        }
    }

    fn take_opened(&mut self, into: &mut [u8]) -> Got {
        let len = self.opened.len().min(into.len());
        into[..len].copy_from_slice(&self.opened[..len]);
        let rest = self.opened.len() - len;
        self.opened.copy_within(len.., 0);
        self.opened[rest..].zeroize();
        self.opened.truncate(rest);
        if rest == 0 {
            self.opened = Zeroizing::default();
        }
        Got::Bytes { len, emptied: false }
    }

    /// Seals what is queued and writes it, portion by portion, as far as the socket
    /// takes it.
    pub(super) fn write(
        &mut self,
        outbox: &mut Outbox,
        last: bool,
        buffers: &mut Buffers,
    ) -> io::Result<Written> {
        if !self.flush()? {
            return Ok(Written::Part);
        }
        match self.stage {
            Stage::Unknown | Stage::Shaking => return Ok(Written::Waiting),
            Stage::Plain => return outbox.write(&mut self.socket),
            Stage::Over => return Err(ErrorKind::BrokenPipe.into()),
            Stage::Open => {}
        }
        let written = outbox.write(&mut Sealer { tls: self, outgoing: &mut buffers.outgoing })?;
        if written == Written::All && last && !self.is.said_goodbye {
            self.say_goodbye(&mut buffers.outgoing)?;
        }
        Ok(if self.sealed.is_empty() { written } else { Written::Part })
    }

    fn say_goodbye(&mut self, outgoing: &mut [u8]) -> io::Result<()> {
        self.is.said_goodbye = true;
        let len = self.seal_with(|traffic| traffic.queue_close_notify(outgoing))?;
        self.send(&outgoing[..len])
    }

    /// Lets rustls seal something. All that it wanted to do with what was read is done,
    /// and it is handed what is unfinished once more: so that it may write at once.
    fn seal_with(
        &mut self,
        seal: impl FnOnce(&mut WriteTraffic<'_, ServerConnectionData>) -> Result<usize, EncryptError>,
    ) -> io::Result<usize> {
        let sealed = match self.rustls.process_tls_records(&mut self.partial).state {
            Ok(ConnectionState::WriteTraffic(mut traffic)) => seal(&mut traffic).map_err(invalid),
            Ok(state) => Err(invalid(format_args!("{state:?}, where something is to be said"))),
            Err(error) => Err(invalid(error)),
        };
        if sealed.is_err() {
            self.stage = Stage::Over;
        }
        sealed
    }

    /// Writes what is sealed; keeps what the socket does not take. Only called when
    /// nothing else is kept.
    fn send(&mut self, sealed: &[u8]) -> io::Result<()> {
        let sent = send(&mut self.socket, sealed)?;
        self.sealed.extend_from_slice(&sealed[sent..]);
        Ok(())
    }

    /// Writes what was kept; whether all of it is gone.
    fn flush(&mut self) -> io::Result<bool> {
        if self.sealed.is_empty() {
            return Ok(true);
        }
        let sent = send(&mut self.socket, &self.sealed)?;
        self.sealed.drain(..sent);
        if self.sealed.is_empty() {
            self.sealed = Vec::new();
        }
        Ok(self.sealed.is_empty())
    }
}

/// One write: how many bytes were taken, maybe none.
fn send(socket: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match socket.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(sent) => return Ok(sent),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error),
        }
    }
}

/// Appends what rustls has to say.
fn encode<Data>(mut data: EncodeTlsData<'_, Data>, sealed: &mut Vec<u8>) {
    let Err(EncodeError::InsufficientSize(wants)) = data.encode(&mut []) else {
        return;
    };
    let at = sealed.len();
    sealed.resize(at + wants.required_size, 0);
    let encoded = data.encode(&mut sealed[at..]);
    debug_assert!(encoded.is_ok_and(|len| len == wants.required_size));
}

fn invalid(why: impl ToString) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why.to_string())
}

/// The socket, as an outbox sees it.
struct Sealer<'a> {
    tls: &'a mut Tls,
    outgoing: &'a mut [u8],
}

impl Write for Sealer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    /// Takes everything, unless the socket stops taking what is sealed: then a short
    /// write, or a refusal, is what that looks like.
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut parts = parts.iter().map(|part| &**part);
        let (mut part, mut taken): (&[u8], usize) = (&[], 0);
        while self.tls.flush()? {
            let mut sealed = 0;
            while self.outgoing.len() - sealed >= SMALL {
                if part.is_empty() {
                    let Some(next) = parts.next() else { break };
                    part = next;
                    continue;
                }
                let room = self.outgoing.len() - sealed - RECORD_OVERHEAD;
                let (now, later) = part.split_at(part.len().min(room).min(TLS_PORTION_BYTES));
                let room = &mut self.outgoing[sealed..];
                sealed += self.tls.seal_with(|traffic| traffic.encrypt(now, room))?;
                taken += now.len();
                part = later;
            }
            if sealed == 0 {
                return Ok(taken);
            }
            self.tls.send(&self.outgoing[..sealed])?;
        }
        if taken == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("stage", &self.stage)
            .field("is", &self.is)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
