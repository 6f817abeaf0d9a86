//! The volumes of search.db: FTS5 tables, each of some consecutive messages.
//!
//! The ids are cut in *spans* of [`SPAN`], and no volume is of two. In a span one volume
//! follows the other, each of [`VOLUME_BYTES`] of text: what FTS5 gathers for one
//! question to one volume, which nothing interrupts, is bounded by them, whatever was
//! said. What was erased is counted for each span; all its volumes are of the same count,
//! or none of them is used. Nothing here opens, keeps or removes the file: index.rs does.
//! Called by the reader and by searches.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::batch::sql_id;
use super::index::{Failed, Opened};

/// Ids of one span: what is made anew when one of them is erased. Of ordinary chat a
/// span is four volumes, and made in 0.3 s.
pub(super) const SPAN: i64 = 1 << 16;

/// Text after which a volume is complete. For a beginning FTS5 gathers up to three times
/// as much, and takes 15 ms for it; twice as many volumes would make a search for what is
/// nowhere take nearly twice as long.
pub(super) const VOLUME_BYTES: i64 = 1024 * 1024;

/// Messages of one portion: some two milliseconds. Fewer at a time cost more each,
/// because each portion is a segment that is merged with others later.
pub(super) const PORTION: i64 = 512;

/// Text of one portion, if that comes first: as much as so many ordinary messages have.
/// FTS5 keeps some fifty times as much in memory until it is written.
pub(super) const PORTION_BYTES: i64 = 32 * 1024;

/// Pages that are merged at a time, once a volume is complete: a millisecond or so, for
/// which somebody who asks may have to wait.
const MERGE_PAGES: u32 = 16;

/// What there is of messages, while looking at the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// The lowest id; above `last` if there is none.
    pub(super) first: i64,
    /// The highest id ever committed, as it was before anything was read.
    pub(super) last: i64,
}

/// How far a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Everything is in its volumes.
    Complete,
    /// More is to be put into it; the messages that may be.
    Lacks(i64),
}

/// A volume's row. It is named for its `first` id.
#[derive(Debug, Clone, Copy)]
struct Volume {
    first: i64,
    /// Up to this id everything of its span is in it, or in those before it.
    upto: i64,
    /// Text in it.
    bytes: i64,
    /// How often something of its span had been erased when it was begun; [`PRUNED`] if
    /// something of its span is pruned.
    erased: i64,
    /// Whether there is nothing more to merge.
    merged: bool,
}

/// Stands for a count of what was erased, and is never one.
const PRUNED: i64 = -1;

/// The tables of an empty index.
pub(super) const TABLES: &str = "
    CREATE TABLE volumes(
        first INTEGER PRIMARY KEY, upto INTEGER NOT NULL, bytes INTEGER NOT NULL,
        erased INTEGER NOT NULL, merged INTEGER NOT NULL);
    CREATE TABLE source(mark INTEGER NOT NULL);";

/// Notes that messages with ids in this span were erased: what the index has of it is no
/// longer to be used. Part of the transaction that erases them. (The column is older than
/// spans, which were volumes once.)
pub(super) fn note_erased(messages: &Connection, id: i64) -> rusqlite::Result<()> {
    messages
        .prepare_cached(
            "INSERT INTO erased(volume, times) VALUES(?1, 1)
             ON CONFLICT DO UPDATE SET times = times + 1",
        )?
        .execute((id / SPAN,))
        .map(drop)
}

/// Forgets those notes for spans in which nothing is left.
pub(super) fn prune_notes(messages: &Connection, first: i64) -> rusqlite::Result<()> {
    messages
        .prepare_cached("DELETE FROM erased WHERE volume < ?1")?
        .execute((first / SPAN,))
        .map(drop)
}

/// What there is of messages. `last` as it was before this was asked.
pub(super) fn extent(messages: &Connection, last: u64) -> rusqlite::Result<Extent> {
    let last = sql_id(last);
    let first: Option<i64> =
        messages.prepare_cached("SELECT min(id) FROM messages")?.query_row((), |row| row.get(0))?;
    Ok(Extent { first: first.unwrap_or(last.saturating_add(1)), last })
}

/// How far a span is, of the ids up to this one. What something was erased from counts as
/// not begun.
pub(super) fn state(
    index: &Connection,
    messages: &Connection,
    span: i64,
    first: i64,
    upto: i64,
) -> Result<State, Failed> {
    let volumes = of_span(index, span)?;
    let stale = is_stale(&volumes, erased(messages, span)?);
    let volumes = if stale { &[] } else { volumes.as_slice() };
    Ok(how_far(volumes, span, first, upto))
}

fn how_far(volumes: &[Volume], span: i64, first: i64, upto: i64) -> State {
    let end = upto.min(span * SPAN + SPAN - 1);
    let has = volumes.last().map_or(first.max(span * SPAN) - 1, |volume| volume.upto);
    if has >= end { State::Complete } else { State::Lacks(end - has) }
}

