//! What the auth thread promises: who matches, what is refused, how much waits,
//! what is left in memory.

use std::sync::mpsc::{self, Receiver, Sender};

use super::hasher::Hasher;
use super::*;
use crate::protocol::{HashAnswer, HashRequest, Ticket};

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes())
}

/// A hash of "correct horse" that is quick to verify: parameters nobody uses today.
const OLD: &str = "$argon2id$v=19$m=64,t=1,p=1$";

/// A PHC string made by argon2's own front end, not by the hasher under test.
fn made_elsewhere(password: &str, m_kib: u32, t: u32) -> Phc {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let params = Params::new(m_kib, t, 1, Some(32)).unwrap();
    let phc = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), b"0123456789abcdef")
        .unwrap();
    Phc(phc.to_string().into())
}

fn login(hasher: &mut Hasher, password: &str, against: Option<Phc>) -> HashAnswer {
    hasher.answer(HashRequest::Login { password: secret(password), against })
}

fn is_argon2id(phc: &Phc, parameters: &str) -> bool {
    let Some(rest) = phc.0.strip_prefix(&format!("$argon2id$v=19${parameters}$")) else {
        return false;
    };
    // 16 bytes of salt and 32 of output, in base64 without padding.
    matches!(rest.split('$').collect::<Vec<_>>()[..], [salt, out] if salt.len() == 22 && out.len() == 43)
}

#[test]
fn each_profile_makes_hashes_of_its_parameters_that_verify() {
    for (profile, parameters) in
        [(Profile::Standard, "m=19456,t=2,p=1"), (Profile::Small, "m=7168,t=5,p=1")]
    {
        let phc = hash_password(profile, &secret("correct horse")).unwrap();
        assert!(is_argon2id(&phc, parameters), "{}", phc.0);
        let mut hasher = Hasher::new(profile);
        let good = login(&mut hasher, "correct horse", Some(phc.clone()));
        assert!(matches!(good, HashAnswer::Match { rehashed: None }));
        let bad = login(&mut hasher, "correct horsE", Some(phc));
        assert!(matches!(bad, HashAnswer::Mismatch));
    }
}

#[test]
fn the_standard_is_what_argon2_itself_makes() {
    let phc = made_elsewhere("correct horse", 19 * 1024, 2);
    let answer = login(&mut Hasher::new(Profile::Standard), "correct horse", Some(phc));
    assert!(matches!(answer, HashAnswer::Match { rehashed: None }));
}

#[test]
fn two_hashes_of_one_password_differ() {
    let mut hasher = Hasher::new(Profile::Small);
    let (a, b) = (hasher.hash(&secret("same")).unwrap(), hasher.hash(&secret("same")).unwrap());
    assert_ne!(a, b);
}

#[test]
fn a_match_under_other_parameters_is_hashed_anew() {
    let old = made_elsewhere("correct horse", 64, 1);
    assert!(old.0.starts_with(OLD));
    let mut hasher = Hasher::new(Profile::Small);
    let answer = login(&mut hasher, "correct horse", Some(old.clone()));
    let HashAnswer::Match { rehashed: Some(new) } = answer else { panic!("{answer:?}") };
    assert!(is_argon2id(&new, "m=7168,t=5,p=1"), "{}", new.0);
    let again = login(&mut hasher, "correct horse", Some(new));
    assert!(matches!(again, HashAnswer::Match { rehashed: None }));
    // A wrong password gives no new hash, whatever the old one's parameters.
    assert!(matches!(login(&mut hasher, "wrong", Some(old)), HashAnswer::Mismatch));
}

#[test]
fn a_password_is_changed_only_by_who_knows_it() {
    let mut hasher = Hasher::new(Profile::Small);
    let against = || Some(made_elsewhere("old password", 64, 1));
    let change = |old: &str, against| HashRequest::Change {
        old: secret(old),
        against,
        new: secret("new password"),
    };
    assert!(matches!(hasher.answer(change("wrong", against())), HashAnswer::Mismatch));
    assert!(matches!(hasher.answer(change("old password", None)), HashAnswer::Mismatch));
    let HashAnswer::Changed { password } = hasher.answer(change("old password", against())) else {
        panic!("the old password was right");
    };
    let answer = login(&mut hasher, "new password", Some(password));
    assert!(matches!(answer, HashAnswer::Match { rehashed: None }));
}

