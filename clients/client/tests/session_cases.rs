//! The session machine alone, line by line: what it says to each thing that a server
//! can say, and when it stops, waits, or comes back.

#![allow(missing_docs)]

#[path = "support/case.rs"]
mod case;
mod support;

use case::{Case, LOBBY, NONCE};
use support::{QUICK, login, password, register};
use taifas::protocol::Timestamp;
use taifas_client::session::Step;
use taifas_client::{Entry, Mark, MessageId, Waits};

#[test]
fn what_the_disk_refused_is_retried_with_its_nonce() {
    let mut case = Case::live();
    let mark = case.say("one");
    let two = format!("{NONCE}-2 MSG #lobby :two");
    case.say("two");
    case.says(&[&format!("{NONCE}-1 MSG #lobby :one"), &two]);
    case.hear(&["FAIL MSG NOT_STORED :the disk is full", "OK MSG 12"]);
    let happened = case.happened();
    assert!(happened.contains("Failed { mark: Mark(1)") && happened.contains("the disk is full"));
    assert!(happened.contains("Stored { mark: Mark(2), place: #lobby, id: MessageId(12) }"));
    // Not by itself, not after a break either.
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
    case.session.retry(case.now, mark);
    case.says(&[&format!("{NONCE}-1 MSG #lobby :one")]);
    case.session.retry(case.now, mark);
    case.session.discard(mark);
    case.says(&[]);
}

#[test]
fn a_second_break_while_catching_up_leaves_no_hole() {
    let mut case = Case::live();
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
    // A page comes whole, the next in part, and meanwhile somebody speaks.
    case.hear(&[
        ":ion HIST #lobby 10 2026-11-23T01:52:07.123Z :c",
        "@msgid=39;time=2026-11-23T01:52:07.123Z :ion MSG #lobby :y",
        ":ion HIST #lobby 11 2026-11-23T01:52:07.123Z :d",
        "OK HISTORY 2 11 MORE",
        ":ion HIST #lobby 12 2026-11-23T01:52:07.123Z :e",
        "@msgid=40;time=2026-11-23T01:52:07.123Z :ion MSG #lobby :z",
    ]);
    case.says(&["HISTORY #lobby AFTER 11"]);
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 11", "NAMES #lobby", "TOPIC #lobby"]);
    case.happened();
    case.hear(&[
        "GAP 30",
        ":ion HIST #lobby 30 2026-11-23T01:52:07.123Z :f",
        "@msgid=41;time=2026-11-23T01:52:07.123Z :ion MSG #lobby :z",
        "OK HISTORY 1 30",
    ]);
    let happened = case.happened();
    assert!(happened.contains("gap: Some(MessageId(30))"), "{happened}");
    assert!(happened.contains("CaughtUp { place: #lobby, id: MessageId(41) }"), "{happened}");
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 41", "NAMES #lobby", "TOPIC #lobby"]);
}

