//! The metrics' address: what it says after a conversation that is known, in the form
//! that Prometheus reads, and that nobody who connects to it is waited for.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use common::{Folder, PATIENCE, Server};
use taifas::limits::{METRICS_CONNECTIONS, METRICS_REQUEST_BYTES};

/// A server with metrics, and where they are.
fn start(folder: &Folder, arguments: &[&str]) -> (Server, SocketAddr) {
    let server = Server::start(folder, &[&["--metrics", "127.0.0.1:0"], arguments].concat());
    let line = server.log_line("(metrics)");
    let address = line.split(' ').find_map(|word| word.parse().ok()).expect("an address");
    (server, address)
}

#[test]
fn what_to_try_is_said_last() {
    let folder = Folder::new("try-last");
    let (server, _) = start(&folder, &[]);
    server.log_line("try: nc 127.0.0.1 ");
    let said = server.all_log();
    let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with('[')).collect();
    let at = |holds: &str| lines.iter().position(|line| line.contains(holds));
    assert!(at("(plain)") < at("(metrics)") && at("(metrics)") < at("try: "), "{said}");
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends this, and reads to the end.
fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    read(&mut stream)
}

fn read(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The metrics' text, its head taken off.
fn scrape(address: SocketAddr) -> String {
    let answer = ask(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{head}");
    assert!(head.contains("\r\nConnection: close"), "{head}");
    body.to_owned()
}

/// Reads the text format, and holds it to its rules. Samples by name and labels.
fn parse(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n') && text.is_ascii());
    let (mut samples, mut families) = (BTreeMap::new(), BTreeSet::new());
    let mut family = (String::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').unwrap();
            assert!(text.len() > 10 && !text.contains('\\'), "{line}");
            let kind = lines.next().unwrap().strip_prefix(&format!("# TYPE {name} ")).unwrap();
            assert!(families.insert(name.to_owned()), "{name} twice");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
            assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            family = (name.to_owned(), kind.to_owned());
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let name = sample.split('{').next().unwrap();
        let of_it = name.strip_prefix(&family.0).unwrap_or_else(|| panic!("{line}"));
        let parts: &[&str] =
            if family.1 == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        assert!(parts.contains(&of_it), "{line}");
        let twice = samples.insert(sample.to_owned(), value.parse().unwrap());
        assert!(twice.is_none(), "{sample} twice");
    }
    samples
}

/// A histogram: its buckets rise, the last has all, and all are the count.
fn histogram(samples: &BTreeMap<String, f64>, name: &str) -> f64 {
    let start = format!("{name}_bucket{{le=\"");
    let mut buckets: Vec<(f64, f64)> = samples
        .iter()
        .filter_map(|(sample, count)| {
            let bound = sample.strip_prefix(&start)?.strip_suffix("\"}")?;
            Some((if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() }, *count))
        })
        .collect();
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(buckets.len() > 10 && buckets.windows(2).all(|two| two[0].1 <= two[1].1));
    assert_eq!((buckets[0].0, buckets[buckets.len() - 2].0), (0.00001, 1.0));
    let count = samples[&format!("{name}_count")];
    assert_eq!(buckets.last(), Some(&(f64::INFINITY, count)));
    assert_eq!(count > 0.0, samples[&format!("{name}_sum")] > 0.0);
    count
}

#[test]
fn the_numbers_of_a_conversation_that_is_known() {
    let folder = Folder::new("metrics");
    let (server, address) = start(&folder, &["--set", "limits.connections=3"]);
    let samples = parse(&scrape(address));
    for name in ["taifas_connections", "taifas_messages_stored_total", "taifas_sessions_named"] {
        assert_eq!(samples[name], 0.0, "{name}");
    }
    assert_eq!(histogram(&samples, "taifas_commit_seconds"), 0.0);

    let (mut ana, mut ion, nameless) =
        (server.tagged("ana"), server.guest("ion"), server.connect());
    for n in 0..5 {
        ana.say(&format!("number {n}"));
        ion.expect_holding(&format!("number {n}"));
    }
    let mut fourth = server.connect_silently();
    fourth.expect("FAIL LINE SERVER_FULL ");
    assert_eq!(fourth.line(), None);
    drop(fourth);
    // A password is no message; a line that is refused is none either.
    ion.ask("LOGIN ion password of ion", "FAIL LOGIN BAD_CREDENTIALS ");
    ion.ask("MSG #lobby :\u{7}", "FAIL MSG BAD_CHARACTER ");
    let samples = parse(&scrape(address));
    for (name, value) in [
        ("taifas_connections_accepted_total", 4.0),
        ("taifas_connections_refused_total{reason=\"full\"}", 1.0),
        ("taifas_connections_refused_total{reason=\"too_often\"}", 0.0),
        ("taifas_connections_refused_total{reason=\"no_place\"}", 0.0),
        ("taifas_tls_failed_total", 0.0),
        ("taifas_sessions_named", 2.0),
        ("taifas_sessions_behind", 0.0),
        ("taifas_messages_relayed_total", 5.0),
        ("taifas_messages_stored_total", 5.0),
        ("taifas_messages_not_stored_total", 0.0),
        ("taifas_store_queue", 0.0),
        ("taifas_hash_queue", 0.0),
        ("taifas_sessions_evicted_total{reason=\"stalled\"}", 0.0),
        ("taifas_sessions_evicted_total{reason=\"unsent\"}", 0.0),
    ] {
        assert_eq!(samples[name], value, "{name}");
    }
    // Each is documented, and nothing that there is not.
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let (_, chapter) = manual.split_once("\n## Metrics\n").unwrap();
    let (chapter, _) = chapter.split_once("\n## ").unwrap();
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let parts = ["_bucket", "_sum", "_count"];
    let family = |sample: &str| {
        let name = sample.split('{').next().unwrap();
        parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name).to_owned()
    };
    let documented: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(documented, samples.keys().map(|sample| family(sample)).collect());
    // The refused one may not have been reaped yet.
    assert!((3.0..=4.0).contains(&samples["taifas_connections"]));
    let version = format!("taifas_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(samples[&version], 1.0);
    assert_eq!(histogram(&samples, "taifas_commit_seconds"), 5.0);
    let turns = histogram(&samples, "taifas_turn_seconds");
    assert!(turns >= 10.0, "{turns}");
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let started = samples["process_start_time_seconds"];
    assert!((now - 600.0..=now).contains(&started), "{started} {now}");
    #[cfg(target_os = "linux")]
    assert!(samples["process_resident_memory_bytes"] > 1e6);
    drop(nameless);
    server.stop();
}

#[test]
fn what_is_told_is_counted_like_what_is_said() {
    let folder = Folder::new("metrics-told");
    let (server, address) = start(&folder, &[]);
    let mut ana = server.connect();
    ana.ask("TAGS ON", "OK TAGS ON");
    ana.register("ana");
    let mut ion = server.guest("ion");
    ana.ask("MSG one", "OK MSG 1");
    ana.ask("TELL ana two", "OK TELL 2");
    // To a guest: relayed, and not kept.
    ana.ask("TELL ion three", "OK TELL 3");
    ion.ask("TELL nobody none", "FAIL TELL NO_SUCH_NAME ");
    let samples = parse(&scrape(address));
    assert_eq!(samples["taifas_messages_relayed_total"], 3.0);
    assert_eq!(samples["taifas_messages_stored_total"], 2.0);
    assert_eq!(samples["taifas_messages_not_stored_total"], 0.0);
    assert_eq!(histogram(&samples, "taifas_commit_seconds"), 2.0, "nothing was written for it");
    server.stop();
}

#[test]
fn connections_by_tls_count_like_the_others_and_what_failed_is_counted_too() {
    let folder = Folder::new("metrics-tls");
    let arguments = ["--listen-tls", "127.0.0.1:0", "--set", "limits.connections=2"];
    let (server, address) = start(&folder, &arguments);
    let (mut ana, _ion) = (server.connect_tls(), server.connect());
    ana.name("ana");
    ana.say("hello");
    let mut third = server.connect_tls_silently();
    third.expect("FAIL LINE SERVER_FULL ");
    drop(third);
    let mut broken = connect(server.tls_address());
    // A hello that is none: its record is of a length that TLS has not.
    broken.write_all(b"\x16\x03\x01\xff\xff").unwrap();
    let mut alert = Vec::new();
    let _ = broken.read_to_end(&mut alert);
    server.log_line("failed: ");
    let samples = parse(&scrape(address));
    for (name, value) in [
        ("taifas_connections_accepted_total", 4.0),
        ("taifas_sessions_named", 1.0),
        ("taifas_messages_relayed_total", 1.0),
        ("taifas_tls_failed_total", 1.0),
    ] {
        assert_eq!(samples[name], value, "{name}");
    }
    assert!(samples["taifas_connections_refused_total{reason=\"full\"}"] >= 1.0);
    server.stop();
}

#[test]
fn who_reads_nothing_is_counted() {
    let folder = Folder::new("metrics-evicted");
    let (server, address) = start(&folder, &["--set", "limits.stall_timeout_secs=1"]);
    let mut deaf = server.connect_narrow();
    deaf.name("deaf");
    deaf.bytes("HELP\n".repeat(20_000).as_bytes());
    server.log_line("evicted deaf");
    let samples = parse(&scrape(address));
    assert_eq!(samples["taifas_sessions_evicted_total{reason=\"stalled\"}"], 1.0);
    server.stop();
}

#[test]
fn anything_else_is_answered_in_http_and_closed() {
    let folder = Folder::new("metrics-http");
    let (server, address) = start(&folder, &[]);
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(METRICS_REQUEST_BYTES));
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
        ("POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "405 Method Not Allowed"),
        ("NAME ana\r\n\r\n", "400 Bad Request"),
        (&long, "431 Request Header Fields Too Large"),
    ] {
        let answer = ask(address, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request}: {answer}");
        assert!(answer.ends_with(&format!(
            "\r\n\r\n{status}: there is GET /metrics here and nothing else\n"
        )));
    }
    let head = ask(address, "HEAD /metrics HTTP/1.1\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    // Byte by byte, and half-closed as nc does it.
    let mut slow = connect(address);
    slow.set_nodelay(true).unwrap();
    for byte in b"GET /metrics HTTP/1.0\n\n" {
        slow.write_all(&[*byte]).unwrap();
    }
    slow.shutdown(Shutdown::Write).unwrap();
    let body = read(&mut slow);
    parse(body.split_once("\r\n\r\n").unwrap().1);
    // More than was asked for does not cost the answer.
    let more = format!("GET /metrics HTTP/1.1\r\n\r\n{}", "x".repeat(6000));
    assert!(ask(address, &more).starts_with("HTTP/1.1 200 OK\r\n"));
    // A request that never ends is one that nobody answers.
    let mut half = connect(address);
    half.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read(&mut half), "");
    server.stop();
}

