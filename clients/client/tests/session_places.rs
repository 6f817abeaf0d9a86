//! The session machine alone, line by line, in several places: rooms that are joined,
//! left, refused and joined again, talks, what guests tell, searches and orders.

#![allow(missing_docs)]

#[path = "support/case.rs"]
mod case;
mod support;

use std::time::Duration;

use case::{Case, LOBBY, NONCE};
use support::{QUICK, login};
use taifas_client::session::Step;
use taifas_client::{
    BadText, Entry, Happening, Link, MessageId, Model, Name, Order, Place, RoomName, Settings,
};

const TIME: &str = "2026-11-23T01:52:07.123Z";

fn garden() -> RoomName {
    "#garden".parse().unwrap()
}

fn ion() -> Name {
    "ion".parse().unwrap()
}

/// Live, in the garden as well, whose last id is 7.
fn in_garden() -> Case {
    let mut case = Case::live();
    case.session.join(case.now, garden());
    case.says(&["JOIN #garden"]);
    case.hear(&["OK JOIN #garden 2 :what grows"]);
    case.says(&["HISTORY #garden", "NAMES #garden"]);
    let line = format!(":ion HIST #garden 7 {TIME} :a");
    case.hear(&[&line, "OK HISTORY 1 7", "NAMES #garden ana ion", "OK NAMES 2"]);
    let happened = case.happened();
    for what in [
        "Opened(#garden), RoomEntered { room: #garden, topic: Some(\"what grows\") }",
        "place: #garden, part: Newest",
        "CaughtUp { place: #garden, id: MessageId(7) }",
        "People { room: #garden, names: [ana, ion] }",
    ] {
        assert!(happened.contains(what), "{what}: {happened}");
    }
    case
}

