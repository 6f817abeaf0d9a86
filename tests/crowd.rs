//! What a crowd costs: 2,000 people who arrive within a second, in the lobby and then in a
//! second room, are a few lines to everybody there. Lines are counted, nothing is timed:
//! the bare hub with a clock that is set. And a notice to all of them is formatted once.

use std::net::{IpAddr, Ipv4Addr};

use taifas::hub::{Effect, Effects, Hub, Input, Known, RoomMakers, SessionId, Settings, Terms};
use taifas::limits::{Limits, NAMES_LINE_BYTES, PRESENCE_GATHER_MS};
use taifas::parser::{Mode, command};
use taifas::protocol::{Account, AccountAnswer, AccountId, HashAnswer, Name, Now, Phc, Timestamp};

/// People who arrive within a second, two in each millisecond.
const CROWD: u32 = 2000;

/// The hub, and what each room was told.
struct Crowd {
    hub: Hub,
    now: Now,
    /// Presence and renames: to how many rooms at once, and the line.
    announced: Vec<(usize, String)>,
}

impl Crowd {
    fn new() -> Crowd {
        let limits = Limits { message_rate: 0, connections: 3000, ..Limits::default() };
        let settings = Settings {
            server: "srv".parse().expect("a name"),
            limits,
            room_makers: RoomMakers::Everyone,
            terms: Terms { version: "1".into(), lines: Vec::new() },
        };
        let hub = Hub::new(settings, Known::default());
        let now = Now { mono_ms: 1, wall: Timestamp::from_ms(1_795_398_727_123) };
        Crowd { hub, now, announced: Vec::new() }
    }

    fn handle(&mut self, input: Input<'_>) {
        let mut fx = Effects::default();
        self.hub.handle(self.now, input, &mut fx);
        for effect in &fx.queue {
            if let Effect::Announce { rooms, bytes } = effect {
                let text = std::str::from_utf8(&fx.bytes[bytes.clone()]).expect("UTF-8");
                let lines = text.lines().map(|line| (rooms.as_slice().len(), line.to_owned()));
                self.announced.extend(lines);
            }
        }
        for effect in fx.queue {
            if let Effect::Room { ticket, .. } = effect {
                self.handle(Input::Room { ticket, outcome: Ok(()) });
            }
        }
    }

    fn connect(&mut self, slot: u32) {
        let session = SessionId { slot, generation: 1 };
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        self.handle(Input::Connected { session, peer });
    }

    fn say(&mut self, slot: u32, line: &str) {
        let session = SessionId { slot, generation: 1 };
        let line = command(line.as_bytes(), Mode::default()).expect("a command");
        self.handle(Input::Line { session, line: Ok(line.expect("not empty")) });
    }

    fn pass(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        if self.hub.next_due().is_some_and(|at| at <= self.now.mono_ms) {
            self.handle(Input::Due);
        }
    }

    /// Each of the crowd does this, within a second; what all who are there are told.
    fn all(&mut self, act: impl Fn(&mut Crowd, u32)) -> Vec<String> {
        self.pass(PRESENCE_GATHER_MS);
        self.announced.clear();
        for slot in 1..=CROWD {
            act(self, slot);
            if slot % 2 == 0 {
                self.pass(1);
            }
        }
        self.pass(PRESENCE_GATHER_MS);
        self.announced.drain(..).map(|(_, line)| line).collect()
    }
}

/// They are what they should be: every name once, and no more lines than names need, but
/// for one that is not full each time the room is told.
fn check(lines: &[String], head: &str) {
    let names: usize =
        lines.iter().map(|line| line.strip_prefix(head).expect(head).split(' ').count()).sum();
    assert_eq!(names, CROWD as usize, "everybody once");
    let full = NAMES_LINE_BYTES - " somebody1234".len();
    let bytes: usize = lines.iter().map(String::len).sum();
    let times = (1000 / PRESENCE_GATHER_MS + 1) as usize;
    println!("{head}: {CROWD} people are {} lines", lines.len());
    assert!(lines.len() <= bytes.div_ceil(full) + times, "{} lines", lines.len());
    assert!(lines.len() < 40, "{} lines are not a few", lines.len());
}

#[test]
fn two_thousand_people_are_a_few_lines_in_each_room() {
    let mut crowd = Crowd::new();
    crowd.connect(0);
    crowd.say(0, "NAME first");
    crowd.say(0, "JOIN #second");

    let lines = crowd.all(|crowd, slot| {
        crowd.connect(slot);
        crowd.say(slot, &format!("NAME somebody{slot}"));
    });
    check(&lines, ":srv JOIN #lobby ");

    let lines = crowd.all(|crowd, slot| crowd.say(slot, "JOIN #second"));
    check(&lines, ":srv JOIN #second ");

    // A rename is one line, told to both rooms at once.
    crowd.say(1, "NAME else");
    assert_eq!(crowd.announced, [(2, ":somebody1 NAME else".to_owned())]);

    let lines = crowd.all(|crowd, slot| crowd.say(slot, "PART #lobby"));
    check(&lines, ":srv PART #lobby ");
}

#[test]
fn a_notice_to_two_thousand_people_is_formatted_once() {
    let mut crowd = Crowd::new();
    for slot in 0..CROWD {
        crowd.connect(slot);
    }
    let (name, id): (Name, _) = ("boss".parse().expect("a name"), AccountId(1));
    crowd.handle(Input::Registered { names: vec![(name, id)] });
    crowd.handle(Input::OperatorsSet { accounts: vec![id] });
    // The store and the auth thread answer what LOGIN asks.
    let session = SessionId { slot: 0, generation: 1 };
    let ask = |crowd: &mut Crowd, line: &str| {
        let mut fx = Effects::default();
        let line = command(line.as_bytes(), Mode::default()).expect("a command");
        let line = Ok(line.expect("not empty"));
        crowd.hub.handle(crowd.now, Input::Line { session, line }, &mut fx);
        fx
    };
    let mut fx = ask(&mut crowd, "LOGIN boss secret");
    while let Some(effect) = fx.queue.pop() {
        let input = match effect {
            Effect::Account { ticket, .. } => {
                let [password, recovery] = ["p", "r"].map(|phc| Phc(phc.into()));
                let found = Some(Account { id, name, password, recovery });
                Input::Account { ticket, answer: AccountAnswer::Found(found) }
            }
            Effect::Hash { ticket, .. } => {
                Input::Hashed { ticket, answer: HashAnswer::Match { rehashed: None } }
            }
            _ => continue,
        };
        fx = Effects::default();
        crowd.hub.handle(crowd.now, input, &mut fx);
    }
    let fx = ask(&mut crowd, &format!("NOTICE {}", "x".repeat(4000)));
    let sent = fx.queue.iter().filter(|effect| {
        matches!(effect, Effect::Send { bytes, .. } if fx.bytes[bytes.clone()].ends_with(b"xxx\r\n"))
    });
    assert_eq!(sent.count(), CROWD as usize, "everybody is told");
    assert!(fx.bytes.len() < 5000, "{} bytes", fx.bytes.len());
}
