//! What no good server does, nor anybody in a hurry: places that come back as ghosts,
//! answers to what was asked before, and floods.

#![allow(missing_docs)]

#[path = "support/case.rs"]
mod case;
mod support;

use case::{Case, NONCE};
use support::{Random, login};
use taifas_client::session::Step;
use taifas_client::{
    Entry, Happening, Message, MessageId, Model, Name, PEOPLE_MOST, Place, RoomName,
};

const TIME: &str = "2026-11-23T01:52:07.123Z";

fn garden() -> RoomName {
    "#garden".parse().unwrap()
}

fn ion() -> Name {
    "ion".parse().unwrap()
}

/// Folds what has happened; returns it as text.
fn fold(case: &mut Case, model: &mut Model) -> String {
    let happened: Vec<Happening> = case.session.take_happenings().into();
    happened.iter().for_each(|happening| model.fold(happening));
    format!("{happened:?}")
}

fn places(model: &Model) -> String {
    format!("{:?}", model.places().iter().map(|at| at.place()).collect::<Vec<Place>>())
}

/// Live in the lobby and the garden, and the model of it.
fn in_garden() -> (Case, Model) {
    let (mut case, mut model) = (Case::live(), Model::new());
    case.session.join(case.now, garden());
    case.says(&["JOIN #garden"]);
    case.hear(&["OK JOIN #garden 2"]);
    case.says(&["HISTORY #garden", "NAMES #garden"]);
    case.hear(&["OK HISTORY 0 0", "OK NAMES 0"]);
    fold(&mut case, &mut model);
    (case, model)
}

#[test]
fn a_room_that_was_left_does_not_come_back_with_what_was_said_there() {
    let (mut case, mut model) = in_garden();
    case.session.say(case.now, &garden().into(), "bye").unwrap();
    case.says(&[&format!("{NONCE}-1 MSG #garden :bye")]);
    fold(&mut case, &mut model);
    assert_eq!(places(&model), "[#garden]");
    case.session.part(case.now, garden());
    case.says(&["PART #garden"]);
    fold(&mut case, &mut model);
    case.hear(&[
        "OK MSG 12",
        &format!("@msgid=12;time={TIME} :ana MSG #garden :bye"),
        "OK PART #garden",
    ]);
    fold(&mut case, &mut model);
    assert_eq!(places(&model), "[]");
}

#[test]
fn a_room_that_was_left_does_not_come_back_with_what_was_not_said_there() {
    let (mut case, mut model) = in_garden();
    case.cut();
    fold(&mut case, &mut model);
    case.session.say(case.now, &garden().into(), "later").unwrap();
    fold(&mut case, &mut model);
    case.session.part(case.now, garden());
    fold(&mut case, &mut model);
    assert_eq!(places(&model), "[]");
}

#[test]
fn a_talk_that_was_closed_comes_back_as_one_that_can_be_closed() {
    let (mut case, mut model) = (Case::live(), Model::new());
    case.session.say(case.now, &ion().into(), "psst").unwrap();
    case.says(&[&format!("{NONCE}-1 TELL ion :psst"), "HISTORY ion"]);
    case.session.shut(ion());
    fold(&mut case, &mut model);
    assert_eq!(places(&model), "[]");
    // A guest: nothing is kept.
    case.hear(&["OK TELL"]);
    fold(&mut case, &mut model);
    case.session.shut(ion());
    fold(&mut case, &mut model);
    assert_eq!(places(&model), "[]");
}

