//! Telling a service manager how the service is, as systemd wants it (sd_notify(3)):
//! datagrams to the socket that the environment names.
//!
//! Nothing is ever waited for, and a manager that does not listen is no failure of
//! ours. The watchdog is fed by the reactor's own turns, and only if one is asked for:
//! otherwise an idle server has no timer.

use std::ffi::OsStr;
use std::io;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use super::clock;

/// Whom to tell, and how often.
#[derive(Debug)]
pub struct Notify {
    socket: UnixDatagram,
    /// The manager's.
    address: SocketAddr,
    /// Milliseconds between two signs of life; `None` if nobody wants any.
    every_ms: Option<u64>,
    /// When the next one is due; 0 is at once.
    next_ms: u64,
}

impl Notify {
    /// Whom the environment names: `$NOTIFY_SOCKET`, `$WATCHDOG_USEC` and
    /// `$WATCHDOG_PID`. Nobody, in most environments.
    pub fn from_environment() -> Option<Notify> {
        let to = std::env::var_os("NOTIFY_SOCKET").filter(|to| !to.is_empty())?;
        let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
        // A watchdog that was set for another process is not ours to feed.
        let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog_us = number("WATCHDOG_USEC").filter(|us| ours && *us > 0);
        match Notify::to(&to, watchdog_us) {
            Ok(notify) => Some(notify),
            Err(error) => {
                log::warn!("the service manager cannot be told anything: NOTIFY_SOCKET: {error}");
                None
            }
        }
    }

    fn to(to: &OsStr, watchdog_us: Option<u64>) -> io::Result<Notify> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        // Half the time, as sd_watchdog_enabled(3) advises.
        let every_ms = watchdog_us.map(|us| (us / 2000).max(1));
        Ok(Notify { socket, address: address(to)?, every_ms, next_ms: 0 })
    }

    /// Everything is bound; whoever waits for us may go on.
    pub(super) fn ready(&self) {
        self.send("READY=1");
    }

    /// The configuration is read again; [`Notify::ready`] follows.
    pub(super) fn reloading(&self) {
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={}", clock::system_monotonic_us()));
    }

    /// The end has begun.
    pub(super) fn stopping(&self) {
        self.send("STOPPING=1");
    }

    /// When the next sign of life is due, if any is wanted.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.every_ms.map(|_| self.next_ms)
    }

    /// Gives a sign of life if one is due.
    pub(super) fn due(&mut self, now_ms: u64) {
        if let Some(every_ms) = self.every_ms
            && self.next_ms <= now_ms
        {
            self.next_ms = now_ms.saturating_add(every_ms);
            self.send("WATCHDOG=1");
        }
    }

    fn send(&self, state: &str) {
        if let Err(error) = self.socket.send_to_addr(state.as_bytes(), &self.address) {
            log::warn!("the service manager was not told {}: {error}", state.replace('\n', " "));
        }
    }
}

/// A path, or with an `@` an abstract name.
fn address(to: &OsStr) -> io::Result<SocketAddr> {
    match to.as_bytes().split_first() {
        Some((b'/', _)) => SocketAddr::from_pathname(to),
        #[cfg(target_os = "linux")]
        Some((b'@', name)) => SocketAddr::from_abstract_name(name),
        _ => {
            let text = "neither a path in full nor @ and a name";
            Err(io::Error::new(io::ErrorKind::InvalidInput, text))
        }
    }
}
