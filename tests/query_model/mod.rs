//! What a question to the store is about, told as plainly as can be, for what the tables
//! and the index are held against: rooms, talks, and the words of a text, folded.

#![allow(dead_code, missing_docs, reason = "each test binary uses a part of it")]

use taifas::protocol::{
    AccountId, Message, Name, Query, RoomName, SearchWord, SearchWords, Target,
};

/// Whether a message is one of those that a question is about.
pub fn is_about(query: &Query, message: &Message) -> bool {
    let told = |account: &Option<AccountId>| account.is_some_and(|a| message.is_told_with(a));
    let said = |rooms: &[RoomName]| message.room().is_some_and(|room| rooms.contains(&room));
    match query {
        Query::History { room, .. } => message.room() == Some(*room),
        Query::Talk { account, with, .. } => is_talk(message, *account, with),
        Query::CatchUp { rooms, account, .. } => said(rooms) || told(account),
        Query::Untold { account, .. } => {
            message.is_told_with(*account) && message.account != Some(*account)
        }
        Query::Search { rooms, account, words, .. } => {
            (said(rooms) || told(account)) && occurs(words, &message.text)
        }
    }
}

/// Whether it was told by this account to somebody of this name, or the other way.
pub fn is_talk(message: &Message, account: AccountId, with: &Name) -> bool {
    match &message.to {
        Target::Person(to) if message.account == Some(account) => to.name == *with,
        Target::Person(to) => to.account == account && message.sender == *with,
        Target::Room(_) | Target::Passing(_) => false,
    }
}

/// Whether all the words occur in the text.
pub fn occurs(words: &SearchWords, text: &str) -> bool {
    let text = tokens(text);
    words.as_slice().iter().all(|word| {
        let wanted = tokens(&word.text);
        text.windows(wanted.len()).any(|found| {
            let last = wanted.len() - 1;
            found[..last] == wanted[..last]
                && match word.begins {
                    true => found[last].starts_with(&wanted[last]),
                    false => found[last] == wanted[last],
                }
        })
    })
}

/// A search for words that are typed bare.
pub fn words(text: &str) -> SearchWords {
    let words = text.split(' ').map(|word| SearchWord {
        text: word.trim_end_matches('*').into(),
        begins: word.ends_with('*'),
    });
    SearchWords::new(words.collect()).unwrap()
}

fn tokens(text: &str) -> Vec<String> {
    let folded: String = text.to_lowercase().chars().filter_map(plain).collect();
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The letter without what stands on or under it: those that these tests use.
fn plain(c: char) -> Option<char> {
    const MARKED: [(char, &str); 7] = [
        ('a', "ăâáàä"),
        ('i', "îíï"),
        ('s', "șşš"),
        ('t', "țţ"),
        ('e', "éèêë"),
        ('o', "óöő"),
        ('u', "úüű"),
    ];
    if ('\u{300}'..='\u{36f}').contains(&c) {
        return None;
    }
    let marked = MARKED.iter().find(|(_, with)| with.contains(c));
    Some(marked.map_or(c, |(plain, _)| *plain))
}