#[test]
fn a_page_of_a_talk_that_was_closed_is_none_of_the_one_that_is_open() {
    let mut case = Case::live();
    let talk = Place::Person(ion());
    case.session.open(case.now, ion());
    case.says(&["HISTORY ion"]);
    case.hear(&[&format!(":ion HIST ana 30 {TIME} :new"), "OK HISTORY 1 30 MORE"]);
    case.session.older(case.now, &talk, MessageId::new(30));
    case.says(&["HISTORY ion BEFORE 30"]);
    case.session.shut(ion());
    case.session.open(case.now, ion());
    case.says(&["HISTORY ion"]);
    case.happened();
    case.hear(&[&format!(":ion HIST ana 3 {TIME} :old"), "OK HISTORY 1 3"]);
    case.hear(&[&format!(":ion HIST ana 30 {TIME} :new"), "OK HISTORY 1 30 MORE"]);
    let mut model = Model::new();
    fold(&mut case, &mut model);
    let texts: Vec<&str> = model.at(&talk).messages().iter().map(|m| &*m.text).collect();
    assert!(texts.contains(&"new"), "{texts:?}");
}

#[test]
fn an_answer_without_end_is_cut() {
    let mut case = Case::new(login("ana"));
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby", "NAMES #lobby", "TOPIC #lobby"]);
    let mut model = Model::new();
    for id in 1..=5000 {
        case.hear(&[&format!(":ion HIST #lobby {id} {TIME} :x")]);
    }
    case.hear(&["OK HISTORY 5000 5000"]);
    fold(&mut case, &mut model);
    assert!((100..=1000).contains(&model.at(&Place::LOBBY).messages().len()));

    let mut case = Case::new(Entry::Look);
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON"]);
    (0..5000).for_each(|_| case.hear(&["TERMS :be decent"]));
    case.hear(&["OK TERMS 1"]);
    let terms = case.session.take_happenings().into_iter().find_map(|happening| match happening {
        Happening::Terms { lines, .. } => Some(lines.len()),
        _ => None,
    });
    assert!(terms.is_some_and(|lines| lines <= 1000), "{terms:?}");
}

#[test]
fn who_asks_and_does_not_read_is_not_answered_without_end() {
    let mut case = Case::live();
    (0..5000).for_each(|at| case.hear(&[&format!("PING {at}")]));
    assert!((1..=100).contains(&case.session.take_lines().len()));
    case.hear(&["PING now"]);
    case.says(&["PONG :now"]);
}

#[test]
fn a_crowd_without_end_is_cut() {
    let (mut case, mut model) = in_garden();
    for line in 0..1050 {
        let names: Vec<String> = (0..100).map(|at| format!("n{line}.{at}")).collect();
        case.hear(&[&format!(":taifas JOIN #garden {}", names.join(" "))]);
        fold(&mut case, &mut model);
    }
    assert!(model.at(&garden().into()).people().len() <= PEOPLE_MOST);
    // A list that is asked for, too.
    case.hear(&["NAMES #garden ana"]);
    case.says(&["NAMES #garden"]);
    for line in 0..1050 {
        let names: Vec<String> = (0..100).map(|at| format!("n{line:05}.{at:02}")).collect();
        case.hear(&[&format!("NAMES #garden {}", names.join(" "))]);
    }
    case.hear(&["OK NAMES 105000"]);
    fold(&mut case, &mut model);
    assert!(model.at(&garden().into()).people().len() <= PEOPLE_MOST);
}

