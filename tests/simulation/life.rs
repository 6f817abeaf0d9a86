//! Random lives: what people, programs and networks do, in any order.

use std::collections::BTreeSet;

use taifas::hub::{Input, RoomMakers};
use taifas::limits::Limits;
use taifas::protocol::{AccountId, Message, MessageId, Name, RoomName, Stored, Target, Timestamp};

use super::rng::Rng;
use super::store::Faults;
use super::world::World;

/// Few, so that they meet; some are one name in two spellings.
const NAMES: [&str; 9] = ["ana", "ANA", "ion", "Ion", "mara", "vlad", "guest1", "guest2", "zoe"];

/// Few as well; the second was there before the start.
const ROOMS: [&str; 6] = ["#lobby", "#old", "#a", "#A", "#b", "#c"];

/// One run.
pub struct Life {
    world: World,
    /// So that each text is said once.
    said: u64,
    /// Longest filling of a text, in bytes.
    long: usize,
    /// Accounts that are operators'.
    operators: BTreeSet<AccountId>,
}

impl Life {
    pub fn new(seed: u64) -> Life {
        let mut rng = Rng::new(seed ^ 0x5eed);
        let limits = Limits {
            connections: 3 + rng.below(10),
            name_timeout_secs: rng.pick(&[5, 60]),
            message_rate: rng.pick(&[0, 0, 5, 100]),
            message_burst: 1 + rng.below(20) as u32,
            store_queue: rng.pick(&[1, 2, 5, 30, 8192]),
            hash_queue: 1 + rng.below(4),
            password_tries: 1 + rng.below(5) as u32,
            rooms: rng.pick(&[1, 3, 4, 1024]),
            rooms_per_session: rng.pick(&[1, 2, 3, 16]),
            ..Limits::default()
        };
        let before = (1..=rng.below(60) as u64).map(said_before).collect();
        let everyone = RoomMakers::Everyone;
        let makers = rng.pick(&[everyone, everyone, RoomMakers::Accounts, RoomMakers::Operators]);
        let mut world = World::with(seed, limits, before, makers);
        world.soft_bytes = rng.pick(&[300, 1000, 5000, 65536]);
        world.store.faults = Faults { one_in: rng.pick(&[0, 0, 40, 8]), ..Faults::default() };
        // In every other life somebody keeps order.
        let kept: &[&str] = rng.pick(&[&["ana", "zoe"], &["ana", "zoe", "boss"]]);
        for name in kept {
            let name: Name = name.parse().expect("a name");
            world.store.add(name, &format!("pass-{name}-0"));
        }
        let names = world.store.names();
        world.handle(Input::Registered { names });
        let boss: Name = "boss".parse().expect("a name");
        let boss = world.store.accounts.get(&boss).map(|account| account.id);
        let operators: BTreeSet<AccountId> = boss.into_iter().collect();
        world.handle(Input::OperatorsSet { accounts: operators.iter().copied().collect() });
        Life { world, said: 0, long: rng.pick(&[0, 30, 3500]), operators }
    }

    /// So many steps, then the end.
    pub fn run(mut self, steps: usize) {
        // One who reads everything at once, and keeps a list of who is here.
        let watcher = self.world.connect(usize::MAX);
        self.world.say(watcher, "NAME watcher");
        self.world.say(watcher, "NAMES");
        for step in 0..steps {
            self.step(watcher);
            if !self.operators.is_empty() && self.world.rng.one_in(15) {
                self.keep_order();
            }
            self.world.end_turn();
            for slot in 0..self.world.peers.len() {
                if let Some(pace) = self.world.peers[slot].as_ref().map(|p| p.pace) {
                    self.world.drain(slot, pace);
                }
            }
            if step % 150 == 149 {
                self.world.settle();
            }
        }
        self.world.finish();
    }

