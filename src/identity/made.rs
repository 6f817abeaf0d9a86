//! Making the server's own certificate: self-signed, once, whole or not at all.
//!
//! Both files are written and synced in a folder of another name, which is then
//! renamed: a crash leaves either nothing or both, and a rename onto a folder with
//! files in it is refused by the system, so that none is ever replaced.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use zeroize::Zeroizing;

use super::{IdentityError, Why};
use crate::protocol::Name;

/// The folder in the data folder.
pub const FOLDER: &str = "tls";

/// The certificate in it.
pub(super) const CERTIFICATE: &str = "certificate.pem";

/// The key in it.
pub(super) const KEY: &str = "key.pem";

/// Makes a certificate for these, if there is no folder yet.
pub(super) fn make_if_missing(
    data: &Path,
    name: Name,
    addresses: &[IpAddr],
) -> Result<(), IdentityError> {
    let folder = data.join(FOLDER);
    // A folder with anything in it, or that cannot be looked into, is for the reader to
    // judge.
    match fs::symlink_metadata(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        _ => return Ok(()),
    }
    let made = certificate(name, addresses).map_err(Why::new).and_then(|(certificate, key)| {
        write(data, &folder, certificate.as_bytes(), key.as_bytes()).map_err(Why::new)
    });
    made.map_err(|why| IdentityError::NotMade { folder, why })
}

/// A certificate and its key, both as PEM. Valid from 1975 until 4096, because the clock
/// of a small machine may start anywhere, and because what is compared is the
/// fingerprint.
fn certificate(
    name: Name,
    addresses: &[IpAddr],
) -> Result<(String, Zeroizing<String>), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(names(addresses))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name.as_str());
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), Zeroizing::new(key.serialize_pem())))
}

/// What a client may have typed to get here.
fn names(addresses: &[IpAddr]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if !host.is_empty() && host != names[0] && host.len() <= 253 && host.chars().all(is_host) {
        names.push(host);
    }
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let mut all = loopback.to_vec();
    for address in addresses.iter().map(IpAddr::to_canonical) {
        if !address.is_unspecified() && !all.contains(&address) {
            all.push(address);
        }
    }
    names.extend(all.iter().map(IpAddr::to_string));
    names
}

fn write(data: &Path, folder: &Path, certificate: &[u8], key: &[u8]) -> io::Result<()> {
    let private = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
    private(data)?;
    let new = data.join(format!("{FOLDER}.new-{}", std::process::id()));
    match fs::remove_dir_all(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private(&new)?;
    for (file, bytes) in [(KEY, key), (CERTIFICATE, certificate)] {
        let path = new.join(file);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    File::open(&new)?.sync_all()?;
    if let Err(error) = fs::rename(&new, folder) {
        fs::remove_dir_all(&new)?;
        // Somebody else was faster: theirs it is.
        return if folder.exists() { Ok(()) } else { Err(error) };
    }
    File::open(data)?.sync_all()
}