/// The volume of a span that is complete in which this id is, or would be: its name.
pub(super) fn of_id(index: &Connection, id: i64) -> rusqlite::Result<Option<i64>> {
    index
        .prepare_cached(
            "SELECT first FROM volumes WHERE first <= ?1 AND first >= ?2
             ORDER BY first DESC LIMIT 1",
        )?
        .query_row((id, id / SPAN * SPAN), |row| row.get(0))
        .optional()
}

/// Does one thing of what is to be done when there is time; how many of the newest
/// messages are not in the index if there is nothing more to do. Those few wait until
/// they are a portion, or somebody searches. With `sweep`, what was pruned goes as well.
pub(super) fn chore(
    index: &Opened,
    messages: &Connection,
    last: u64,
    sweep: bool,
) -> Result<Option<i64>, Failed> {
    let extent = extent(messages, last).map_err(Failed::Messages)?;
    if sweep {
        mark_pruned(index, extent)?;
    }
    let spans = spans(index)?;
    if let Some(volume) = doomed(&spans, messages, extent)? {
        drop_volume(index, volume)?;
        return Ok(None);
    }
    let newest = extent.last / SPAN;
    let mut rest = 0;
    // The newest first: that is where most searches end.
    for span in (extent.first / SPAN..=newest).rev() {
        let volumes = spans.get(&span).map_or(&[][..], Vec::as_slice);
        // The last one of the newest span goes on changing.
        let ended = &volumes[..volumes.len() - usize::from(span == newest && !volumes.is_empty())];
        match how_far(volumes, span, extent.first, extent.last) {
            State::Lacks(few) if span == newest && few < PORTION => rest = few,
            State::Lacks(_) => {
                add_portion(index, messages, span, extent)?;
                return Ok(None);
            }
            State::Complete => {}
        }
        if let Some(volume) = ended.iter().find(|volume| !volume.merged) {
            merge(index, volume.first)?;
            return Ok(None);
        }
    }
    Ok(Some(rest))
}

/// Puts one more portion into a span; of one that something was erased from, a volume is
/// dropped first. Both files are as if nothing had happened if it fails.
pub(super) fn add_portion(
    index: &Opened,
    messages: &Connection,
    span: i64,
    extent: Extent,
) -> Result<(), Failed> {
    let times = erased(messages, span)?;
    let volumes = of_span(index, span)?;
    if is_stale(&volumes, times) {
        // One at a time: as long as one is left, none of them is used.
        return drop_volume(index, volumes[volumes.len() - 1].first);
    }
    let (start, end) = (span * SPAN, span * SPAN + SPAN);
    let last = volumes.last();
    let after = last.map_or(start - 1, |volume| volume.upto);
    // Not one at a time: what was read must not hold up checkpoints while it is written.
    // What is erased from here on is noted, and seen the next time.
    let portion = portion(messages, after, end).map_err(Failed::Messages)?;
    let mut upto = portion.texts.last().map_or(after, |(id, _)| *id);
    if portion.all {
        // There is nothing between it and what was committed before we looked.
        upto = upto.max(extent.last.min(end - 1));
    }
    let transaction = index.unchecked_transaction()?;
    let volume = match last.filter(|volume| volume.bytes < VOLUME_BYTES) {
        Some(volume) => volume.first,
        None => begin_volume(index, extent.first.max(after + 1), times)?,
    };
    index.writes_to(volume);
    let mut insert = index
        .prepare_cached(&format!("INSERT INTO volume_{volume}(rowid, text) VALUES(?1, ?2)"))?;
    for (id, text) in &portion.texts {
        insert.execute((id, text))?;
    }
    drop(insert);
    index
        .prepare_cached("UPDATE volumes SET upto = ?2, bytes = bytes + ?3 WHERE first = ?1")?
        .execute((volume, upto, portion.bytes))?;
    transaction.commit()?;
    Ok(())
}

/// Some messages.
struct Portion {
    /// Ids and texts.
    texts: Vec<(i64, Box<str>)>,
    bytes: i64,
    /// Whether there are no more.
    all: bool,
}

/// The next messages.
fn portion(messages: &Connection, after: i64, end: i64) -> rusqlite::Result<Portion> {
    let mut select = messages
        .prepare_cached("SELECT id, text FROM messages WHERE id > ?1 AND id < ?2 ORDER BY id")?;
    let mut rows = select.query((after, end))?;
    let mut portion = Portion { texts: Vec::new(), bytes: 0, all: false };
    while (portion.texts.len() as i64) < PORTION && portion.bytes < PORTION_BYTES {
        let Some(row) = rows.next()? else {
            portion.all = true;
            break;
        };
        let text: Box<str> = row.get(1)?;
        portion.bytes += text.len() as i64;
        portion.texts.push((row.get(0)?, text));
    }
    Ok(portion)
}

/// Merges a little of what the portions of a volume have left behind. A word is looked
/// for in each of them otherwise.
fn merge(index: &Opened, volume: i64) -> rusqlite::Result<()> {
    index.writes_to(volume);
    let transaction = index.unchecked_transaction()?;
    let before = index.total_changes();
    // Negative: not only what would be merged anyway, but all into one.
    index.execute_batch(&format!(
        "INSERT INTO volume_{volume}(volume_{volume}, rank) VALUES('merge', -{MERGE_PAGES})"
    ))?;
    if index.total_changes() - before < 2 {
        index.execute("UPDATE volumes SET merged = 1 WHERE first = ?1", (volume,))?;
    }
    transaction.commit()
}