#[test]
fn a_room_is_come_back_to_and_one_that_was_left_is_not() {
    let mut case = in_garden();
    case.session.join(case.now, garden());
    case.says(&[]);
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    // First in, then what is asked there; the lobby is there at once.
    case.says(&["JOIN #garden", "HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
    case.hear(&["OK JOIN #garden 2"]);
    case.says(&["HISTORY #garden AFTER 7", "NAMES #garden"]);
    case.hear(&["OK HISTORY 0 9", "OK NAMES 2", "OK TOPIC #lobby :", "OK HISTORY 0 7"]);
    assert!(!case.happened().contains("Live"), "the garden's names are not here");
    case.hear(&["OK NAMES 2"]);
    assert!(case.happened().contains("Link(Live)"));

    case.session.part(case.now, garden());
    case.says(&["PART #garden"]);
    assert_eq!(case.happened(), "[Left(#garden)]");
    // What is still said there is not for us.
    case.hear(&[&format!("@msgid=40;time={TIME} :ion MSG #garden :x"), "OK PART #garden"]);
    assert_eq!(case.happened(), "[]");
    // Left before it was left: a break does it, too; and the lobby is left each time.
    let lobby = LOBBY.room().unwrap();
    case.session.part(case.now, lobby);
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["PART #lobby"]);
    assert!(case.happened().contains("Link(Live)"), "there is nothing to wait for");
    case.hear(&[&format!("@msgid=41;time={TIME} :ion MSG #lobby :x"), "OK PART #lobby"]);
    assert_eq!(case.happened(), "[]");
    assert_eq!(case.session.say(case.now, &LOBBY, "x"), Err(BadText::NotThere));
}

#[test]
fn a_mind_that_changes_before_the_server_has_answered() {
    let mut case = Case::live();
    case.session.join(case.now, garden());
    case.session.part(case.now, garden());
    case.session.join(case.now, garden());
    case.says(&["JOIN #garden"]);
    case.session.part(case.now, garden());
    case.happened();
    case.hear(&["OK JOIN #garden 1"]);
    assert_eq!(case.happened(), "[]", "nobody wants to be there");
    case.says(&["PART #garden"]);
    case.session.join(case.now, garden());
    case.says(&[]);
    case.hear(&["OK PART #garden"]);
    case.says(&["JOIN #garden"]);
    case.session.part(case.now, garden());
    case.hear(&["FAIL JOIN NOT_ALLOWED :no"]);
    assert!(!case.happened().contains("Refused"));
    case.says(&[]);
}

#[test]
fn a_room_that_is_refused() {
    // One that never was ours is none of ours then.
    let mut case = Case::live();
    case.session.join(case.now, garden());
    let mark = case.session.say(case.now, &garden().into(), "x").unwrap();
    case.says(&["JOIN #garden"]);
    case.happened();
    case.hear(&["FAIL JOIN NOT_ALLOWED :only accounts make rooms here"]);
    let happened = case.happened();
    assert!(happened.contains("RoomRefused { room: #garden"), "{happened}");
    assert!(happened.contains("Failed { mark: Mark(1), place: #garden"), "{happened}");
    case.session.retry(case.now, mark);
    assert!(case.happened().contains("Failed"), "there is no way to say it");
    case.says(&[]);

    // One that was, stays in sight; a disk that is full is no reason to leave it.
    for (code, again) in [("NOT_STORED", true), ("NOT_ALLOWED", false)] {
        let mut case = in_garden();
        case.cut();
        case.reconnect();
        case.log_in("password of ana");
        case.hear(&[&format!("FAIL JOIN {code} :no")]);
        case.hear(&["OK HISTORY 0 9", "OK NAMES 2", "OK TOPIC #lobby :"]);
        case.session.take_lines();
        let happened = case.happened();
        assert_eq!(happened.contains("RoomRefused"), !again, "{happened}");
        assert_eq!(happened.contains("Live"), !again, "{happened}");
        case.now.mono_ms = case.session.due_ms().unwrap();
        case.session.step(case.now);
        case.says(if again { &["JOIN #garden"] } else { &["PING"] });
        // Whoever joins again is told what was missed.
        case.session.join(case.now, garden());
        case.session.take_lines();
        case.hear(if again { &[] } else { &["OK PING"] });
        case.hear(&["OK JOIN #garden 2"]);
        case.says(&["HISTORY #garden AFTER 7", "NAMES #garden"]);
    }
}

#[test]
fn what_is_said_goes_where_it_was_said_and_waits_for_that_room_alone() {
    let mut case = in_garden();
    case.cut();
    let there = garden().into();
    for (place, text) in [(&there, "one"), (&LOBBY, "two"), (&there, "three")] {
        case.session.say(case.now, place, text).unwrap();
    }
    case.session.say(case.now, &ion().into(), "four").unwrap();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&[
        "JOIN #garden",
        &format!("{NONCE}-2 MSG #lobby :two"),
        &format!("{NONCE}-4 TELL ion :four"),
        "HISTORY #lobby AFTER 9",
        "HISTORY ion",
        "NAMES #lobby",
        "TOPIC #lobby",
    ]);
    case.hear(&["OK JOIN #garden 2"]);
    case.says(&[
        &format!("{NONCE}-1 MSG #garden :one"),
        &format!("{NONCE}-3 MSG #garden :three"),
        "HISTORY #garden AFTER 7",
        "NAMES #garden",
    ]);
    case.hear(&["OK MSG 50", "OK TELL 51"]);
    let happened = case.happened();
    assert!(happened.contains("Stored { mark: Mark(4), place: ion, id: MessageId(51) }"));
    // Thrown out, it does not say there what has not been said.
    case.hear(&[
        "OK HISTORY 0 9",
        "OK HISTORY 0 0",
        "OK NAMES 0",
        "OK TOPIC #lobby :",
        "FAIL MSG NOT_IN_ROOM :you are not in that room",
        "OK MSG 52",
    ]);
    let happened = case.happened();
    assert!(happened.contains("RoomRefused { room: #garden"), "{happened}");
}

