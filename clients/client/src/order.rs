//! What an operator can order: each of it one command, answered by
//! [`Happening::Ordered`](crate::Happening::Ordered) or
//! [`Happening::OrderFailed`](crate::Happening::OrderFailed).
//!
//! Whether somebody is an operator is the server's to say; a client learns it by the
//! answer.

use std::time::Duration;

use taifas::limits::LINE_BYTES;
use taifas::protocol::{Name, RoomName, Text};

use crate::id::MessageId;
use crate::session::BadText;

/// An operator's command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Disconnects somebody, or sends them out of a room.
    Kick {
        /// Only out of this room.
        room: Option<RoomName>,
        /// Whom.
        name: Name,
        /// Why; may be empty. They are told.
        reason: String,
    },
    /// Shuts somebody out.
    Ban {
        /// A name, an address, or a network.
        mask: String,
        /// For how long; `None` is for good.
        duration: Option<Duration>,
        /// Why; may be empty. They are told.
        reason: String,
    },
    /// Ends a ban.
    Unban(String),
    /// Lists the bans: `BAN <whom> <until> <by> :<reason>` each.
    Bans,
    /// Lets somebody read but not speak.
    Mute {
        /// Whom.
        name: Name,
        /// For how long; `None` is for good.
        duration: Option<Duration>,
        /// Why; may be empty. They are told.
        reason: String,
    },
    /// Lets somebody speak again.
    Unmute(Name),
    /// Who somebody is, and where from.
    Whois(Name),
    /// Tells everybody something.
    Notice(String),
    /// Erases a message.
    Forget(MessageId),
    /// How the server does: `STATS <key> <value>` each.
    Stats,
}

impl Order {
    /// The command's verb.
    pub fn verb(&self) -> &'static str {
        match self {
            Order::Kick { .. } => "KICK",
            Order::Ban { .. } => "BAN",
            Order::Unban(_) => "UNBAN",
            Order::Bans => "BANS",
            Order::Mute { .. } => "MUTE",
            Order::Unmute(_) => "UNMUTE",
            Order::Whois(_) => "WHOIS",
            Order::Notice(_) => "NOTICE",
            Order::Forget(_) => "FORGET",
            Order::Stats => "STATS",
        }
    }

    /// The verb of the lines that its answer lists.
    pub(crate) fn lists(&self) -> &'static str {
        match self {
            Order::Bans => "BAN",
            other => other.verb(),
        }
    }

    /// The line, without its end.
    ///
    /// # Errors
    /// [`BadText`] if a word or text in it cannot stand in a line.
    pub(crate) fn line(&self) -> Result<String, BadText> {
        let verb = self.verb();
        let line = match self {
            Order::Kick { room: Some(room), name, reason } => {
                format!("{verb} {room} {name} :{reason}")
            }
            Order::Kick { room: None, name, reason } => format!("{verb} {name} :{reason}"),
            Order::Ban { mask, duration, reason } => {
                format!("{verb} {}{} :{reason}", word(mask)?, lasting(*duration))
            }
            Order::Unban(mask) => format!("{verb} {}", word(mask)?),
            Order::Mute { name, duration, reason } => {
                format!("{verb} {name}{} :{reason}", lasting(*duration))
            }
            Order::Unmute(name) | Order::Whois(name) => format!("{verb} {name}"),
            Order::Notice(text) if text.trim().is_empty() => return Err(BadText::Blank),
            Order::Notice(text) => format!("{verb} :{text}"),
            Order::Forget(id) => format!("{verb} {id}"),
            Order::Bans | Order::Stats => verb.to_owned(),
        };
        let line = Text::new(&line).map_err(|_| BadText::Character)?;
        if line.as_str().len() + "\r\n".len() > LINE_BYTES {
            return Err(BadText::TooLong);
        }
        Ok(line.as_str().to_owned())
    }
}

/// One word. It may begin with a colon: an IPv6 address does.
fn word(typed: &str) -> Result<&str, BadText> {
    match typed.trim() {
        "" => Err(BadText::Blank),
        word if word.contains(char::is_whitespace) => Err(BadText::Character),
        word => Ok(word),
    }
}

/// ` <seconds>s`; never none of them, which would be no time at all.
fn lasting(duration: Option<Duration>) -> String {
    duration.map(|time| format!(" {}s", time.as_secs().max(1))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_is_one_line() {
        let ion: Name = "ion".parse().unwrap();
        let hour = Some(Duration::from_secs(3600));
        let reason = || "too loud".to_owned();
        let kick = |room| Order::Kick { room, name: ion, reason: reason() };
        let ban =
            |mask: &str, duration| Order::Ban { mask: mask.into(), duration, reason: reason() };
        for (order, line) in [
            (kick(None), "KICK ion :too loud"),
            (kick(Some(RoomName::LOBBY)), "KICK #lobby ion :too loud"),
            (ban(" ::1/64 ", None), "BAN ::1/64 :too loud"),
            (ban("ion", Some(Duration::ZERO)), "BAN ion 1s :too loud"),
            (Order::Unban("192.0.2.0/24".into()), "UNBAN 192.0.2.0/24"),
            (Order::Bans, "BANS"),
            (Order::Mute { name: ion, duration: hour, reason: String::new() }, "MUTE ion 3600s :"),
            (Order::Unmute(ion), "UNMUTE ion"),
            (Order::Whois(ion), "WHOIS ion"),
            (Order::Notice(" at eight ".into()), "NOTICE : at eight "),
            (Order::Forget(MessageId::new(7)), "FORGET 7"),
            (Order::Stats, "STATS"),
        ] {
            assert_eq!(order.line().as_deref(), Ok(line));
        }
        for (order, why) in [
            (Order::Unban(" ".into()), BadText::Blank),
            (Order::Unban("a b".into()), BadText::Character),
            (Order::Notice(" ".into()), BadText::Blank),
            (Order::Notice("a\nQUIT".into()), BadText::Character),
            (Order::Notice("x".repeat(LINE_BYTES)), BadText::TooLong),
        ] {
            assert_eq!(order.line(), Err(why), "{order:?}");
        }
    }
}
