//! A socket with what belongs to it: intake, outbox, and where it stands.

use super::feed::Hearer;
use super::intake::Intake;
use super::outbox::Outbox;
use super::patience::Patience;
use super::transport::Transport;
use crate::hub::SessionId;

/// One connection. Idle, it holds no buffer.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) transport: Transport,
    pub(super) session: SessionId,
    pub(super) stage: Stage,
    pub(super) intake: Intake,
    pub(super) outbox: Outbox,
    pub(super) hearer: Hearer,
    /// How its peer takes its output.
    pub(super) patience: Patience,
    /// When its waiting line is to be offered again, or [`NEVER`].
    pub(super) retry_ms: u64,
    /// When it is to be looked at: its entry among the reactor's deadlines, or [`NEVER`].
    pub(super) due_ms: u64,
    /// What is known of it, each for itself.
    pub(super) is: Facts,
}

/// Independent facts about a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// There may be something to read. Never together with `at_end`.
    pub(super) readable: bool,
    /// The peer has closed its sending side, though there may be input before that.
    pub(super) read_closed: bool,
    /// All input has been read.
    pub(super) at_end: bool,
    /// The socket has refused to take more.
    pub(super) blocked: bool,
    /// Nothing is read before it has taken what it was answered.
    pub(super) throttled: bool,
    /// It stands among the ready.
    pub(super) ready: bool,
    /// It stands among the dirty.
    pub(super) dirty: bool,
    /// The hub was told that its outbox is past the soft bound.
    pub(super) full: bool,
    /// The hub wants to know when its outbox is empty.
    pub(super) when_drained: bool,
    /// It stands among the doomed.
    pub(super) doomed: bool,
    /// It was not taken in, and has one of the places for telling it so.
    pub(super) refused: bool,
}

/// Where a connection stands.
///
/// ```text
///  Open ──► Closing ──► Lingering ──► reaped
///   │   last words are   shut down,     ▲
///   │   being written    peer's turn    │
///   └───────────────────────────────────┘ lost or evicted
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The hub knows its session.
    Open,
    /// What is queued is still written; nothing is read, unless TLS needs it for that.
    Closing {
        /// When it is closed all the same: for a handshake that has to end before
        /// anything can be said, otherwise [`NEVER`].
        until_ms: u64,
    },
    /// Everything is written and our side is shut down. What the peer still sends is
    /// read and dropped: closing on unread input would make the kernel send a reset,
    /// which can destroy the last words on their way.
    Lingering {
        /// When it is closed all the same.
        until_ms: u64,
    },
}

impl Connection {
    pub(super) fn new(transport: Transport, intake: Intake, session: SessionId) -> Connection {
        Connection {
            transport,
            session,
            stage: Stage::Open,
            intake,
            outbox: Outbox::default(),
            hearer: Hearer::default(),
            patience: Patience::idle(),
            retry_ms: NEVER,
            due_ms: NEVER,
            is: Facts::default(),
        }
    }

    /// When something about this connection is due, in milliseconds, or [`NEVER`].
    pub(super) fn next_due(&self) -> u64 {
        let lingers = match self.stage {
            Stage::Closing { until_ms } | Stage::Lingering { until_ms } => until_ms,
            Stage::Open => NEVER,
        };
        self.patience.look_ms().min(lingers).min(self.retry_ms)
    }
}

/// No moment. (Half the size of an `Option`, in a struct that there are thousands of.)
pub(super) const NEVER: u64 = u64::MAX;
