//! What an owner holds: a handle on the session and on the thread that serves it.
//!
//! Nothing here waits for the network but [`Client::close`], which does so for a
//! bounded time. The session is behind one lock that nobody holds while they wait. The
//! happenings are a bounded queue: where the owner does not take them, the receiving
//! thread stops reading, and the server keeps for us what we do not read.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use taifas::protocol::{Name, Now, RoomName, Timestamp};
use thiserror::Error;

use crate::fingerprint::Fingerprint;
use crate::happening::{Happening, Mark};
use crate::id::MessageId;
use crate::link;
use crate::order::Order;
use crate::password::Password;
use crate::pipe::Pipe;
use crate::place::Place;
use crate::session::{BadText, Session, Step};
use crate::settings::{Security, Settings};

/// Happenings that may wait for the owner before the receiving thread stops reading.
/// A page of history is one of them.
pub const HAPPENINGS_MOST: usize = 256;

/// A client at work. Dropped, it leaves as with [`Client::close`].
#[derive(Debug)]
pub struct Client {
    shared: Arc<Shared>,
    /// `None` once it has ended.
    sender: Option<JoinHandle<()>>,
    leave: Duration,
}

/// Why a client cannot be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// The system gives no thread.
    #[error("no thread can be started: {0}")]
    Thread(#[from] io::Error),
    /// The system gives no random number.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl Client {
    /// Starts one. Returns at once: looking the server up, connecting and everything
    /// else is done by its threads. `wake` is called when there are happenings where
    /// there were none, after they can be taken; it must not block, nor close the
    /// client.
    ///
    /// # Errors
    /// [`StartError`] if the machine is at its end.
    pub fn connect(
        settings: Settings,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<Client, StartError> {
        let (server, waits) = (settings.server.clone(), settings.waits);
        let security = settings.security;
        let seed = getrandom::u64()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                session: Session::new(settings, seed),
                happenings: VecDeque::new(),
                security,
                generation: 0,
                pipe: None,
                news: false,
                is_over: false,
            }),
            news: Condvar::new(),
            moved: Condvar::new(),
            wake: Box::new(wake),
            start: Instant::now(),
        });
        let sender = link::start(shared.clone(), server, waits)?;
        let leave = Duration::from_millis(waits.leave_ms);
        Ok(Client { shared, sender: Some(sender), leave })
    }

    /// Takes all happenings there are; never waits.
    pub fn happenings(&self) -> Vec<Happening> {
        let taken = std::mem::take(&mut self.shared.lock().happenings);
        self.shared.moved.notify_all();
        taken.into()
    }

    /// Waits for the next happening; for bots. `None` once it is over.
    pub fn wait(&self) -> Option<Happening> {
        let mut state = self.shared.lock();
        loop {
            if let Some(happening) = state.happenings.pop_front() {
                drop(state);
                self.shared.moved.notify_all();
                return Some(happening);
            }
            if state.is_over {
                return None;
            }
            state = self.shared.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says something to a room or a person, now or when there is a connection again.
    /// Its delivery is told by happenings that bear the mark.
    ///
    /// # Errors
    /// [`BadText`] if it cannot be said, or too much waits.
    pub fn say(&self, place: &Place, text: &str) -> Result<Mark, BadText> {
        self.update(|session, now| session.say(now, place, text))
    }

    /// Says something again that has failed, with the nonce it had: whatever became of
    /// it the first time, it is stored once. Not so for a guest, who has no nonces, nor
    /// for what was first sent a day ago: then it may be there twice, and the words of
    /// the failure have said so.
    pub fn retry(&self, mark: Mark) {
        self.update(|session, now| session.retry(now, mark));
    }

    /// Gives up something that has failed.
    pub fn discard(&self, mark: Mark) {
        self.update(|session, _| session.discard(mark));
    }

    /// Asks for the messages there before this one; they come as a page.
    pub fn older(&self, place: &Place, before: MessageId) {
        self.update(|session, now| session.older(now, place, before));
    }

    /// Enters a room, or makes it; stays in it, over every break.
    pub fn join(&self, room: RoomName) {
        self.update(|session, now| session.join(now, room));
    }

    /// Leaves a room, for good. What waits to be said there fails.
    pub fn part(&self, room: RoomName) {
        self.update(|session, now| session.part(now, room));
    }

    /// Opens the talk with this person and reads its history. Whoever is told something,
    /// or tells somebody something, need not.
    pub fn open(&self, name: Name) {
        self.update(|session, now| session.open(now, name));
    }

    /// Closes the talk with this person. Nothing of it is deleted, and the next thing
    /// that is said in it opens it again.
    pub fn shut(&self, name: Name) {
        self.update(|session, _| session.shut(name));
    }

    /// Asks which rooms there are: [`Happening::Rooms`]. Like everything that is only
    /// asked, it fails where there is no connection, and is not repeated after a break.
    pub fn rooms(&self) {
        self.update(|session, now| session.rooms(now));
    }

    /// Asks what a room is about, or sets it; nothing takes the topic away:
    /// [`Happening::Topic`].
    ///
    /// # Errors
    /// [`BadText`] if it cannot be that.
    pub fn topic(&self, room: RoomName, text: Option<&str>) -> Result<(), BadText> {
        self.update(|session, now| session.topic(now, room, text))
    }

    /// Looks for what was said, in one place or wherever we may read:
    /// [`Happening::Found`].
    ///
    /// # Errors
    /// [`BadText`] if that cannot be looked for.
    pub fn search(&self, place: Option<Place>, words: &str) -> Result<(), BadText> {
        self.update(|session, now| session.search(now, place, words))
    }

    /// Does what operators do: [`Happening::Ordered`].
    ///
    /// # Errors
    /// [`BadText`] if a word in it cannot be sent.
    pub fn order(&self, order: Order) -> Result<(), BadText> {
        self.update(|session, now| session.order(now, order))
    }

    /// After [`Link::Untrusted`](crate::Link::Untrusted): goes on with the server that
    /// has this certificate, and with no other.
    pub fn trust(&self, fingerprint: Fingerprint) {
        self.shared.update(|state, now| {
            state.news = true;
            state.security = Security::Tls { trusted: Some(fingerprint) };
            state.session.come_back(now);
        });
    }

    /// After [`Link::Stopped`](crate::Link::Stopped): tries once more.
    pub fn come_back(&self) {
        self.update(|session, now| session.come_back(now));
    }

    /// Changes the account's password.
    pub fn change_password(&self, old: Password, new: Password) {
        self.update(|session, now| session.change_password(now, old, new));
    }

    /// Tries to connect now instead of at the end of the pause.
    pub fn try_now(&self) {
        self.update(|session, now| session.try_now(now));
    }

    /// After [`Link::Stopped`](crate::Link::Stopped): comes back with this password.
    pub fn enter_again(&self, password: Password) {
        self.update(|session, now| session.enter_again(now, password));
    }

    /// Leaves: says what waits and then goodbye, if there is a connection, ends the
    /// threads, and gives back what could not be said. Takes at most
    /// [`leave_ms`](crate::Waits::leave_ms) and a little. Happenings that were not
    /// taken are lost.
    pub fn close(mut self) -> Vec<(Mark, Place, String)> {
        self.end();
        let state = self.shared.lock();
        let unsaid = state.session.unsaid();
        unsaid.map(|(mark, place, text)| (mark, *place, text.to_owned())).collect()
    }

    fn update<T>(&self, change: impl FnOnce(&mut Session, Now) -> T) -> T {
        self.shared.update(|state, now| {
            state.news = true;
            change(&mut state.session, now)
        })
    }

    fn end(&mut self) {
        let Some(sender) = self.sender.take() else {
            return;
        };
        self.update(|session, now| session.leave(now));
        let deadline = Instant::now() + self.leave;
        let mut state = self.shared.lock();
        // Over is over when the sending thread has taken its leave of the connection, too.
        while !state.is_over || state.pipe.is_some() {
            // The receiving thread must not wait for us now.
            state.happenings.clear();
            self.shared.moved.notify_all();
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.shared.moved.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // Whoever still sends or receives is woken.
        if let Some(pipe) = &state.pipe {
            pipe.shutdown();
        }
        drop(state);
        // A panic of its own is printed already, and there is nobody to hand it to.
        let _ = sender.join();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.end();
    }
}

/// What the owner and the threads share.
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    /// The sending thread waits here for `State::news`.
    pub(crate) news: Condvar,
    /// The owner waits here for happenings, the receiving thread for room for them.
    pub(crate) moved: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
    start: Instant,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) session: Session,
    /// Not taken by the owner yet.
    pub(crate) happenings: VecDeque<Happening>,
    /// Whether the next connection is encrypted, and whom it is to.
    pub(crate) security: Security,
    /// Counts connections; whoever serves an older one is to end.
    pub(crate) generation: u64,
    /// The connection, while there is one.
    pub(crate) pipe: Option<Pipe>,
    /// Somebody else than the sending thread has changed something.
    pub(crate) news: bool,
    /// Nothing will happen any more.
    pub(crate) is_over: bool,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with the lock has printed it; the session is as good as the
        // last whole change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            mono_ms: self.start.elapsed().as_millis() as u64,
            wall: Timestamp::from_ms(wall.as_millis() as u64),
        }
    }

    /// Changes something; then publishes what has happened, and only then wakes the
    /// owner.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State, Now) -> T) -> T {
        let mut state = self.lock();
        let outcome = change(&mut state, self.now());
        let happened = state.session.take_happenings();
        let is_news = !happened.is_empty();
        let wake = is_news && state.happenings.is_empty();
        state.happenings.extend(happened);
        let over = state.session.is_over();
        let moved = is_news || over != state.is_over;
        state.is_over = over;
        let news = state.news;
        drop(state);
        if news {
            self.news.notify_one();
        }
        if moved {
            self.moved.notify_all();
        }
        if wake {
            (self.wake)();
        }
        outcome
    }

    /// The sending thread's next step, and the lines that it sends.
    pub(crate) fn step(&self) -> (Step, VecDeque<crate::wire::Out>) {
        self.update(|state, now| {
            let step = state.session.step(now);
            let lines = match step {
                Step::Talk => state.session.take_lines(),
                Step::Rest | Step::Connect | Step::End => VecDeque::new(),
            };
            (step, lines)
        })
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}
