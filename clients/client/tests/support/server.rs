//! The real server's binary, built if it is not there yet, on a folder of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A running server. Dropped, it is killed and its folder removed.
pub struct Server {
    folder: PathBuf,
    arguments: Vec<String>,
    child: Child,
    pub address: SocketAddr,
}

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

impl Server {
    /// With message_rate off and hashes that do not make a debug build crawl.
    pub fn start() -> Server {
        Server::with(&["limits.message_rate=0"])
    }

    pub fn with(set: &[&str]) -> Server {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("client-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let set = set.iter().chain(&["hash=small"]);
        let arguments: Vec<String> =
            set.flat_map(|key| ["--set".to_owned(), key.to_string()]).collect();
        let (child, address) = run(&folder, &arguments, "127.0.0.1:0");
        Server { folder, arguments, child, address }
    }

    /// SIGKILL: nothing of it is left but what is on its disk.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Makes somebody an operator, as whoever runs the server does.
    pub fn op(&self, name: &str) {
        let mut command = Command::new(binary());
        command.args(["user", "op", name, "--data"]).arg(&self.folder);
        assert!(command.output().unwrap().status.success());
    }

    /// Once more on the same folder and at the same address.
    pub fn restart(&mut self) {
        let (child, address) = run(&self.folder, &self.arguments, &self.address.to_string());
        (self.child, self.address) = (child, address);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Starts it and reads where it listens.
fn run(folder: &Path, arguments: &[String], listen: &str) -> (Child, SocketAddr) {
    let mut command = Command::new(binary());
    command.arg("--data").arg(folder).args(["--listen", listen]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let address = listening(child.stderr.take().unwrap());
    (child, address)
}

fn listening(stderr: ChildStderr) -> SocketAddr {
    let mut lines = BufReader::new(stderr).lines().map(Result::unwrap);
    let mut said = Vec::new();
    for line in lines.by_ref() {
        if let Some(rest) = line.strip_prefix("listening on ") {
            // It may go on talking, and must not wait for us to listen.
            thread::spawn(move || lines.for_each(drop));
            return rest.split(' ').next().unwrap().parse().unwrap();
        }
        said.push(line);
    }
    panic!("the server ended, saying {said:#?}");
}

/// The server's binary beside this test's own: `<target>/<profile>/taifas`. Cargo tells
/// its path to the tests of its own package alone, so it is asked to build it; where it
/// is built already that takes a moment.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let own = std::env::current_exe().unwrap();
        let profile = own.ancestors().nth(2).expect("a test is in <target>/<profile>/deps");
        let target = profile.parent().expect("<profile> is in <target>");
        let name = match profile.file_name().and_then(|name| name.to_str()) {
            Some("debug") => "dev",
            Some(name) => name,
            None => panic!("no profile in {own:?}"),
        };
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "taifas", "--bin", "taifas"])
            .args(["--profile", name, "--target-dir"])
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.unwrap().success(), "the server cannot be built");
        let binary = profile.join(format!("taifas{}", std::env::consts::EXE_SUFFIX));
        assert!(binary.is_file(), "{binary:?} was not built");
        binary
    })
}
