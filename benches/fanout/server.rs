//! A relay under test: a child process, its address, its CPU time and memory as the
//! kernel has them.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::floor;

/// A running relay; stopped and forgotten when dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
    /// Its data folder; `None` for the floor.
    folder: Option<PathBuf>,
    name: String,
}

impl Server {
    /// The floor: this program again.
    pub fn floor() -> Server {
        let me = env::current_exe().expect("a program knows where it is");
        let mut command = Command::new(me);
        command.arg(floor::ARGUMENT);
        Server::start(command, None, "floor".into())
    }

    /// The real binary, on a folder of its own.
    pub fn taifas(sync: &str) -> Server {
        let folder = env::temp_dir().join(format!("taifas-bench-{}-{sync}", std::process::id()));
        // Left over from a run that was killed.
        let _ = fs::remove_dir_all(&folder);
        let mut command = Command::new(env!("CARGO_BIN_EXE_taifas"));
        command.arg("--data").arg(&folder).args(["--listen", "127.0.0.1:0", "--sync", sync]);
        for set in ["message_rate=0", "connections=20000", "name_timeout_secs=300"] {
            command.arg("--set").arg(format!("limits.{set}"));
        }
        Server::start(command, Some(folder), format!("taifas, sync {sync}"))
    }

    fn start(mut command: Command, folder: Option<PathBuf>, name: String) -> Server {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the relay starts");
        let stderr = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let address = lines
            .find_map(|line| {
                let rest = line.strip_prefix("listening on ")?;
                rest.split(' ').next()?.parse().ok()
            })
            .expect("the relay says where it listens");
        // Nobody reads the rest: it must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, address, folder, name }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a newcomer is asked for a name.
    pub fn asks_name(&self) -> bool {
        self.folder.is_some()
    }

    /// CPU time so far, user and system.
    pub fn cpu(&self) -> Duration {
        let stat = self.proc("stat");
        // The second field is a name in parentheses that may hold anything.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks = |n: usize| fields.get(n).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
        // 100 ticks a second on every Linux there is (man 5 proc, sysconf(_SC_CLK_TCK)).
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Memory in use.
    pub fn resident_bytes(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or(0) * 1024
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
            .expect("this bench needs Linux's /proc")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