#[test]
fn a_recovery_code_works_as_people_type_it_and_gives_another() {
    let mut hasher = Hasher::new(Profile::Small);
    let HashAnswer::NewCode { password, code, recovery } =
        hasher.answer(HashRequest::Register { password: secret("first password") })
    else {
        panic!("there is randomness and memory here");
    };
    assert!(is_argon2id(&password, "m=7168,t=5,p=1"), "{}", password.0);
    assert!(is_argon2id(&recovery, "m=64,t=1,p=1"), "{}", recovery.0);
    let shown = String::from_utf8(code.expose().to_vec()).unwrap();
    let recover = |typed: &str, against: &Phc| HashRequest::Recover {
        code: secret(typed),
        against: Some(against.clone()),
        new: secret("second password"),
    };
    for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', "")] {
        let HashAnswer::NewCode { password, code: new_code, recovery: new_recovery } =
            hasher.answer(recover(&typed, &recovery))
        else {
            panic!("the code was right");
        };
        let login = login(&mut hasher, "second password", Some(password));
        assert!(matches!(login, HashAnswer::Match { rehashed: None }));
        assert_ne!(new_code, code);
        let old_again = hasher.answer(recover(&shown, &new_recovery));
        assert!(matches!(old_again, HashAnswer::Mismatch));
    }
    let mut wrong = shown.clone().into_bytes();
    wrong[0] = if wrong[0] == b'7' { b'8' } else { b'7' };
    for typed in [std::str::from_utf8(&wrong).unwrap(), "", "first password"] {
        assert!(matches!(hasher.answer(recover(typed, &recovery)), HashAnswer::Mismatch));
    }
}

#[test]
fn a_malformed_hash_matches_nothing_and_never_panics() {
    let mut hasher = Hasher::new(Profile::Small);
    let good = made_elsewhere("correct horse", 64, 1);
    let good_str = &*good.0;
    // Verifying each would take minutes; reading is what could go wrong.
    for end in 0..good_str.len() {
        let prefix = stored::StoredHash::read(&Phc(good_str[..end].into()));
        // Cut inside the output, it may still be a hash of a shorter output.
        let in_output = end > good_str.rfind('$').unwrap() + 1;
        assert!(prefix.is_none() || in_output, "{end}");
    }
    for at in 0..good_str.len() {
        for byte in [0, b'$', b'=', b',', b'9', b'-', b' ', 0x7f] {
            let mut bytes = good_str.as_bytes().to_vec();
            bytes[at] = byte;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            stored::StoredHash::read(&Phc(text.into()));
        }
    }
    for bad in ["", "$", "correct horse", "$argon2id$v=19$m=64,t=1,p=1$AAAA", "$5$rounds=1$a$b"] {
        let answer = login(&mut hasher, "correct horse", Some(Phc(bad.into())));
        assert!(matches!(answer, HashAnswer::Mismatch), "{bad}");
    }
    assert!(matches!(login(&mut hasher, "", None), HashAnswer::Mismatch));
}

#[test]
fn parameters_are_believed_up_to_a_bound() {
    let read = |algorithm: &str, parameters: &str| {
        let text = made_elsewhere("x", 64, 1).0.replace("m=64,t=1,p=1", parameters);
        stored::StoredHash::read(&Phc(text.replace("argon2id", algorithm).into())).is_some()
    };
    for (parameters, ok) in [
        ("m=65535,t=1,p=1", true),
        ("m=65536,t=1,p=1", true),
        ("m=65537,t=1,p=1", false),
        ("m=64,t=15,p=1", true),
        ("m=64,t=16,p=1", true),
        ("m=64,t=17,p=1", false),
        ("m=64,t=0,p=1", false),
        ("m=64,t=1,p=3", true),
        ("m=64,t=1,p=4", true),
        ("m=64,t=1,p=5", false),
        ("m=7,t=1,p=1", false),
        ("m=8,t=1,p=1", true),
        ("m=4294967295,t=4294967295,p=16777215", false),
        ("m=4294967296,t=1,p=1", false),
    ] {
        assert_eq!(read("argon2id", parameters), ok, "{parameters}");
    }
    assert!(!read("argon2i", "m=64,t=1,p=1"));
    assert!(!read("argon2d", "m=64,t=1,p=1"));
}