    /// More is said than is kept in memory, and those who read slowly have to be fed
    /// from the store meanwhile. Says whether they were.
    pub fn deluge(mut self, messages: usize) -> bool {
        let speakers = [self.world.connect(usize::MAX), self.world.connect(usize::MAX)];
        let slow = [self.world.connect(0), self.world.connect(0)];
        for slot in speakers.into_iter().chain(slow) {
            self.world.say(slot, format!("NAME n{slot}"));
            self.world.say(slot, "NAMES");
            self.world.end_turn();
        }
        // Each of the slow hears two of the three rooms, and never the same two.
        for (slot, room) in [(0, "#old"), (1, "#old"), (0, "#far"), (1, "#far")] {
            self.world.say(speakers[slot], format!("JOIN {room}"));
        }
        self.world.settle();
        for (slot, room) in [(0, "#old"), (1, "#far")] {
            self.world.say(slow[slot], format!("JOIN {room}"));
        }
        self.world.say(slow[0], "TAGS ON");
        self.world.settle();
        for said in 0..messages {
            let speaker = self.world.rng.pick(&speakers);
            let text = self.text();
            let room = self.world.rng.pick(&["#lobby", "#old", "#far"]);
            self.world.say(speaker, format!("MSG {room} :{text}{}", "y".repeat(3000)));
            for _ in 0..self.world.rng.below(5) {
                self.world.work();
                // Half of the time nobody slow reads anything.
                let slot = self.world.rng.pick(&slow);
                if said * 4 / messages % 2 == 1 {
                    let bytes = self.world.rng.below(60_000);
                    self.world.drain(slot, bytes);
                }
                self.world.end_turn();
            }
            speakers.iter().for_each(|slot| self.world.drain(*slot, usize::MAX));
            self.world.pass(100);
        }
        let from_store = self.world.store.kinds.contains("catch-up");
        self.world.finish();
        from_store
    }

    fn step(&mut self, watcher: usize) {
        let slots: Vec<usize> =
            (0..self.world.peers.len()).filter(|slot| self.world.peers[*slot].is_some()).collect();
        let other = slots.iter().copied().filter(|slot| *slot != watcher).collect::<Vec<_>>();
        match self.world.rng.below(100) {
            0..8 if slots.len() < 14 => {
                let pace = self.world.rng.pick(&[0, 20, 100, 1000, usize::MAX]);
                let slot = self.world.connect(pace);
                if !self.world.rng.one_in(4) {
                    let line = self.hello();
                    self.world.say(slot, line);
                }
            }
            8..50 if !other.is_empty() => {
                let slot = self.world.rng.pick(&other);
                for _ in 0..1 + self.world.rng.below(4) {
                    for line in self.lines() {
                        self.world.say(slot, line);
                    }
                }
            }
            50..54 if !other.is_empty() => {
                // A flood of texts.
                let slot = self.world.rng.pick(&other);
                for _ in 0..self.world.rng.below(40) {
                    let text = self.text();
                    self.world.say(slot, format!("MSG {text}"));
                }
            }
            54..56 if !other.is_empty() => {
                let slot = self.world.rng.pick(&other);
                self.world.half_close(slot);
            }
            56..59 if !other.is_empty() => {
                let slot = self.world.rng.pick(&other);
                self.world.gone(slot);
            }
            59..62 if !other.is_empty() => {
                let slot = self.world.rng.pick(&other);
                let pace = self.world.rng.pick(&[0, 50, 2000, usize::MAX]);
                if let Some(peer) = &mut self.world.peers[slot] {
                    peer.pace = pace;
                }
            }
            62..66 => {
                let ms = self.world.rng.pick(&[0, 1, 249, 250, 1000, 5000, 61_000, 121_000]);
                self.world.pass(ms);
            }
            66 => self.operator(),
            // Everybody wants to log in at once, and some do not wait for it.
            67 => {
                for slot in other {
                    let line = self.hello();
                    self.world.say(slot, line);
                    if self.world.rng.one_in(3) {
                        for _ in 0..self.world.rng.below(4) {
                            self.world.work();
                        }
                        self.world.gone(slot);
                    }
                }
            }
            68..70 => {
                // Whoever is closed has read it and goes.
                for slot in other {
                    if self.world.peers[slot].as_ref().is_some_and(|p| p.closed) {
                        self.world.gone(slot);
                    }
                }
            }
            70..90 => {
                for _ in 0..1 + self.world.rng.below(6) {
                    self.world.work();
                }
            }
            _ => {
                let ms = self.world.rng.below(60) as u64;
                self.world.pass(ms);
            }
        }
    }

