//! The real server, a link that can be cut, and clients that wait for happenings,
//! never for time. Everything has one deadline, [`PATIENCE`], so that a test fails
//! instead of hanging.

// Each test binary uses its part of this.
#![allow(dead_code, missing_docs)]

pub mod proxy;
pub mod server;

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use taifas_client::{
    At, Client, Entry, Happening, Link, Mark, Model, Password, Place, Refusal, Settings, Waits,
};

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Pauses that cost a test nothing; the rest as usual.
pub const QUICK: Waits = Waits {
    pause_ms: 1,
    pause_most_ms: 20,
    connect_ms: 15_000,
    quiet_ms: 60_000,
    answer_ms: 30_000,
    leave_ms: 5_000,
};

/// A client with its model, as an owner has them.
pub struct Owner {
    pub client: Client,
    pub model: Model,
    /// Everything that has happened.
    pub seen: Vec<Happening>,
    woken: Arc<(Mutex<bool>, Condvar)>,
}

impl Owner {
    pub fn new(server: impl ToString, entry: Entry) -> Owner {
        Owner::patient(server, entry, QUICK)
    }

    pub fn patient(server: impl ToString, entry: Entry, waits: Waits) -> Owner {
        Owner::of(Settings { waits, ..Settings::new(&server.to_string(), entry) })
    }

    pub fn of(settings: Settings) -> Owner {
        let woken = Arc::new((Mutex::new(false), Condvar::new()));
        let its = woken.clone();
        let client = Client::connect(settings, move || {
            *its.0.lock().unwrap() = true;
            its.1.notify_all();
        });
        Owner { client: client.unwrap(), model: Model::new(), seen: Vec::new(), woken }
    }

    pub fn guest(server: impl ToString, name: &str) -> Owner {
        let mut owner = Owner::new(server, Entry::Guest { name: name.parse().unwrap() });
        owner.live();
        owner
    }

    /// Takes what there is, then waits to be woken, until this is so. Goes by the
    /// wake-ups alone, as a screen does.
    pub fn until(&mut self, what: &str, mut is: impl FnMut(&Owner) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            for happening in self.client.happenings() {
                self.model.fold(&happening);
                self.seen.push(happening);
            }
            if is(self) {
                return;
            }
            let woken = self.woken.0.lock().unwrap();
            let left = end.saturating_duration_since(Instant::now());
            let (mut woken, over) =
                self.woken.1.wait_timeout_while(woken, left, |woken| !*woken).unwrap();
            assert!(!over.timed_out(), "no {what}: {:#?}", self.tail());
            *woken = false;
        }
    }

    fn tail(&self) -> &[Happening] {
        &self.seen[self.seen.len().saturating_sub(40)..]
    }

    /// Waits until everything is here.
    pub fn live(&mut self) {
        self.until("live", |owner| *owner.model.link() == Link::Live);
    }

    /// Waits until the server has said no for good.
    pub fn stopped(&mut self) -> Refusal {
        self.until("stop", |owner| matches!(owner.model.link(), Link::Stopped(_)));
        match self.model.link() {
            Link::Stopped(why) => why.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until it is over.
    pub fn closed(&mut self) {
        self.until("end", |owner| *owner.model.link() == Link::Closed);
    }

    /// Waits for a happening that this finds something in; looks at all of them.
    pub fn find<T>(&mut self, what: &str, look: impl Fn(&Happening) -> Option<T>) -> T {
        let mut found = None;
        self.until(what, |owner| {
            found = owner.seen.iter().find_map(&look);
            found.is_some()
        });
        found.expect("just found")
    }

    /// The lobby.
    pub fn lobby(&self) -> At<'_> {
        self.model.at(&Place::LOBBY)
    }

    /// Says something in the lobby.
    pub fn utter(&self, text: &str) -> Mark {
        self.client.say(&Place::LOBBY, text).unwrap()
    }

    /// Says something in the lobby and waits until it is among the messages.
    pub fn say(&mut self, text: &str) {
        self.utter(text);
        self.has(text);
    }

    /// Waits until this was said in the lobby.
    pub fn has(&mut self, text: &str) {
        self.has_at(&Place::LOBBY, text);
    }

    /// Waits until this was said there.
    pub fn has_at(&mut self, place: &Place, text: &str) {
        let is = |owner: &Owner| owner.texts_at(place).iter().any(|said| said == text);
        self.until(text, is);
    }

    /// The texts of the lobby, oldest first.
    pub fn texts(&self) -> Vec<String> {
        self.texts_at(&Place::LOBBY)
    }

    /// The texts there, oldest first.
    pub fn texts_at(&self, place: &Place) -> Vec<String> {
        let messages = self.model.at(place).messages();
        messages.iter().map(|message| message.text.to_string()).collect()
    }
}

pub fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

pub fn login(name: &str) -> Entry {
    Entry::Login { name: name.parse().unwrap(), password: password(&format!("password of {name}")) }
}

pub fn register(name: &str) -> Entry {
    Entry::Register {
        name: name.parse().unwrap(),
        password: password(&format!("password of {name}")),
        terms: "1".into(),
    }
}

/// One stream of numbers for one seed (Marsaglia's xorshift64).
pub struct Random(pub u64);

impl Random {
    /// From `SEED`, or always the same; printed, since a failure needs it.
    pub fn new(what: &str) -> Random {
        let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(7667);
        println!("{what}: SEED={seed}");
        Random(seed | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % bound
    }
}