#[test]
fn a_talk_goes_on_where_it_was() {
    let mut case = Case::live();
    // Whoever is told something sees what was before it.
    case.hear(&[&format!("@msgid=20;time={TIME} :ion TELL ana :hi")]);
    case.says(&["HISTORY ion"]);
    let happened = case.happened();
    assert!(happened.starts_with("[Opened(ion), Said { place: ion"), "{happened}");
    case.hear(&[
        &format!(":ana HIST ion 18 {TIME} :hello?"),
        &format!(":ion HIST ana 20 {TIME} :hi"),
        "OK HISTORY 2 20 MORE",
    ]);
    assert!(case.happened().contains("CaughtUp { place: ion, id: MessageId(20) }"));
    // Said by another session of ours.
    case.hear(&[&format!("@msgid=21;time={TIME} :Ana TELL ion :well")]);
    assert!(case.happened().contains("Said { place: ion"));
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "HISTORY ion AFTER 21", "NAMES #lobby", "TOPIC #lobby"]);
    case.hear(&["OK HISTORY 0 9", "GAP 30", "OK HISTORY 0 21", "OK NAMES 0"]);
    let happened = case.happened();
    assert!(happened.contains("place: ion, part: After(MessageId(21))"), "{happened}");
    assert!(happened.contains("gap: Some(MessageId(30))"), "{happened}");
    assert!(happened.contains("Link(Live)"), "{happened}");
    case.session.shut(ion());
    assert_eq!(case.happened(), "[Left(ion)]");
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
}

#[test]
fn what_was_told_while_away_is_opened_and_new() {
    let settings = Settings { waits: QUICK, ..Settings::new("", login("ana")) };
    let mut case = Case::of(settings);
    case.log_in("password of ana");
    case.session.take_lines();
    case.hear(&[":taifas NOTICE :2 messages for you while you were away: HISTORY ion"]);
    case.says(&["HISTORY ion"]);
    case.hear(&[
        "OK HISTORY 0 0",
        "OK NAMES 0",
        "OK TOPIC #lobby :",
        &format!(":ion HIST ana 3 {TIME} :long ago"),
        &format!(":ion HIST ana 5 {TIME} :are you there?"),
        &format!(":ana HIST ion 6 {TIME} :from my phone"),
        &format!(":ion HIST ana 7 {TIME} :call me"),
        "OK HISTORY 4 7",
    ]);
    let mut model = Model::new();
    case.session.take_happenings().iter().for_each(|happening| model.fold(happening));
    assert_eq!(*model.link(), Link::Live);
    let talk = model.at(&ion().into());
    assert_eq!((talk.unread(), talk.mentions(), talk.read_up_to()), (2, 2, MessageId::new(3)));
    // The same words later are somebody's joke.
    case.hear(&[":taifas NOTICE :1 message for you while you were away: HISTORY maria"]);
    case.says(&[]);
    assert!(case.happened().contains("Notice"));
}

#[test]
fn guests_tell_and_nothing_of_it_is_kept() {
    let mut case = Case::new(Entry::Guest { name: "ana".parse().unwrap() });
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "OK NAME ana"]);
    case.hear(&["OK HISTORY 0 9", "OK NAMES 0", "OK TOPIC #lobby :"]);
    case.session.take_lines();
    let mut model = Model::new();
    let place: Place = ion().into();
    case.session.say(case.now, &place, "hi").unwrap();
    case.session.say(case.now, &place, "hi").unwrap();
    case.says(&["TELL ion :hi", "TELL ion :hi"]);
    let lines = [
        "OK TELL 10".into(),
        format!("@msgid=10;time={TIME} :ana TELL ion :hi"),
        format!("@msgid=11;time={TIME} :ion TELL ana :oh"),
        format!("@msgid=12;time={TIME} :ion MSG #lobby :here"),
        "OK TELL 13".into(),
        format!("@msgid=13;time={TIME} :ana TELL ion :hi"),
        format!("@msgid=14;time={TIME} :ion TELL ana :you again"),
    ];
    for line in &lines {
        case.hear(&[line]);
        case.session.take_happenings().iter().for_each(|happening| model.fold(happening));
        let talk = model.at(&place);
        // At each moment: said, or about to be, and never both.
        let ours = talk.messages().iter().filter(|m| *m.text == *"hi").count();
        assert_eq!(ours + talk.pending().len(), 2, "{line}");
    }
    let talk = model.at(&place);
    let texts: Vec<&str> = talk.messages().iter().map(|m| &*m.text).collect();
    assert_eq!(texts, ["hi", "oh", "hi", "you again"]);
    assert_eq!((talk.unread(), talk.older()), (2, None));
    // No history is asked for, now or later; what is on its way is not said twice.
    case.says(&[]);
    case.session.say(case.now, &place, "lost?").unwrap();
    case.cut();
    assert!(case.happened().contains("it may have been said"));
    case.reconnect();
    case.session.take_lines();
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "OK NAME ana"]);
    case.says(&["TAGS ON", "NAME ana", "HISTORY #lobby AFTER 12", "NAMES #lobby", "TOPIC #lobby"]);
}

