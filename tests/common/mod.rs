//! The real binary on a free port with a folder of its own, and clients that wait for
//! lines, never for time.
//!
//! Everything has one deadline, [`PATIENCE`]: it is there so that a test fails instead
//! of hanging, and no test is about it.

// Each test binary uses its part of this.
#![allow(dead_code)]

pub mod tls;

use std::fs;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use socket2::{Domain, Socket, Type};
use tls::{TlsStream, Wire};

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// What [`Server::start`] adds to every command line: no bound on talking, and hashes
/// that do not make a debug build crawl.
const EASY: [&str; 4] = ["--set", "limits.message_rate=0", "--set", "hash=small"];

/// A folder of its own for each test, removed afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let name = format!("{name}-{}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        Folder(dir)
    }

    /// Runs `taifas` on this folder to its end, with this input.
    pub fn taifas(&self, arguments: &[&str], input: &str) -> (ExitStatus, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_taifas"))
            .args(["--data".as_ref(), self.0.as_os_str()])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A child that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ended = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ended.status, text(ended.stdout), text(ended.stderr))
    }

    /// A server that is killed this long after it was started.
    pub fn kill_on_its_way_up(&self, after: Duration, environment: &[(&str, &Path)]) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_taifas"))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(&self.0)
            .envs(environment.iter().copied())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that runs. Dropped, it is killed.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Log>,
}

/// What the server has written on standard error.
#[derive(Default)]
struct Log {
    /// The lines, and whether there will be no more.
    lines: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Server {
    /// A server on this folder, with message_rate off and small hashes.
    pub fn start(folder: &Folder, arguments: &[&str]) -> Server {
        Server::start_in(folder, arguments, &[])
    }

    /// The same, in this environment.
    pub fn start_in(folder: &Folder, arguments: &[&str], environment: &[(&str, &Path)]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taifas"));
        command.args(["--data".as_ref(), folder.0.as_os_str()]).args(EASY).args(arguments);
        command.envs(environment.iter().copied());
        Server::run(command)
    }

    /// The same behind a shell: `script` ends in `exec "$@"`.
    pub fn start_in_shell(shell: &[&str], script: &str, dir: &Path, arguments: &[&str]) -> Server {
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).args(["sh", "-c", script, "sh", env!("CARGO_BIN_EXE_taifas")]);
        command.args(["--data".as_ref(), dir.as_os_str()]).args(EASY).args(arguments);
        Server::run(command)
    }

