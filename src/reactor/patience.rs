//! How long a peer that takes little is waited for.
//!
//! A socket has room again only when a third of what the system holds for the peer is
//! gone, and that can be megabytes: hours, for a slow reader. So whether it has stalled
//! is not seen by writing, but by looking, now and then, at what the system still holds.
//! The system's own timeout has the same blind spot (it forgets a probed, tiny window
//! only when a whole segment fits in): it is off while we look. The reactor asks.

use std::time::Duration;

use mio::net::TcpStream;
use socket2::SockRef;

use super::connection::NEVER;

/// The bounds, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// So long may a peer take nothing of what is unsent.
    pub(super) stall_ms: u64,
}

/// What is known of how a peer takes its output.
///
/// ```text
///  idle ──blocked──► counting ──a look, still there──► slow
///   ▲                   │ all written                   │ all written and taken
///   └───────────────────┴───────────────────────────────┘
/// ```
#[derive(Debug)]
pub(super) struct Patience(
    /// Boxed, and nothing while idle: as nearly everybody is, nearly always.
    Option<Box<Counting>>,
);

/// Somebody who takes less than there is.
#[derive(Debug)]
struct Counting {
    /// When output last went anywhere.
    progress_ms: u64,
    /// When that is to be looked into.
    look_ms: u64,
    /// What the system held at the last look; `None` before the first.
    untaken_bytes: Option<u32>,
    /// Whether the system's own timeout is off.
    slow: bool,
}

/// What a look has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// There is nothing to say against it.
    Patient,
    /// It has not taken a byte of what is unsent for too long.
    Stalled,
    /// It has not even taken the rest of what the system held, for longer than that.
    Lost,
}

impl Patience {
    /// Nothing is waited for.
    pub(super) fn idle() -> Patience {
        Patience(None)
    }

    /// When it is to be looked at, or [`NEVER`].
    pub(super) fn look_ms(&self) -> u64 {
        self.0.as_ref().map_or(NEVER, |counting| counting.look_ms)
    }

    /// The socket has taken something, or nothing for the first time, and takes no more.
    pub(super) fn blocked(&mut self, now_ms: u64, bounds: Bounds) {
        let look_ms = now_ms + bounds.look_after_ms();
        let fresh = Counting { progress_ms: now_ms, look_ms, untaken_bytes: None, slow: false };
        self.0.get_or_insert_with(|| Box::new(fresh)).progress_ms = now_ms;
    }

    /// The socket has taken everything.
    pub(super) fn written(&mut self, now_ms: u64) {
        match &mut self.0 {
            None => {}
            Some(counting) if counting.slow => counting.progress_ms = now_ms,
            Some(_) => self.0 = None,
        }
    }

    /// Looks, if it is time; `blocked` is whether anything is unsent.
    pub(super) fn look(
        &mut self,
        socket: &TcpStream,
        blocked: bool,
        now_ms: u64,
        bounds: Bounds,
    ) -> Look {
        let Some(counting) = self.0.as_mut().filter(|counting| counting.look_ms <= now_ms) else {
            return Look::Patient;
        };
        counting.look_ms = now_ms + bounds.look_after_ms();
        let untaken_bytes = untaken_bytes(socket);
        if counting.untaken_bytes.is_some_and(|before| untaken_bytes < before) {
            counting.progress_ms = now_ms;
        }
        counting.untaken_bytes = Some(untaken_bytes);
        if !counting.slow {
            counting.slow = true;
            set_user_timeout(socket, Duration::ZERO);
        }
        let since_ms = now_ms.saturating_sub(counting.progress_ms);
        if blocked {
            return if since_ms >= bounds.stall_ms { Look::Stalled } else { Look::Patient };
        }
        if untaken_bytes == 0 {
            set_user_timeout(socket, bounds.user_timeout());
            self.0 = None;
            return Look::Patient;
        }
        if since_ms >= bounds.stall_ms.saturating_add(GRACE_MS) {
            Look::Lost
        } else {
            Look::Patient
        }
    }
}

impl Bounds {
    /// What the system does by itself: it gives a peer up that has not confirmed what
    /// was sent to it for longer than any stall is allowed.
    pub(super) fn user_timeout(self) -> Duration {
        Duration::from_millis(self.stall_ms.saturating_add(GRACE_MS))
    }

    /// Often enough that who stalls is evicted about when it is due.
    fn look_after_ms(self) -> u64 {
        (self.stall_ms / 16).clamp(50, 2_000)
    }
}

/// How much longer than a stall a peer that we have nothing unsent for is waited for.
const GRACE_MS: u64 = 30_000;

fn set_user_timeout(socket: &TcpStream, timeout: Duration) {
    // Without it the peer is only found gone later.
    #[cfg(target_os = "linux")]
    let _ = SockRef::from(socket).set_tcp_user_timeout(Some(timeout));
    #[cfg(not(target_os = "linux"))]
    let _ = (SockRef::from(socket), timeout);
}

/// Bytes that the system has taken from us and the peer has not taken from the system.
#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "riscv64"
    )
))]
fn untaken_bytes(socket: &TcpStream) -> u32 {
    use std::ffi::c_int;

    use rustix::ioctl::{Getter, Opcode, ioctl};

    /// `SIOCOUTQ` (tcp(7)): on these machines this number.
    const SIOCOUTQ: Opcode = 0x5411;
    // SAFETY: this request writes one int, for which `Getter` has the place.
    #[allow(unsafe_code)]
    let answer = unsafe { ioctl(socket, Getter::<SIOCOUTQ, c_int>::new()) };
    answer.ok().and_then(|bytes| u32::try_from(bytes).ok()).unwrap_or(0)
}

/// Not known: only what the socket takes from us is progress.
#[cfg(not(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "riscv64"
    )
)))]
fn untaken_bytes(_socket: &TcpStream) -> u32 {
    0
}