#[test]
fn whoever_is_sent_away_comes_back_to_where_they_were() {
    let (mut case, mut model) = in_garden();
    // Rooms that we never were in among them.
    for room in ["#garden", "#cellar", "#attic", "#cellar"] {
        case.hear(&[&format!(":eva KICK {room} ana :enough")]);
    }
    case.hear(&[":taifas NOTICE :eva has disconnected you: enough"]);
    case.cut();
    let happened = fold(&mut case, &mut model);
    assert!(happened.contains("Stopped"), "{happened}");
    case.session.come_back(case.now);
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["JOIN #garden", "HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
}

/// Any lines in any order, with numbers at their ends, while the owner does anything:
/// nothing panics, and what is counted is what is there.
#[test]
fn no_server_is_too_mad() {
    const WORDS: [&str; 30] = [
        "OK",
        "FAIL",
        "MSG",
        "TELL",
        "HIST",
        "HISTORY",
        "JOIN",
        "PART",
        "NAMES",
        "KICK",
        "NOTICE",
        "TOPIC",
        "NAME",
        "GAP",
        "LIST",
        "SEARCH",
        "WAVE",
        "MORE",
        "#lobby",
        "#garden",
        "ana",
        "ion",
        ":ion",
        ":ana",
        ":",
        "0",
        "7",
        "18446744073709551615",
        "18446744073709551616",
        TIME,
    ];
    const TIMES: [&str; 4] =
        ["1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "0000-01-01T00:00:00.000Z", TIME];
    let mut random = Random::new("mad");
    for round in 0..400 {
        let (mut case, mut model) = in_garden();
        model = Model::bounded(5 + model.places().len());
        for _ in 0..60 {
            let mut pick = |of: &[&str]| of[random.below(of.len() as u64) as usize].to_owned();
            let (id, time) = (pick(&WORDS[25..28]), pick(&TIMES));
            let (who, place) = (pick(&["ana", "ion", "eva", "x.y-z"]), pick(&WORDS[18..22]));
            let line = match random.below(12) {
                0 => format!("@msgid={id};time={time} :{who} MSG {place} :a ana"),
                1 => format!("@msgid={id};time={time} :{who} TELL ana :b"),
                2 => format!("@time={time} :{who} TELL ana :c"),
                3 => format!(":{who} HIST {place} {id} {time} :d"),
                4 => format!("OK HISTORY 1 {id} MORE"),
                5 => format!("OK HISTORY 1 {id}"),
                6 => format!(":{who} NAME {}", ["eva", "ana", "ion"][random.below(3) as usize]),
                7 => format!("GAP {id}"),
                8 => format!(":taifas PART {place} {who} ana"),
                9 => format!(":{who} KICK {place} ana :"),
                10 => format!(":taifas NOTICE :{id} for you: HISTORY {who}"),
                _ => (0..6).map(|_| pick_of(&mut random, &WORDS)).collect::<Vec<_>>().join(" "),
            };
            case.hear(&[&line]);
            if random.below(4) == 0 {
                act(&mut case, &mut model, &mut random);
            }
            fold(&mut case, &mut model);
            case.session.take_lines();
            case.now.mono_ms += 100;
            if case.session.step(case.now) == Step::Rest && random.below(3) == 0 {
                case.session.try_now(case.now);
                case.session.come_back(case.now);
                if case.session.step(case.now) == Step::Connect {
                    case.session.connected(case.now);
                    case.hear(&[
                        "NAME t taifas/1 :x",
                        "OK TAGS ON",
                        "PASSWORD :",
                        "OK LOGIN ana 1",
                    ]);
                }
            }
            for at in model.places() {
                let news = |m: &&Message| m.id > at.read_up_to() && !at.is_mine(m);
                assert_eq!(at.unread(), at.messages().iter().filter(news).count(), "{round}");
                assert!(at.messages().iter().is_sorted_by(|a, b| a.id < b.id), "{round}");
            }
        }
    }
}

fn pick_of(random: &mut Random, of: &[&str]) -> String {
    of[random.below(of.len() as u64) as usize].to_owned()
}

fn act(case: &mut Case, model: &mut Model, random: &mut Random) {
    let places: Vec<Place> =
        ["#lobby", "#garden", "ion", "eva"].map(|place| place.parse().unwrap()).into();
    let place = places[random.below(4) as usize];
    match (random.below(6), place) {
        (0, Place::Room(room)) => case.session.join(case.now, room),
        (0, Place::Person(name)) => case.session.open(case.now, name),
        (1, Place::Room(room)) => case.session.part(case.now, room),
        (1, Place::Person(name)) => case.session.shut(name),
        (2, place) => drop(case.session.say(case.now, &place, "hello")),
        (3, place) => model.mark_read(&place),
        (4, place) => {
            if let Some(id) = model.at(&place).older() {
                case.session.older(case.now, &place, id);
            }
        }
        _ => drop(case.session.search(case.now, Some(place), "a")),
    }
}