#[test]
fn an_account_that_tells_a_guest_has_no_history_of_it() {
    let mut case = Case::live();
    let mut model = Model::bounded(2);
    let fold = |case: &mut Case, model: &mut Model| {
        case.session.take_happenings().iter().for_each(|happening| model.fold(happening));
    };
    case.session.say(case.now, &ion().into(), "hi").unwrap();
    case.says(&[&format!("{NONCE}-1 TELL ion :hi"), "HISTORY ion"]);
    case.hear(&[
        "OK TELL 10",
        &format!("@msgid=10;time={TIME} :ana TELL ion :hi"),
        "FAIL HISTORY NO_SUCH_NAME :no account of that name",
    ]);
    fold(&mut case, &mut model);
    let talk = |model: &Model| -> (Vec<u64>, usize) {
        let talk = model.at(&ion().into());
        assert!(talk.older().is_none() && !talk.is_full(), "there is no history of it");
        (talk.messages().iter().map(|m| m.id.get()).collect(), talk.pending().len())
    };
    assert_eq!(talk(&model), (vec![10], 0));
    // Others come, and go from memory; nothing older can be asked for.
    for id in 11..=13 {
        case.hear(&[&format!("@msgid={id};time={TIME} :ion TELL ana :oh")]);
    }
    fold(&mut case, &mut model);
    assert_eq!(talk(&model), (vec![12, 13], 0));
    // An account by now, it has one.
    case.session.open(case.now, ion());
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "HISTORY ion AFTER 13", "NAMES #lobby", "TOPIC #lobby"]);
    case.hear(&["OK HISTORY 0 9", "OK HISTORY 0 13", "OK NAMES 0"]);
    fold(&mut case, &mut model);
    assert!(model.at(&ion().into()).is_full(), "there are older ones, and no room");
}

/// What we tell a guest is marked like everything else. If it had arrived, the server
/// shows it to us no more, and nobody has it but we.
#[test]
fn what_a_guest_was_told_before_a_break_is_shown_once() {
    for (is_known, arrived) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut case = Case::live();
        let mut model = Model::new();
        if is_known {
            case.session.open(case.now, ion());
            case.says(&["HISTORY ion"]);
            case.hear(&["FAIL HISTORY NO_SUCH_NAME :no account of that name"]);
        }
        case.session.say(case.now, &ion().into(), "once").unwrap();
        case.session.take_lines();
        case.cut();
        case.reconnect();
        case.log_in("password of ana");
        case.says(&[
            &format!("{NONCE}-1 TELL ion :once"),
            "HISTORY #lobby AFTER 9",
            "HISTORY ion",
            "NAMES #lobby",
            "TOPIC #lobby",
        ]);
        case.hear(&["OK TELL 20"]);
        if !arrived {
            case.hear(&[&format!("@msgid=20;time={TIME} :ana TELL ion :once")]);
        }
        case.hear(&["OK HISTORY 0 9", "FAIL HISTORY NO_SUCH_NAME :no", "OK NAMES 0"]);
        let happenings = case.session.take_happenings();
        let said = happenings.iter().filter(|h| matches!(h, Happening::Said { .. }));
        assert_eq!(said.count(), 1, "known {is_known}, arrived {arrived}");
        happenings.iter().for_each(|happening| model.fold(happening));
        let talk = model.at(&ion().into());
        assert_eq!(talk.messages().iter().map(|m| m.id.get()).collect::<Vec<_>>(), [20]);
        assert_eq!((talk.pending().len(), talk.unread()), (0, 0));
    }
}