#[test]
fn memory_is_taken_at_the_first_hash_kept_and_wiped() {
    let mut hasher = Hasher::new(Profile::Small);
    assert_eq!(hasher.memory().held(), 0);
    hasher.rest();
    assert_eq!(hasher.memory().held(), 0);
    let phc = hasher.hash(&secret("a password")).unwrap();
    assert_eq!(hasher.memory().held(), 7 * 1024);
    assert!(!hasher.memory().is_wiped());
    hasher.rest();
    assert_eq!(hasher.memory().held(), 7 * 1024);
    assert!(hasher.memory().is_wiped());
    // Memory that has been used gives the same results as fresh memory.
    assert!(matches!(login(&mut hasher, "a password", Some(phc)), HashAnswer::Match { .. }));
    // What a larger stored hash needed is given back.
    let large = made_elsewhere("a password", 9 * 1024, 1);
    assert!(matches!(login(&mut hasher, "a password", Some(large)), HashAnswer::Match { .. }));
    assert_eq!(hasher.memory().held(), 9 * 1024);
    hasher.rest();
    assert_eq!(hasher.memory().held(), 7 * 1024);
}

#[test]
fn an_unknown_name_costs_what_a_wrong_password_does() {
    let mut hasher = Hasher::new(Profile::Standard);
    let phc = hasher.hash(&secret("a password")).unwrap();
    let malformed = Phc("$argon2id$v=19$m=64".into());
    for against in [Some(phc), None, Some(malformed)] {
        hasher.rest();
        assert!(hasher.memory().is_wiped());
        assert!(matches!(login(&mut hasher, "wrong", against), HashAnswer::Mismatch));
        // All of the memory was worked through, as for a real hash. (Not timed: what
        // else the machine does would decide.)
        assert!(!hasher.memory().is_wiped());
        assert_eq!(hasher.memory().held(), 19 * 1024);
    }
}

/// An auth thread whose `done` says that it was called, then waits to be let on.
fn gated(queue: usize) -> (Auth, Receiver<(Ticket, HashAnswer)>, Sender<()>) {
    let (answer, answers) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let done = move |ticket, hashed| {
        answer.send((ticket, hashed)).expect("the test still listens");
        // An error is the test letting everything through by dropping the gate.
        let _ = gate.recv();
    };
    (start(Profile::Small, queue, done).unwrap(), answers, go)
}

fn quick_request() -> HashRequest {
    let against = Some(made_elsewhere("correct horse", 64, 1));
    HashRequest::Login { password: secret("wrong"), against }
}

#[test]
fn the_queue_holds_exactly_its_bound_and_answers_in_order() {
    const QUEUE: u64 = 3;
    let (auth, answers, go) = gated(QUEUE as usize);
    auth.ask(Ticket(0), quick_request()).unwrap();
    let (first, _) = answers.recv().unwrap();
    assert_eq!(first, Ticket(0));
    // The thread is in `done`: nothing leaves the queue now.
    for ticket in 1..=QUEUE {
        auth.ask(Ticket(ticket), quick_request()).unwrap();
    }
    let refused = auth.ask(Ticket(99), quick_request());
    assert!(matches!(refused, Err(HashRequest::Login { .. })));
    drop(go);
    for ticket in 1..=QUEUE {
        let (answered, answer) = answers.recv().unwrap();
        assert_eq!(answered, Ticket(ticket));
        assert!(matches!(answer, HashAnswer::Mismatch));
    }
    auth.ask(Ticket(100), quick_request()).unwrap();
    assert_eq!(answers.recv().unwrap().0, Ticket(100));
    auth.close();
    assert!(answers.recv().is_err(), "the thread is gone, and `done` with it");
}

#[test]
fn closing_drops_what_waits() {
    let (auth, answers, go) = gated(8);
    for ticket in 0..8 {
        auth.ask(Ticket(ticket), quick_request()).unwrap();
    }
    assert_eq!(answers.recv().unwrap().0, Ticket(0));
    // The thread is held in `done` until closing has begun.
    let closing = std::sync::Arc::clone(&auth.closing);
    let opener = std::thread::spawn(move || {
        while !closing.load(std::sync::atomic::Ordering::Acquire) {
            std::thread::yield_now();
        }
        drop(go);
    });
    auth.close();
    opener.join().unwrap();
    assert!(answers.recv().is_err(), "nothing else was answered");
}
