//! The real binary as a backend: a data folder and a port of its own, killed and
//! removed when the test is over.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::backend::{Backend, Got, Operation, Special, take_line};
use super::tls::{TlsStream, Wire};

/// A running server, and its clients.
pub struct Binary {
    dir: PathBuf,
    set: Vec<(String, String)>,
    /// Whether its clients come in by TLS.
    by: By,
    server: Server,
    clients: BTreeMap<String, Client>,
    /// Makes each token another one.
    tokens: usize,
}

/// The process. It is killed with this.
struct Server {
    child: Child,
    /// Stays open as long as it runs.
    stderr: BufReader<ChildStderr>,
    address: SocketAddr,
    tls_address: SocketAddr,
    telnet_address: SocketAddr,
}

/// Which listener the clients come in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Plain,
    Tls,
    Telnet,
}

/// A connection, and what was read from it.
struct Client {
    wire: Wire,
    received: Vec<u8>,
    /// The server has closed its end.
    at_end: bool,
    /// Ours is closed for writing.
    input_ended: bool,
}

/// Nobody waits longer than this for a line. Only a test that fails does.
const PATIENCE: Duration = Duration::from_secs(60);

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

impl Binary {
    /// Starts a server with these keys of the configuration.
    pub fn new(set: &[(String, String)], by: By) -> Binary {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("transcript-{}-{number}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&dir).expect("a folder can be made");
        let set = set.to_vec();
        let server = Server::start(&dir, &set);
        Binary { dir, set, by, server, clients: BTreeMap::new(), tokens: 0 }
    }

    fn client(&mut self, who: &str) -> &mut Client {
        self.clients.get_mut(who).unwrap_or_else(|| panic!("{who} is not connected"))
    }
}

impl Server {
    /// Starts it and reads where it listens.
    fn start(dir: &Path, set: &[(String, String)]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taifas"));
        command.arg("--data").arg(dir).args(["--listen", "127.0.0.1:0"]);
        command.args(["--listen-tls", "127.0.0.1:0", "--listen-telnet", "127.0.0.1:0"]);
        let off = ("limits.message_rate".to_owned(), "0".to_owned());
        for (key, value) in std::iter::once(&off).chain(set) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        command.env_clear().env("HOME", dir).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the server starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let address = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut server =
            Server { child, stderr, address, tls_address: address, telnet_address: address };
        let mut said = String::new();
        loop {
            let from = said.len();
            let len = server.stderr.read_line(&mut said).expect("stderr is readable");
            assert!(len > 0, "the server ended, saying: {said}");
            if let Some(rest) = said[from..].strip_prefix("listening on ") {
                let word = rest.split(' ').next().expect("a word");
                let address = word.parse().expect("an address");
                if rest.contains("(telnet)") {
                    server.telnet_address = address;
                    return server;
                }
                if rest.contains("(tls)") {
                    server.tls_address = address;
                } else {
                    server.address = address;
                }
            }
        }
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Client {
    /// The next line, or the end.
    fn next(&mut self) -> Got {
        loop {
            if let Some(line) = take_line(&mut self.received) {
                return Got::Line(line);
            }
            if self.at_end {
                assert!(self.received.is_empty(), "the last line has no end");
                return Got::Closed;
            }
            let mut buffer = [0; 16 * 1024];
            match self.wire.read(&mut buffer) {
                Ok(0) => self.at_end = true,
                Ok(len) => self.received.extend_from_slice(&buffer[..len]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Got::Nothing;
                }
                // Every end in good order is said under TLS.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    panic!("closed without close_notify");
                }
                // What was on its way when the server was killed is lost with it.
                Err(_) => self.at_end = true,
            }
        }
    }
}

impl Backend for Binary {
    fn name(&self) -> &'static str {
        match self.by {
            By::Plain => "binary",
            By::Tls => "binary, by TLS",
            By::Telnet => "binary, by telnet",
        }
    }

    fn connect(&mut self, who: &str, from: Option<IpAddr>) {
        assert_eq!(from, None, "a real connection comes from where it comes");
        let address = match self.by {
            By::Plain => self.server.address,
            By::Tls => self.server.tls_address,
            By::Telnet => self.server.telnet_address,
        };
        let socket = TcpStream::connect(address).expect("the server takes connections");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        socket.set_nodelay(true).expect("an option can be set");
        let wire = match self.by {
            By::Plain => Wire::Plain(socket),
            By::Tls => Wire::Tls(TlsStream::new(socket)),
            By::Telnet => Wire::Telnet(socket, Default::default()),
        };
        let client = Client { wire, received: Vec::new(), at_end: false, input_ended: false };
        self.clients.insert(who.to_owned(), client);
    }

    fn send(&mut self, who: &str, bytes: &[u8]) {
        // Who was closed sends into the void.
        let _ = self.client(who).wire.write_all(bytes);
    }

    fn end_input(&mut self, who: &str) {
        let client = self.client(who);
        client.input_ended = true;
        let _ = client.wire.end_input();
    }

    fn vanish(&mut self, who: &str) {
        self.clients.remove(who);
    }

    fn next(&mut self, who: &str) -> Got {
        self.client(who).next()
    }

    /// Asks for a sign of life that nobody else asks for: what comes before it had not
    /// been read. A session that is asked for a password cannot be asked this.
    fn unread(&mut self, who: &str) -> Got {
        self.tokens += 1;
        let token = format!("silence-{}", self.tokens);
        let client = self.client(who);
        if !client.input_ended {
            let _ = client.wire.write_all(format!("/PING {token}\r\n").as_bytes());
        }
        match client.next() {
            Got::Line(line) if line == format!("OK PING {token}").as_bytes() => Got::Nothing,
            got => got,
        }
    }

    fn restart(&mut self) {
        self.server.kill();
        self.clients.clear();
        self.server = Server::start(&self.dir, &self.set);
    }

    fn operate(&mut self, what: &Operation) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taifas"));
        command.env_clear().env("HOME", &self.dir).arg("--data").arg(&self.dir).arg("user");
        let typed = match what {
            Operation::Add(name, password) => {
                command.args(["add", name]);
                password.as_str()
            }
            Operation::Remove(name) => {
                command.args(["remove", name, "--yes"]);
                ""
            }
            Operation::RemoveWithMessages(name) => {
                command.args(["remove", name, "--yes", "--messages"]);
                ""
            }
            Operation::Op(name) => {
                command.args(["op", name]);
                ""
            }
            Operation::Deop(name) => {
                command.args(["deop", name]);
                ""
            }
        };
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().expect("the command starts");
        // A command that asks for nothing may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(typed.as_bytes());
        assert!(child.wait().expect("it ends").success(), "taifas user: {what:?}");
    }

    fn special(&mut self, what: &Special) {
        panic!("{what:?} is for the bare hub alone: write `only: hub`");
    }

    fn finish(&mut self) {
        self.clients.clear();
        let ended = self.server.child.try_wait().expect("its state can be asked for");
        assert_eq!(ended, None, "the server is still there");
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        self.server.kill();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
