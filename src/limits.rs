//! Every bound in one place: its default, its unit (last in its name), why it
//! has this size, and what happens at it.
//!
//! [`Limits`] holds the bounds that the `[limits]` section of the configuration
//! sets; the constants are fixed. docs/OPERATIONS.md repeats this table for
//! operators.

/// Longest line a client may send, its end included, in bytes. A longer one is
/// answered `FAIL LINE TOO_LONG` and discarded up to its end. A terminal's line
/// discipline gives at most 4095 bytes and a newline, so nobody typing meets it.
pub const LINE_BYTES: usize = 4096;

/// Longest line of the server's that a client's reader takes, in bytes with its end:
/// the longest text a client may send, behind a name, a room and tags, and as much
/// again for tags of later versions. The server itself never needs it.
pub const SERVER_LINE_BYTES: usize = 8192;

/// Longest name of a person or of a room (without its `#`), in bytes.
pub const NAME_BYTES: usize = 32;

/// Longest nonce of a tagged client's message, in bytes: a UUID's length.
pub const NONCE_BYTES: usize = 36;

/// How long a nonce is remembered, in milliseconds: a day, far longer than any
/// client keeps trying to send one message.
pub const NONCE_KEPT_MS: u64 = 24 * 60 * 60 * 1000;

/// Shortest password, in characters (NIST SP 800-63B, 5.1.1.2).
pub const PASSWORD_CHARS_MIN: usize = 8;

/// Longest `PING` token, in bytes; a longer one is `PARAMS`.
pub const TOKEN_BYTES: usize = 128;

/// Longest topic of a room, in bytes. Longer than what fits a terminal's line, and short
/// enough that a thousand of them are half a megabyte. A longer one is `TOO_LONG`.
pub const TOPIC_BYTES: usize = 512;

/// Most lines in one answer to `HISTORY`; then `MORE`.
pub const HISTORY_LINES: usize = 100;

/// Most bytes of lines in one answer to `HISTORY`; then `MORE`. It is below
/// `outbox_soft_bytes`' default, so that an answer to somebody who has read
/// everything does not by itself put them behind.
pub const HISTORY_BYTES: usize = 48 * 1024;

/// Words of one `SEARCH`, with those in phrases; more are `PARAMS`. Every one is looked
/// for at every place where the one before it stands: a line full of them would keep the
/// store's reader at work for minutes, and nothing interrupts that.
pub const SEARCH_WORDS: usize = 16;

/// Words of one `SEARCH` that may be beginnings; more are `PARAMS`. For each, the index
/// gathers every place of every word that begins so, in memory, before it finds the first.
pub const SEARCH_BEGINNINGS: usize = 4;

/// Characters beyond which a word of a `SEARCH` counts as two, and so on.
pub const SEARCH_WORD_CHARS: usize = 32;

/// How long one `SEARCH` may keep the store's reader at work, in milliseconds. What was
/// found by then is the answer, with `MORE`; where that is nothing, `TRY_LATER`. Others'
/// questions are answered in between, so it bounds what a search costs, not what it delays.
pub const SEARCH_MS: u64 = 250;

/// TELLs of an absent account that are counted when it logs in, and their bytes in
/// `HIST` lines; beyond either it is told of that many, and that there are more.
pub const UNTOLD_LINES: usize = 1000;
/// See [`UNTOLD_LINES`].
pub const UNTOLD_BYTES: usize = 256 * 1024;

/// People whose TELLs are announced one by one; the others are only counted.
pub const UNTOLD_NAMES: usize = 20;

/// Lines of history shown on entering a room in the plain view.
pub const ENTRY_LINES: usize = 20;

/// Longest line of names (`NAMES`, `JOIN`, `PART`) the server builds, in bytes
/// with its end: what a client's reader must take anyway.
pub const NAMES_LINE_BYTES: usize = 1024;

/// How long arrivals and departures are gathered, in milliseconds, before the
/// room is told in one line.
pub const PRESENCE_GATHER_MS: u64 = 250;

/// Messages of one session that may wait for the store at a time. Past it the
/// session's socket is read later: one flooding program cannot fill `store_queue`
/// alone.
pub const IN_FLIGHT_PER_SESSION: u16 = 256;

/// Bytes of messages relayed in memory, kept to serve readers that are only a
/// little behind without asking the disk.
pub const RECENT_BYTES: usize = 256 * 1024;