    /// Whoever runs the server makes or removes an account while it runs, or says who
    /// is an operator.
    fn operator(&mut self) {
        let name = self.name();
        match self.world.rng.below(if self.operators.is_empty() { 2 } else { 3 }) {
            2 => {
                let id = self.world.store.accounts.get(&name).map(|account| account.id);
                if let Some(id) = id.filter(|id| !self.operators.remove(id)) {
                    self.operators.insert(id);
                }
            }
            0 => self.world.store.add(name, &format!("pass-{}-0", name.folded())),
            _ => {
                self.world.store.accounts.remove(&name);
            }
        }
        let names = self.world.store.names();
        let accounts = names.iter().map(|(_, id)| *id);
        let accounts = accounts.filter(|id| self.operators.contains(id)).collect();
        self.world.handle(Input::Registered { names });
        self.world.handle(Input::OperatorsSet { accounts });
    }

    /// The boss, if there, decides something; otherwise comes.
    fn keep_order(&mut self) {
        let is_boss = |session| self.world.hub.name_of(session) == "boss".parse().ok();
        let open = self.world.peers.iter().flatten().filter(|p| !p.closed && !p.at_end);
        let here = open.map(|p| p.session).find(|session| is_boss(*session));
        match here {
            Some(session) => {
                let order = self.order();
                self.world.say(session.slot as usize, order);
            }
            None => {
                let slot = self.world.connect(usize::MAX);
                self.world.say(slot, "LOGIN boss pass-boss-0");
            }
        }
    }

    /// What an operator types; most of those who do are none.
    fn order(&mut self) -> String {
        let name = match self.world.rng.below(30) {
            0 => self.world.rng.pick(&["boss", "watcher"]).parse().expect("a name"),
            _ => self.name(),
        };
        let term = self.world.rng.pick(&["", " 1s", " 30m :why", " :why"]);
        match self.world.rng.below(16) {
            0..3 => format!("KICK {name}"),
            3 => format!("KICK #lobby {name} :out"),
            4 => format!("KICK {} {name} :out", self.room()),
            5..7 => format!("BAN {name}{term}"),
            7 => format!("BAN 127.0.1.1{term}"),
            8 => format!("UNBAN {name}"),
            9 => "UNBAN 127.0.1.1".into(),
            10 => format!("MUTE {name}{term}"),
            11 => format!("UNMUTE {name}"),
            12 => format!("WHOIS {name}"),
            13 => "BANS".into(),
            14 => "NOTICE hear, hear".into(),
            _ => self.world.rng.pick(&["STATS", "FORGET 99999999"]).into(),
        }
    }

    fn name(&mut self) -> Name {
        self.world.rng.pick(&NAMES).parse().expect("a name")
    }

    /// Most of the time the right one, sometimes too short.
    fn password(&mut self, name: &Name) -> String {
        match self.world.rng.below(8) {
            0 => "short".into(),
            1 => format!("pass-{}-1", name.folded()),
            _ => format!("pass-{}-0", name.folded()),
        }
    }

    fn text(&mut self) -> String {
        self.said += 1;
        let long = if self.long > 0 { self.world.rng.below(self.long) } else { 0 };
        let odd = self.world.rng.pick(&["", "ă", "\u{1f600}", " :", "  "]);
        format!("t{}{odd}{}", self.said, "x".repeat(long))
    }

    fn hello(&mut self) -> String {
        let name = self.name();
        match self.world.rng.below(3) {
            0 => format!("LOGIN {name} {}", self.password(&name)),
            _ => format!("NAME {name}"),
        }
    }

