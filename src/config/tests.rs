//! The configuration as a whole: what wins, what is refused and in which words, and
//! that the table, the struct and the printed file say the same.

use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use super::keys::{KEYS, Kind};
use super::value::Value;
use super::*;

/// A machine whose default data folder is `/home/ana/.local/share/taifas`.
fn home() -> Environment {
    let data_directory = Some("/home/ana/.local/share".into());
    Environment { state_directory: None, data_directory }
}

fn loaded(sources: &Sources) -> Result<Config, String> {
    sources.load(&home()).map_err(|mistakes| mistakes.to_string())
}

fn set(flags: &[&str]) -> Result<Config, String> {
    let set = flags.iter().map(|flag| flag.to_string()).collect();
    loaded(&Sources { set, ..Sources::default() })
}

/// A file in a folder that is removed afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Scratch {
        let dir = std::env::temp_dir().join(format!("taifas-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("taifas.toml"), bytes).unwrap();
        Scratch(dir)
    }

    fn path(&self) -> PathBuf {
        self.0.join("taifas.toml")
    }

    fn sources(&self) -> Sources {
        Sources { file: Some(self.path()), ..Sources::default() }
    }

    /// The mistakes, with the folder's name taken out.
    fn mistakes(&self) -> String {
        let folder = format!("{}/", self.0.display());
        loaded(&self.sources()).unwrap_err().replace(&folder, "")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_defaults_are_the_specified_ones() {
    let config = loaded(&Sources::default()).unwrap();
    assert_eq!(config.name.as_str(), "taifas");
    assert_eq!(config.listen, ["127.0.0.1:7667".parse().unwrap()]);
    assert_eq!(config.data, Path::new("/home/ana/.local/share/taifas"));
    assert_eq!(config.sync, Durability::Always);
    assert_eq!(config.profile, Size::Standard);
    assert_eq!(config.hash, Profile::Standard);
    assert_eq!(config.terms_file, None);
    assert_eq!(config.limits, Limits::default());
}

#[test]
fn the_table_has_every_limit_in_the_structs_order() {
    // The derived debug form lists the fields, one a line, with this indent.
    let debug = format!("{:#?}", Limits::default());
    let fields: Vec<String> = debug
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(':'))
        .map(|(field, _)| format!("limits.{field}"))
        .collect();
    let keys: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
    assert_eq!(keys[keys.len() - fields.len()..], fields);
    assert_eq!(fields.len(), 17);
}

#[test]
fn every_number_at_one_less_exactly_and_one_more_on_both_ends() {
    let mut numbers = 0;
    for key in &KEYS {
        let Kind::Number(min, max, get, _) = key.kind else { continue };
        numbers += 1;
        for (value, ok) in [
            (i128::from(min) - 1, false),
            (i128::from(min), true),
            (i128::from(min) + 1, true),
            (i128::from(max) - 1, true),
            (i128::from(max), true),
            (i128::from(max) + 1, false),
        ] {
            // The two that are bound to each other are given room.
            let mut flags = vec![format!("{}={value}", key.path)];
            match key.path {
                "limits.outbox_soft_bytes" => {
                    flags.push("limits.outbox_hard_bytes=268435456".into())
                }
                "limits.outbox_hard_bytes" => flags.push("limits.outbox_soft_bytes=1".into()),
                _ => {}
            }
            let config = set(&flags.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(config.is_ok(), ok, "{} {value}: {config:?}", key.path);
            if let Ok(config) = config {
                // It arrived in its field whole: no cast has cut it.
                assert_eq!(i128::from(get(&config.limits)), value, "{}", key.path);
                let others = KEYS.iter().filter(|other| other.path.starts_with("limits."));
                let defaults = Limits::default();
                for other in others.filter(|other| !flags.iter().any(|f| f.starts_with(other.path)))
                {
                    let Kind::Number(_, _, get, _) = other.kind else { panic!("a number") };
                    assert_eq!(get(&config.limits), get(&defaults), "{}", other.path);
                }
            } else if !key.path.contains("outbox_hard") {
                let zero = if min == 0 { " (off)" } else { "" };
                assert_eq!(
                    config.unwrap_err(),
                    format!(
                        "--set {}: {} must be a whole number from {min}{zero} to {max}, not {value}",
                        flags[0], key.path
                    )
                );
            }
        }
    }
    assert_eq!(numbers, 17);
}

#[test]
fn the_soft_bound_is_below_the_hard_one() {
    for (soft, ok) in [(262_143, true), (262_144, false), (262_145, false)] {
        assert_eq!(set(&[&format!("limits.outbox_soft_bytes={soft}")]).is_ok(), ok, "{soft}");
    }
    assert_eq!(
        set(&["limits.outbox_soft_bytes=300000"]).unwrap_err(),
        "--set limits.outbox_soft_bytes=300000: limits.outbox_soft_bytes (300000) must be less \
         than limits.outbox_hard_bytes (262144, the default)"
    );
    assert_eq!(
        set(&["limits.outbox_hard_bytes=65536"]).unwrap_err(),
        "--set limits.outbox_hard_bytes=65536: limits.outbox_soft_bytes (65536, the default) must \
         be less than limits.outbox_hard_bytes (65536)"
    );
    // One mistake is not reported as two.
    assert_eq!(
        set(&["limits.outbox_soft_bytes=300000", "limits.outbox_hard_bytes=x"]).unwrap_err(),
        "--set limits.outbox_hard_bytes=x: limits.outbox_hard_bytes must be a whole number from \
         2 to 268435456, not the text \"x\""
    );
}

#[test]
fn default_config_is_the_defaults_as_it_stands_and_uncommented() {
    let printed = default_config(&home());
    for key in &KEYS {
        let lines = printed.lines().filter(|line| {
            line.trim_start_matches(['#', ' ']).starts_with(&format!("{} = ", key.name()))
        });
        // Two sections may have a key of one name: who makes rooms, and how many.
        let alike = KEYS.iter().filter(|other| other.name() == key.name()).count();
        assert_eq!(lines.count(), alike, "{}", key.path);
    }
    assert!(printed.lines().all(|line| line.len() <= 100));
    let uncommented: String = printed
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert!(uncommented.contains("\nmessage_rate = 10\n"));
    for (name, text) in [("printed", &printed), ("uncommented", &uncommented)] {
        let file = Scratch::new(name, text.as_bytes());
        // Elsewhere, to see that the data folder is read from the file and nothing else.
        let elsewhere = Environment { data_directory: Some("/x".into()), ..Environment::default() };
        let mut expected = loaded(&Sources::default()).unwrap();
        if name == "printed" {
            expected.data = "/x/taifas".into();
        }
        assert_eq!(file.sources().load(&elsewhere).unwrap(), expected, "{name}");
    }
    // A machine without a home gets examples instead of empty paths.
    let homeless = default_config(&Environment::default());
    assert!(homeless.contains("\n# data = \"/var/lib/taifas\"\n"));
}

#[test]
fn later_wins_over_earlier_and_flags_over_the_file() {
    let text = b"name = \"file\"\nsync = \"never\"\nlisten = \"[::1]:1\"\nhash = \"small\"\n\
                 data = \"here\"\nlimits.rooms = 1_0\n[limits]\nmessage_rate = 0x1F\n";
    // A dotted key and a section of the same table are a mistake in TOML itself.
    let file = Scratch::new("twice", text);
    assert_eq!(file.mistakes(), "taifas.toml:7: is not TOML: duplicate key");

    let file = Scratch::new("wins", text.strip_suffix(b"[limits]\nmessage_rate = 0x1F\n").unwrap());
    let config = loaded(&file.sources()).unwrap();
    assert_eq!(config.name.as_str(), "file");
    assert_eq!(config.listen, ["[::1]:1".parse().unwrap()]);
    assert_eq!((config.sync, config.hash), (Durability::Never, Profile::Small));
    assert_eq!(config.limits.rooms, 10);
    // Relative to the file, wherever the server was started.
    assert_eq!(config.data, file.0.join("here"));

    let mut sources = file.sources();
    sources.set = ["name=flag", "name=\"flag2\"", "data=there", "limits.rooms=7", "sync=always"]
        .map(str::to_owned)
        .into();
    sources.listen = vec!["localhost:0".into(), "0.0.0.0:7667".into()];
    let config = loaded(&sources).unwrap();
    assert_eq!(config.name.as_str(), "flag2");
    assert_eq!(config.data, Path::new("there"));
    assert_eq!(config.limits.rooms, 7);
    assert_eq!(config.sync, Durability::Always);
    assert_eq!(config.listen, ["127.0.0.1:0", "0.0.0.0:7667"].map(|a| a.parse().unwrap()));

    sources.sync = Some("everysec".into());
    sources.data = Some("/srv".into());
    let config = loaded(&sources).unwrap();
    assert_eq!((config.sync, config.data), (Durability::EverySec, "/srv".into()));
}

#[test]
fn a_profile_is_other_defaults_wherever_it_is_said() {
    let small = set(&["profile=small"]).unwrap();
    assert_eq!((small.profile, small.hash), (Size::Small, Profile::Small));
    let standard = Limits::default();
    let limits = &small.limits;
    assert!(limits.connections < standard.connections && limits.connections >= 200);
    assert!(limits.store_queue < standard.store_queue && limits.hash_queue < standard.hash_queue);
    // It names keys that there are, and is no looser than the defaults.
    for (path, value) in Size::Small.assignments().into_iter().map(|a| (a.path, a.value)) {
        let key = KEYS.iter().find(|key| key.path == path).unwrap();
        if let (Kind::Number(_, _, get, _), Value::Number(number)) = (&key.kind, value) {
            assert!(number < i128::from(get(&standard)), "{path}");
        }
    }
    // A key itself wins, before and after the word, in the file and on the command line.
    for flags in [["hash=standard", "profile=small"], ["profile=small", "hash=standard"]] {
        assert_eq!(set(&flags).unwrap().hash, Profile::Standard);
    }
    let file = Scratch::new("profile", b"hash = \"standard\"\n[limits]\nhash_queue = 7\n");
    let sources = Sources { profile: Some("small".into()), ..file.sources() };
    let config = loaded(&sources).unwrap();
    assert_eq!((config.hash, config.limits.hash_queue), (Profile::Standard, 7));
    assert_eq!(config.limits.connections, limits.connections);
    // Of two words the last one holds, alone.
    assert_eq!(set(&["profile=small", "profile=standard"]).unwrap().limits, standard);
    assert_eq!(
        set(&["profile=tiny"]).unwrap_err(),
        "--set profile=tiny: profile must be \"standard\" or \"small\", not the text \"tiny\""
    );
    assert_eq!(
        set(&["profile=small", "limits.outbox_soft_bytes=200000"]).unwrap_err(),
        "--set limits.outbox_soft_bytes=200000: limits.outbox_soft_bytes (200000) must be less \
         than limits.outbox_hard_bytes (147456, the profile small)"
    );
}

#[test]
fn what_is_read_again_holds_or_is_said_to_need_a_restart() {
    // These two only come together.
    let pair = ["tls_certificate=/here", "tls_key=/here"];
    let at_start = set(&pair).unwrap();
    for key in &KEYS {
        let other = match &key.kind {
            Kind::Number(min, _, get, _) if get(&at_start.limits) == *min => format!("{}", min + 1),
            // The hard one has to stay above the soft one.
            Kind::Number(_, _, get, _) => format!("{}", get(&at_start.limits) - 1),
            Kind::Word(words, get, _) => {
                words.iter().find(|word| **word != get(&at_start)).unwrap().to_string()
            }
            Kind::Name => "other".to_owned(),
            Kind::Addresses(..) | Kind::Address(..) => "127.0.0.1:1".to_owned(),
            Kind::Path(..) => "/elsewhere".to_owned(),
        };
        let fresh = set(&[pair[0], pair[1], &format!("{}={other}", key.path)]).unwrap();
        let mut running = at_start.clone();
        let changes = take_over(&mut running, &fresh);
        if key.path == "profile" {
            // Of itself it is nothing.
            assert!(changes.iter().all(|change| !change.text.starts_with("profile")));
            continue;
        }
        let [change] = &changes[..] else { panic!("{}: {changes:?}", key.path) };
        assert!(change.text.starts_with(key.path), "{change:?}");
        let expected = if change.holds { &fresh } else { &at_start };
        assert_eq!(&running, expected, "{}", key.path);
        let restart = ["name", "listen", "metrics", "data", "sync", "hash"];
        let needs_one = restart.contains(&key.path)
            || ["listen_tls", "listen_telnet", "tls_certificate", "tls_key", "rooms"]
                .contains(&key.path)
            || key.path == "limits.stall_timeout_secs";
        assert_eq!(change.holds, !needs_one, "{change:?}");
        assert_eq!(take_over(&mut running, expected), []);
    }
}

#[test]
fn each_value_says_where_it_comes_from() {
    let file = Scratch::new("values", b"sync = \"never\"\n[limits]\nhash_queue = 7\n");
    let sources = Sources {
        set: vec!["limits.rooms=9".into()],
        profile: Some("small".into()),
        listen: vec!["[::1]:1".into()],
        ..file.sources()
    };
    let values = sources.values(&home()).unwrap();
    let path = file.path().display().to_string();
    for line in [
        "name = \"taifas\"  # the default\n",
        "listen = [\"[::1]:1\"]  # --listen [::1]:1\n",
        &format!("sync = \"never\"  # {path}:1\n"),
        "profile = \"small\"  # --profile small\n",
        "hash = \"small\"  # the profile small\n",
        "limits.rooms = 9  # --set limits.rooms=9\n",
        &format!("limits.hash_queue = 7  # {path}:3\n"),
        "limits.message_rate = 10  # the default\n",
    ] {
        assert!(values.contains(line), "{line:?} in {values}");
    }
    assert!(Sources { set: vec!["x=1".into()], ..Sources::default() }.values(&home()).is_err());
}

#[test]
fn the_data_folder_comes_from_systemd_or_the_home_or_must_be_said() {
    let folder = |state: Option<&str>, data: Option<&str>| {
        let environment = Environment {
            state_directory: state.map(Into::into),
            data_directory: data.map(Into::into),
        };
        Sources::default().load(&environment).map(|c| c.data).map_err(|m| m.to_string())
    };
    assert_eq!(folder(None, Some("/h")).unwrap(), Path::new("/h/taifas"));
    assert_eq!(folder(Some("/var/lib/taifas"), Some("/h")).unwrap(), Path::new("/var/lib/taifas"));
    assert_eq!(folder(Some("/a:/b"), None).unwrap(), Path::new("/a"));
    assert_eq!(folder(Some(""), Some("/h")).unwrap(), Path::new("/h/taifas"));
    assert_eq!(
        folder(None, None).unwrap_err(),
        "there is no folder for the data: neither $HOME nor $STATE_DIRECTORY is set; say where \
         with --data DIR"
    );
    let said = Sources { data: Some("/srv".into()), ..Sources::default() };
    assert_eq!(said.load(&Environment::default()).unwrap().data, Path::new("/srv"));
    let foreign = PathBuf::from(std::ffi::OsString::from_vec(b"/srv/\xff".to_vec()));
    let said = Sources { data: Some(foreign.clone()), ..Sources::default() };
    assert_eq!(said.load(&Environment::default()).unwrap().data, foreign);
    // `--data=~/chat`: not every shell expands that one.
    let said = |data: &str| Sources { data: Some(data.into()), ..Sources::default() };
    assert_eq!(
        loaded(&said("~/chat")).unwrap_err(),
        "--data ~/chat: data must be written in full: only the shell knows that the ~ of \
         \"~/chat\" is home"
    );
    assert_eq!(loaded(&said("")).unwrap_err(), "--data : data must be a path, not the text \"\"");
}

#[test]
fn every_mistake_of_a_file_at_once_in_the_order_of_its_lines() {
    let file = Scratch::new(
        "mistakes",
        b"nam = \"x\"\n\
          name = 7\n\
          sync = \"everysecond\"\n\
          listen = [\"127.0.0.1:7667\", \"ana\"]\n\
          message_rate = 4\n\
          hash = \"smal\"\n\
          data = \"~/x\"\n\
          terms_file = true\n\
          whatever_this_is = 1\n\
          [limits]\n\
          connections = 0\n\
          mesage_burst = 4\n\
          rooms = \"many\"\n\
          history_days = 1.5\n\
          outbox_hard_bytes = 20000\n\
          history_messages = 99999999999999999999999999999999999999999999\n\
          \"\\u001b[31m\" = 1\n\
          sync = \"always\"\n\
          [limit]\n\
          x = 1\n",
    );
    let text = file.mistakes();
    let lines: Vec<&str> = text.lines().collect();
    let expected = [
        "taifas.toml:1: unknown key nam; did you mean name?",
        "taifas.toml:2: name must be 1 to 32 letters, digits, - _ . with a letter first, in \
         quotes, not 7",
        "taifas.toml:3: sync must be \"always\", \"everysec\" or \"never\", not the text \
         \"everysecond\"",
        "taifas.toml:4: listen must be an address and a port such as \"127.0.0.1:7667\", \
         \"[::1]:7667\" or \"localhost:7667\", not the text \"ana\"",
        "taifas.toml:5: unknown key message_rate; did you mean limits.message_rate?",
        "taifas.toml:6: hash must be \"standard\" or \"small\", not the text \"smal\"; did you \
         mean \"small\"?",
        "taifas.toml:7: data must be written in full: only the shell knows that the ~ of \"~/x\" \
         is home",
        "taifas.toml:8: terms_file must be a path in quotes, not true",
        "taifas.toml:9: unknown key whatever_this_is; `taifas default-config` lists every key",
        "taifas.toml:11: limits.connections must be a whole number from 1 to 1000000, not 0",
        "taifas.toml:12: unknown key limits.mesage_burst; did you mean limits.message_burst?",
        "taifas.toml:13: limits.rooms must be a whole number from 1 to 65535, not the text \
         \"many\"",
        "taifas.toml:14: limits.history_days must be a whole number from 1 to 36500, not a \
         number with a decimal point",
        "taifas.toml:15: limits.outbox_soft_bytes (65536, the default) must be less than \
         limits.outbox_hard_bytes (20000)",
        "taifas.toml:16: limits.history_messages must be a whole number from 1 to 1000000000, \
         not a number with too many digits",
        "taifas.toml:17: unknown key limits.\\u{1b}[31m; `taifas default-config` lists every key",
        "taifas.toml:18: unknown key limits.sync; did you mean sync?",
        "taifas.toml:19: unknown section [limit]; did you mean [limits]?",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_no_toml_is_said_with_its_line_and_not_made_worse() {
    for (name, text, expected) in [
        (
            "syntax",
            &b"name = \nsync = \"never\"\nsync = \"always\"\n[limits\nrooms = 5\n"[..],
            "taifas.toml:1: is not TOML: string values must be quoted, expected literal string\n\
             taifas.toml:3: is not TOML: duplicate key\n\
             taifas.toml:4: is not TOML: unclosed table, expected `]`",
        ),
        ("value", b"limits = 5\n", "taifas.toml:1: limits is a section; write [limits]"),
        (
            "section",
            b"[sync]\nx = 1\n",
            "taifas.toml:1: sync is a key, not a section; write sync = …",
        ),
        (
            "foreign",
            b"[users]\nx = 1\n",
            "taifas.toml:1: unknown section [users]; the one section there is is [limits]",
        ),
        ("utf8", b"# fine\n# \xff\n", "taifas.toml:2: is not UTF-8; save the file as UTF-8"),
    ] {
        assert_eq!(Scratch::new(name, text).mistakes(), expected, "{name}");
    }
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_fine_and_size_has_a_bound() {
    let file =
        Scratch::new("bom", "\u{feff}name = \"ana\"\r\n[limits]\r\nrooms = 3\r\n".as_bytes());
    let config = loaded(&file.sources()).unwrap();
    assert_eq!((config.name.as_str(), config.limits.rooms), ("ana", 3));
    for (name, len, ok) in
        [("less", (1 << 20) - 1, true), ("exact", 1 << 20, true), ("more", (1 << 20) + 1, false)]
    {
        let file = Scratch::new(name, &vec![b'\n'; len]);
        assert_eq!(loaded(&file.sources()).is_ok(), ok, "{len}");
    }
}

#[test]
fn listen_takes_one_or_a_list_of_addresses() {
    let listen = |value: &str| set(&[&format!("listen={value}")]).map(|config| config.listen);
    for (value, expected) in [
        ("127.0.0.1:7667", &["127.0.0.1:7667"][..]),
        ("localhost:7667", &["127.0.0.1:7667"]),
        ("[::1]:7667", &["[::1]:7667"]),
        ("[\"0.0.0.0:1\", \"[::]:1\"]", &["0.0.0.0:1", "[::]:1"]),
        ("[\"127.0.0.1:0\", \"127.0.0.1:0\"]", &["127.0.0.1:0", "127.0.0.1:0"]),
        ("localhost:65535", &["127.0.0.1:65535"]),
    ] {
        let expected: Vec<SocketAddr> = expected.iter().map(|a| a.parse().unwrap()).collect();
        assert_eq!(listen(value).unwrap(), expected, "{value}");
    }
    for value in [
        "",
        ":7667",
        "7667",
        "localhost",
        "localhost:",
        "localhost:+1",
        "localhost:65536",
        "example.org:1",
        "127.0.0.1",
        "[]",
        "[\"127.0.0.1:1\", \"127.0.0.1:1\"]",
        "[1]",
    ] {
        assert!(listen(value).is_err(), "{value}");
    }
    for (count, ok) in [(15, true), (16, true), (17, false)] {
        let list: Vec<String> = (1..=count).map(|port| format!("\"127.0.0.1:{port}\"")).collect();
        assert_eq!(listen(&format!("[{}]", list.join(","))).is_ok(), ok, "{count}");
    }
    assert_eq!(
        listen("[\"[::1]:1\", \"[::1]:1\"]").unwrap_err(),
        "--set listen=[\"[::1]:1\", \"[::1]:1\"]: listen names [::1]:1 twice"
    );
}

#[test]
fn a_set_without_key_or_value_says_how() {
    let how = "write --set KEY=VALUE, as in --set sync=everysec";
    assert_eq!(set(&["sync"]).unwrap_err(), format!("--set sync: {how}"));
    assert_eq!(set(&["=5"]).unwrap_err(), format!("--set =5: {how}"));
    assert_eq!(
        set(&["limits.rooms=", "rooms=5"]).unwrap_err(),
        "--set limits.rooms=: limits.rooms must be a whole number from 1 to 65535, not the \
         text \"\"\n--set rooms=5: rooms must be \"everyone\", \"accounts\" or \"operators\", not 5"
    );
    assert!(set(&[" sync = never "]).is_ok());
    for (word, makers) in [
        ("everyone", RoomMakers::Everyone),
        ("accounts", RoomMakers::Accounts),
        ("operators", RoomMakers::Operators),
    ] {
        assert_eq!(set(&[&format!("rooms={word}")]).unwrap().rooms, makers);
    }
}

#[test]
fn a_file_that_is_something_else_is_not_quoted_whole() {
    for (lines, said) in [(39, 39), (40, 40), (41, 41), (1000, 41)] {
        let text = (0..lines).map(|n| format!("x{n} = 1\n")).collect::<String>();
        let file = Scratch::new("else", text.as_bytes());
        let mistakes = loaded(&file.sources()).unwrap_err();
        assert_eq!(mistakes.lines().count(), said, "{lines}");
        assert_eq!(mistakes.ends_with(&format!("\nand {} more", lines - 40)), lines > 40);
    }
}

#[test]
fn a_certificate_and_its_key_belong_together() {
    for (given, says) in [
        (
            "tls_certificate=c.pem",
            "--set tls_certificate=c.pem: tls_certificate needs tls_key: name both files, or neither \
             and the server makes its own",
        ),
        (
            "tls_key=k.pem",
            "--set tls_key=k.pem: tls_key needs tls_certificate: name both files, or neither and the \
             server makes its own",
        ),
        // One mistake is told once.
        ("tls_key=1", "--set tls_key=1: tls_key must be a path in quotes, not 1"),
    ] {
        assert_eq!(set(&[given]).unwrap_err().to_string(), says);
    }
    let mistakes = set(&["tls_certificate=c.pem", "tls_key=1"]).unwrap_err().to_string();
    assert_eq!(mistakes, "--set tls_key=1: tls_key must be a path in quotes, not 1");
    let config = set(&["tls_certificate=c.pem", "tls_key=k.pem"]).unwrap();
    let given = Place::Given { certificate: "c.pem".into(), key: "k.pem".into() };
    assert_eq!(config.identity(), given);
}

#[test]
fn tls_is_off_and_listens_where_it_is_told() {
    assert!(set(&[]).unwrap().listen_tls.is_empty());
    assert!(set(&["listen_tls=[]"]).unwrap().listen_tls.is_empty());
    let config = set(&["listen_tls=[\"0.0.0.0:7668\", \"[::1]:0\"]"]).unwrap();
    assert_eq!(config.listen_tls, ["0.0.0.0:7668", "[::1]:0"].map(|a| a.parse().unwrap()));
    let Place::Own { addresses, .. } = config.identity() else { panic!("nothing was named") };
    assert_eq!(addresses, ["0.0.0.0", "::1"].map(|a| a.parse::<std::net::IpAddr>().unwrap()));
    assert_eq!(
        set(&["listen_tls=127.0.0.1:7667"]).unwrap_err().to_string(),
        "--set listen_tls=127.0.0.1:7667: listen_tls names 127.0.0.1:7667, which listen has already"
    );
    let twice = set(&["listen_tls=[::1]:7", "listen_telnet=[\"[::1]:8\", \"[::1]:7\"]"]);
    let says = twice.unwrap_err().to_string();
    assert!(says.ends_with("listen_telnet names [::1]:7, which listen_tls has already"), "{says}");
}