    fn run(mut command: Command) -> Server {
        command.args(["--listen", "127.0.0.1:0"]).env("RUST_LOG", "debug");
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Log::default());
        let (stderr, its) = (child.stderr.take().unwrap(), log.clone());
        thread::spawn(move || its.fill(stderr));
        let mut server = Server { child, address: ([127, 0, 0, 1], 0).into(), log };
        let line = server.log_line("listening on ");
        let address = line.split(' ').find_map(|word| word.parse().ok());
        server.address = address.unwrap_or_else(|| panic!("no address in {line:?}"));
        server
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// SIGKILL, and nothing of it is left.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        // Its standard error ends with it.
        self.log.wait(|lines, over| over.then_some(lines.len())).unwrap_or_else(|| {
            panic!("the server still runs after {:?}", start.elapsed());
        });
        self.child.wait().unwrap()
    }

    /// SIGTERM, and a good end.
    pub fn stop(self) {
        self.signal(Signal::TERM);
        self.stop_begun();
    }

    /// A good end, after the signal.
    pub fn stop_begun(mut self) {
        let status = self.ended();
        assert!(status.success(), "{status}: {}", self.all_log());
    }

    /// Waits for a line of its log that holds this.
    pub fn log_line(&self, holds: &str) -> String {
        let found = self.log.wait(|lines, over| {
            let found = lines.iter().find(|line| line.contains(holds)).cloned();
            if found.is_none() && over { Some(None) } else { found.map(Some) }
        });
        match found {
            Some(Some(line)) => line,
            _ => panic!("no {holds:?} in the server's log:\n{}", self.all_log()),
        }
    }

    pub fn all_log(&self) -> String {
        let lines = &self.log.lines.lock().unwrap().0;
        lines[lines.len().saturating_sub(100)..].join("\n")
    }

    /// A number of /proc/PID/status, in KiB: `VmRSS`, `VmHWM`.
    pub fn kib(&self, what: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        number(&fs::read_to_string(path).unwrap(), what)
    }

    /// How often its threads have run: any tick at all shows here.
    pub fn times_run(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let one = |task: PathBuf| {
            let status = fs::read_to_string(task.join("status")).unwrap();
            number(&status, "voluntary_ctxt_switches")
        };
        tasks.map(|task| one(task.unwrap().path())).sum()
    }

    /// CPU ticks it has used, in user and system mode.
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let behind_name = stat.rsplit(')').next().unwrap();
        let field = |n: usize| behind_name.split_whitespace().nth(n).unwrap().parse::<u64>();
        field(11).unwrap() + field(12).unwrap()
    }

    /// A client that has read the greeting.
    pub fn connect(&self) -> Client {
        let mut client = self.connect_silently();
        client.expect("NAME taifas taifas/1 :");
        client
    }

    /// A client that has read nothing.
    pub fn connect_silently(&self) -> Client {
        Client::new(TcpStream::connect(self.address).unwrap())
    }

    /// Where TLS is spoken, of a server that was told to listen for it.
    pub fn tls_address(&self) -> SocketAddr {
        let line = self.log_line(" (tls)");
        let address = line.split(' ').find_map(|word| word.parse().ok());
        address.unwrap_or_else(|| panic!("no address in {line:?}"))
    }

    /// Where telnet programs come in, of a server that was told to listen for them.
    pub fn telnet_address(&self) -> SocketAddr {
        let line = self.log_line(" (telnet)");
        let address = line.split(' ').find_map(|word| word.parse().ok());
        address.unwrap_or_else(|| panic!("no address in {line:?}"))
    }

    /// A client that comes in by TLS.
    pub fn connect_tls_silently(&self) -> Client {
        Client::over_tls(TcpStream::connect(self.tls_address()).unwrap())
    }

    /// The same that has read the greeting.
    pub fn connect_tls(&self) -> Client {
        let mut client = self.connect_tls_silently();
        client.expect("NAME taifas taifas/1 :");
        client
    }

    /// The same whose system takes as little as it can on its behalf.
    pub fn connect_narrow(&self) -> Client {
        let mut client = Client::new(narrow(self.address));
        client.expect("NAME taifas taifas/1 :");
        client
    }

    /// And the same by TLS.
    pub fn connect_narrow_tls(&self) -> Client {
        let mut client = Client::over_tls(narrow(self.tls_address()));
        client.expect("NAME taifas taifas/1 :");
        client
    }

    /// A guest of this name.
    pub fn guest(&self, name: &str) -> Client {
        let mut client = self.connect();
        client.name(name);
        client
    }

    /// A tagged guest.
    pub fn tagged(&self, name: &str) -> Client {
        let mut client = self.connect();
        client.ask("TAGS ON", "OK TAGS ON");
        client.name(name);
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let _ = writeln!(std::io::stderr(), "the server's log:\n{}", self.all_log());
        }
    }
}

impl Log {
    fn fill(&self, stderr: impl Read) {
        for line in BufReader::new(stderr).lines() {
            let Ok(line) = line else { break };
            self.lines.lock().unwrap().0.push(line);
            self.more.notify_all();
        }
        self.lines.lock().unwrap().1 = true;
        self.more.notify_all();
    }

    /// Waits until `look` finds something.
    fn wait<T>(&self, mut look: impl FnMut(&[String], bool) -> Option<T>) -> Option<T> {
        let end = Instant::now() + PATIENCE;
        let mut lines = self.lines.lock().unwrap();
        loop {
            if let Some(found) = look(&lines.0, lines.1) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            lines = self.more.wait_timeout(lines, left).unwrap().0;
        }
    }
}

/// A socket with a small place for what comes.
fn narrow(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    socket.connect(&address.into()).unwrap();
    socket.into()
}

