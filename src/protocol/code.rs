//! The codes of `FAIL` lines (IRCv3 standard replies).

use std::fmt;

/// Why a command failed, for programs; the text behind it is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// No such verb.
    UnknownCommand,
    /// The parameters do not fit; the usage is shown.
    Params,
    /// A line of more than [`LINE_BYTES`](crate::limits::LINE_BYTES).
    TooLong,
    /// A line that is not UTF-8.
    NotUtf8,
    /// A text with a control or direction character.
    BadCharacter,
    /// Nothing to say.
    TextMissing,
    /// A name must be given first.
    NameFirst,
    /// Not a name.
    NameInvalid,
    /// Somebody here has the name.
    NameInUse,
    /// An account has the name.
    NameRegistered,
    /// Name and password, or code, do not fit; never says which.
    BadCredentials,
    /// Too much of this; the text says for how many seconds.
    TryLater,
    /// A password under [`PASSWORD_CHARS_MIN`](crate::limits::PASSWORD_CHARS_MIN).
    PasswordTooShort,
    /// The terms must be accepted first.
    TermsRequired,
    /// For accounts only.
    NotLoggedIn,
    /// Not for this session, or not now.
    NotAllowed,
    /// Shut out by an operator; the text says for how long, and why.
    Banned,
    /// Silenced by an operator; likewise.
    Muted,
    /// No such room.
    NoSuchRoom,
    /// Nobody of that name.
    NoSuchName,
    /// The session is not in that room.
    NotInRoom,
    /// The prompt was answered with an empty line.
    Cancelled,
    /// The disk refused; nothing was relayed.
    NotStored,
    /// No place for another connection.
    ServerFull,
    /// No name was given in time.
    NameTimeout,
}

impl Code {
    /// Every code, in the order of docs/PROTOCOL.md.
    pub const ALL: [Code; 25] = [
        Code::UnknownCommand,
        Code::Params,
        Code::TooLong,
        Code::NotUtf8,
        Code::BadCharacter,
        Code::TextMissing,
        Code::NameFirst,
        Code::NameInvalid,
        Code::NameInUse,
        Code::NameRegistered,
        Code::BadCredentials,
        Code::TryLater,
        Code::PasswordTooShort,
        Code::TermsRequired,
        Code::NotLoggedIn,
        Code::NotAllowed,
        Code::Banned,
        Code::Muted,
        Code::NoSuchRoom,
        Code::NoSuchName,
        Code::NotInRoom,
        Code::Cancelled,
        Code::NotStored,
        Code::ServerFull,
        Code::NameTimeout,
    ];

    /// The code as it stands in a `FAIL` line.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::UnknownCommand => "UNKNOWN_COMMAND",
            Code::Params => "PARAMS",
            Code::TooLong => "TOO_LONG",
            Code::NotUtf8 => "NOT_UTF8",
            Code::BadCharacter => "BAD_CHARACTER",
            Code::TextMissing => "TEXT_MISSING",
            Code::NameFirst => "NAME_FIRST",
            Code::NameInvalid => "NAME_INVALID",
            Code::NameInUse => "NAME_IN_USE",
            Code::NameRegistered => "NAME_REGISTERED",
            Code::BadCredentials => "BAD_CREDENTIALS",
            Code::TryLater => "TRY_LATER",
            Code::PasswordTooShort => "PASSWORD_TOO_SHORT",
            Code::TermsRequired => "TERMS_REQUIRED",
            Code::NotLoggedIn => "NOT_LOGGED_IN",
            Code::NotAllowed => "NOT_ALLOWED",
            Code::Banned => "BANNED",
            Code::Muted => "MUTED",
            Code::NoSuchRoom => "NO_SUCH_ROOM",
            Code::NoSuchName => "NO_SUCH_NAME",
            Code::NotInRoom => "NOT_IN_ROOM",
            Code::Cancelled => "CANCELLED",
            Code::NotStored => "NOT_STORED",
            Code::ServerFull => "SERVER_FULL",
            Code::NameTimeout => "NAME_TIMEOUT",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
