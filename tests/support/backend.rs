//! What a transcript is played on: the bare hub, or the real binary.

use std::net::IpAddr;

/// Something that takes part of a conversation and answers. Clients are known by the
/// names that the transcript gives them.
pub trait Backend {
    /// How it is called when a transcript fails.
    fn name(&self) -> &'static str;

    /// A client connects; a transcript that says where from is the hub's alone.
    fn connect(&mut self, who: &str, from: Option<IpAddr>);

    /// A client sends these bytes.
    fn send(&mut self, who: &str, bytes: &[u8]);

    /// A client will send nothing more, and goes on reading.
    fn end_input(&mut self, who: &str);

    /// A client is gone, without a word.
    fn vanish(&mut self, who: &str);

    /// The next thing a client gets. Waits for it.
    fn next(&mut self, who: &str) -> Got;

    /// What a client has got and not read, when everything sent has been carried out.
    /// [`Got::Nothing`] is what should come out.
    fn unread(&mut self, who: &str) -> Got;

    /// The server is killed and started again on what it has written.
    fn restart(&mut self);

    /// Whoever runs the server changes its accounts, while it runs.
    fn operate(&mut self, what: &Operation);

    /// Something that only a hub in a test can do: see [`Step`](super::Step).
    fn special(&mut self, what: &Special);

    /// The conversation is over: nothing may be left behind.
    fn finish(&mut self);
}

/// What `taifas user` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Makes an account with this name and password.
    Add(String, String),
    /// Removes the account of this name.
    Remove(String),
    /// Removes it with everything it has said.
    RemoveWithMessages(String),
    /// Makes the account of this name an operator's.
    Op(String),
    /// Makes it an ordinary one again.
    Deop(String),
}

/// What only the bare hub can be put through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Special {
    /// So many milliseconds pass.
    Wait(u64),
    /// From here on the disk refuses, or does not.
    DiskFull(bool),
    /// From here on a client reads, or does not.
    Reads(String, bool),
}

/// What a client gets next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Got {
    /// A line, without its CR LF.
    Line(Vec<u8>),
    /// The server has closed.
    Closed,
    /// Nothing comes.
    Nothing,
}

/// Takes the first line out of what a client has received.
///
/// # Panics
/// If the line does not end in CR LF, as every line of the server's must.
pub fn take_line(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = received.iter().position(|byte| *byte == b'\n')?;
    let mut line: Vec<u8> = received.drain(..=end).collect();
    assert!(line.ends_with(b"\r\n"), "no CR LF at the end of {:?}", line.escape_ascii());
    line.truncate(line.len() - 2);
    Some(line)
}