fn number(status: &str, what: &str) -> u64 {
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Somebody connected.
pub struct Client {
    pub stream: TcpStream,
    /// What is said and heard on it.
    pub wire: Wire,
    reader: BufReader<Wire>,
    /// Comes before what `reader` gives.
    unread: Cursor<Vec<u8>>,
}

impl Client {
    pub fn new(stream: TcpStream) -> Client {
        let wire = Wire::Plain(stream.try_clone().unwrap());
        Client::with(stream, wire)
    }

    pub fn over_tls(stream: TcpStream) -> Client {
        let wire = Wire::Tls(TlsStream::new(stream.try_clone().unwrap()));
        Client::with(stream, wire)
    }

    pub fn with(stream: TcpStream, wire: Wire) -> Client {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let reader = BufReader::with_capacity(2048, wire.another());
        Client { stream, wire, reader, unread: Cursor::default() }
    }

    /// Another hand on the same connection, which reads from here on.
    pub fn reader(&self) -> Client {
        assert!(self.reader.buffer().is_empty(), "something read is not taken");
        Client::with(self.stream.try_clone().unwrap(), self.wire.another())
    }

    /// Puts bytes that were taken from `stream` back in front.
    pub fn unread(&mut self, bytes: &[u8]) {
        let unread = [self.reader.buffer(), bytes].concat();
        self.unread = Cursor::new(unread);
        self.reader = BufReader::new(self.wire.another());
    }

    /// Sends a line.
    pub fn send(&mut self, line: &str) {
        self.bytes(format!("{line}\n").as_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.wire.write_all(bytes).unwrap();
    }

    /// The next line without its end; `None` once the server has closed.
    pub fn line(&mut self) -> Option<String> {
        self.try_line().unwrap_or_else(|error| panic!("no line: {error}"))
    }

    /// The same, where the connection may break. A line without an end is none.
    pub fn try_line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        self.unread.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            self.reader.read_until(b'\n', &mut line)?;
        }
        match line.strip_suffix(b"\r\n") {
            Some(line) => Ok(Some(String::from_utf8(line.to_vec()).expect("UTF-8"))),
            None if line.ends_with(b"\n") => panic!("a line that ends in LF alone: {line:?}"),
            None => Ok(None),
        }
    }

    /// Everything up to the line that starts so, that one last.
    pub fn until(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.line() {
                None => panic!("closed without {start:?} after {lines:#?}"),
                Some(line) => {
                    lines.push(line);
                    if lines.last().is_some_and(|line| line.starts_with(start)) {
                        return lines;
                    }
                }
            }
        }
    }

    /// The next line that starts so; what comes before it is skipped.
    pub fn expect(&mut self, start: &str) -> String {
        self.until(start).pop().unwrap()
    }

    /// The next line that holds this; what comes before it is skipped.
    pub fn expect_holding(&mut self, part: &str) -> String {
        loop {
            let line = self.line().unwrap_or_else(|| panic!("closed without {part:?}"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Sends a line and waits for its answer.
    pub fn ask(&mut self, line: &str, answer: &str) -> String {
        self.send(line);
        self.expect(answer)
    }

    pub fn name(&mut self, name: &str) {
        self.ask(&format!("NAME {name}"), &format!("OK NAME {name}"));
    }

    /// Makes an account, and is logged in.
    pub fn register(&mut self, name: &str) {
        let version = self.ask("TERMS", "OK TERMS ");
        let version = version.trim_start_matches("OK TERMS ");
        self.ask(&format!("ACCEPT {version}"), "OK ACCEPT");
        self.ask(&format!("REGISTER {name} password of {name}"), "OK REGISTER ");
    }

    pub fn login(&mut self, name: &str) {
        self.ask(&format!("LOGIN {name} password of {name}"), &format!("OK LOGIN {name} "));
    }

    /// Says something and waits until it is relayed back.
    pub fn say(&mut self, text: &str) {
        self.send(&format!("MSG #lobby :{text}"));
        let (relayed, failed) = (format!(" MSG #lobby :{text}"), "FAIL MSG ");
        loop {
            let line = self.line().expect("the line comes back");
            assert!(!line.starts_with(failed), "{line}");
            if line.contains(&relayed) {
                return;
            }
        }
    }

    /// Nothing but this comes: an answer to PING comes behind whatever was sent.
    pub fn silence(&mut self, token: &str) {
        self.send(&format!("PING {token}"));
        assert_eq!(self.line().as_deref(), Some(&*format!("OK PING {token}")));
    }

    /// Ends in a reset instead of in good order.
    pub fn reset(self) {
        let socket = socket2::SockRef::from(&self.stream);
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// One stream of numbers for one seed (Marsaglia's xorshift64).
pub struct Random(u64);

impl Random {
    /// From `SEED`, or from the clock; printed, since a failure needs it.
    pub fn new(what: &str) -> Random {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(now);
        println!("{what}: SEED={seed}");
        Random(seed | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % bound
    }
}

/// A number from the environment.
pub fn env_number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// A test that needs what this machine does not have: loud on every machine, a failure
/// on one that is to have everything. Past the harness, which would swallow it.
pub fn skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {test}: {why}\n");
    let ci = std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1");
    assert!(!ci, "SKIPPED: {test}: {why}, and CI is set");
}
