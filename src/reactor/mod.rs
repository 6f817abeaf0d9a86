//! The reactor: one thread, one poll, every socket. It does what the hub decides,
//! and waits for nothing but the poll.
//!
//! A turn, and why it has this order:
//!
//! 1. what helper threads have finished, before new work: it frees queues;
//! 2. what is due;
//! 3. what is ready to be read, each connection within its budget;
//! 4. the end of the turn (output.rs): hand to the store, write, note who is behind, reap.
//!
//! Invariant: writing never closes a connection and nothing frees a slot before the
//! end of the turn; anything may doom, only reaping closes.

mod accept;
mod apply;
mod bounds;
mod certificate;
mod chunk;
mod clock;
mod connection;
mod descriptors;
mod due;
mod feed;
mod figures;
mod handshake;
mod inbox;
mod input;
pub mod intake;
mod listener;
mod metrics;
mod notify;
mod options;
mod outbox;
mod output;
mod patience;
mod reload;
mod signals;
mod stop;
mod terminal;
mod tls;
mod transport;

pub use listener::Kind;

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};
use slab::Slab;

use crate::auth::{self, Auth};
use crate::hub::{Effects, Hub, Input, Known};
use crate::identity::Fingerprint;
use crate::limits::{ENTRY_LINES, HANDSHAKES_PER_TURN, READ_BYTES, REFUSALS, RELAY_BYTES_PER_TURN};
use crate::protocol::{Now, Timestamp};
use crate::store::{self, Append, Done, Outcome, Store};
use bounds::Bounds;
use certificate::Certificate;
use clock::Clock;
use connection::{Connection, Stage};
use feed::Feed;
use inbox::{Completion, Inbox};
use listener::Listener;
use metrics::{Counters, MetricsServer};
pub use notify::Notify;
pub use options::{Options, StartError};
use reload::Reloading;
pub use reload::{Reloaded, Reread};
use signals::{Signals, has_come};
use stop::Stop;

/// Everything there is at run time. Its parts are touched by this thread alone.
pub struct Reactor {
    poll: Poll,
    clock: Clock,
    now: Now,
    /// When this began, by the wall clock.
    started: Timestamp,
    hub: Hub,
    /// The effects of the inputs since they were last carried out.
    fx: Effects,
    listeners: Vec<Listener>,
    /// What TLS is spoken with; `None` where it is not.
    certificate: Option<Certificate>,
    /// Shared by all connections with TLS; empty where there are none.
    tls_buffers: tls::Buffers,
    /// Steps of handshakes that may still be taken in this turn.
    handshakes: usize,
    /// Where metrics are read, if anywhere.
    metrics: Option<MetricsServer>,
    /// What is counted for them.
    counters: Counters,
    /// Accepting waits until then, or until a connection is reaped.
    accept_again_ms: Option<u64>,
    /// Accepting rests since somebody could not be taken in, which has been logged.
    accepting_rests: bool,
    /// Whom to tell how the service is.
    notify: Option<Notify>,
    /// How the configuration is read again, …
    reread: Reread,
    /// … and whether it is being read.
    reloading: Reloading,
    signals: Signals,
    stop: Option<Stop>,
    connections: Slab<Connection>,
    /// How many of them were not taken in, and are told so: at most [`REFUSALS`].
    refused: usize,
    /// What the rooms say in this turn.
    feed: Feed,
    /// Who hears each room, by its number.
    audiences: Vec<Vec<u32>>,
    /// Connections with something to carry out, or to read.
    ready: VecDeque<u32>,
    /// Connections with something to write or to look at after writing.
    dirty: Vec<u32>,
    /// Connections past the soft bound that the hub has not been told of.
    full: Vec<u32>,
    /// Connections whose outbox has become empty, as the hub wants to know.
    drained: Vec<u32>,
    /// Connections that are over, and why.
    doomed: Vec<(u32, Doom)>,
    /// When which connection is to be looked at; at most one entry for each.
    deadlines: BTreeSet<(u64, u32)>,
    inbox: Inbox,
    /// Completions taken out of the inbox that wait for the next turn.
    backlog: VecDeque<Completion>,
    store: Store,
    /// Messages for the store, gathered over a few looks at the sockets.
    appends: Vec<Append>,
    /// How many there were at the last look, …
    gathered: usize,
    /// … and how many looks there were.
    looks: u32,
    auth: Auth,
    /// Shared by all reads.
    scratch: Box<[u8]>,
    /// The last generation that was given to a session.
    generation: u32,
    bounds: Bounds,
    /// Since when what the rooms said waits for the batch that is being committed.
    postponed_ms: Option<u64>,
    /// Whether that batch has come.
    committed: bool,
    /// Memory for taking completions out of the inbox.
    taken: Vec<Completion>,
}

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doom {
    /// Its peer has gone, or the network has.
    Lost,
    /// It has not taken a byte for too long.
    Stalled,
    /// More unsent output than the hard bound.
    TooMuchUnsent,
    /// It has had its last words.
    Closed,
}

