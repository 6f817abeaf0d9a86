//! Everything that anybody saw or was acknowledged, held against what the histories show.

use std::collections::{BTreeMap, HashSet};

use crate::Seen;
use crate::common::{Client, Server};
use crate::writer::Writer;

/// Everything that was ever seen or acknowledged: id, sender, text.
#[derive(Default)]
pub struct World {
    pub by_id: BTreeMap<u64, (String, String)>,
    /// What plain readers saw, who are told no ids: the texts, which are all different.
    pub plain: Vec<String>,
    /// As many of them were found in the history already.
    plain_found: usize,
    /// What the histories have shown so far, and the last id of each: of the room, and of
    /// each writer's talk with the next one.
    pub texts: HashSet<String>,
    stored: BTreeMap<u64, (String, String)>,
    checked: BTreeMap<String, u64>,
    /// Ids of messages that a power cut took, and that no other may have.
    lost: HashSet<u64>,
}

impl World {
    /// Reads one history on; `key` is whose place in it that is.
    fn read_on(&mut self, reader: &mut Client, target: &str, key: &str) {
        let mut checked = self.checked.get(key).copied().unwrap_or(0);
        loop {
            reader.send(&format!("HISTORY {target} AFTER {checked}"));
            let lines = reader.until("OK HISTORY ");
            // What is shown on entering is HIST lines as well, of ids before.
            let (end, lines) = lines.split_last().unwrap();
            let count: usize = end.split(' ').nth(2).unwrap().parse().unwrap();
            for line in &lines[lines.len() - count..] {
                let (id, sender, text) = hist(line);
                assert!(id > checked, "{id} after {checked}");
                checked = id;
                assert!(self.texts.insert(text.clone()), "stored twice: {text}");
                self.stored.insert(id, (sender, text));
            }
            if !end.ends_with(" MORE") {
                break;
            }
        }
        self.checked.insert(key.to_owned(), checked);
    }

    /// An id belongs to one message for ever.
    pub fn learn(&mut self, id: u64, sender: &str, text: &str) {
        assert!(!self.lost.contains(&id), "the id {id} of a lost message was used again");
        let message = (sender.to_owned(), text.to_owned());
        let known = self.by_id.entry(id).or_insert_with(|| message.clone());
        assert_eq!(*known, message, "the id {id} was used twice");
    }

    /// The next check is of everything.
    pub fn forget_checks(&mut self) {
        self.plain_found = 0;
        self.checked.clear();
        self.stored.clear();
        self.texts.clear();
    }

    /// Whatever was seen and is not stored any more is lost, and so is all that came after
    /// it: nobody is held to it from now on.
    pub fn lose(&mut self, server: &Server, writers: &mut [Writer]) {
        self.forget_checks();
        self.read_all(server, writers);
        let first = self.by_id.keys().find(|id| !self.stored.contains_key(id)).copied();
        for (id, _) in self.by_id.split_off(&first.unwrap_or(u64::MAX)) {
            assert!(!self.stored.contains_key(&id), "{id} is there, and {first:?} is not");
            self.lost.insert(id);
        }
        writers.iter_mut().for_each(|writer| writer.lose(|id| self.stored.contains_key(&id)));
        // They are told no ids, so that nobody knows which of it is lost.
        self.plain.clear();
        self.forget_checks();
    }

    fn read_all(&mut self, server: &Server, writers: &[Writer]) {
        self.read_on(&mut server.guest("checker"), "#lobby", "#lobby");
        for writer in writers {
            let mut client = server.connect();
            client.send(&format!("LOGIN {0} password of {0}", writer.name));
            client.until("OK LOGIN ");
            let (with, talk) = (writer.next(), format!("{} {}", writer.name, writer.next()));
            self.read_on(&mut client, &with, &talk);
        }
    }

    /// Reads the histories from where they were last read, and holds them against
    /// everything that is known.
    pub fn check(&mut self, server: &Server, writers: &[Writer], all: bool) {
        self.read_all(server, writers);
        for (id, message) in &self.by_id {
            assert_eq!(self.stored.get(id), Some(message), "{id} was seen or acknowledged");
        }
        for (id, (sender, text)) in self.stored.clone() {
            self.learn(id, &sender, &text);
        }
        for text in &self.plain[self.plain_found..] {
            assert!(self.texts.contains(text), "a reader saw what was not stored: {text}");
        }
        self.plain_found = self.plain.len();
        if all {
            for writer in writers {
                for (number, id) in writer.acknowledged.iter().enumerate() {
                    let (sender, text) = &self.stored[id];
                    assert_eq!((sender, text), (&writer.name, &writer.said[number]));
                }
            }
        }
    }
}

/// `:ana HIST #lobby 1042 2026-11-23T01:52:07.123Z :hello`, or with a name that was told
pub fn hist(line: &str) -> Seen {
    let (head, text) = line[1..].split_once(" :").unwrap();
    let words: Vec<&str> = head.split(' ').collect();
    assert_eq!(words[1], "HIST", "{line}");
    (words[3].parse().unwrap(), words[0].to_owned(), text.to_owned())
}
