//! Lines that look like commands: who types `/tell eva …` means it for eva alone, and the
//! room must not read it. Which lines those are, and in plain words what to do instead.
//!
//! Pure, and never carries a command out. The message box asks before it sends. A line
//! that only begins with a slash is no command, nor is one with a space in front.

use taifas_client::{Name, Place, RoomName, Verb};

/// What other chats call what the server has as well, and what no room should read.
const ALIASES: [(&str, Verb); 13] = [
    ("w", Verb::Tell),
    ("whisper", Verb::Tell),
    ("query", Verb::Tell),
    ("privmsg", Verb::Tell),
    ("pm", Verb::Tell),
    ("dm", Verb::Tell),
    ("leave", Verb::Part),
    ("password", Verb::Passwd),
    ("pass", Verb::Passwd),
    ("identify", Verb::Login),
    ("auth", Verb::Login),
    ("exit", Verb::Quit),
    ("logout", Verb::Quit),
];

/// Why these lines are not sent there, if one of them looks like a command.
pub fn trouble(lines: &[&str], place: Place) -> Option<String> {
    let numbered = (1_usize..).zip(lines.iter().copied());
    let mut known = numbered.filter_map(|(number, line)| Some((number, read(line)?)));
    let (number, (verb, rest)) = known.next()?;
    let what = if lines.len() == 1 { "This".into() } else { format!("Line {number}") };
    let who = match place {
        Place::Room(room) => format!("everybody in {room}"),
        Place::Person(name) => name.to_string(),
    };
    let instead = instead(verb, rest);
    Some(format!(
        "{what} was not sent: commands are not typed here, and {who} would have read it. \
         {instead} To say it as it is, begin it with a space."
    ))
}

/// The command, and what stands behind it.
fn read(line: &str) -> Option<(Verb, &str)> {
    let line = line.strip_prefix('/')?;
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let known = Verb::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(word));
    let alias = || ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(word));
    let verb = known.or_else(|| alias().map(|(_, verb)| *verb))?;
    Some((verb, rest.trim_start()))
}

/// What to do instead.
fn instead(verb: Verb, rest: &str) -> String {
    let first = rest.split_whitespace().next().unwrap_or_default();
    let room = first.parse::<RoomName>().ok();
    let name = first.parse::<Name>().ok();
    match (verb, room, name) {
        (Verb::Tell | Verb::Msg, None, Some(name)) => {
            format!("To write to {name} alone, press Ctrl+K and type {name}.")
        }
        (Verb::Tell, ..) => {
            "To write to one person alone, press Ctrl+K and type their name.".into()
        }
        (Verb::Msg, Some(room), _) => {
            format!("To write in {room}, press Ctrl+K and type {room}.")
        }
        (Verb::Join, Some(room), _) => format!("To join {room}, press Ctrl+K and type {room}."),
        (Verb::Join | Verb::List, ..) => "To see the rooms there are, press Join….".into(),
        (Verb::Part, ..) => "To leave a room, press Leave above the messages.".into(),
        (Verb::Topic, ..) => "What a room is about stands above the messages: press it.".into(),
        (Verb::Search | Verb::History, ..) => "To search, press Ctrl+F.".into(),
        (Verb::Login | Verb::Register | Verb::Passwd | Verb::Recover, ..) => {
            "To change your password, open the menu with F10; to come in as somebody else, log \
             out there."
                .into()
        }
        (Verb::Quit, ..) => "To log out, open the menu with F10.".into(),
        (Verb::Kick | Verb::Ban | Verb::Mute | Verb::Unmute | Verb::Whois | Verb::Who, ..) => {
            "What can be done about somebody is in the menu behind their name.".into()
        }
        _ => "What can be done here is in the menu, F10, and F1 lists the keys.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_command_and_what_is_not() {
        for line in ["/tell eva hi", "/TELL", "/Join #x", "/w eva", "/names", "/logout now"] {
            assert!(read(line).is_some(), "{line}");
        }
        for verb in Verb::ALL {
            assert!(
                trouble(&[&format!("/{verb} x", verb = verb.as_str())], Place::LOBBY).is_some()
            );
        }
        for line in
            ["", "/", "/ tell", " /tell eva", "//tell", "/etc/passwd", "/shrug", "/me", "/țell x"]
        {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn what_to_do_instead() {
        let said = |line: &str| trouble(&[line], Place::LOBBY).expect("a command");
        for (line, words) in [
            ("/tell eva hi", "To write to eva alone"),
            ("/msg  eva hi", "To write to eva alone"),
            ("/msg #dev hi", "To write in #dev"),
            ("/tell 9", "To write to one person alone"),
            ("/msg 9", "What can be done here"),
            ("/join #x", "To join #x, press Ctrl+K"),
            ("/join", "press Join…"),
        ] {
            assert!(said(line).contains(words), "{line}: {}", said(line));
        }
        let eva = Place::Person("eva".parse().expect("a name"));
        let said = trouble(&["a", "/tell ion b"], eva).expect("a command");
        assert!(
            said.starts_with("Line 2 was not sent") && said.contains("and eva would"),
            "{said}"
        );
    }
}