const WAKER: Token = Token(usize::MAX);
const STOP: Token = Token(usize::MAX - 1);
const ACCOUNTS: Token = Token(usize::MAX - 2);
const RELOAD: Token = Token(usize::MAX - 3);
/// Listener `n` has this token less `n`.
const LISTENERS: usize = usize::MAX - 4;

/// Events taken from one poll.
const EVENTS: usize = 1024;

/// The most looks at the sockets before what was said goes to the store. None of them
/// waits: the poll returns at once while there is anything to hand over.
const LOOKS: u32 = 4;

/// The longest that what a room said waits for the next batch to go with it, in
/// milliseconds of a clock that ticks in whole ones: one at least, two at most. A commit
/// that takes longer (a slow disk, a checkpoint) is not waited for.
const POSTPONE_MS: u64 = 2;

/// How long accepting rests when the machine has no descriptor left, unless one of
/// ours is freed first.
const ACCEPT_REST_MS: u64 = 250;

impl Reactor {
    /// Opens the store, starts the threads, binds. Nobody is served yet.
    ///
    /// # Errors
    /// [`StartError`] says what to do about it.
    pub fn start(options: Options) -> Result<Reactor, StartError> {
        let limits = options.settings.limits.clone();
        let poll = Poll::new()?;
        // Before the store's lock tells the command line whom to signal.
        let signals = Signals::new()?;
        let bounds = Bounds::of(&limits);
        let mut listeners = Vec::new();
        for (kind, address) in options.listen {
            let listener = Listener::bind(kind, address, bounds.patience.user_timeout())
                .map_err(|cause| StartError::Listen { kind, address, cause })?;
            listeners.push(listener);
        }
        let metrics = options.metrics.map(|address| {
            MetricsServer::bind(address).map_err(|cause| StartError::Metrics { address, cause })
        });
        let metrics = metrics.transpose()?;
        let inbox = Inbox::new(Waker::new(poll.registry(), WAKER)?);
        let (to_inbox, from_auth) = (inbox.clone(), inbox.clone());
        let store_options = store::Options { recent_lines: ENTRY_LINES, ..options.store };
        let (store, opened) =
            store::open(store_options, move |done| to_inbox.push(Completion::Store(done)))?;
        for note in &opened.notes {
            log::error!("{note}");
        }
        let speaks_tls = listeners.iter().any(|listener| listener.kind == Kind::Tls);
        // After the store has made sure of the folder, and that it is this server's.
        let certificate = match speaks_tls {
            true => Some(Certificate::load(options.identity)?),
            false => None,
        };
        let auth = auth::start(options.hash, 1, move |ticket, answer| {
            from_auth.push(Completion::Hashed(ticket, answer));
        })?;
        let known = Known {
            rooms: opened.rooms,
            last: opened.recent,
            names: opened.names,
            last_id: opened.last_id,
            operators: opened.operators,
            penalties: opened.penalties,
        };
        let clock = Clock::new();
        let mut reactor = Reactor {
            poll,
            now: Now::default(),
            started: clock.now().wall,
            clock,
            hub: Hub::new(options.settings, known),
            fx: Effects::default(),
            listeners,
            tls_buffers: if certificate.is_some() {
                tls::Buffers::new()
            } else {
                Default::default()
            },
            certificate,
            handshakes: 0,
            metrics,
            counters: Counters::default(),
            accept_again_ms: None,
            accepting_rests: false,
            notify: options.notify,
            reread: options.reread,
            reloading: Reloading::No,
            signals,
            stop: None,
            // Memory that is not touched costs nothing; growing would copy and leave holes.
            connections: Slab::with_capacity((limits.connections + REFUSALS).min(1 << 16)),
            refused: 0,
            feed: Feed::new(),
            audiences: Vec::new(),
            ready: VecDeque::new(),
            dirty: Vec::new(),
            full: Vec::new(),
            drained: Vec::new(),
            doomed: Vec::new(),
            deadlines: BTreeSet::new(),
            inbox,
            backlog: VecDeque::new(),
            store,
            appends: Vec::new(),
            gathered: 0,
            looks: 0,
            auth,
            scratch: vec![0; READ_BYTES].into_boxed_slice(),
            generation: 0,
            bounds,
            postponed_ms: None,
            committed: false,
            taken: Vec::new(),
        };
        reactor.register()?;
        Ok(reactor)
    }

