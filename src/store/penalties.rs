//! Bans and mutes in users.db: read when the store opens, changed on the writer's
//! connection within the caller's transaction.
//!
//! A mask is kept as it is written and compared without case. Rows that are over are
//! deleted a few at a time, whenever one is written: a clock that was wrong at the
//! start deletes nothing.

use rusqlite::Connection;

use crate::protocol::{Penalty, PenaltyKind, Timestamp};

/// Rows that are over and go with one that is written: more than one, so that they
/// never gather.
const STEP: u32 = 16;

/// Every ban and mute, whether or not it is over. What nobody can have written is
/// passed over.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<Penalty>> {
    let mut select = conn
        .prepare("SELECT kind, mask, until, by, reason, made FROM penalties ORDER BY kind, mask")?;
    let mut rows = select.query(())?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = kind_of(row.get(0)?);
        let (mask, by) = (row.get_ref(1)?.as_str()?.parse(), row.get_ref(3)?.as_str()?.parse());
        if let (Some(kind), Ok(mask), Ok(by)) = (kind, mask, by) {
            let time = |ms: i64| Timestamp::from_ms(ms.unsigned_abs());
            all.push(Penalty {
                kind,
                mask,
                until: row.get::<_, Option<i64>>(2)?.map(time),
                by,
                reason: row.get(4)?,
                made: time(row.get(5)?),
            });
        }
    }
    Ok(all)
}

/// Writes one, in place of the one with the same mask.
pub(super) fn put(conn: &Connection, penalty: &Penalty) -> rusqlite::Result<usize> {
    conn.prepare_cached(
        "DELETE FROM penalties WHERE (kind, mask) IN
         (SELECT kind, mask FROM penalties WHERE until <= ?1 LIMIT ?2)",
    )?
    .execute((penalty.made.ms() as i64, STEP))?;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO penalties(kind, mask, until, by, reason, made)
         VALUES(?1,?2,?3,?4,?5,?6)",
    )?
    .execute((
        number(penalty.kind),
        penalty.mask.to_string(),
        penalty.until.map(|until| until.ms() as i64),
        penalty.by.as_str(),
        &*penalty.reason,
        penalty.made.ms() as i64,
    ))
}

/// Takes one out.
pub(super) fn lift(conn: &Connection, kind: PenaltyKind, mask: &str) -> rusqlite::Result<usize> {
    conn.prepare_cached("DELETE FROM penalties WHERE kind = ?1 AND mask = ?2")?
        .execute((number(kind), mask))
}

fn number(kind: PenaltyKind) -> i64 {
    match kind {
        PenaltyKind::Ban => 1,
        PenaltyKind::Mute => 2,
    }
}

fn kind_of(number: i64) -> Option<PenaltyKind> {
    [PenaltyKind::Ban, PenaltyKind::Mute].into_iter().find(|kind| self::number(*kind) == number)
}

#[cfg(test)]
mod tests {
    use super::super::database::{self, tests::Folder};
    use super::super::schema::{Schema, USERS};
    use super::super::users;
    use super::*;
    use crate::protocol::AccountId;

    fn ban(mask: &str, made: u64, until: Option<u64>) -> Penalty {
        Penalty {
            kind: PenaltyKind::Ban,
            mask: mask.parse().unwrap(),
            until: until.map(Timestamp::from_ms),
            by: "op".parse().unwrap(),
            reason: "ă reason".into(),
            made: Timestamp::from_ms(made),
        }
    }

    #[test]
    fn what_is_put_is_read_back_until_it_is_lifted_or_over() {
        let dir = Folder::new("penalties");
        let conn = database::open(dir.path(), &USERS, true).unwrap().conn;
        let mute = Penalty { kind: PenaltyKind::Mute, ..ban("ana", 1, None) };
        let bans = [ban("192.0.2.0/24", 1, Some(50)), ban("ana", 2, None)];
        for penalty in bans.iter().chain([&mute]) {
            assert_eq!(put(&conn, penalty).unwrap(), 1);
        }
        assert_eq!(all(&conn).unwrap(), [bans[0].clone(), bans[1].clone(), mute.clone()]);
        // Spelled otherwise it is the same one.
        put(&conn, &ban("ANA", 49, Some(60))).unwrap();
        assert_eq!(all(&conn).unwrap().len(), 3, "what ends at 50 holds at 49");
        put(&conn, &ban("ion", 50, None)).unwrap();
        let masks: Vec<_> = all(&conn).unwrap().iter().map(|p| p.mask.to_string()).collect();
        assert_eq!(masks, ["ANA", "ion", "ana"], "at 50 it is over and gone");
        assert_eq!(lift(&conn, PenaltyKind::Ban, "Ion").unwrap(), 1);
        assert_eq!(lift(&conn, PenaltyKind::Ban, "ion").unwrap(), 0);
        for n in 0..100 {
            put(&conn, &ban(&format!("x{n}"), 100, Some(100 + n))).unwrap();
        }
        for n in 0..6 {
            put(&conn, &ban(&format!("y{n}"), 1000, None)).unwrap();
        }
        // The mute, the six, and those of 99 that 96 did not reach.
        assert_eq!(all(&conn).unwrap().len(), 1 + 6 + 3, "{STEP} go with each one that comes");
    }

    /// A file of the first schema, as it was made by what came before operators.
    #[test]
    fn an_older_file_gets_operators_and_penalties() {
        let dir = Folder::new("users-migrate");
        let first = Schema { steps: &USERS.steps[..1], probes: &[], ..USERS };
        let conn = database::open(dir.path(), &first, true).unwrap().conn;
        let insert = "INSERT INTO users(name, folded, password, recovery, registered_at)
                      VALUES('Ana', 'ana', 'p', 'r', 7)";
        conn.execute(insert, ()).unwrap();
        drop(conn);

        let opened = database::open(dir.path(), &USERS, true).unwrap();
        assert!(opened.notes[0].contains("from schema 1 to 2"), "{:?}", opened.notes);
        let names = users::names(&opened.conn).unwrap();
        assert_eq!(names, [("ana".parse().unwrap(), AccountId(1))]);
        assert_eq!(users::operators(&opened.conn).unwrap(), []);
        assert_eq!(users::erasures(&opened.conn).unwrap(), []);
        assert_eq!(all(&opened.conn).unwrap(), []);
    }
}