#[test]
fn out_of_a_room_is_not_off_the_server() {
    let mut case = in_garden();
    case.hear(&[":maria KICK #garden ion :too loud", ":taifas PART #garden ion"]);
    let happened = case.happened();
    assert!(happened.contains("name: ion, by: maria, reason: \"too loud\""), "{happened}");
    case.hear(&[":maria KICK #garden ana :you, too"]);
    assert!(case.happened().contains("Kicked { room: #garden, name: ana"));
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
    case.session.join(case.now, garden());
    case.says(&["JOIN #garden"]);
    case.hear(&["OK HISTORY 0 9", "OK NAMES 0", "OK TOPIC #lobby :", "OK JOIN #garden 2"]);
    case.says(&["HISTORY #garden AFTER 7", "NAMES #garden"]);
    case.happened();

    // Off the server: it does not come back by itself; when it does, all is as it was.
    case.hear(&[
        ":maria KICK #garden ana :enough",
        ":taifas JOIN #lobby bob",
        ":maria KICK #lobby ana :enough",
        ":taifas NOTICE :maria has disconnected you: enough",
    ]);
    case.session.broken(case.now, taifas_client::Why::Broken);
    case.stopped("KICKED");
    case.session.come_back(case.now);
    case.session.take_lines();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["JOIN #garden", "HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);

    // A notice that has nothing to do with it.
    let mut case = in_garden();
    case.hear(&[":maria KICK #garden ana :x", "PING 1", ":taifas NOTICE :the disk is full"]);
    case.cut();
    case.lost();
}

#[test]
fn what_is_only_asked() {
    let mut case = Case::live();
    case.session.rooms(case.now);
    case.session.topic(case.now, garden(), None).unwrap();
    case.session.topic(case.now, garden(), Some("tea\tand cake")).unwrap();
    case.session.search(case.now, Some(garden().into()), "#1 tea").unwrap();
    case.session.search(case.now, Some(ion().into()), "tea").unwrap();
    case.says(&[
        "LIST",
        "TOPIC #garden",
        "TOPIC #garden :tea and cake",
        "SEARCH #garden :#1 tea",
        "SEARCH :tea",
    ]);
    let hit = |to: &str, id: u64| format!(":ion HIST {to} {id} {TIME} :tea");
    case.hear(&[
        "LIST #garden 3 :what grows",
        "LIST #lobby 2",
        "OK LIST 2",
        "OK TOPIC #garden :what grows",
        "FAIL TOPIC NOT_ALLOWED :not yours",
        &hit("#garden", 4),
        "OK SEARCH 1 MORE",
        &hit("#lobby", 3),
        &hit("ana", 5),
        "OK SEARCH 2",
    ]);
    let happened = case.happened();
    for what in [
        "Rooms([RoomInfo { room: #garden, members: 3, topic: \"what grows\" }, RoomInfo { room: #lobby",
        "Topic { room: #garden, text: \"what grows\", by: None }",
        "TopicFailed { room: #garden, why: Refusal { code: \"NOT_ALLOWED\"",
        "words: \"#1 tea\", hits: [(#garden, Message(4 of ion, 3 bytes))], more: true",
        "place: Some(ion), words: \"tea\", hits: [(ion, Message(5 of ion, 3 bytes))], more: false",
    ] {
        assert!(happened.contains(what), "{what}: {happened}");
    }
    // None of it counts as read.
    case.cut();
    case.session.rooms(case.now);
    assert!(case.happened().contains("RoomsFailed"), "there is no connection");
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
    case.session.search(case.now, None, "tea").unwrap();
    case.cut();
    assert!(case.happened().contains("SearchFailed { place: None, words: \"tea\""));
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);

    for (topic, why) in [("a\nb", BadText::Character), (&*"x".repeat(513), BadText::TooLong)] {
        assert_eq!(case.session.topic(case.now, garden(), Some(topic)), Err(why));
    }
    assert_eq!(case.session.search(case.now, None, " "), Err(BadText::Blank));
}

