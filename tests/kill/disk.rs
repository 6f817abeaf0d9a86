//! A disk that holds what was synced and nothing else, under one folder: `disk.c`, loaded
//! into the server, notes it, and here the power is cut.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::Folder;

/// The disk under a server's folder.
pub struct Disk {
    folder: PathBuf,
    kept: Folder,
    library: PathBuf,
}

impl Disk {
    /// Under this folder, whose content is synced.
    pub fn under(folder: &Folder) -> Disk {
        let name = folder.0.file_name().expect("a name").to_string_lossy().into_owned();
        let kept = Folder::new(&format!("disk-of-{name}"));
        let library = kept.0.join("disk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kill/disk.c");
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
        let status = Command::new(&compiler)
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&library, &source])
            .status()
            .unwrap_or_else(|error| panic!("{compiler}: {error}"));
        assert!(status.success(), "{compiler}: {status}");
        let folder = folder.0.canonicalize().expect("it is there");
        let disk = Disk { folder, kept, library };
        disk.everything_is_synced();
        disk
    }

    /// What a server on it is started with.
    pub fn environment(&self) -> [(&'static str, &Path); 3] {
        let (folder, kept) = (&*self.folder, &*self.kept.0);
        [("LD_PRELOAD", &*self.library), ("DISK_FOLDER", folder), ("DISK_KEPT", kept)]
    }

    /// From here on nothing that is written ahead can be synced, or it can again.
    pub fn fail(&self, fails: bool) {
        let flag = self.kept.0.join("fails");
        if fails { fs::write(flag, "").unwrap() } else { fs::remove_file(flag).unwrap() }
    }

    /// What was not synced is gone. Nobody uses the folder.
    pub fn power_cut(&self) {
        fs::remove_dir_all(&self.folder).unwrap();
        fs::create_dir(&self.folder).unwrap();
        for name in fs::read_dir(self.kept.0.join("names")).unwrap() {
            let name = name.unwrap();
            // A file that has a name and was never synced is empty.
            let bytes = fs::read(name.path()).unwrap_or_default();
            fs::write(self.folder.join(name.file_name()), bytes).unwrap();
        }
        self.everything_is_synced();
    }

    fn everything_is_synced(&self) {
        let (files, names) = (self.kept.0.join("files"), self.kept.0.join("names"));
        for dir in [&files, &names] {
            let _ = fs::remove_dir_all(dir);
            fs::create_dir(dir).unwrap();
        }
        for entry in fs::read_dir(&self.folder).unwrap() {
            let entry = entry.unwrap();
            let inode = entry.metadata().unwrap().ino().to_string();
            fs::copy(entry.path(), files.join(&inode)).unwrap();
            symlink(Path::new("../files").join(&inode), names.join(entry.file_name())).unwrap();
        }
    }
}
