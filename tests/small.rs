//! `--profile small`: 200 people, and the dearest searches there are, each in 16 MiB, held
//! by the kernel where this machine lets us make a memory cgroup, and otherwise by what the
//! process says of itself.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Client, Folder, Server};

/// What the server may have, in bytes.
const MEMORY: u64 = 16 << 20;

/// Without a cgroup: what is the process's own, and not the program's file, in KiB.
const OWN_KIB: u64 = 13 << 10;

const PEOPLE: usize = 200;
const LINES: usize = 5;

/// Lines of 4 KB: as many as take several times the memory there is, if the index gathers
/// what is in all of them at once.
const LONG_LINES: usize = 4500;

/// A memory cgroup below the one that this test runs in, or beside it; removed
/// afterwards.
struct Cgroup {
    dir: PathBuf,
    /// Of version 2.
    unified: bool,
}

impl Cgroup {
    /// # Errors
    /// Why this machine gives none.
    fn new(bytes: u64, test: &str) -> Result<Cgroup, String> {
        let mut why = vec!["no memory controller is mounted".to_owned()];
        for (base, unified) in bases() {
            let cgroup =
                Cgroup { dir: base.join(format!("{test}-{}", std::process::id())), unified };
            match cgroup.make(&base, bytes) {
                Ok(()) => return Ok(cgroup),
                Err(error) => why.push(format!("{}: {error}", base.display())),
            }
        }
        Err(why.split_off(why.len().min(2) - 1).join("; "))
    }

    fn make(&self, base: &Path, bytes: u64) -> std::io::Result<()> {
        fs::create_dir(&self.dir)?;
        let file = |name: &str| self.dir.join(name);
        if !self.unified {
            fs::write(file("memory.limit_in_bytes"), bytes.to_string())?;
            // Where there is swap, it counts too.
            let _ = fs::write(file("memory.memsw.limit_in_bytes"), bytes.to_string());
            return Ok(());
        }
        if !file("memory.max").exists() {
            fs::write(base.join("cgroup.subtree_control"), "+memory")?;
        }
        fs::write(file("memory.max"), bytes.to_string())?;
        let _ = fs::write(file("memory.swap.max"), "0");
        Ok(())
    }

    fn number(&self, name: &str, what: &str) -> u64 {
        let text = fs::read_to_string(self.dir.join(name)).unwrap();
        let line = text.lines().find(|line| line.starts_with(what)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// How many processes the kernel has killed in it.
    fn killed(&self) -> u64 {
        let name = if self.unified { "memory.events" } else { "memory.oom_control" };
        self.number(name, "oom_kill ")
    }

    /// The most it has held, in bytes: the program's file is in it, as far as there is
    /// room for it.
    fn most(&self) -> u64 {
        let name = if self.unified { "memory.peak" } else { "memory.max_usage_in_bytes" };
        self.number(name, "")
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Empty: the server has ended.
        let _ = fs::remove_dir(&self.dir);
    }
}

/// Where a group may be made: below our own, and beside it, since in version 2 one with
/// processes can have none below; and whether it is version 2.
fn bases() -> Vec<(PathBuf, bool)> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut bases = Vec::new();
    for group in groups.lines() {
        let mut parts = group.splitn(3, ':').skip(1);
        let (Some(kinds), Some(path)) = (parts.next(), parts.next()) else { continue };
        let unified = kinds.is_empty();
        if !unified && !kinds.split(',').any(|kind| kind == "memory") {
            continue;
        }
        let mount = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>()).find(|mount| {
            let is_memory = || mount[3].split(',').any(|option| option == "memory");
            if unified { mount[2] == "cgroup2" } else { mount[2] == "cgroup" && is_memory() }
        });
        let Some(mount) = mount else { continue };
        let own = Path::new(mount[1]).join(path.trim_start_matches('/'));
        if unified && own != Path::new(mount[1]) {
            bases.extend(own.parent().map(|parent| (parent.to_owned(), unified)));
        }
        bases.push((own, unified));
    }
    bases
}