/// Bytes taken from one socket by one read. Small, because what a paused session
/// has not had carried out yet is kept by its connection.
pub const READ_BYTES: usize = 8 * 1024;

/// Bytes taken from one connection in one turn; the rest is read in the next turn,
/// after everybody else.
pub const READ_BYTES_PER_TURN: usize = 32 * 1024;

/// Steps of TLS handshakes taken in one turn; the others are taken in the next. One
/// costs up to half a millisecond of the reactor's time, which those who talk wait for.
pub const HANDSHAKES_PER_TURN: usize = 8;

/// Bytes of a TLS record, or of a message of the handshake, that are kept until it is
/// whole. The longest record has 18,437 (RFC 5246, 6.2.3); a longer message of the
/// handshake, which may have several, ends the connection.
pub const TLS_PARTIAL_BYTES: usize = 24 * 1024;

/// Bytes of an outbox sealed for TLS at a time: the most that a record can hold. The
/// next are sealed when the socket has taken these, so that what is unsent stays where
/// the bounds of outboxes see it.
pub const TLS_PORTION_BYTES: usize = 16 * 1024;

/// Commands of one connection carried out in one turn.
pub const COMMANDS_PER_TURN: usize = 512;

/// Connections accepted in one turn.
pub const ACCEPTS_PER_TURN: usize = 256;

/// Bytes of messages relayed in one turn before the outboxes are written. Half of
/// `outbox_soft_bytes`' default: no burst of stored messages, however large, can
/// carry a session that keeps up from empty past its hard bound.
pub const RELAY_BYTES_PER_TURN: usize = 32 * 1024;

/// Connections beyond `connections` that may be open for as long as it takes to
/// tell them `SERVER_FULL` or `BANNED` and to see them go; past these, a newcomer is
/// told and closed at once. So however many an address opens that is refused, there is
/// a place for everybody else.
pub const REFUSALS: usize = 64;

/// File descriptors that connections leave to everything else: listeners, signals,
/// both databases, and what the store opens for a moment. Of those the server itself
/// holds about 20. With fewer left, newcomers wait until somebody goes.
pub const DESCRIPTORS_KEPT: usize = 48;

/// How long a closed connection may take to take its last words and to close its
/// own end, in milliseconds.
pub const LINGER_MS: u64 = 5_000;

/// How long a tagged session may be silent before it is asked `PING`, and how long
/// it then has to say anything at all, in milliseconds.
pub const PING_AFTER_MS: u64 = 120_000;

/// First wait after `password_tries` failures, in milliseconds; it doubles with
/// each further failure up to [`TRY_WAIT_MS_MAX`].
pub const TRY_WAIT_MS: u64 = 2_000;

/// Longest wait between two tries of a password, in milliseconds.
pub const TRY_WAIT_MS_MAX: u64 = 15 * 60 * 1000;

/// Failures are forgotten this long after the last one, in milliseconds.
pub const TRY_FORGET_MS: u64 = 60 * 60 * 1000;

/// Addresses, and accounts, whose failures are remembered. Past it the one whose
/// last failure is the oldest is forgotten.
pub const TRY_TABLE: usize = 4096;

/// Addresses beyond loopback whose new connections are counted. Past it, addresses
/// without a connection are forgotten, the longest quiet first.
pub const ADDRESS_TABLE: usize = 4096;

/// Longest request for metrics, in bytes. Beyond: 431, closed.
pub const METRICS_REQUEST_BYTES: usize = 4096;

/// Connections to the metrics' address that are served at a time. Beyond: they wait
/// in the kernel.
pub const METRICS_CONNECTIONS: usize = 8;

/// How long a connection to the metrics' address may take for everything, in
/// milliseconds. Beyond: closed.
pub const METRICS_TIMEOUT_MS: u64 = 5_000;

/// Longest reason of a ban, a mute or a KICK, in bytes: a sentence or two, and
/// short enough that all the bans there may be are a megabyte. Beyond: `PARAMS`.
pub const REASON_BYTES: usize = 256;

/// Longest ban or mute that ends by itself, in seconds: a hundred years. Beyond:
/// `PARAMS`; without a duration it is for good.
pub const PENALTY_SECS_MAX: u64 = 100 * 365 * 24 * 60 * 60;

