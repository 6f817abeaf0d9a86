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
    /// Where it speaks TLS, if it does, and the fingerprint that it shows.
    pub tls: Option<(SocketAddr, String)>,
}

/// What a server says of itself when it starts.
struct Started {
    child: Child,
    address: SocketAddr,
    tls: Option<(SocketAddr, String)>,
}

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

impl Server {
    /// With message_rate off and hashes that do not make a debug build crawl.
    pub fn start() -> Server {
        Server::with(&["limits.message_rate=0"])
    }

    /// The same, speaking TLS as well.
    pub fn encrypted() -> Server {
        Server::with(&["limits.message_rate=0", "listen_tls=[\"127.0.0.1:0\"]"])
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
        let Started { child, address, tls } = run(&folder, &arguments, "127.0.0.1:0");
        Server { folder, arguments, child, address, tls }
    }

    /// SIGKILL: nothing of it is left but what is on its disk.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: the orderly end.
    pub fn stop(&mut self) {
        let asked =
            Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status();
        assert!(asked.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }

    /// Makes somebody an operator, as whoever runs the server does.
    pub fn op(&self, name: &str) {
        let mut command = Command::new(binary());
        command.args(["user", "op", name, "--data"]).arg(&self.folder);
        assert!(command.output().unwrap().status.success());
    }

    /// Once more on the same folder and at the same address.
    pub fn restart(&mut self) {
        let started = run(&self.folder, &self.arguments, &self.address.to_string());
        (self.child, self.tls) = (started.child, started.tls);
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
fn run(folder: &Path, arguments: &[String], listen: &str) -> Started {
    let mut command = Command::new(binary());
    command.arg("--data").arg(folder).args(["--listen", listen]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (address, tls) = listening(child.stderr.take().unwrap());
    Started { child, address, tls }
}

/// Reads what it says until it says what to try.
fn listening(stderr: ChildStderr) -> (SocketAddr, Option<(SocketAddr, String)>) {
    let mut lines = BufReader::new(stderr).lines().map(Result::unwrap);
    let said: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("try: ")).collect();
    // It may go on talking, and must not wait for us to listen.
    thread::spawn(move || lines.for_each(drop));
    let address = |kind: &str| {
        let line = said.iter().find(|line| line.ends_with(kind))?;
        line.strip_prefix("listening on ")?.split(' ').next()?.parse().ok()
    };
    let print = said.iter().find_map(|line| line.strip_prefix("tls fingerprint "));
    let tls = address("(tls)").zip(print.map(str::to_owned));
    (address("(plain)").unwrap_or_else(|| panic!("the server said {said:#?}")), tls)
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
        let mut build = Command::new(env!("CARGO"));
        // What cargo tells a test about its package. Build scripts look at some of it, and
        // what differs from the last build is built again, with everything above it.
        let told =
            |key: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| key.starts_with(of));
        for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_str().is_some_and(told)) {
            build.env_remove(key);
        }
        build.args(["build", "--quiet", "--package", "taifas", "--bin", "taifas"]);
        build.args(["--profile", name, "--target-dir"]).arg(target);
        let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).status();
        assert!(built.unwrap().success(), "the server cannot be built");
        let binary = profile.join(format!("taifas{}", std::env::consts::EXE_SUFFIX));
        assert!(binary.is_file(), "{binary:?} was not built");
        binary
    })
}
