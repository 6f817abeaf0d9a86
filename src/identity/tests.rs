//! What is made, what is refused, and that nothing is ever replaced.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process;

use super::*;

/// A data folder of its own for each test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let dir = std::env::temp_dir().join(format!("taifas-identity-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&dir);
        Folder(dir)
    }

    fn own(&self) -> Place {
        let addresses = vec!["192.0.2.7".parse().unwrap(), "0.0.0.0".parse().unwrap()];
        Place::Own { data: self.0.clone(), name: "taifas".parse().unwrap(), addresses }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(FOLDER).join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn all_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn it_is_made_once_for_its_owner_alone() {
    let folder = Folder::new("once");
    let first = Identity::load(&folder.own()).unwrap();
    assert_eq!(mode(&folder.0.join(FOLDER)), 0o700);
    assert_eq!(
        (mode(&folder.file("key.pem")), mode(&folder.file("certificate.pem"))),
        (0o600, 0o600)
    );
    let files = all_of(&folder.0.join(FOLDER));
    assert_eq!(files.len(), 2);
    let again = Identity::load(&folder.own()).unwrap();
    assert_eq!(again.fingerprint, first.fingerprint);
    assert_eq!(all_of(&folder.0.join(FOLDER)), files);
    // Nothing but the folder itself is left.
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    let other = Folder::new("other");
    assert_ne!(Identity::load(&other.own()).unwrap().fingerprint, first.fingerprint);
}

#[test]
fn a_fingerprint_reads_as_openssl_prints_it() {
    let certificate = rustls::pki_types::CertificateDer::from(b"abc".as_slice());
    assert_eq!(
        Fingerprint::of(&certificate).to_string(),
        "SHA256:BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:\
         F2:00:15:AD"
    );
}

#[test]
fn whatever_is_broken_is_told_and_left_as_it_is() {
    let folder = Folder::new("broken");
    Identity::load(&folder.own()).unwrap();
    let (key, certificate) = (folder.file("key.pem"), folder.file("certificate.pem"));
    let (good_key, good_certificate) = (fs::read(&key).unwrap(), fs::read(&certificate).unwrap());
    let other = Folder::new("broken-other");
    Identity::load(&other.own()).unwrap();
    let strange = fs::read(other.file("key.pem")).unwrap();
    let half = &good_key[..good_key.len() / 2];
    let all_but_its_middle = [&good_certificate[..80], &good_certificate[85..]].concat();
    for (path, bytes, says) in [
        (&key, &b""[..], "key.pem has no private key in PEM form"),
        (&key, half, "key.pem"),
        (&key, &strange, "the key is not this certificate's"),
        (&key, b"\x00\xff\x00", "key.pem has no private key"),
        (&key, &good_certificate, "key.pem has no private key"),
        (&certificate, b"", "certificate.pem has no certificate in PEM form"),
        (&certificate, &good_key, "certificate.pem has no certificate"),
        (&certificate, &all_but_its_middle, ""),
    ] {
        fs::write(&key, &good_key).unwrap();
        fs::write(&certificate, &good_certificate).unwrap();
        fs::write(path, bytes).unwrap();
        let why = Identity::load(&folder.own()).unwrap_err().to_string();
        assert!(why.contains(says) && why.contains("remove that folder"), "{why}");
        assert!(!why.contains("BEGIN"), "{why}");
        assert_eq!(fs::read(path).unwrap(), bytes);
    }
    for missing in [&key, &certificate] {
        fs::write(&key, &good_key).unwrap();
        fs::write(&certificate, &good_certificate).unwrap();
        fs::remove_file(missing).unwrap();
        let why = Identity::load(&folder.own()).unwrap_err().to_string();
        assert!(why.contains(" cannot be read: No such file"), "{why}");
        assert!(!missing.exists());
    }
    fs::write(&key, &good_key).unwrap();
    fs::write(&certificate, &good_certificate).unwrap();
    Identity::load(&folder.own()).unwrap();
}

#[test]
fn given_files_are_read_and_never_made() {
    let (folder, made) = (Folder::new("given"), Folder::new("made"));
    fs::create_dir_all(&folder.0).unwrap();
    let (certificate, key) = (folder.0.join("c.pem"), folder.0.join("k.pem"));
    let given = Place::Given { certificate: certificate.clone(), key: key.clone() };
    let why = Identity::load(&given).unwrap_err().to_string();
    assert!(
        why.contains("c.pem") && why.contains("k.pem") && why.contains("No such file"),
        "{why}"
    );
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
    let own = Identity::load(&made.own()).unwrap();
    fs::copy(made.file("key.pem"), &key).unwrap();
    fs::copy(made.file("certificate.pem"), &certificate).unwrap();
    assert_eq!(Identity::load(&given).unwrap().fingerprint, own.fingerprint);
    // Both in one file are as good.
    let both = [fs::read(&key).unwrap(), fs::read(&certificate).unwrap()].concat();
    fs::write(&certificate, both).unwrap();
    let one = Place::Given { certificate: certificate.clone(), key: certificate };
    assert_eq!(Identity::load(&one).unwrap().fingerprint, own.fingerprint);
}

#[test]
fn a_file_without_an_end_is_refused() {
    let given = Place::Given { certificate: "/dev/zero".into(), key: "/dev/zero".into() };
    let why = Identity::load(&given).unwrap_err().to_string();
    assert!(why.contains("/dev/zero has more than 1048576 bytes"), "{why}");
}