#[test]
fn orders_and_their_answers() {
    let mut case = Case::live();
    let hour = Some(Duration::from_secs(3600));
    let ban = |mask: &str| Order::Ban { mask: mask.into(), duration: hour, reason: "x".into() };
    for order in
        [ban("::1/128"), Order::Bans, Order::Whois(ion()), Order::Forget(MessageId::new(9))]
    {
        case.session.order(case.now, order).unwrap();
    }
    case.says(&["BAN ::1/128 3600s :x", "BANS", "WHOIS ion", "FORGET 9"]);
    let mut model = Model::new();
    model.fold(&taifas_client::Happening::Opened(LOBBY));
    case.hear(&[
        "OK BAN ::1/128 2026-11-23T02:52:07.123Z",
        "BAN ::1/128 never ana :x",
        "STATS bans 1",
        "OK BANS 1",
        "FAIL WHOIS NO_SUCH_NAME :nobody here is called ion",
        "OK FORGET 9",
    ]);
    let happened = case.happened();
    for what in [
        "lines: [], answer: \"::1/128 2026-11-23T02:52:07.123Z\"",
        "Ordered { order: Bans, lines: [\"::1/128 never ana :x\"], answer: \"1\" }",
        "OrderFailed { order: Whois(ion), why: Refusal { code: \"NO_SUCH_NAME\"",
        "Ordered { order: Forget(MessageId(9)), lines: [], answer: \"9\" }",
    ] {
        assert!(happened.contains(what), "{what}: {happened}");
    }
    // While a password is typed, nothing else is: it would be taken for it.
    let password = support::password;
    case.session.change_password(case.now, password("password of ana"), password("new one"));
    case.session.order(case.now, Order::Stats).unwrap();
    case.says(&["PASSWD"]);
    case.hear(&["PASSWORD :old", "PASSWORD :new", "OK PASSWD"]);
    case.says(&["password of ana", "new one", "STATS"]);
    // An answer to something else ends it, and is told to whoever waits.
    case.happened();
    case.hear(&["OK LIST 0"]);
    let happened = case.happened();
    assert!(happened.contains("OrderFailed { order: Stats"), "{happened}");
    assert!(happened.contains("Confused"), "{happened}");
    assert_eq!(case.session.step(case.now), Step::Rest);
}

#[test]
fn there_are_not_too_many_talks() {
    let most = taifas_client::TALKS_MOST;
    let mut case = Case::live();
    let name = |n: usize| format!("n{n}").parse::<Name>().unwrap();
    let told = |n: usize, by: &str| format!("@msgid={n};time={TIME} :{by} TELL ana :x");
    // One with an account; the rest are guests.
    case.session.open(case.now, name(0));
    case.hear(&["OK HISTORY 0 0"]);
    for n in 1..most {
        case.hear(&[&told(n + 100, &format!("n{n}")), "FAIL HISTORY NO_SUCH_NAME :no"]);
    }
    assert!(!case.happened().contains("Left"));
    case.hear(&[&told(2000, "more")]);
    assert!(case.happened().contains("[Opened(more), Left(n1), Said"));
    case.hear(&[&told(2001, "n2"), &told(2002, "y")]);
    assert!(case.happened().contains("Left(n3)"), "n2 has just said something");
}
