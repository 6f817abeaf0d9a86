//! One word for one thing: the words that this project does not use, and the ones it
//! has instead.

/// Words not to use, in lower case, and what to say instead. A banned phrase is found
/// in prose and in names alike: `send queue`, `send_queue`, `SendQueue`. Each word
/// stands for its plural too.
const BANNED: &[(&str, &str)] = &[
    ("sendq", "outbox"),
    ("send q", "outbox"),
    ("send queue", "outbox"),
    ("output queue", "outbox"),
    ("write queue", "outbox"),
    ("recvq", "the partial line a connection keeps"),
    ("completion queue", "inbox"),
    ("nick", "name"),
    ("nickname", "name"),
    ("nick name", "name"),
    ("screen name", "name"),
    ("channel", "room"),
    ("chatroom", "room"),
    ("chat room", "room"),
    ("participant", "member, or session"),
    ("chatter", "user or guest"),
    ("anonymous user", "guest"),
    ("unregistered user", "guest"),
    ("guest account", "guest"),
    ("event loop", "reactor"),
    ("main loop", "reactor"),
    ("slow consumer", "a session that is behind"),
    ("laggard", "a session that is behind"),
    ("lagging", "behind"),
    ("kick out", "evict"),
    ("throw out", "evict"),
    ("drop the client", "evict the session, or doom the connection"),
    ("drop the connection", "doom the connection"),
    ("drop the session", "evict the session"),
    ("kill the client", "evict the session, or doom the connection"),
    ("kill the connection", "doom the connection"),
    ("kill the session", "evict the session"),
    ("zombie", "doomed connection"),
    ("backfill", "catch-up"),
    ("batch commit", "group commit"),
    ("bulk commit", "group commit"),
    ("persistence layer", "store"),
    ("database layer", "store"),
    ("storage layer", "store"),
];

/// Where a banned word is the right one: the word, where it stands, what else must be
/// in its line, and why.
const ALLOWED: &[(&str, &str, &[&str], &str)] = &[
    (
        "channel",
        "src/store",
        &["mpsc", "sync_channel", "bounded channel"],
        "std's word between threads",
    ),
    (
        "channel",
        "src/auth",
        &["mpsc", "sync_channel", "bounded channel"],
        "std's word between threads",
    ),
    (
        "channel",
        "src/reactor",
        &["mpsc", "sync_channel", "bounded channel"],
        "std's word between threads",
    ),
    (
        "channel",
        "clients/",
        &["mpsc", "sync_channel", "bounded channel"],
        "std's word between threads",
    ),
    ("nick", "clients/", &["IRC"], "IRC's word, where IRC is spoken of"),
    ("channel", "clients/", &["IRC"], "IRC's word, where IRC is spoken of"),
];

/// The banned words of one line of a file, each with the word to use.
pub fn judge(path: &str, line: &str) -> Vec<String> {
    let words = words(line);
    let found = BANNED.iter().filter(|(phrase, _)| holds(&words, phrase));
    let free = |phrase: &str| {
        ALLOWED.iter().any(|(word, place, with, _)| {
            *word == phrase && path.starts_with(place) && with.iter().any(|w| line.contains(w))
        })
    };
    found
        .filter(|(phrase, _)| !free(phrase))
        .map(|(phrase, instead)| format!("\"{phrase}\"; the word here is {instead}"))
        .collect()
}

/// Whether the phrase stands in the words, the last of its words in the plural or not.
fn holds(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).any(|window| {
        let (last, start) = window.split_last().expect("a phrase has a word");
        let (want, before) = phrase.split_last().expect("a phrase has a word");
        start == before && (last == want || last.strip_suffix('s') == Some(want))
    })
}

/// A line's words in lower case: prose, snake_case and CamelCase alike.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in line.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().expect("never empty").extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}
