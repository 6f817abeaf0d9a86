//! What the lines of operators are read as, verb by verb.

mod parser_kit;

use parser_kit::{PLAIN, TAGGED, read};
use taifas::limits::REASON_BYTES;

#[track_caller]
fn all(cases: &[(&str, &str)]) {
    for (line, want) in cases {
        assert_eq!(read(line.as_bytes(), PLAIN), *want, "{line:?}");
    }
}

#[test]
fn kick() {
    all(&[
        ("KICK ion", "KICK none ion \"\""),
        ("/kick Ion :", "KICK none Ion \"\""),
        ("KICK ion :too loud", "KICK none ion \"too loud\""),
        ("KICK ion too loud ", "KICK none ion \"too loud\""),
        ("KICK #lobby ion", "KICK #lobby ion \"\""),
        ("KICK  #lobby  ion  :too\tloud", "KICK #lobby ion \"too loud\""),
        ("KICK", "FAIL KICK PARAMS"),
        ("KICK #lobby", "FAIL KICK PARAMS"),
        ("KICK 9ion", "FAIL KICK NAME_INVALID"),
        ("KICK #a:b ion", "FAIL KICK NO_SUCH_ROOM"),
        ("KICK ion a\u{1b}b", "FAIL KICK BAD_CHARACTER"),
        ("KICK ion a\u{202e}b", "FAIL KICK BAD_CHARACTER"),
    ]);
}

#[test]
fn ban_and_mute() {
    all(&[
        ("BAN ion", "BAN ion none \"\""),
        ("ban ION 30m", "BAN ION 1800000 \"\""),
        ("BAN ion 2h :flooding", "BAN ion 7200000 \"flooding\""),
        ("BAN ion 7d flooding the room", "BAN ion 604800000 \"flooding the room\""),
        ("BAN ion 1w", "BAN ion 604800000 \"\""),
        ("BAN ion 45s", "BAN ion 45000 \"\""),
        ("BAN ion flooding", "BAN ion none \"flooding\""),
        ("BAN ion :2 hours", "BAN ion none \"2 hours\""),
        ("BAN 192.0.2.7 :why", "BAN 192.0.2.7 none \"why\""),
        ("BAN 192.0.2.7/24 1h", "BAN 192.0.2.0/24 3600000 \"\""),
        ("BAN 2001:DB8::1", "BAN 2001:db8::1 none \"\""),
        ("BAN ::1 1h :why", "BAN ::1 3600000 \"why\""),
        ("BAN ::/0", "BAN ::/0 none \"\""),
        ("BAN :ion", "BAN ion none \"\""),
        ("BAN ::ffff:192.0.2.7", "BAN 192.0.2.7 none \"\""),
        // What was meant as a time must not become a reason.
        ("BAN ion 2hours", "FAIL BAN PARAMS"),
        ("BAN ion -1h", "FAIL BAN PARAMS"),
        ("MUTE ion +10m", "FAIL MUTE PARAMS"),
        ("BAN ion 0m", "FAIL BAN PARAMS"),
        ("BAN ion 2", "FAIL BAN PARAMS"),
        ("BAN ion 99999w", "FAIL BAN PARAMS"),
        ("BAN", "FAIL BAN PARAMS"),
        ("BAN :", "FAIL BAN PARAMS"),
        ("BAN 192.0.2", "FAIL BAN PARAMS"),
        ("BAN 192.0.2.0/33", "FAIL BAN PARAMS"),
        ("BAN #lobby", "FAIL BAN PARAMS"),
        ("BAN ion :a\u{7f}", "FAIL BAN BAD_CHARACTER"),
        ("MUTE ion", "MUTE ion none \"\""),
        ("MUTE ion 10m :hush", "MUTE ion 600000 \"hush\""),
        ("MUTE 192.0.2.7", "FAIL MUTE NAME_INVALID"),
        ("MUTE", "FAIL MUTE PARAMS"),
    ]);
    for (len, fits) in [(REASON_BYTES - 1, true), (REASON_BYTES, true), (REASON_BYTES + 1, false)] {
        for start in ["BAN ion", "MUTE ion 1h", "KICK #lobby ion"] {
            let line = format!("{start} :{}", "x".repeat(len));
            assert_eq!(!read(line.as_bytes(), PLAIN).starts_with("FAIL"), fits, "{start} {len}");
        }
    }
}

#[test]
fn the_others() {
    all(&[
        ("UNBAN ion", "UNBAN ion"),
        ("UNBAN :192.0.2.7/24", "UNBAN 192.0.2.0/24"),
        ("UNBAN ::1", "UNBAN ::1"),
        ("UNBAN", "FAIL UNBAN PARAMS"),
        ("UNBAN ion now", "FAIL UNBAN PARAMS"),
        ("UNMUTE ion", "UNMUTE ion"),
        ("UNMUTE 192.0.2.7", "FAIL UNMUTE NAME_INVALID"),
        ("UNMUTE", "FAIL UNMUTE PARAMS"),
        ("BANS", "BANS"),
        ("BANS ion", "FAIL BANS PARAMS"),
        ("WHOIS ion", "WHOIS ion"),
        ("WHOIS", "FAIL WHOIS PARAMS"),
        ("WHOIS #lobby", "FAIL WHOIS NAME_INVALID"),
        ("NOTICE down at 8", "NOTICE \"down at 8\""),
        ("NOTICE :  down at 8", "NOTICE \"  down at 8\""),
        ("NOTICE", "FAIL NOTICE TEXT_MISSING"),
        ("NOTICE :a\u{9b}b", "FAIL NOTICE BAD_CHARACTER"),
        ("FORGET 17", "FORGET 17"),
        ("FORGET", "FAIL FORGET PARAMS"),
        ("FORGET +17", "FAIL FORGET PARAMS"),
        ("FORGET 17 18", "FAIL FORGET PARAMS"),
        ("FORGET 99999999999999999999", "FAIL FORGET PARAMS"),
        ("STATS", "STATS"),
        ("STATS all", "FAIL STATS PARAMS"),
    ]);
    assert_eq!(read(b"@nonce=a KICK ion", TAGGED), "FAIL KICK PARAMS");
}
