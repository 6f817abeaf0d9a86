//! The tools that people have: OpenBSD's nc, busybox nc and ncat, and for TLS ncat and
//! openssl s_client, as they are typed.
//!
//! One that is not on this machine is said loudly, and fails where `CI` is set.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use common::{Folder, PATIENCE, Server, skipped};

const TLS: [&str; 2] = ["--listen-tls", "127.0.0.1:0"];

/// A tool, how to recognise it, and how it says that its input has ended.
#[derive(Clone, Copy)]
struct Tool {
    name: &'static str,
    command: &'static [&'static str],
    /// What it is asked for its help with, and a word that is only in its own.
    help: (&'static str, &'static str),
    half_close: &'static [&'static str],
    stay: &'static [&'static str],
    /// Which listener it wants, and in how many words it is told.
    speaks: Speaks,
}

/// How a tool is told where to go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaks {
    /// `nc host port`
    Plain,
    /// `ncat --ssl host port`
    Tls,
    /// `openssl s_client -connect host:port`
    TlsAtOneWord,
}

const NC: Tool = Tool {
    name: "nc (OpenBSD)",
    command: &["nc"],
    help: ("-h", "OpenBSD netcat"),
    half_close: &["-N"],
    stay: &[],
    speaks: Speaks::Plain,
};
const BUSYBOX: Tool = Tool {
    name: "busybox nc",
    command: &["busybox", "nc"],
    help: ("--help", "BusyBox"),
    half_close: &[],
    stay: &[],
    speaks: Speaks::Plain,
};
const NCAT: Tool = Tool {
    name: "ncat",
    command: &["ncat"],
    help: ("--version", "Ncat: Version"),
    half_close: &[],
    stay: &["--no-shutdown"],
    speaks: Speaks::Plain,
};
const NCAT_SSL: Tool =
    Tool { name: "ncat --ssl", command: &["ncat", "--ssl"], speaks: Speaks::Tls, ..NCAT };
const S_CLIENT: Tool = Tool {
    name: "openssl s_client",
    // Quiet, it does not take a Q or an R at a line's beginning for its own.
    command: &["openssl", "s_client", "-quiet"],
    help: ("-help", "Usage: s_client"),
    half_close: &[],
    stay: &[],
    speaks: Speaks::TlsAtOneWord,
};
const S_CLIENT_1_2: Tool = Tool {
    name: "openssl s_client -tls1_2",
    command: &["openssl", "s_client", "-quiet", "-tls1_2"],
    ..S_CLIENT
};

impl Tool {
    /// The tool, if this machine has it.
    fn found(self, test: &str) -> Option<Tool> {
        let output = self.command(&[self.help.0]).output();
        let here = output.is_ok_and(|output| {
            let text = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&text).contains(self.help.1)
        });
        if !here {
            skipped(test, &format!("there is no {} on this machine", self.name));
        }
        here.then_some(self)
    }

    fn command(self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.command[0]);
        command.args(&self.command[1..]).args(arguments);
        command
    }

    fn run(self, server: &Server, flags: &[&str]) -> Running {
        let (address, words) = match self.speaks {
            Speaks::Plain => (server.address, 2),
            Speaks::Tls => (server.tls_address(), 2),
            Speaks::TlsAtOneWord => (server.tls_address(), 1),
        };
        let mut command = self.command(flags);
        match words {
            1 => command.args(["-connect", &address.to_string()]),
            _ => command.args([address.ip().to_string(), address.port().to_string()]),
        };
        // What openssl thinks of the certificate is of no use here.
        let stderr = if words == 1 { Stdio::null() } else { Stdio::inherit() };
        let mut child =
            command.stderr(stderr).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Running { child, input, output }
    }
}

/// A tool at work.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn type_line(&mut self, line: &str) {
        let mut input = self.input.as_ref().expect("not ended");
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads up to the line that starts so.
    fn sees(&mut self, start: &str) {
        let mut line = String::new();
        while !line.starts_with(start) {
            line.clear();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "ended without {start:?}");
        }
    }

    /// Gives it all its input at once; what it printed up to its own end.
    fn pipe(mut self, input: Vec<u8>) -> String {
        let mut stdin = self.input.take().unwrap();
        let (done, ended) = mpsc::channel();
        let pid = rustix::process::Pid::from_child(&self.child);
        thread::spawn(move || {
            // A tool that hangs is a failure, not a test that never ends.
            if ended.recv_timeout(PATIENCE).is_err() {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        });
        let writing = thread::spawn(move || {
            // Written and closed; a tool that has ended takes no more.
            let _ = stdin.write_all(&input);
        });
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        let status = self.child.wait().unwrap();
        done.send(()).expect("it has not hung");
        assert!(status.success(), "{status}: {text}");
        writing.join().unwrap();
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `printf 'NAME bot\nMSG hi\n' | nc -N host port`
fn half_close(tool: Tool, test: &str) {
    let Some(tool) = tool.found(test) else { return };
    let folder = Folder::new(test);
    let server = Server::start(&folder, &TLS);
    let printed =
        tool.run(&server, tool.half_close).pipe(b"NAME bot\nMSG hi\nHISTORY\nMSG and bye".to_vec());
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].starts_with("NAME taifas taifas/1 :"), "{printed}");
    assert_eq!(lines[1], "OK NAME bot");
    let rest: Vec<&&str> = lines[2..].iter().filter(|line| !line.contains(" JOIN ")).collect();
    assert_eq!(*rest[0], ":bot MSG #lobby :hi");
    assert!(rest[1].starts_with(":bot HIST #lobby ") && rest[1].ends_with(" :hi"), "{printed}");
    assert!(rest[2].starts_with("OK HISTORY 1 "), "{printed}");
    assert_eq!(rest.len(), 3, "a line without an end is none: {printed}");
    server.stop();
}

