//! Erasing: one message, and everything an account has said, with what else knows of
//! messages (blocks, nonces, ids, pruning) left in order; and bans over a restart.

#![cfg(feature = "server")]

mod store_common;

use store_common::*;
use taifas::protocol::{
    AccountAnswer, AccountId, AccountRequest, Mask, Message, MessageId, Name, Penalty, PenaltyKind,
    Phc, Span, Timestamp,
};
use taifas::store::erase::without_server;
use taifas::store::users::{Users, UsersError};
use taifas::store::{Done, OpenError, Outcome};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn by(account: u64, room: &str, text: &str) -> Message {
    Message { account: Some(AccountId(account)), ..message(room, text) }
}

fn forget(rig: &mut Rig, id: u64) -> Option<Name> {
    let ticket = rig.ticket();
    rig.store.forget(ticket, MessageId(id));
    match rig.wait() {
        Done::Forgotten(answered, outcome) if answered == ticket => outcome.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_message_goes_and_its_id_and_nonce_stay_used() {
    let dir = Folder::new("erase-one");
    let mut rig = Rig::open(options(dir.path()));
    for n in 1..=130 {
        assert_eq!(rig.say("#lobby", &format!("t{n}")), n);
    }
    rig.append([with_nonce("marked", 7, "n", NOW)]);
    for id in [1, 64, 65, 131] {
        assert_eq!(forget(&mut rig, id), Some(name("Ana")), "{id}");
        assert_eq!(forget(&mut rig, id), None, "{id} again");
    }
    assert_eq!(forget(&mut rig, 0), None);
    assert_eq!(forget(&mut rig, 132), None, "not said yet");
    assert_eq!(forget(&mut rig, u64::MAX), None);
    let page = rig.history("#lobby", Span::After(MessageId(0)));
    let expected: Vec<u64> = (1..=130).filter(|id| ![1, 64, 65].contains(id)).collect();
    assert_eq!((ids(&page), page.gap), (expected, None), "a hole is no gap");
    let again = rig.append([with_nonce("marked", 7, "n", NOW + 1)]);
    assert_eq!(again, [Ok(Outcome::Duplicate(MessageId(131)))]);
    rig.store.close();

    // The highest id was erased; the next one is above it all the same.
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.last_id, MessageId(131));
    assert!(rig.opened.recent.iter().all(|stored| ![64, 65, 131].contains(&stored.id.0)));
    assert_eq!(rig.say("#lobby", "next"), 132);
}

/// More than a portion of everything, in two rooms.
fn talk(rig: &mut Rig) -> Vec<u64> {
    let mut kept = Vec::new();
    for batch in 0..50 {
        let said = (0..100).map(|n| by(1 + (n % 3), ["#lobby", "#den"][n as usize % 2], "x"));
        for (n, outcome) in rig.append(said.collect::<Vec<_>>()).into_iter().enumerate() {
            let id = stored(outcome);
            assert_eq!(id, batch * 100 + n as u64 + 1);
            if n % 3 != 0 {
                kept.push(id);
            }
        }
    }
    kept
}

fn left(rig: &mut Rig) -> Vec<u64> {
    let mut all = Vec::new();
    for room in ["#lobby", "#den"] {
        all.extend(ids(&rig.history(room, Span::After(MessageId(0)))));
    }
    all.sort_unstable();
    all
}

fn account(rig: &mut Rig, text: &str) {
    let request = AccountRequest::Create {
        name: name(text),
        password: Phc("p".into()),
        recovery: Phc("r".into()),
        terms: "1".into(),
        at: Timestamp::from_ms(NOW),
    };
    assert!(matches!(rig.account(request), AccountAnswer::Created(_)));
}

#[test]
fn everything_an_account_has_said_goes_and_nothing_else() {
    let dir = Folder::new("erase-all");
    let mut rig = Rig::open(options(dir.path()));
    account(&mut rig, "eva");
    let kept = talk(&mut rig);
    let users = Users::open(dir.path()).unwrap();
    users.remove_with_messages(&name("EVA")).unwrap();
    assert!(users.is_erasing().unwrap());
    let refused = users.remove_with_messages(&name("eva")).unwrap_err();
    assert!(matches!(refused, UsersError::NoSuchName(_)));
    rig.store.reread_names();
    assert_eq!(rig.wait(), Done::Names(vec![]));
    assert_eq!(rig.wait(), Done::Erasures(vec![AccountId(1)]));
    // What was handed in before the store is told to erase goes with the rest.
    rig.queue([by(1, "#lobby", "on its way")]);
    rig.store.erase(AccountId(1));
    rig.store.erase(AccountId(1));
    assert!(matches!(rig.wait(), Done::Appended(_)));
    // Told when all of it is done, and once.
    assert_eq!(rig.wait(), Done::Erased(AccountId(1)));
    assert!(!users.is_erasing().unwrap());
    assert_eq!(left(&mut rig), kept);
    let page = rig.history("#den", Span::After(MessageId(0)));
    assert_eq!(page.gap, None);
    assert_eq!(rig.say("#lobby", "next"), 5002);
}

#[test]
fn what_was_not_done_is_done_at_the_next_start() {
    let dir = Folder::new("erase-later");
    let mut rig = Rig::open(options(dir.path()));
    account(&mut rig, "eva");
    let kept = talk(&mut rig);
    let users = Users::open(dir.path()).unwrap();
    users.remove_with_messages(&name("eva")).unwrap();
    // The command line does not do it while a server has the folder.
    let in_use = without_server(dir.path()).unwrap_err();
    assert!(matches!(in_use, UsersError::Open(OpenError::InUse { .. })), "{in_use}");
    rig.store.close();

    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.wait(), Done::Erased(AccountId(1)));
    assert!(!users.is_erasing().unwrap());
    assert_eq!(left(&mut rig), kept);
}

