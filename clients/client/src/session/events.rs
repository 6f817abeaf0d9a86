//! What others do, and operators do to us: lines that nobody has asked for.
//!
//! Called by the machine for each line that is no answer.

use taifas::protocol::{Name, RoomName};

use super::{Kick, Phase, Session};
use crate::happening::Happening;
use crate::place::Place;
use crate::wire::{Line, Message};

impl Session {
    /// Something has happened.
    pub(super) fn happened(&mut self, line: Line<'_>) {
        match line {
            Line::Said(to, message) => self.hear(to, message),
            Line::Names(room, names) => {
                if let Some(its) = self.places.rooms.get_mut(&room) {
                    its.people.names(names);
                }
            }
            Line::Joined(room, names) => {
                if let Some(its) = self.places.rooms.get_mut(&room) {
                    its.people.joined(&names);
                }
                if self.places.is_in(&room) {
                    self.tell(Happening::Joined { room, names });
                }
            }
            Line::Parted(room, names) => {
                if let Some(its) = self.places.rooms.get_mut(&room) {
                    its.people.parted(&names);
                }
                if self.places.is_in(&room) {
                    self.tell(Happening::Parted { room, names });
                }
            }
            Line::Renamed { old, new } => {
                self.places.rooms.values_mut().for_each(|its| its.people.renamed(&old, new));
                if self.me == Some(old) {
                    self.me = Some(new);
                }
                self.tell(Happening::Renamed { old, new });
            }
            Line::Topic { room, by, text } if self.places.is_in(&room) => {
                self.tell(Happening::Topic { room, text: text.into(), by: Some(by) });
            }
            Line::Kicked { room, name, by, reason } => self.kicked(room, name, by, reason),
            Line::Notice(text) => self.notice(text),
            _ => {}
        }
    }

    /// Where something is shown: what is told to us, in the talk with whoever tells it.
    pub(super) fn talk_of(&self, to: Place, message: &Message) -> Place {
        match to {
            Place::Person(_) if self.me != Some(message.name) => message.name.into(),
            place => place,
        }
    }

    fn hear(&mut self, to: Place, message: Message) {
        let place = self.talk_of(to, &message);
        match place {
            // What is said in a room that we are leaving is not for us any more.
            Place::Room(room) if !self.places.is_in(&room) => return,
            Place::Room(_) => {}
            Place::Person(name) => self.talk(name, true),
        }
        self.unheard.retain(|(_, unheard)| unheard.id != message.id);
        if let Some(at) = self.shown.iter().position(|id| *id == message.id) {
            self.shown.swap_remove(at);
            return;
        }
        if let Some(history) = self.places.history(&place) {
            history.said(message.id);
        }
        self.tell(Happening::Said { place, message });
    }

    fn kicked(&mut self, room: RoomName, name: Name, by: Name, reason: &str) {
        if !self.places.is_in(&room) {
            return;
        }
        self.tell(Happening::Kicked { room, name, by, reason: reason.into() });
        if self.me == Some(name) {
            if let Some(its) = self.places.rooms.get_mut(&room) {
                its.put_out();
            }
            self.give_up("an operator has sent you out of that room");
        }
    }

    /// A notice, or the word that somebody has told us something while we were away,
    /// which comes behind the answer to our login and nowhere else.
    fn notice(&mut self, text: &str) {
        if self.phase == Phase::In
            && !self.is_live
            && let Some((name, count)) = announcement(text)
        {
            self.talk(name, true);
            if self.places.history(&name.into()).is_some_and(|history| history.is_fresh()) {
                self.tell(Happening::Away { name, count });
            }
            return;
        }
        self.tell(Happening::Notice(text.into()));
    }

    /// Whether an operator is sending us off the server: see [`Kick`].
    pub(super) fn look_for_kick(&mut self, line: &Line<'_>) {
        let kick = std::mem::take(&mut self.kick);
        self.kick = match (kick, line) {
            (kick, Line::Kicked { room, name, .. }) if self.me == Some(*name) => {
                let mut rooms = match kick {
                    Kick::None => Vec::new(),
                    Kick::Told(rooms) | Kick::Noticed(rooms, _) => rooms,
                };
                // Who comes back goes where they were, and nowhere else.
                if self.places.is_in(room) {
                    rooms.push(*room);
                }
                Kick::Told(rooms)
            }
            (Kick::Told(rooms), Line::Notice(text)) => Kick::Noticed(rooms, (*text).into()),
            // A room may first be told who has just come to it.
            (kick, Line::Joined(..) | Line::Parted(..)) => kick,
            _ => Kick::None,
        };
    }
}

/// `2 messages for you while you were away: HISTORY ana`: who, and how many.
fn announcement(text: &str) -> Option<(Name, Option<usize>)> {
    let (head, name) = text.rsplit_once(": HISTORY ")?;
    let count = head.split(' ').find_map(|word| word.parse().ok());
    Some((name.parse().ok()?, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_says_who() {
        let ana: Name = "ana".parse().unwrap();
        let away = "messages for you while you were away: HISTORY ana";
        assert_eq!(announcement(&format!("2 {away}")), Some((ana, Some(2))));
        assert_eq!(announcement(&format!("more than 1000 {away}")), Some((ana, Some(1000))));
        assert_eq!(announcement(&format!("many {away}")), Some((ana, None)));
        for other in ["", "the server restarts at eight", "x: HISTORY #lobby", ": HISTORY a b"] {
            assert_eq!(announcement(other), None, "{other}");
        }
    }
}
