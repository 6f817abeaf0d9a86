//! The certificate of the real binary: made once, kept, shown, named by the operator,
//! read again on SIGHUP, and refused loudly when it is broken.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::tls::TlsStream;
use common::{Client, Folder, Server};
use rustix::process::Signal;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const TLS: [&str; 2] = ["--listen-tls", "127.0.0.1:0"];

/// What the server shows to who comes in by TLS.
fn shown(server: &Server) -> Vec<u8> {
    let stream = TlsStream::new(TcpStream::connect(server.tls_address()).unwrap());
    stream.shake_hands().unwrap();
    stream.certificate()
}

fn in_file(path: &Path) -> Vec<u8> {
    CertificateDer::from_pem_file(path).unwrap().to_vec()
}

/// The fingerprint that the server prints at its start.
fn announced(server: &Server) -> String {
    let line = server.log_line("tls fingerprint ");
    line.trim_start_matches("tls fingerprint ").to_owned()
}

/// `taifas fingerprint`, which makes what there is not.
fn fingerprint(folder: &Folder) -> String {
    let (status, out, err) = folder.taifas(&["fingerprint"], "");
    assert!(status.success() && err.is_empty(), "{err}");
    out.trim_end().to_owned()
}

/// A folder with a certificate of its own, to be named.
fn made(name: &str) -> (Folder, PathBuf, PathBuf) {
    let folder = Folder::new(name);
    fingerprint(&folder);
    let (certificate, key) = (folder.0.join("tls/certificate.pem"), folder.0.join("tls/key.pem"));
    (folder, certificate, key)
}

fn given(certificate: &Path, key: &Path) -> Vec<String> {
    let set = |what: &str, path: &Path| format!("{what}={}", path.display());
    let (certificate, key) = (set("tls_certificate", certificate), set("tls_key", key));
    ["--listen-tls", "127.0.0.1:0", "--set", &certificate, "--set", &key].map(String::from).to_vec()
}