#[test]
fn without_a_server_the_command_line_does_it() {
    let dir = Folder::new("erase-offline");
    let mut rig = Rig::open(options(dir.path()));
    account(&mut rig, "eva");
    let kept = talk(&mut rig);
    rig.store.close();
    released(dir.path());
    let users = Users::open(dir.path()).unwrap();
    users.remove_with_messages(&name("eva")).unwrap();
    assert_eq!(without_server(dir.path()).unwrap(), 5000 - kept.len() as u64);
    assert_eq!(without_server(dir.path()).unwrap(), 0);
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(left(&mut rig), kept);
    rig.store.close();

    // Where nothing was ever said no file is made.
    let empty = Folder::new("erase-empty");
    let users = Users::open(empty.path()).unwrap();
    let at = Timestamp::from_ms(NOW);
    users.add(&name("eva"), &Phc("p".into()), &Phc("r".into()), at).unwrap();
    users.remove_with_messages(&name("eva")).unwrap();
    assert_eq!(without_server(empty.path()).unwrap(), 0);
    assert_eq!(empty.files("messages"), Vec::<String>::new());
    assert!(!users.is_erasing().unwrap());
}

#[test]
fn pruning_does_not_count_what_is_erased() {
    let dir = Folder::new("erase-prune");
    let mut rig =
        Rig::open(taifas::store::Options { history_messages: 3000, ..options(dir.path()) });
    account(&mut rig, "eva");
    for n in 0..30 {
        rig.append((0..100).map(|m| by(1 + (n + m) % 2, "#lobby", "x")).collect::<Vec<_>>());
    }
    let users = Users::open(dir.path()).unwrap();
    users.remove_with_messages(&name("eva")).unwrap();
    rig.store.erase(AccountId(1));
    assert_eq!(rig.wait(), Done::Erased(AccountId(1)));
    assert_eq!(left(&mut rig).len(), 1500);
    // There is room again: none of what is left has to go.
    for _ in 0..10 {
        rig.append((0..100).map(|_| by(2, "#lobby", "y")).collect::<Vec<_>>());
    }
    let page = rig.history("#lobby", Span::After(MessageId(0)));
    assert_eq!((page.lines.len(), page.gap), (2500, None));
}

