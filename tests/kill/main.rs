//! SIGKILL at random moments under load, and a restart on the same folder, again and
//! again: nothing acknowledged is lost, nothing seen was not stored, no id is used
//! twice, and a nonce sent again is stored once. Every fifth message is told to another
//! account instead of said in the room. The same where the power is cut: what was not
//! synced is gone as well.
//!
//! `KILLS` says how often (20), `SEED` repeats a run as far as the machine lets it.

#![cfg(feature = "server")]
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;
mod disk;
mod world;
mod writer;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use common::{Client, Folder, Random, Server, env_number};
use disk::Disk;
use world::{World, hist};
use writer::Writer;

const WRITERS: usize = 4;

#[test]
fn kill_with_sync_always() {
    let sync = "always";
    let place = Place { sync, folder: Folder::new("kill-always"), disk: None };
    again_and_again(&place, env_number("KILLS", 20));
}

#[test]
fn kill_with_sync_everysec() {
    let sync = "everysec";
    let place = Place { sync, folder: Folder::new("kill-everysec"), disk: None };
    again_and_again(&place, env_number("KILLS", 20));
}

#[test]
fn power_cut_with_sync_always() {
    let folder = Folder::new("cut-always");
    let disk = Some(Disk::under(&folder));
    again_and_again(&Place { sync: "always", folder, disk }, env_number("KILLS", 20));
}

/// Less is promised: about a second of what was said may be lost, and then everything
/// behind it; no id is used again.
#[test]
fn power_cut_with_sync_everysec() {
    let folder = Folder::new("cut-everysec");
    let disk = Some(Disk::under(&folder));
    again_and_again(&Place { sync: "everysec", folder, disk }, env_number("KILLS", 20) / 4);
}

/// SQLite has written such a batch before it fails, and takes it back in memory alone.
#[test]
fn a_commit_that_failed_at_its_end_leaves_no_id_to_anybody_else() {
    let folder = Folder::new("commit-fails");
    let disk = Some(Disk::under(&folder));
    let place = Place { sync: "always", folder, disk };
    let mut server = place.start();
    let mut ana = server.connect();
    ana.register("ana");
    ana.ask("TAGS ON", "OK TAGS ON");
    let _ion = server.guest("ion");
    ana.ask("MSG #lobby :one", "OK MSG ");
    place.disk.iter().for_each(|disk| disk.fail(true));
    ana.ask("MSG #lobby :refused", "FAIL MSG NOT_STORED ");
    let told = ana.ask("TELL ion :secret", "OK TELL ");
    server.kill();
    place.disk.iter().for_each(|disk| disk.fail(false));

    let server = place.start();
    let mut eva = server.tagged("eva");
    eva.send("HISTORY #lobby AFTER 0");
    let lines = eva.until("OK HISTORY ");
    let ids: Vec<u64> = lines
        .iter()
        .filter(|line| line.starts_with(":ana HIST"))
        .map(|line| hist(line).0)
        .collect();
    let told: u64 = told.split(' ').nth(2).unwrap().parse().unwrap();
    assert!(!ids.is_empty() && !ids.contains(&told), "{told} is in {lines:?}");
    server.stop();
}

/// Where the server lives, and how it dies.
struct Place {
    sync: &'static str,
    folder: Folder,
    /// The power is cut, and with it goes what this has not.
    disk: Option<Disk>,
}

impl Place {
    fn start(&self) -> Server {
        let arguments = ["--sync", self.sync, "--set", "limits.name_timeout_secs=600"];
        let environment = self.disk.as_ref().map(Disk::environment);
        Server::start_in(&self.folder, &arguments, environment.as_ref().map_or(&[], |all| all))
    }

    fn start_and_die(&self, after: Duration) {
        let environment = self.disk.as_ref().map(Disk::environment);
        let environment = environment.as_ref().map_or(&[][..], |all| all);
        self.folder.kill_on_its_way_up(after, environment);
        self.die();
    }

