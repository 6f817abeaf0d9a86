//! Signals as readable sockets: no handler of ours does more than write a byte.

use std::io::{self, Read};
use std::sync::Arc;

use mio::net::UnixStream;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};
use signal_hook::flag;
use signal_hook::low_level::pipe;

/// What the outside wants.
#[derive(Debug)]
pub(super) struct Signals {
    /// SIGTERM and SIGINT: go down in good order.
    pub(super) stop: UnixStream,
    /// SIGHUP: read again what can be read again.
    pub(super) reload: UnixStream,
    /// SIGUSR1: accounts were changed by the command line.
    pub(super) accounts: UnixStream,
}

impl Signals {
    /// Takes the signals over.
    ///
    /// # Errors
    /// The system's, when it has no descriptor left.
    pub(super) fn new() -> io::Result<Signals> {
        let (stop, stop_end) = std::os::unix::net::UnixStream::pair()?;
        pipe::register(SIGTERM, stop_end.try_clone()?)?;
        pipe::register(SIGINT, stop_end)?;
        let (reload, reload_end) = std::os::unix::net::UnixStream::pair()?;
        pipe::register(SIGHUP, reload_end)?;
        let (accounts, accounts_end) = std::os::unix::net::UnixStream::pair()?;
        pipe::register(SIGUSR1, accounts_end)?;
        // A write past a limit on file sizes is then an error like any other of the disk's,
        // and not the end of the server.
        flag::register(SIGXFSZ, Arc::default())?;
        for end in [&stop, &reload, &accounts] {
            end.set_nonblocking(true)?;
        }
        let [stop, reload, accounts] = [stop, reload, accounts].map(UnixStream::from_std);
        Ok(Signals { stop, reload, accounts })
    }
}

/// Whether the signal has come since the last look.
pub(super) fn has_come(mut stream: &UnixStream) -> bool {
    let (mut bytes, mut come) = ([0; 16], false);
    while matches!(stream.read(&mut bytes), Ok(n) if n > 0) {
        come = true;
    }
    come
}
