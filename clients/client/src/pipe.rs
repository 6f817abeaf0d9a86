//! The connection as both threads have it: a socket, and where it is encrypted, the
//! state of that.
//!
//! The state is one thing, and two threads need it: the receiving one to read what came,
//! the sending one to write what goes. Each holds its lock for as long as it computes
//! and never while it waits for the socket. After the handshake the sending thread alone
//! writes; what the state wants to have written on its own account, such as an answer to
//! new keys, goes before the next line. So records go out in the order in which they
//! were made, and no thread waits for another that waits for the server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ClientConnection;
use zeroize::Zeroizing;

/// Bytes of one read from the socket.
const READ_BYTES: usize = 16 * 1024;

/// A connection; copies of it are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Pipe {
    socket: Arc<TcpStream>,
    tls: Option<Arc<Mutex<ClientConnection>>>,
}

/// The end of it that is read, which the receiving thread has.
pub(crate) struct Reader {
    pipe: Pipe,
    /// What came and was not taken apart: `cipher[from..to]`.
    cipher: Vec<u8>,
    from: usize,
    to: usize,
}

impl Pipe {
    pub(crate) fn plain(socket: TcpStream) -> Pipe {
        Pipe { socket: Arc::new(socket), tls: None }
    }

    pub(crate) fn tls(socket: TcpStream, connection: ClientConnection) -> Pipe {
        Pipe { socket: Arc::new(socket), tls: Some(Arc::new(Mutex::new(connection))) }
    }

    pub(crate) fn reader(&self) -> Reader {
        let len = if self.tls.is_some() { READ_BYTES } else { 0 };
        Reader { pipe: self.clone(), cipher: vec![0; len], from: 0, to: 0 }
    }

    /// Writes all of it. For the sending thread.
    pub(crate) fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &self.tls else {
            return (&*self.socket).write_all(bytes);
        };
        while !bytes.is_empty() {
            // It takes what it has room for, encrypted at once.
            let taken = lock(tls).writer().write(bytes)?;
            bytes = &bytes[taken..];
            self.flush(tls)?;
        }
        Ok(())
    }

    /// Writes all records there are.
    fn flush(&self, tls: &Mutex<ClientConnection>) -> io::Result<()> {
        let mut records = Vec::new();
        {
            let mut tls = lock(tls);
            while tls.wants_write() {
                tls.write_tls(&mut records)?;
            }
        }
        (&*self.socket).write_all(&records)
    }

    /// Ends it, with a word of farewell if that can be said without waiting: after it
    /// the server knows that nothing was cut off. For the sending thread.
    pub(crate) fn end(&self) {
        if let Some(tls) = &self.tls {
            lock(tls).send_close_notify();
            if self.socket.set_nonblocking(true).is_ok() {
                let _ = self.flush(tls);
            }
        }
        self.shutdown();
    }

    /// Ends it at once, and with it whatever either thread waits for.
    pub(crate) fn shutdown(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl Reader {
    /// What comes next; 0 is the end of it.
    pub(crate) fn read(&mut self, buffer: &mut Zeroizing<Vec<u8>>, at: usize) -> io::Result<usize> {
        let Some(tls) = self.pipe.tls.clone() else {
            return (&*self.pipe.socket).read(&mut buffer[at..]);
        };
        loop {
            match lock(&tls).reader().read(&mut buffer[at..]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            if self.from == self.to {
                (self.from, self.to) = (0, (&*self.pipe.socket).read(&mut self.cipher)?);
            }
            self.take_apart(&tls)?;
        }
    }

    /// What came, or that nothing comes any more.
    fn take_apart(&mut self, tls: &Mutex<ClientConnection>) -> io::Result<()> {
        let mut tls = lock(tls);
        let mut came = &self.cipher[self.from..self.to];
        self.from += tls.read_tls(&mut came)?;
        tls.process_new_packets().map_err(io::Error::other)?;
        Ok(())
    }
}

fn lock(tls: &Mutex<ClientConnection>) -> MutexGuard<'_, ClientConnection> {
    // Whoever panicked with it has printed it; what comes of it is a broken connection.
    tls.lock().unwrap_or_else(PoisonError::into_inner)
}