/// Takes a volume out, and what was in it off the disk.
fn drop_volume(index: &Connection, volume: i64) -> Result<(), Failed> {
    // Prepared statements on a table that is dropped would keep it.
    index.flush_prepared_statement_cache();
    let dropped = index.execute_batch(&format!(
        "BEGIN; DROP TABLE IF EXISTS volume_{volume};
         DELETE FROM volumes WHERE first = {volume}; COMMIT;"
    ));
    if dropped.is_err() && !index.is_autocommit() {
        index.execute_batch("ROLLBACK")?;
    }
    dropped?;
    // Nobody else has the file open, so the -wal is emptied as well.
    index.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
    Ok(())
}

/// Takes a volume out that is to go, if there is one.
pub(super) fn drop_doomed(index: &Opened, messages: &Connection) -> Result<bool, Failed> {
    let extent = extent(messages, u64::MAX).map_err(Failed::Messages)?;
    let volume = doomed(&spans(index)?, messages, extent)?;
    volume.map(|volume| drop_volume(index, volume)).transpose().map(|dropped| dropped.is_some())
}

/// A volume that is to be taken out: one of a span in which nothing is left, or something
/// was erased from, or that is marked.
fn doomed(
    spans: &BTreeMap<i64, Vec<Volume>>,
    messages: &Connection,
    extent: Extent,
) -> Result<Option<i64>, Failed> {
    for (span, volumes) in spans {
        let over = extent.first >= span * SPAN + SPAN;
        if over || is_stale(volumes, erased(messages, *span)?) {
            return Ok(volumes.last().map(|volume| volume.first));
        }
    }
    Ok(None)
}

/// Marks all of the span from which something was pruned since: it is made anew.
fn mark_pruned(index: &Connection, extent: Extent) -> rusqlite::Result<()> {
    let start = extent.first / SPAN * SPAN;
    let first = index
        .prepare_cached("SELECT min(first) FROM volumes WHERE first >= ?1 AND first < ?2")?
        .query_row((start, start + SPAN), |row| row.get::<_, Option<i64>>(0))?;
    if first.is_some_and(|first| first < extent.first) {
        index
            .prepare_cached("UPDATE volumes SET erased = ?3 WHERE first >= ?1 AND first < ?2")?
            .execute((start, start + SPAN, PRUNED))?;
    }
    Ok(())
}

/// All volumes, by their spans.
fn spans(index: &Connection) -> rusqlite::Result<BTreeMap<i64, Vec<Volume>>> {
    let mut spans: BTreeMap<i64, Vec<Volume>> = BTreeMap::new();
    for volume in volumes(index, 0, i64::MAX)? {
        spans.entry(volume.first / SPAN).or_default().push(volume);
    }
    Ok(spans)
}

/// The volumes of a span.
fn of_span(index: &Connection, span: i64) -> rusqlite::Result<Vec<Volume>> {
    volumes(index, span * SPAN, span * SPAN + SPAN)
}

/// Those with a first id from here to there, in its order.
fn volumes(index: &Connection, from: i64, end: i64) -> rusqlite::Result<Vec<Volume>> {
    let mut select = index.prepare_cached(
        "SELECT first, upto, bytes, erased, merged FROM volumes
         WHERE first >= ?1 AND first < ?2 ORDER BY first",
    )?;
    let rows = select.query_map((from, end), |row| {
        let (first, upto, bytes) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Volume { first, upto, bytes, erased: row.get(3)?, merged: row.get(4)? })
    })?;
    rows.collect()
}

/// Whether something was erased since one of them was begun.
fn is_stale(volumes: &[Volume], times: i64) -> bool {
    volumes.iter().any(|volume| volume.erased != times)
}

/// How often something of this span was erased.
fn erased(messages: &Connection, span: i64) -> Result<i64, Failed> {
    let times = || {
        messages
            .prepare_cached("SELECT times FROM erased WHERE volume = ?1")?
            .query_row((span,), |row| row.get(0))
            .optional()
    };
    Ok(times().map_err(Failed::Messages)?.unwrap_or(0))
}

/// Contentless, without sizes: it knows words and places and no text. Case and
/// diacritics do not count. Merging rarely costs less than merging often, where nothing
/// is ever deleted.
fn begin_volume(index: &Connection, first: i64, times: i64) -> rusqlite::Result<i64> {
    index.execute_batch(&format!(
        "CREATE VIRTUAL TABLE volume_{first} USING fts5(
             text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');
         INSERT INTO volume_{first}(volume_{first}, rank) VALUES('automerge', 8);"
    ))?;
    index.execute("INSERT INTO volumes VALUES(?1, ?2, 0, ?3, 0)", (first, first - 1, times))?;
    Ok(first)
}