#[test]
fn a_history_that_cannot_be_read_now_is_read_later() {
    let mut case = Case::live();
    case.cut();
    case.reconnect();
    case.log_in("password of ana");
    case.says(&["HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
    case.hear(&["FAIL HISTORY NOT_STORED :not now", "OK NAMES 0", "OK TOPIC #lobby :"]);
    case.says(&[]);
    assert!(!case.happened().contains("Live"));
    case.now.mono_ms = case.session.due_ms().unwrap();
    assert_eq!(case.session.step(case.now), Step::Talk);
    case.says(&["HISTORY #lobby AFTER 9"]);
    case.hear(&["OK HISTORY 0 9"]);
    assert!(case.happened().contains("Live"));
    // Older ones only for who asks, who is told.
    case.session.older(case.now, &LOBBY, MessageId::new(8));
    case.says(&["HISTORY #lobby BEFORE 8"]);
    case.hear(&["FAIL HISTORY NOT_STORED :not now"]);
    assert!(case.happened().contains("OlderFailed"));
    case.says(&[]);
    // Asked for twice, it is read once.
    case.session.older(case.now, &LOBBY, MessageId::new(8));
    case.session.older(case.now, &LOBBY, MessageId::new(8));
    case.hear(&["OK HISTORY 0 0"]);
    case.says(&["HISTORY #lobby BEFORE 8"]);
}

#[test]
fn a_changed_password_that_nobody_confirmed_is_found_out() {
    for was_changed in [true, false] {
        let mut case = Case::live();
        case.session.change_password(case.now, password("password of ana"), password("new one"));
        case.says(&["PASSWD"]);
        // Behind it nothing may be said: it would be taken for the password.
        case.say("one");
        case.session.older(case.now, &LOBBY, MessageId::new(8));
        case.hear(&["PING 7", "PASSWORD :old"]);
        case.says(&["password of ana"]);
        case.hear(&["PASSWORD :new"]);
        case.says(&["new one"]);
        case.cut();
        case.reconnect();
        case.hear(&["NAME taifas taifas/1 :hello"]);
        case.says(&["TAGS ON", "LOGIN ana"]);
        case.hear(&["OK TAGS ON", "PASSWORD :type it"]);
        case.says(&["password of ana"]);
        let one = format!("{NONCE}-1 MSG #lobby :one");
        if was_changed {
            case.hear(&["FAIL LOGIN BAD_CREDENTIALS :no"]);
            case.says(&["LOGIN ana"]);
            case.hear(&["PASSWORD :type it"]);
            case.says(&["new one"]);
            case.hear(&["OK LOGIN ana 1"]);
            assert!(case.happened().contains("PasswordChanged"));
            case.says(&[&one, "HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
        } else {
            case.hear(&["OK LOGIN ana 1"]);
            case.says(&[&one, "HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby", "PASSWD"]);
            assert!(!case.happened().contains("PasswordChanged"));
            case.hear(&[
                "OK MSG 12",
                "OK HISTORY 0 9",
                "OK NAMES 0",
                "OK TOPIC #lobby :",
                "PASSWORD :old",
            ]);
            case.says(&["password of ana"]);
            case.hear(&["PASSWORD :new"]);
            case.says(&["new one"]);
            case.hear(&["OK PASSWD"]);
            assert!(case.happened().contains("PasswordChanged"));
        }
        case.cut();
        case.reconnect();
        case.log_in("new one");
    }
}

#[test]
fn a_password_changed_elsewhere_stops_it_and_what_waits_is_kept() {
    let mut case = Case::live();
    case.hear(&[":taifas NOTICE :the password of ana was changed; log in again"]);
    assert!(case.happened().contains("Notice"));
    case.cut();
    case.say("one");
    case.reconnect();
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "PASSWORD :type it"]);
    case.hear(&["FAIL LOGIN BAD_CREDENTIALS :no"]);
    case.stopped("BAD_CREDENTIALS");
    case.session.enter_again(case.now, password("new one"));
    case.reconnect();
    case.log_in("new one");
    let one = format!("{NONCE}-1 MSG #lobby :one");
    case.says(&[&one, "HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
}

#[test]
fn an_account_that_may_have_been_made_is_logged_in_to() {
    for was_made in [true, false] {
        let mut case = Case::new(register("ana"));
        case.hear(&["NAME taifas taifas/1 :hello"]);
        case.says(&["TAGS ON", "ACCEPT 1", "REGISTER ana"]);
        case.hear(&["OK TAGS ON", "OK ACCEPT 1", "PASSWORD :type it"]);
        case.says(&["password of ana"]);
        case.cut();
        case.reconnect();
        case.hear(&["NAME taifas taifas/1 :hello"]);
        case.says(&["TAGS ON", "LOGIN ana"]);
        case.hear(&["OK TAGS ON", "PASSWORD :type it"]);
        case.says(&["password of ana"]);
        if was_made {
            case.hear(&["OK LOGIN ana 1"]);
            assert!(case.happened().contains("Registered { code: None }"));
        } else {
            case.hear(&["FAIL LOGIN BAD_CREDENTIALS :no"]);
            case.says(&["ACCEPT 1", "REGISTER ana"]);
            case.hear(&["OK ACCEPT 1", "PASSWORD :type it"]);
            case.says(&["password of ana"]);
            case.hear(&["OK REGISTER ana 1 abcd-efgh"]);
            let happened = case.happened();
            assert!(happened.contains("Registered { code: Some(Password) }"), "{happened}");
        }
        case.says(&["HISTORY #lobby", "NAMES #lobby", "TOPIC #lobby"]);
        // From now on it is an account like others.
        case.cut();
        case.reconnect();
        case.log_in("password of ana");
    }
}

#[test]
fn a_recovery_that_may_have_been_done_is_found_out() {
    let entry = || Entry::Recover {
        name: "ana".parse().unwrap(),
        code: password(" ABCD efgh "),
        password: password("new one"),
    };
    for was_done in [true, false] {
        let mut case = Case::new(entry());
        case.hear(&["NAME taifas taifas/1 :hello"]);
        case.says(&["TAGS ON", "RECOVER ana ABCDefgh"]);
        case.hear(&["OK TAGS ON", "PASSWORD :type it"]);
        case.says(&["new one"]);
        case.cut();
        case.reconnect();
        case.hear(&["NAME taifas taifas/1 :hello"]);
        case.says(&["TAGS ON", "LOGIN ana"]);
        case.hear(&["OK TAGS ON", "PASSWORD :type it"]);
        case.says(&["new one"]);
        if was_done {
            case.hear(&["OK LOGIN ana 1"]);
            assert!(case.happened().contains("Recovered { code: None }"));
        } else {
            case.hear(&["FAIL LOGIN BAD_CREDENTIALS :no"]);
            case.says(&["RECOVER ana ABCDefgh"]);
            case.hear(&["PASSWORD :type it"]);
            case.says(&["new one"]);
            case.hear(&["OK RECOVER ana next-code"]);
            assert!(case.happened().contains("Recovered { code: Some(Password) }"));
        }
        case.says(&["QUIT"]);
        case.hear(&["OK QUIT"]);
        assert_eq!(case.session.step(case.now), Step::End);
    }
}

#[test]
fn being_told_to_wait_is_no_reason_to_stop_for_who_was_in() {
    let later = "FAIL LOGIN TRY_LATER :too many tries have failed; try again in 40 seconds";
    let mut case = Case::new(login("ana"));
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "PASSWORD :type it", later]);
    case.stopped("TRY_LATER");

    let mut case = Case::live();
    case.cut();
    case.reconnect();
    case.happened();
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "PASSWORD :type it", later]);
    assert_eq!(case.lost(), 40_000);
    case.reconnect();
    case.hear(&["FAIL LINE SERVER_FULL :too many are connected; try again later"]);
    assert!(case.lost() <= 20 + 20 / 4);
    // A guest's own ghost may still have the name.
    let mut case = Case::new(Entry::Guest { name: "ana".parse().unwrap() });
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "OK NAME ana"]);
    case.cut();
    case.reconnect();
    case.happened();
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "FAIL NAME NAME_IN_USE :no"]);
    case.lost();
    case.reconnect();
    case.hear(&["NAME taifas taifas/1 :hello", "OK TAGS ON", "FAIL NAME NAME_REGISTERED :no"]);
    case.stopped("NAME_REGISTERED");
}