    /// Something somebody sends: a line, or a few that belong together.
    fn lines(&mut self) -> Vec<Vec<u8>> {
        let name = self.name();
        let password = self.password(&name);
        let code = self.world.store.codes.get(&name).cloned().unwrap_or("CODE-0".into());
        let line = match self.world.rng.below(56) {
            0..8 => format!("MSG {}", self.text()),
            8 => format!("MSG #lobby :{}", self.text()),
            9 => format!("@nonce=n{} MSG #lobby :{}", self.world.rng.below(9), self.text()),
            10 => format!("MSG #nowhere {}", self.text()),
            11 => format!("NAME {name}"),
            12 => format!("REGISTER {name} {password}"),
            13 => format!("LOGIN {name} {password}"),
            14 => return both(&format!("REGISTER {name}"), &password),
            15 => return both(&format!("LOGIN {name}"), &password),
            16 => return both("PASSWD", &password),
            17 => format!("PASSWD {password} pass-{}-{}", name.folded(), self.world.rng.below(2)),
            18 => format!("RECOVER {name} {code} pass-{}-0", name.folded()),
            19 => return both(&format!("RECOVER {name} {code}"), &password),
            20 => "ACCEPT 1".into(),
            21 => self.world.rng.pick(&["TERMS", "ACCEPT 9", "HELP", "help msg", "HELP x"]).into(),
            22 => "NAMES".into(),
            23 => self.world.rng.pick(&["WHO", "/who #lobby", "NAMES #nowhere"]).into(),
            24..26 => self.history(),
            26 => "TAGS ON".into(),
            27 => self.world.rng.pick(&["TAGS OFF", "TAGS", "CHAT OFF", "/CHAT OFF"]).into(),
            28 => self.world.rng.pick(&["CHAT ON", "/CHAT ON"]).into(),
            29 => self.world.rng.pick(&["PING", "PING a", "PING :a b", "PONG x", "PONG"]).into(),
            30 => self.text(),
            31 => return vec![self.world.rng.pick(&BAD).to_vec()],
            32 if self.world.rng.one_in(3) => "QUIT :bye".into(),
            32 => "".into(),
            33..38 => format!("JOIN {}", self.room()),
            38 => "PART".into(),
            39..41 => format!("PART {}", self.room()),
            41 => self.world.rng.pick(&["LIST", "/list", "LIST x", "JOIN lobby", "TOPIC"]).into(),
            42 => format!("TOPIC {}", self.room()),
            43 => format!("TOPIC {} :{}", self.room(), self.text()),
            44 => format!("{} {}", self.world.rng.pick(&["NAMES", "WHO", "TOPIC"]), self.room()),
            45..47 => format!("MSG {} :{}", self.room(), self.text()),
            47 if !self.operators.is_empty() => self.order(),
            48..52 => format!("TELL {name} {}", self.text()),
            52 => format!("@nonce=n{} TELL {name} :{}", self.world.rng.below(9), self.text()),
            53 => format!("HISTORY {name} {}", 1 + self.world.rng.below(120)),
            54 => self.search(),
            _ => "MSG bad\u{1b}[31m".into(),
        };
        vec![line.into_bytes()]
    }

    fn room(&mut self) -> &'static str {
        self.world.rng.pick(&ROOMS)
    }

    fn search(&mut self) -> String {
        let word = self.world.rng.below(self.said as usize + 2);
        let begins = self.world.rng.pick(&["", "*"]);
        match self.world.rng.below(3) {
            0 => format!("SEARCH {} t{word}{begins}", self.room()),
            1 => format!("SEARCH #nowhere t{word}{begins}"),
            _ => format!("SEARCH t{word}{begins}"),
        }
    }

    fn history(&mut self) -> String {
        let last = self.world.log.relayed.last().map_or(0, |s| s.id.0);
        let id = self.world.rng.below(last as usize + 5);
        let count = 1 + self.world.rng.below(120);
        match self.world.rng.below(7) {
            5.. => format!("HISTORY {} AFTER {id}", self.room()),
            0 => "HISTORY".into(),
            1 => format!("HISTORY {count}"),
            2 => format!("HISTORY #lobby AFTER {id}"),
            3 => format!("HISTORY AFTER {id} {count}"),
            _ => format!("HISTORY BEFORE {id} {count}"),
        }
    }
}

/// Lines that are none.
const BAD: [&[u8]; 8] = [
    b"\xff\xfe",
    b"NAME",
    b"NAME 9",
    b"@x=1 MSG hi",
    b"MSG",
    b"HISTORY AFTER x",
    b"DANCE now",
    b"MSG a\xe2\x80\xaeb",
];

fn both(command: &str, password: &str) -> Vec<Vec<u8>> {
    let mut lines = vec![command.into()];
    lines.push(password.into());
    if command == "PASSWD" {
        lines.push(password.into());
    }
    lines
}

/// A line from before the server was started; every third is in another room.
pub fn said_before(id: u64) -> Stored {
    let other = "#old".parse().expect("a room");
    let message = Message {
        to: Target::Room(if id.is_multiple_of(3) { other } else { RoomName::LOBBY }),
        sender: "old".parse().expect("a name"),
        account: None,
        at: Timestamp::from_ms(id * 1000),
        text: format!("before {id}").into(),
        nonce: None,
    };
    Stored { id: MessageId(id), message: message.into() }
}