/// `nc host port < file`, where the file is 5,000 lines.
fn piped_file(tool: Tool, test: &str, rate: &str) {
    const LINES: usize = 5000;
    let Some(tool) = tool.found(test) else { return };
    let folder = Folder::new(test);
    let server = Server::start(&folder, &[&TLS[..], &["--set", rate]].concat());
    let mut watcher = server.guest("watcher");
    let mut file = String::from("NAME bot\n");
    for n in 0..LINES {
        file.push_str(&format!("MSG line {n} of a file that is read as fast as it may be\n"));
    }
    if tool.speaks == Speaks::TlsAtOneWord {
        // It has no half-close: it reads nothing more at its input's end, or goes on for ever.
        file.push_str("QUIT\n");
    }
    let watching = thread::spawn(move || {
        let lines = watcher.until(&format!(":bot MSG #lobby :line {} ", LINES - 1));
        let lines = lines.into_iter().filter(|line| line.starts_with(":bot MSG "));
        (watcher, lines.collect::<Vec<_>>())
    });
    let printed = tool.run(&server, tool.half_close).pipe(file.into_bytes());
    let lines: Vec<&str> = printed.lines().filter(|line| line.starts_with(":bot MSG ")).collect();
    let (mut watcher, seen) = watching.join().unwrap();
    for lines in [lines, seen.iter().map(String::as_str).collect()] {
        assert_eq!(lines.len(), LINES);
        for (n, line) in lines.iter().enumerate() {
            assert!(line.starts_with(&format!(":bot MSG #lobby :line {n} of")), "{n}: {line}");
        }
    }
    watcher.expect(":taifas PART #lobby bot");
    server.stop();
}

/// Without a word about the end of input, QUIT is what ends it.
fn quit(tool: Tool, test: &str) {
    let Some(tool) = tool.found(test) else { return };
    let folder = Folder::new(test);
    let server = Server::start(&folder, &TLS);
    // With its input still open a tool notices the end only when it next writes; that
    // is its own affair.
    let printed = tool.run(&server, tool.stay).pipe(b"NAME bot\nMSG hi\nQUIT\n".to_vec());
    assert!(printed.contains("\n:bot MSG #lobby :hi\r\n"), "{printed}");
    assert!(printed.ends_with("\nOK QUIT\r\n"), "{printed}");
    server.stop();
}

/// Two people, each typing what comes to mind when they have read the other.
fn two_people(one: Tool, two: Tool, test: &str) {
    let (Some(one), Some(two)) = (one.found(test), two.found(test)) else { return };
    let folder = Folder::new(test);
    let server = Server::start(&folder, &TLS);
    let mut ana = one.run(&server, &[]);
    let mut ion = two.run(&server, &[]);
    ana.type_line("NAME ana");
    ana.sees("OK NAME ana");
    ion.type_line("/name ion");
    ion.sees("OK NAME ion");
    for n in 0..20 {
        ana.type_line(&format!("MSG have you read {n}?"));
        ion.sees(&format!(":ana MSG #lobby :have you read {n}?"));
        ion.type_line(&format!("msg yes, {n} ă 😀"));
        ana.sees(&format!(":ion MSG #lobby :yes, {n} ă 😀"));
    }
    ana.type_line("CHAT ON");
    ana.sees("OK CHAT ON");
    ana.type_line("without a verb");
    ion.sees(":ana MSG #lobby :without a verb");
    ana.type_line("/QUIT");
    ana.sees("OK QUIT");
    ion.sees(":taifas PART #lobby ana");
    server.stop();
}

#[test]
fn nc_ends_its_input() {
    half_close(NC, "nc_ends_its_input");
}

#[test]
fn busybox_nc_ends_its_input() {
    half_close(BUSYBOX, "busybox_nc_ends_its_input");
}

#[test]
fn ncat_ends_its_input() {
    half_close(NCAT, "ncat_ends_its_input");
}

#[test]
fn nc_pipes_a_file() {
    piped_file(NC, "nc_pipes_a_file", "limits.message_rate=2000");
}

#[test]
fn nc_pipes_a_file_without_a_rate() {
    piped_file(NC, "nc_pipes_a_file_without_a_rate", "limits.message_rate=0");
}