#[test]
fn penalties_and_operators_are_there_again() {
    let dir = Folder::new("penalties-restart");
    let mut rig = Rig::open(options(dir.path()));
    assert_eq!((rig.opened.penalties.len(), rig.opened.operators.len()), (0, 0));
    account(&mut rig, "ana");
    let ban = Penalty {
        kind: PenaltyKind::Ban,
        mask: "192.0.2.0/24".parse().unwrap(),
        until: Some(Timestamp::from_ms(NOW)),
        by: name("ana"),
        reason: "why".into(),
        made: Timestamp::from_ms(1),
    };
    let mute = Penalty { kind: PenaltyKind::Mute, mask: Mask::Name(name("Ion")), ..ban.clone() };
    for penalty in [&ban, &mute] {
        let request = AccountRequest::Penalise(penalty.clone());
        assert_eq!(rig.account(request), AccountAnswer::Changed);
    }
    let lift = |kind, mask: &str| AccountRequest::Pardon(kind, mask.parse().unwrap());
    assert_eq!(rig.account(lift(PenaltyKind::Ban, "ion")), AccountAnswer::Gone);
    let users = Users::open(dir.path()).unwrap();
    users.set_operator(&name("ANA"), true).unwrap();
    assert!(users.list().unwrap()[0].operator);
    let nobody = users.set_operator(&name("ion"), true).unwrap_err();
    assert!(matches!(nobody, UsersError::NoSuchName(_)));
    rig.store.reread_names();
    assert_eq!(rig.wait(), Done::Names(vec![(name("ana"), AccountId(1))]));
    assert_eq!(rig.wait(), Done::Operators(vec![AccountId(1)]));
    // Told when it changes, not each time.
    rig.store.reread_names();
    assert_eq!(rig.wait(), Done::Names(vec![(name("ana"), AccountId(1))]));
    rig.store.close();

    let mut rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.penalties, [ban, mute], "over or not: the hub knows the time");
    assert_eq!(rig.opened.operators, [AccountId(1)]);
    assert_eq!(rig.account(lift(PenaltyKind::Mute, "ION")), AccountAnswer::Changed);
    rig.store.close();
    let rig = Rig::open(options(dir.path()));
    assert_eq!(rig.opened.penalties.len(), 1);
}

/// Rows of many lengths, some longer than a page, so that pages are split and joined
/// both when they come and when they go.
#[test]
fn nothing_of_it_is_left_in_the_file() {
    for seed in 1..=3 {
        let dir = Folder::new(&format!("erase-traces-{seed}"));
        let mut random = Random(seed * 7919);
        let mut rig = Rig::open(options(dir.path()));
        account(&mut rig, "eva");
        for _ in 0..20 {
            let said = (0..100).map(|_| {
                let long = [20, 200, 4000][random.below(3) as usize];
                let mine = random.below(3) > 0;
                let word = if mine { "trace" } else { "other" };
                let text = word.repeat(1 + random.below(long) as usize / 5);
                by(if mine { 1 } else { 2 }, "#lobby", &text)
            });
            rig.append(said.collect::<Vec<_>>());
        }
        let users = Users::open(dir.path()).unwrap();
        for id in 1..=400 {
            forget(&mut rig, 5 * id);
        }
        users.remove_with_messages(&name("eva")).unwrap();
        rig.store.erase(AccountId(1));
        assert_eq!(rig.wait(), Done::Erased(AccountId(1)));
        rig.store.close();
        let bytes = std::fs::read(dir.path().join("messages.db")).unwrap();
        assert!(bytes.windows(10).any(|window| window == b"otherother"));
        let traces = bytes.windows(5).filter(|window| *window == b"trace").count();
        assert_eq!(traces, 0, "seed {seed}");
    }
}