/// Sessions of one name that `WHOIS` shows; `OK WHOIS` counts all. With the rooms
/// of each, the answer stays below the soft bound's default.
pub const WHOIS_SESSIONS: usize = 32;

/// The bounds that an operator can set; the defaults are the protocol's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Open connections. Beyond: `FAIL LINE SERVER_FULL`, closed.
    pub connections: usize,
    /// Open connections from one address (IPv6: one /64; loopback exempt).
    /// Beyond: `FAIL LINE SERVER_FULL`, closed.
    pub connections_per_address: u32,
    /// New connections a minute from one address (the same exemption and answer).
    pub new_connections_per_minute: u32,
    /// Seconds to give a name. Beyond: `FAIL LINE NAME_TIMEOUT`, closed.
    pub name_timeout_secs: u64,
    /// Messages a second of one session, 0 for no bound. Beyond: its socket is read
    /// later.
    pub message_rate: u32,
    /// Messages a session may send at once before `message_rate` holds.
    pub message_burst: u32,
    /// Unsent output of a session, in bytes, past which it is behind: nothing live
    /// is queued, its commands wait, and it is fed from the store.
    pub outbox_soft_bytes: usize,
    /// Unsent output with answers, presence and unstored lines, in bytes, past which
    /// the session is evicted.
    pub outbox_hard_bytes: usize,
    /// Seconds without one byte of unsent output accepted, then evicted.
    pub stall_timeout_secs: u64,
    /// Failed passwords per address and per account before a wait that doubles
    /// (`TRY_LATER`).
    pub password_tries: u32,
    /// Passwords waiting to be hashed. Beyond: `TRY_LATER`.
    pub hash_queue: usize,
    /// Messages waiting to be stored. Beyond: the senders' sockets are read later.
    pub store_queue: usize,
    /// Rooms one session may be in. Beyond: `NOT_ALLOWED`.
    pub rooms_per_session: usize,
    /// Rooms there may be. Beyond: `NOT_ALLOWED`.
    pub rooms: usize,
    /// Bans there may be, and as many mutes. Beyond: `NOT_ALLOWED`. Each newcomer's
    /// address is held against every ban of a network, one after the other: 4096
    /// comparisons are some microseconds, a tree would be more code than it saves.
    pub bans: usize,
    /// Days a message is kept; older ones are pruned, a little at a time.
    pub history_days: u32,
    /// Messages kept; the oldest beyond are pruned, a little at a time.
    pub history_messages: u64,
}

impl Limits {
    /// The hard bound as it is held to. Stored lines and answers are given in portions to
    /// whoever is below the soft bound: one of each must never be what evicts.
    pub fn hard_bytes(&self) -> usize {
        let least = self.outbox_soft_bytes + RELAY_BYTES_PER_TURN + HISTORY_BYTES;
        self.outbox_hard_bytes.max(least)
    }

    /// Bytes of lines that are not stored which the hub holds back for a session that is
    /// behind, and so has the soft bound unsent already. Past it the session is evicted.
    pub fn held_back_bytes(&self) -> usize {
        self.hard_bytes() - self.outbox_soft_bytes
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            connections_per_address: 32,
            new_connections_per_minute: 60,
            name_timeout_secs: 60,
            message_rate: 10,
            message_burst: 20,
            outbox_soft_bytes: 64 * 1024,
            outbox_hard_bytes: 256 * 1024,
            stall_timeout_secs: 30,
            password_tries: 5,
            hash_queue: 64,
            store_queue: 8192,
            rooms_per_session: 16,
            rooms: 1024,
            bans: 4096,
            history_days: 90,
            history_messages: 1_000_000,
        }
    }
}

const _: () = {
    assert!(HISTORY_BYTES < 64 * 1024, "an answer fits below the soft bound");
    assert!(RELAY_BYTES_PER_TURN <= 32 * 1024, "a turn's relay is half the soft bound");
    assert!(SERVER_LINE_BYTES >= LINE_BYTES + 2 * NAME_BYTES + 256, "a relayed line is longer");
    assert!(TLS_PARTIAL_BYTES > 5 + 16 * 1024 + 2048, "the longest record is kept whole");
    assert!(READ_BYTES >= LINE_BYTES, "one read can hold a whole line");
    assert!(TRY_WAIT_MS < TRY_WAIT_MS_MAX && TRY_WAIT_MS_MAX < TRY_FORGET_MS);
};
