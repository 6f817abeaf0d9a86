//! What stands between a connection and its socket: nothing, or TLS.
//!
//! An enum, so that a plain connection costs one branch a call, no memory and no copy.
//! Never decides anything: the reactor reads, writes and closes through it as through
//! a socket.

use std::io::{self, ErrorKind, Read as _};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::ServerConfig;

use super::outbox::{Outbox, Written};
use super::tls::{Buffers, Tls};

/// A socket, with or without TLS on it.
#[derive(Debug)]
pub(super) enum Transport {
    /// Bytes as they are.
    Plain(TcpStream),
    /// Boxed: a thousand plain connections have none.
    Tls(Box<Tls>),
}

/// What a read has given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Got {
    /// So many bytes of what the peer says; `emptied` if the socket had no more.
    Bytes {
        /// Never 0.
        len: usize,
        /// Whatever comes later is a new event of the poll's.
        emptied: bool,
    },
    /// Something was read, but nothing of what the peer says: there may be more.
    Records,
    /// The peer says nothing more.
    End,
    /// Its first bytes are no TLS hello. Whatever is written from here on is plain.
    NotTls,
}

impl Transport {
    /// TLS on a new socket.
    ///
    /// # Errors
    /// rustls's, of a configuration that it does not like.
    pub(super) fn tls(
        socket: TcpStream,
        config: Arc<ServerConfig>,
    ) -> Result<Transport, rustls::Error> {
        Ok(Transport::Tls(Box::new(Tls::new(socket, config)?)))
    }

    /// The socket below.
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Transport::Plain(socket) => socket,
            Transport::Tls(tls) => tls.socket(),
        }
    }

    /// Reads what the peer says.
    ///
    /// # Errors
    /// The socket's, `WouldBlock` among them; `InvalidData` is TLS's own.
    #[inline]
    pub(super) fn read(&mut self, into: &mut [u8], buffers: &mut Buffers) -> io::Result<Got> {
        match self {
            Transport::Plain(socket) => loop {
                match socket.read(into) {
                    Ok(0) => return Ok(Got::End),
                    // A short read has emptied the socket.
                    Ok(len) => return Ok(Got::Bytes { len, emptied: len < into.len() }),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            },
            Transport::Tls(tls) => tls.read(into, buffers),
        }
    }

    /// Writes what is queued, as far as the socket takes it; `last` if nothing will be
    /// queued any more, which TLS then says to the peer.
    ///
    /// # Errors
    /// The socket's, when the peer is gone; `InvalidData` is TLS's own.
    #[inline]
    pub(super) fn write(
        &mut self,
        outbox: &mut Outbox,
        last: bool,
        buffers: &mut Buffers,
    ) -> io::Result<Written> {
        match self {
            Transport::Plain(socket) => outbox.write(socket),
            Transport::Tls(tls) => tls.write(outbox, last, buffers),
        }
    }

    /// Bytes taken out of the outbox that the socket has not taken.
    pub(super) fn unsent(&self) -> usize {
        match self {
            Transport::Plain(_) => 0,
            Transport::Tls(tls) => tls.unsent(),
        }
    }

    /// Whether reading has made something to be written, or has made it possible.
    pub(super) fn wants_write(&self, outbox: &Outbox) -> bool {
        match self {
            Transport::Plain(_) => false,
            Transport::Tls(tls) => tls.unsent() > 0 || (!tls.is_shaking() && !outbox.is_empty()),
        }
    }

    /// Whether nothing can be said yet: the handshake is not over.
    pub(super) fn is_shaking(&self) -> bool {
        match self {
            Transport::Plain(_) => false,
            Transport::Tls(tls) => tls.is_shaking(),
        }
    }

    /// Whether, after the end of input, the socket has ended too. TLS's word for the end
    /// comes before that.
    pub(super) fn is_shut(&self) -> bool {
        match self {
            Transport::Plain(_) => true,
            Transport::Tls(tls) => tls.is_shut(),
        }
    }
}