    /// The server is dead already.
    fn die(&self) {
        self.disk.iter().for_each(Disk::power_cut);
    }

    /// Whether what was acknowledged may be lost.
    fn may_lose(&self) -> bool {
        self.disk.is_some() && self.sync != "always"
    }
}

/// A message as somebody saw it.
pub type Seen = (u64, String, String);

/// What the threads of one life of the server share.
#[derive(Default)]
pub struct Life {
    pub acknowledged: AtomicU64,
    pub over: AtomicBool,
}

fn again_and_again(place: &Place, kills: u64) {
    let mut random = Random::new(&format!("{} {}", place.sync, place.disk.is_some()));
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    let server = place.start();
    for writer in &writers {
        server.connect().register(&writer.name);
    }
    server.stop();
    let mut world = World::default();
    for kill in 0..kills {
        if random.below(4) == 0 {
            place.start_and_die(Duration::from_micros(random.below(8_000)));
        }
        let mut server = place.start();
        if place.may_lose() {
            world.lose(&server, &mut writers);
        }
        world.check(&server, &writers, false);
        live(place, &mut server, &mut writers, &mut world, &mut random);
        println!("{}: kill {kill}: {} ids known", place.sync, world.by_id.len());
    }
    let server = place.start();
    if place.may_lose() {
        world.lose(&server, &mut writers);
    }
    world.forget_checks();
    world.check(&server, &writers, true);
    let said: usize = writers.iter().map(|writer| writer.acknowledged.len()).sum();
    let (sync, stored) = (place.sync, world.texts.len());
    println!("{sync}: {said} acknowledged, {stored} stored, {kills} kills");
    assert!(said as u64 >= kills, "hardly anything was said between the kills");
    server.stop();
}

/// One life of the server, to its end.
fn live(
    place: &Place,
    server: &mut Server,
    writers: &mut [Writer],
    world: &mut World,
    random: &mut Random,
) {
    let life = Life::default();
    // One in five dies while people still log in; the others in the middle of talk.
    let target = if random.below(5) == 0 { 0 } else { 1 + random.below(600) };
    // Where a second may be lost, some lives are longer.
    let longest_us = if place.may_lose() { 1_500_000 } else { 30_000 };
    let more = Duration::from_micros(random.below(longest_us));
    let mut readers: Vec<Client> = (0..2).map(|n| server.guest(&format!("reader{n}"))).collect();
    let clients: Vec<Client> = writers.iter().map(|_| server.connect()).collect();
    let (seen, plain) = thread::scope(|scope| {
        let life = &life;
        let writing: Vec<_> = std::iter::zip(writers.iter_mut(), clients)
            .map(|(writer, client)| scope.spawn(move || writer.write(client, life)))
            .collect();
        let reading: Vec<_> =
            readers.iter_mut().map(|reader| scope.spawn(move || read_plain(reader))).collect();
        while life.acknowledged.load(Ordering::Relaxed) < target {
            assert!(!writing.iter().any(|w| w.is_finished()), "a writer ended before the kill");
            thread::yield_now();
        }
        // The random moment.
        thread::sleep(more);
        life.over.store(true, Ordering::SeqCst);
        server.kill();
        place.die();
        let seen: Vec<Seen> = writing.into_iter().flat_map(|w| w.join().unwrap()).collect();
        let plain: Vec<_> = reading.into_iter().flat_map(|r| r.join().unwrap()).collect();
        (seen, plain)
    });
    for (id, sender, text) in seen {
        world.learn(id, &sender, &text);
    }
    world.plain.extend(plain);
}

fn read_plain(reader: &mut Client) -> Vec<String> {
    let mut seen = Vec::new();
    while let Ok(Some(line)) = reader.try_line() {
        if let Some((_, text)) = line.split_once(" MSG #lobby :") {
            seen.push(text.to_owned());
        }
    }
    seen
}