/// They come, some register and log in, all talk at once, all read all of it, look at the
/// history, search, and tell each other things.
fn talk(server: &Server) {
    let mut people: Vec<Client> =
        (0..PEOPLE).map(|n| server.tagged(&format!("guest{n}"))).collect();
    for name in ["ana", "ion", "eva"] {
        let mut user = server.connect();
        user.register(name);
        user.ask("QUIT", "OK QUIT");
        let mut again = server.connect();
        again.ask("TAGS ON", "OK TAGS ON");
        again.login(name);
        people.push(again);
    }
    for line in 0..LINES {
        for (n, person) in people.iter_mut().enumerate() {
            person.send(&format!("MSG #lobby :line {line} of {n}, {}", "x".repeat(100)));
        }
    }
    let all = LINES * people.len();
    for person in &mut people {
        for _ in 0..all {
            person.expect_holding(" MSG #lobby :line ");
        }
        person.ask("HISTORY 100", "OK HISTORY 100 ");
        person.ask("SEARCH #lobby line x*", "OK SEARCH 100 MORE");
    }
    let [.., ana, ion, eva] = &mut people[..] else { unreachable!("three have accounts") };
    for n in 0..100 {
        tell(ana, "ion", ion, n);
        tell(eva, "ana", ana, n);
    }
    for (n, person) in people.iter_mut().enumerate() {
        person.silence(&format!("still-here-{n}"));
    }
}

/// One tells another a number, and both hear it.
fn tell(teller: &mut Client, name: &str, told: &mut Client, n: usize) {
    teller.ask(&format!("TELL {name} :{n}"), "OK TELL ");
    for client in [teller, told] {
        client.expect_holding(&format!(" TELL {name} :{n}"));
    }
}

/// Somebody has said lines of 4 KB in which every word begins alike, 18 MB of them, and
/// asks for that beginning: the dearest question there is,
/// of what the server holds for it meanwhile.
fn search_long_lines(server: &Server) {
    let mut ana = server.tagged("ana");
    let line = format!("MSG #lobby :{}", "a ".repeat(2000).trim_end());
    for _ in 0..LONG_LINES / 50 {
        for _ in 0..50 {
            ana.send(&line);
        }
        for _ in 0..50 {
            ana.expect_holding(" MSG #lobby :a a ");
        }
    }
    for words in ["a*", "a* a* a* a*", "a b*"] {
        // Until all that was said is indexed there may be no answer in time.
        let answered = (0..200).any(|_| {
            ana.send(&format!("SEARCH #lobby {words}"));
            let answer = ana.expect_holding(" SEARCH ");
            assert!(answer.starts_with("OK ") || answer.contains(" TRY_LATER "), "{answer}");
            answer.starts_with("OK ")
        });
        assert!(answered, "no answer to {words}");
    }
}

#[test]
fn two_hundred_people_in_sixteen_mib() {
    in_sixteen_mib("two_hundred_people_in_sixteen_mib", "small", talk);
}

#[test]
fn the_dearest_searches_in_sixteen_mib() {
    in_sixteen_mib("the_dearest_searches_in_sixteen_mib", "small-search", search_long_lines);
}

/// This, to a server of the profile that has no more.
fn in_sixteen_mib(test: &str, folder: &str, happens: fn(&Server)) {
    let folder = Folder::new(folder);
    let cgroup = match Cgroup::new(MEMORY, test) {
        Ok(cgroup) => cgroup,
        Err(why) => {
            common::skipped(test, &format!("no memory cgroup: {why}; measuring instead"));
            let server = Server::start(&folder, &["--profile", "small"]);
            happens(&server);
            let own = server.kib("RssAnon:");
            assert!(own <= OWN_KIB, "{own} KiB of {OWN_KIB}");
            return server.stop();
        }
    };
    let script = format!("echo $$ > {}/cgroup.procs && exec \"$@\"", cgroup.dir.display());
    let server = Server::start_in_shell(&["env"], &script, &folder.0, &["--profile", "small"]);
    let procs = fs::read_to_string(cgroup.dir.join("cgroup.procs")).unwrap();
    assert_eq!(procs.trim(), server.pid().as_raw_nonzero().to_string(), "it is in there");
    happens(&server);
    let (own, most, killed) = (server.kib("RssAnon:"), cgroup.most(), cgroup.killed());
    println!("{own} KiB of its own; the group held {most} bytes at the most");
    assert_eq!(killed, 0);
    assert!(most <= MEMORY, "{most}");
    let log = server.all_log();
    assert!(!log.contains("evicted"), "{log}");
    server.stop();
}