fn start_given(folder: &Folder, certificate: &Path, key: &Path) -> Server {
    let arguments = given(certificate, key);
    Server::start(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn it_is_made_at_the_first_start_and_kept() {
    let folder = Folder::new("certificate-kept");
    let server = Server::start(&folder, &[]);
    server.connect().name("ana");
    server.stop();
    assert!(!folder.0.join("tls").exists(), "nobody asked for TLS");
    let server = Server::start(&folder, &TLS);
    let first = announced(&server);
    let certificate = shown(&server);
    assert_eq!(first.len(), "SHA256".len() + 32 * 3);
    assert_eq!(fingerprint(&folder), first, "beside a server that runs");
    server.stop();
    let (certificate_file, key) =
        (folder.0.join("tls/certificate.pem"), folder.0.join("tls/key.pem"));
    assert_eq!(in_file(&certificate_file), certificate);
    for (path, mode) in [(key, 0o600), (certificate_file, 0o600), (folder.0.join("tls"), 0o700)] {
        let really = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(really, mode, "{}", path.display());
    }
    let mut server = Server::start(&folder, &TLS);
    assert_eq!((announced(&server), shown(&server)), (first.clone(), certificate.clone()));
    server.kill();
    let server = Server::start(&folder, &TLS);
    assert_eq!((announced(&server), shown(&server)), (first, certificate));
    server.stop();
}

#[test]
fn what_taifas_fingerprint_has_made_is_what_is_served() {
    let folder = Folder::new("certificate-before");
    let before = fingerprint(&folder);
    let server = Server::start(&folder, &TLS);
    assert_eq!(announced(&server), before);
    server.stop();
}

#[test]
fn a_broken_one_ends_the_start_loudly_and_is_left_as_it_is() {
    let folder = Folder::new("certificate-broken");
    fingerprint(&folder);
    let key = folder.0.join("tls/key.pem");
    fs::write(&key, "-----BEGIN PRIVATE KEY-----\ncut").unwrap();
    let listen = ["--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0"];
    for arguments in [&listen[..], &["fingerprint"]] {
        let (status, out, err) = folder.taifas(arguments, "");
        assert_eq!((status.code(), &*out), (Some(1), ""), "{err}");
        for says in ["the TLS certificate in ", "key.pem", "Nothing was changed", "trust it anew"] {
            assert!(err.contains(says), "{says:?} in {err}");
        }
        assert!(!err.contains("cut"), "{err}");
    }
    assert_eq!(fs::read(&key).unwrap(), b"-----BEGIN PRIVATE KEY-----\ncut");
    // Without TLS it is nobody's affair.
    Server::start(&folder, &[]).stop();
}

#[test]
fn files_of_the_operators_are_read_again_on_sighup() {
    let folder = Folder::new("certificate-given");
    let ((one, ..), (two, ..)) = (made("certificate-one"), made("certificate-two"));
    let (certificate, key) = (folder.0.join("c.pem"), folder.0.join("k.pem"));
    let put = |from: &Folder, file: &str, to: &Path| {
        fs::copy(from.0.join("tls").join(file), to).unwrap();
    };
    put(&one, "certificate.pem", &certificate);
    put(&one, "key.pem", &key);
    let server = start_given(&folder, &certificate, &key);
    assert_eq!(announced(&server), fingerprint(&one));
    let mut ana = server.connect_tls();
    ana.name("ana");

    put(&two, "certificate.pem", &certificate);
    server.signal(Signal::HUP);
    server.log_line("the key is not this certificate's. New connections get the one there was");
    assert_eq!(shown(&server), in_file(&one.0.join("tls/certificate.pem")));
    put(&two, "key.pem", &key);
    server.signal(Signal::HUP);
    server.log_line(&format!("read again, another one: {}", fingerprint(&two)));
    assert_eq!(shown(&server), in_file(&two.0.join("tls/certificate.pem")));

    fs::write(&certificate, "no PEM at all").unwrap();
    server.signal(Signal::HUP);
    server.log_line("c.pem has no certificate in PEM form. New connections");
    fs::remove_file(&key).unwrap();
    put(&one, "certificate.pem", &certificate);
    server.signal(Signal::HUP);
    server
        .log_line("k.pem cannot be read: No such file or directory (os error 2). New connections");
    assert_eq!(shown(&server), in_file(&two.0.join("tls/certificate.pem")));

    // Who was here all the time has not noticed.
    ana.say("still here");
    server.connect_tls().name("ion");
    server.stop();
    assert!(!folder.0.join("tls").exists(), "none is made beside the operator's");
}

/// The certificate is read again with the configuration, and does not wait until that is
/// in order: who renews a certificate has not touched it.
#[test]
fn a_configuration_with_mistakes_keeps_no_certificate_from_being_read() {
    let folder = Folder::new("certificate-reload");
    let ((one, ..), (two, ..)) = (made("certificate-reload-1"), made("certificate-reload-2"));
    let (certificate, key) = (folder.0.join("c.pem"), folder.0.join("k.pem"));
    let put = |from: &Folder| {
        fs::copy(from.0.join("tls/certificate.pem"), &certificate).unwrap();
        fs::copy(from.0.join("tls/key.pem"), &key).unwrap();
    };
    put(&one);
    let file = folder.0.join("taifas.toml");
    let good = "tls_certificate = \"c.pem\"\ntls_key = \"k.pem\"\n";
    fs::write(&file, good).unwrap();
    let arguments = ["--config", file.to_str().unwrap(), TLS[0], TLS[1]];
    let server = Server::start(&folder, &arguments);
    put(&two);
    fs::write(&file, "tls_key = 5\n").unwrap();
    server.signal(Signal::HUP);
    server.log_line("ERROR no setting is changed: correct the configuration");
    server.log_line(&format!("read again, another one: {}", fingerprint(&two)));
    // Other files take a restart; those of the start are read all the same.
    put(&one);
    fs::write(&file, "").unwrap();
    server.signal(Signal::HUP);
    server.log_line("WARN  tls_key stays ");
    server.log_line(&format!("read again, another one: {}", fingerprint(&one)));
    assert_eq!(shown(&server), in_file(&certificate));
    server.stop();
}

#[test]
fn sighup_harms_no_server_without_tls() {
    let folder = Folder::new("certificate-none");
    let server = Server::start(&folder, &[]);
    let mut ana = server.guest("ana");
    server.signal(Signal::HUP);
    ana.say("still here");
    server.stop();
}

/// Many at once, while people come in: each is served with one or the other.
#[test]
fn a_storm_of_sighups_loses_nobody() {
    let folder = Folder::new("certificate-storm");
    let server = Server::start(&folder, &TLS);
    let mut all: Vec<Client> = Vec::new();
    for n in 0..50 {
        server.signal(Signal::HUP);
        let mut client = server.connect_tls();
        client.name(&format!("somebody{n}"));
        all.push(client);
    }
    server.log_line("the TLS certificate was read again, the same as before");
    all[0].say("still here");
    server.stop();
}

#[test]
fn check_judges_the_files_that_are_named() {
    let folder = Folder::new("certificate-check");
    let (_one, certificate, key) = made("certificate-check-one");
    let (_two, _, other) = made("certificate-check-two");
    let check = |certificate: &Path, key: &Path| {
        let arguments = given(certificate, key);
        let mut all = vec!["check"];
        all.extend(arguments[2..].iter().map(String::as_str));
        folder.taifas(&all, "")
    };
    let (status, out, _) = check(&certificate, &key);
    assert!(status.success() && out == "OK: no mistakes.\n", "{out}");
    let (status, _, err) = check(&certificate, &other);
    assert_eq!(status.code(), Some(1));
    let says = format!(
        "tls_certificate {} with tls_key {} cannot be used: the key is not this certificate's\n",
        certificate.display(),
        other.display()
    );
    assert_eq!(err, says);
    // What is the server's own is not made by judging.
    let (status, ..) = folder.taifas(&["check"], "");
    assert!(status.success() && !folder.0.join("tls").exists());
}