#[test]
fn nobody_knocks_where_they_are_banned() {
    let banned = "FAIL LINE BANNED :you are banned for 2 hours more: flooding";
    // From the door, and out of the room.
    let mut case = Case::new(login("ana"));
    case.hear(&[banned]);
    case.stopped("BANNED");
    let mut case = Case::live();
    case.hear(&[banned]);
    case.stopped("BANNED");
}

#[test]
fn a_server_that_asks_for_ages_is_asked_again_tomorrow() {
    for secs in ["86400", "86401", "18446744073709551615"] {
        let mut case = Case::new(login("ana"));
        case.hear(&[&format!("FAIL LINE TRY_LATER :try again in {secs} seconds")]);
        assert_eq!(case.lost(), 86_400_000, "{secs}");
    }
}

#[test]
fn pauses_grow_until_everything_is_here_again() {
    let mut case = Case::patient(login("ana"), Waits::default());
    let mut pauses = Vec::new();
    for _ in 0..8 {
        // Let in, but cut before anything is read: that is no success yet.
        case.log_in("password of ana");
        case.happened();
        case.cut();
        pauses.push(case.lost());
        case.session.take_lines();
        case.reconnect();
    }
    for (pause, want) in pauses.iter().zip([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
        assert!((want * 3 / 4..=want * 5 / 4).contains(pause), "{pauses:?}");
    }
    case.log_in("password of ana");
    case.hear(&["OK HISTORY 0 0", "OK NAMES 0", "OK TOPIC #lobby :"]);
    case.happened();
    case.cut();
    assert!(case.lost() <= 625);
    // Nobody has to wait for the end of it.
    let before = case.now;
    case.session.try_now(case.now);
    case.reconnect();
    assert_eq!(case.now, before);
}

#[test]
fn silence_is_asked_about_and_then_is_the_end() {
    let mut case = Case::live();
    case.hear(&["PING 7"]);
    case.says(&["PONG :7"]);
    for _ in 0..3 {
        case.now.mono_ms += QUICK.quiet_ms - 1;
        assert_eq!(case.session.step(case.now), Step::Talk);
        case.says(&[]);
        case.now.mono_ms += 1;
        assert_eq!(case.session.step(case.now), Step::Talk);
        case.says(&["PING"]);
        case.hear(&["OK PING"]);
    }
    case.now.mono_ms += QUICK.quiet_ms;
    case.session.step(case.now);
    case.now.mono_ms += QUICK.answer_ms - 1;
    assert_eq!(case.session.step(case.now), Step::Talk);
    case.now.mono_ms += 1;
    assert_eq!(case.session.step(case.now), Step::Rest);
    assert!(case.happened().contains("Silent"));
}

#[test]
fn a_list_that_was_not_asked_for_is() {
    let mut case = Case::live();
    case.hear(&["NAMES #lobby ana ion"]);
    case.says(&["NAMES #lobby"]);
    // The rest of that list, then the one asked for, with a coming and a going between.
    case.hear(&[
        "NAMES #lobby old",
        "NAMES #lobby ana",
        ":taifas JOIN #lobby bot",
        "NAMES #lobby ion zoe",
        ":taifas PART #lobby ion",
        ":zoe NAME zoa",
        "OK NAMES 3",
    ]);
    let happened = case.happened();
    assert!(happened.contains("People { room: #lobby, names: [ana, bot, zoa] }"), "{happened}");
    case.says(&[]);
}

#[test]
fn no_more_than_the_server_takes_at_once_is_on_its_way() {
    let mut case = Case::live();
    assert!(format!("{:?}", case.session).contains("Password"));
    for n in 0..40 {
        case.say(&format!("{n}"));
    }
    assert_eq!(case.session.take_lines().len(), 16);
    case.hear(&["OK MSG 20", "OK MSG 21"]);
    assert_eq!(case.session.take_lines().len(), 2);
    // What is asked now is not behind the other 24.
    case.session.older(case.now, &LOBBY, MessageId::new(8));
    case.says(&["HISTORY #lobby BEFORE 8"]);
    // Whoever leaves says everything first.
    case.session.leave(case.now);
    let lines = case.session.take_lines();
    assert_eq!((lines.len(), lines.back().unwrap().as_slice()), (23, &b"QUIT\r\n"[..]));
    assert_eq!(case.session.say(case.now, &LOBBY, "more"), Err(taifas_client::BadText::Over));
    // Until the server has had enough time.
    case.now.mono_ms += QUICK.leave_ms;
    assert_eq!(case.session.step(case.now), Step::End);
    assert_eq!(case.session.unsaid().count(), 38);
    assert!(!format!("{:?}", case.session).contains("Password"), "secrets end with it");
}

#[test]
fn what_was_sent_too_long_ago_is_not_sent_again_by_itself() {
    let mut case = Case::live();
    case.say("sent");
    case.cut();
    case.say("not sent");
    case.now.wall = Timestamp::from_ms(case.now.wall.ms() + 23 * 60 * 60 * 1000);
    case.reconnect();
    case.log_in("password of ana");
    assert!(case.happened().contains("Failed { mark: Mark(1)"));
    let not_sent = format!("{NONCE}-2 MSG #lobby :not sent");
    case.says(&[&not_sent, "HISTORY #lobby AFTER 9", "NAMES #lobby", "TOPIC #lobby"]);
    case.session.retry(case.now, Mark(1));
    case.says(&[&format!("{NONCE}-1 MSG #lobby :sent")]);
}

#[test]
fn too_much_is_refused_and_nothing_of_it_is_lost() {
    let mut case = Case::live();
    case.cut();
    for n in 0..taifas_client::session::OWN_MOST {
        case.say(&format!("{n}"));
    }
    let more = case.session.say(case.now, &LOBBY, "more");
    assert_eq!(more, Err(taifas_client::BadText::TooMany));
    assert_eq!(case.session.unsaid().count(), taifas_client::session::OWN_MOST);
}

#[test]
fn answers_that_nobody_asked_for_end_the_connection() {
    for line in ["OK MSG 12", "OK NAMES 1", "FAIL MSG NOT_STORED :no", "PASSWORD :type it"] {
        let mut case = Case::live();
        case.hear(&[line]);
        assert!(case.happened().contains("Confused"), "{line}");
        // What comes behind it counts no more.
        case.hear(&["@msgid=50;time=2026-11-23T01:52:07.123Z :ion MSG #lobby :z"]);
        assert_eq!(case.happened(), "[]", "{line}");
    }
    for line in ["WEATHER fair", ":x WAVE #lobby :y", "HELP :text", "\u{7}"] {
        let mut case = Case::live();
        case.hear(&[line]);
        assert_eq!(case.happened(), "[]", "{line}");
    }
}