#[test]
fn so_many_at_once_and_the_others_wait() {
    let folder = Folder::new("metrics-many");
    let (server, address) = start(&folder, &[]);
    let mut holders: Vec<TcpStream> = (0..METRICS_CONNECTIONS).map(|_| connect(address)).collect();
    let mut ninth = connect(address);
    ninth.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    // Nobody else waits for any of them.
    let mut ana = server.guest("ana");
    ana.say("still talking");
    ninth.set_nonblocking(true).unwrap();
    let none = ninth.read(&mut [0]).unwrap_err();
    assert_eq!(none.kind(), std::io::ErrorKind::WouldBlock);
    ninth.set_nonblocking(false).unwrap();
    drop(holders.pop());
    assert!(read(&mut ninth).starts_with("HTTP/1.1 200 OK\r\n"));
    // Those that say nothing are closed in time, and their places are free again.
    for holder in &mut holders {
        assert_eq!(read(holder), "");
    }
    parse(&scrape(address));
    server.stop();
}

#[test]
fn an_address_that_cannot_be_had_is_said() {
    let folder = Folder::new("metrics-taken");
    let (server, address) = start(&folder, &[]);
    let other = Folder::new("metrics-taken-2");
    let metrics = address.to_string();
    let (status, _, err) = other.taifas(&["--listen", "127.0.0.1:0", "--metrics", &metrics], "");
    assert_eq!(status.code(), Some(1));
    assert!(err.starts_with(&format!("cannot give metrics at {address}: ")), "{err}");
    assert!(err.contains("--metrics 127.0.0.1:9667"), "{err}");
    server.stop();
}