#[test]
fn busybox_nc_pipes_a_file() {
    piped_file(BUSYBOX, "busybox_nc_pipes_a_file", "limits.message_rate=2000");
}

#[test]
fn busybox_nc_pipes_a_file_without_a_rate() {
    piped_file(BUSYBOX, "busybox_nc_pipes_a_file_without_a_rate", "limits.message_rate=0");
}

#[test]
fn ncat_pipes_a_file() {
    piped_file(NCAT, "ncat_pipes_a_file", "limits.message_rate=2000");
}

#[test]
fn ncat_pipes_a_file_without_a_rate() {
    piped_file(NCAT, "ncat_pipes_a_file_without_a_rate", "limits.message_rate=0");
}

#[test]
fn nc_quits() {
    quit(NC, "nc_quits");
}

#[test]
fn busybox_nc_quits() {
    quit(BUSYBOX, "busybox_nc_quits");
}

#[test]
fn ncat_quits() {
    quit(NCAT, "ncat_quits");
}

#[test]
fn two_people_at_nc() {
    two_people(NC, NC, "two_people_at_nc");
}

#[test]
fn busybox_nc_talks_with_ncat() {
    two_people(BUSYBOX, NCAT, "busybox_nc_talks_with_ncat");
}

#[test]
fn ncat_ssl_ends_its_input() {
    half_close(NCAT_SSL, "ncat_ssl_ends_its_input");
}

#[test]
fn ncat_ssl_pipes_a_file() {
    piped_file(NCAT_SSL, "ncat_ssl_pipes_a_file", "limits.message_rate=2000");
}

#[test]
fn ncat_ssl_pipes_a_file_without_a_rate() {
    piped_file(NCAT_SSL, "ncat_ssl_pipes_a_file_without_a_rate", "limits.message_rate=0");
}

#[test]
fn s_client_pipes_a_file() {
    piped_file(S_CLIENT, "s_client_pipes_a_file", "limits.message_rate=2000");
}

#[test]
fn s_client_of_tls_1_2_pipes_a_file_without_a_rate() {
    piped_file(S_CLIENT_1_2, "s_client_of_tls_1_2_pipes_a_file", "limits.message_rate=0");
}

#[test]
fn ncat_ssl_quits() {
    quit(NCAT_SSL, "ncat_ssl_quits");
}

#[test]
fn s_client_quits() {
    quit(S_CLIENT, "s_client_quits");
    quit(S_CLIENT_1_2, "s_client_quits");
}

#[test]
fn s_client_talks_with_ncat_ssl() {
    two_people(S_CLIENT, NCAT_SSL, "s_client_talks_with_ncat_ssl");
}

#[test]
fn s_client_talks_with_nc() {
    two_people(S_CLIENT_1_2, NC, "s_client_talks_with_nc");
}

/// Plain nc at the port for TLS, once something is typed.
#[test]
fn nc_at_the_wrong_port_is_told_so() {
    let test = "nc_at_the_wrong_port_is_told_so";
    let wrong = Tool { speaks: Speaks::Tls, ..NC };
    let Some(wrong) = wrong.found(test) else { return };
    let folder = Folder::new(test);
    let server = Server::start(&folder, &TLS);
    let printed = wrong.run(&server, &[]).pipe(b"NAME ana\n".to_vec());
    assert!(printed.starts_with("FAIL LINE UNKNOWN_COMMAND :"), "{printed}");
    assert!(printed.contains(" takes TLS, ") && printed.lines().count() == 1, "{printed}");
    server.stop();
}

/// `openssl s_client -connect … </dev/null | openssl x509 -noout -fingerprint -sha256`
#[test]
fn openssl_prints_the_fingerprint_that_taifas_prints() {
    let test = "openssl_prints_the_fingerprint_that_taifas_prints";
    if S_CLIENT.found(test).is_none() {
        return;
    }
    let folder = Folder::new(test);
    let server = Server::start(&folder, &TLS);
    let openssl = |arguments: &[&str], input: &[u8]| {
        let mut command = Command::new("openssl");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let shown = openssl(&["s_client", "-connect", &server.tls_address().to_string()], b"");
    let printed = openssl(&["x509", "-noout", "-fingerprint", "-sha256"], shown.as_bytes());
    let (name, digits) = printed.trim_end().split_once(" Fingerprint=").unwrap();
    assert!(name.eq_ignore_ascii_case("sha256"), "{printed}");
    server.log_line(&format!("tls fingerprint SHA256:{digits}"));
    assert_eq!(folder.taifas(&["fingerprint"], "").1, format!("SHA256:{digits}\n"));
    // What it is made for, and that nothing older than 1.2 is spoken.
    let names = openssl(&["x509", "-noout", "-ext", "subjectAltName"], shown.as_bytes());
    assert!(names.contains("DNS:localhost") && names.contains("IP Address:127.0.0.1"), "{names}");
    let address = server.tls_address().to_string();
    let old =
        openssl(&["s_client", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-connect", &address], b"");
    assert!(!old.contains("BEGIN CERTIFICATE"), "{old}");
    server.stop();
}
