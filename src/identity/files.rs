//! PEM files: a chain of certificates, a private key.
//!
//! Reads, bounded, and judges; writes nothing and logs nothing of what it reads.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::Why;

/// The most that such a file may have, in bytes: a long chain has some ten thousand.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Every certificate in the file, in its order; never none.
pub(super) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Why> {
    let (bytes, _) = read(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(no_items(path, "certificate")),
        Ok(chain) => Ok(chain),
        Err(error) => Err(not_pem(path, &error)),
    }
}

/// The first private key in the file.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Why> {
    let (bytes, mode) = read(path)?;
    let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| match error {
        pem::Error::NoItemsFound => no_items(path, "private key"),
        error => not_pem(path, &error),
    })?;
    if mode & 0o007 != 0 {
        log::warn!("everybody on this machine can use {0}: chmod 600 {0}", path.display());
    }
    Ok(key)
}

/// The file's bytes and its mode.
fn read(path: &Path) -> Result<(Zeroizing<Vec<u8>>, u32), Why> {
    let cannot = |error| Why::new(format_args!("{} cannot be read: {error}", path.display()));
    let file = File::open(path).map_err(cannot)?;
    let meta = file.metadata().map_err(cannot)?;
    // As large as it will get: growing would leave a copy of a key behind.
    let size = meta.len().min(FILE_BYTES_MAX) as usize + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(size));
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Why::new(format_args!(
            "{} has more than {FILE_BYTES_MAX} bytes",
            path.display()
        )));
    }
    Ok((bytes, meta.mode()))
}

fn no_items(path: &Path, what: &str) -> Why {
    Why::new(format_args!("{} has no {what} in PEM form", path.display()))
}

/// What the parser says may repeat what it read: only that it failed is told.
fn not_pem(path: &Path, _error: &pem::Error) -> Why {
    Why::new(format_args!("{} is not whole PEM", path.display()))
}