    fn register(&mut self) -> io::Result<()> {
        let registry = self.poll.registry();
        for (n, listener) in self.listeners.iter_mut().enumerate() {
            registry.register(&mut listener.socket, Token(LISTENERS - n), Interest::READABLE)?;
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.register(registry)?;
        }
        registry.register(&mut self.signals.stop, STOP, Interest::READABLE)?;
        registry.register(&mut self.signals.reload, RELOAD, Interest::READABLE)?;
        registry.register(&mut self.signals.accounts, ACCOUNTS, Interest::READABLE)
    }

    /// Where connections come in, with the real ports.
    ///
    /// # Errors
    /// The system's.
    pub fn addresses(&self) -> io::Result<Vec<(Kind, SocketAddr)>> {
        self.listeners.iter().map(|l| Ok((l.kind, l.socket.local_addr()?))).collect()
    }

    /// What people compare who come in by TLS.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.certificate.as_ref().map(|certificate| certificate.current.fingerprint)
    }

    /// Where metrics are read, if anywhere, with the real port.
    ///
    /// # Errors
    /// The system's.
    pub fn metrics_address(&self) -> io::Result<Option<SocketAddr>> {
        self.metrics.as_ref().map(MetricsServer::address).transpose()
    }

    /// Serves until a signal says stop, then goes down in good order.
    ///
    /// # Errors
    /// The system's, when it can no longer be asked what has happened.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS);
        if let Some(notify) = &self.notify {
            notify.ready();
        }
        while !self.is_stopped() {
            self.now = self.clock.now();
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            self.now = self.clock.now();
            let began = self.metrics.is_some().then(|| self.clock.micros());
            for event in &events {
                self.note(event);
            }
            self.turn();
            if let Some(began) = began {
                self.counters.turns.note(self.clock.micros().saturating_sub(began));
            }
        }
        self.auth.close();
        self.store.close();
        Ok(())
    }

    fn turn(&mut self) {
        self.handshakes = HANDSHAKES_PER_TURN;
        self.completions();
        self.told_drained();
        self.due();
        self.accept();
        // Those that become ready from here on have their turn in the next one.
        for _ in 0..self.ready.len() {
            if let Some(slot) = self.ready.pop_front() {
                self.serve(slot);
            }
        }
        self.end_turn();
        // Last: whoever watches waits for whoever talks.
        self.serve_metrics();
        self.go_on_stopping();
    }

    /// How long the poll may wait: not at all while there is anything to do.
    fn timeout(&self) -> Option<Duration> {
        let accepting = self.accept_again_ms.is_none() && self.listeners.iter().any(|l| l.ready);
        let busy = accepting
            || !self.ready.is_empty()
            || !self.dirty.is_empty()
            || !self.drained.is_empty()
            || !self.backlog.is_empty()
            || !self.appends.is_empty();
        if busy {
            return Some(Duration::ZERO);
        }
        let due = [
            self.hub.next_due(),
            self.deadlines.first().map(|(at, _)| *at),
            self.accept_again_ms,
            self.stop.as_ref().map(Stop::deadline_ms),
            self.postponed_ms.map(|since| since + POSTPONE_MS),
            self.metrics_due(),
            self.notify.as_ref().and_then(Notify::next_due),
        ];
        let next = due.into_iter().flatten().min()?;
        Some(Duration::from_millis(next.saturating_sub(self.now.mono_ms)))
    }

    /// Takes note of what the poll says; does nothing about it yet.
    fn note(&mut self, event: &Event) {
        match event.token() {
            WAKER => {}
            STOP => {
                if has_come(&self.signals.stop) {
                    self.begin_stop();
                }
            }
            ACCOUNTS => {
                if has_come(&self.signals.accounts) {
                    log::info!("accounts were changed by the command line");
                    self.store.reread_names();
                }
            }
            RELOAD => {
                if has_come(&self.signals.reload) {
                    self.reload();
                }
            }
            token if metrics::is_ours(token) => {
                if let Some(metrics) = &mut self.metrics {
                    metrics.note(event);
                }
            }
            Token(n) if n > LISTENERS - self.listeners.len() => {
                self.listeners[LISTENERS - n].ready = true;
            }
            Token(slot) => {
                let Some(connection) = self.connections.get_mut(slot) else {
                    return;
                };
                let slot = slot as u32;
                if event.is_writable() && connection.is.blocked {
                    connection.is.blocked = false;
                    self.mark_dirty(slot);
                }
                let Some(connection) = self.connections.get_mut(slot as usize) else {
                    return;
                };
                if event.is_readable() || event.is_read_closed() || event.is_error() {
                    // After the end there is nothing more to read, though every later
                    // event of the socket says so again.
                    connection.is.readable = !connection.is.at_end;
                    connection.is.read_closed |= event.is_read_closed() || event.is_error();
                    self.mark_ready(slot);
                }
            }
        }
    }

    /// Hands what the helper threads have finished to the hub, up to as much as may be
    /// relayed in one turn.
    fn completions(&mut self) {
        let mut taken = std::mem::take(&mut self.taken);
        self.inbox.take(&mut taken);
        self.backlog.extend(taken.drain(..));
        self.taken = taken;
        while self.feed.len() < RELAY_BYTES_PER_TURN {
            match self.backlog.pop_front() {
                None => break,
                Some(completion) => self.completed(completion),
            }
        }
    }

    fn completed(&mut self, completion: Completion) {
        let input = match completion {
            Completion::Store(Done::Appended(mut batch)) => {
                self.committed = self.postponed_ms.is_some();
                // Ends early at the bound of a turn; the rest comes first in the next.
                let mut done = 0;
                for appended in &batch {
                    if self.feed.len() >= RELAY_BYTES_PER_TURN {
                        break;
                    }
                    done += 1;
                    let ticket = appended.ticket;
                    match appended.outcome {
                        Ok(Outcome::Stored(_)) => self.counters.stored += 1,
                        Ok(Outcome::Passed(_) | Outcome::Duplicate(_)) => {}
                        Err(_) => self.counters.not_stored += 1,
                    }
                    let outcome = appended.outcome.map(apply::kept);
                    self.hub.handle(self.now, Input::Stored { ticket, outcome }, &mut self.fx);
                    self.apply();
                }
                batch.drain(..done);
                if !batch.is_empty() {
                    self.backlog.push_front(Completion::Store(Done::Appended(batch)));
                }
                return;
            }
            Completion::Store(Done::Page(ticket, page)) => Input::Page { ticket, page },
            Completion::Store(Done::Room(ticket, outcome)) => Input::Room { ticket, outcome },
            Completion::Store(Done::Account(ticket, answer)) => Input::Account { ticket, answer },
            Completion::Store(Done::Names(names)) => Input::Registered { names },
            Completion::Store(Done::Reset(names)) => Input::PasswordsSet { names },
            Completion::Reread(read) => return self.reloaded(read),
            Completion::Store(Done::Operators(accounts)) => Input::OperatorsSet { accounts },
            Completion::Store(Done::Erasures(accounts)) => {
                // The accounts' sessions have ended; what they said last goes first.
                self.store.append(&mut self.appends);
                accounts.into_iter().for_each(|account| self.store.erase(account));
                return;
            }
            Completion::Store(Done::Erased(account)) => Input::Erased { account },
            Completion::Store(Done::Forgotten(ticket, outcome)) => {
                Input::Forgotten { ticket, outcome }
            }
            Completion::Figures(session) => Input::Figures { session, figures: self.figures() },
            Completion::Hashed(ticket, answer) => Input::Hashed { ticket, answer },
        };
        self.hub.handle(self.now, input, &mut self.fx);
        self.apply();
    }

    /// Tells the hub whose outboxes have drained.
    fn told_drained(&mut self) {
        for slot in std::mem::take(&mut self.drained) {
            if let Some(connection) = self.connections.get(slot as usize) {
                let session = connection.session;
                self.hub.handle(self.now, Input::Drained { session }, &mut self.fx);
                self.apply();
            }
        }
    }

    fn mark_ready(&mut self, slot: u32) {
        if let Some(connection) = self.connections.get_mut(slot as usize)
            && !connection.is.ready
        {
            connection.is.ready = true;
            self.ready.push_back(slot);
        }
    }

    fn mark_dirty(&mut self, slot: u32) {
        if let Some(connection) = self.connections.get_mut(slot as usize)
            && !connection.is.dirty
        {
            connection.is.dirty = true;
            self.dirty.push(slot);
        }
    }

    fn doom(&mut self, slot: u32, why: Doom) {
        if let Some(connection) = self.connections.get_mut(slot as usize)
            && !connection.is.doomed
        {
            connection.is.doomed = true;
            self.doomed.push((slot, why));
        }
    }
}
