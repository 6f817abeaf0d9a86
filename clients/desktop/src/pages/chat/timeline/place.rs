//! Where in the column the reader is, and which rows are in view for it.
//!
//! Nothing moves under the reader's eyes: the place is not a distance from the top,
//! which changes whenever a row above is measured, comes or goes, but the topmost text
//! whose beginning is in view and where on the screen that stands. Only at the newest
//! message the view follows what comes.
//!
//! Pure: a row is measured by a function of the caller's, right before it is placed, so
//! that no row is ever placed by an estimate. Called by the timeline, once per frame.

use std::collections::VecDeque;

use super::column::{Column, Key};

/// Where the reader is.
#[derive(Debug)]
pub(super) struct Place {
    /// The rows that were in view last, the topmost first, but for one whose text begins
    /// above: that one is last. The first one that is still there stays where it is.
    anchors: Vec<Anchor>,
    /// At the newest message, to follow what comes.
    follows: bool,
}

/// A row that was in view, in points below the top of the view.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    key: Key,
    /// The top of the row.
    top: f64,
    /// The top of its text: what stands above that changes with the row before, and may
    /// not move the text.
    text: f64,
    /// How tall the text is.
    height: f64,
}

/// How the reader moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Move {
    /// By so many points, down if positive.
    By(f64),
    /// By so many heights of the view.
    Pages(f64),
    /// To the first row.
    Oldest,
    /// To the last row.
    Newest,
    /// To this row, if it is there.
    To(Key),
}

/// What was measured of a row, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    /// What stands above its text: a day's line, a name.
    pub(super) above: f32,
    /// Its text, and what belongs below.
    pub(super) text: f32,
}

/// A row in its place.
#[derive(Debug)]
pub(super) struct Placed<T> {
    /// Which one.
    pub(super) row: usize,
    /// Its top below the top of the view, in points.
    pub(super) top: f64,
    /// How tall it is.
    pub(super) size: Size,
    /// What measuring it has brought.
    pub(super) laid: T,
}

/// What is in view.
#[derive(Debug)]
pub(super) struct Settled<T> {
    /// The rows, the topmost first.
    pub(super) rows: Vec<Placed<T>>,
    /// How far the top of the view is below the top of the column, its head included.
    pub(super) offset: f64,
    /// How tall the column is, its head and its tail included.
    pub(super) total: f64,
}

/// What is known before the rows are placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// How tall the view is.
    pub(super) view: f64,
    /// The room above the first row.
    pub(super) head: f64,
    /// The room below the last row.
    pub(super) tail: f64,
}

impl Default for Place {
    fn default() -> Place {
        Place { anchors: Vec::new(), follows: true }
    }
}

impl Place {
    /// Whether the newest row is in view.
    pub(super) fn is_at_newest(&self) -> bool {
        self.follows
    }

    /// Moves the reader, then finds and measures what is in view.
    pub(super) fn settle<T>(
        &mut self,
        column: &mut Column,
        bounds: Bounds,
        moves: Option<Move>,
        measure: impl FnMut(usize) -> (Size, T),
    ) -> Settled<T> {
        let from = self.start(column, bounds, moves);
        let mut run = Run { column, bounds, measure, rows: VecDeque::new() };
        run.begin(from);
        run.fill();
        let (rows, column) = (run.rows, run.column);
        let total = bounds.head + column.total() + bounds.tail;
        let offset =
            rows.front().map_or(0.0, |first| bounds.head + column.top(first.row) - first.top);
        let newest = rows.back().is_none_or(|last| {
            last.row + 1 == column.len() && last.bottom() + bounds.tail < bounds.view + 0.5
        });
        let in_view = |row: &Placed<T>| row.bottom() > 0.0 && row.top < bounds.view;
        let rows: Vec<Placed<T>> = rows.into_iter().filter(in_view).collect();
        self.follows = newest;
        // In a view of no height nothing is in view, and the reader is still there.
        if !rows.is_empty() || column.len() == 0 {
            self.anchors = rows.iter().map(|row| row.anchor(column)).collect();
            // The rest of a text may be gone if the window gets wider.
            let above = self.anchors.iter().take_while(|anchor| anchor.text < 0.0).count();
            self.anchors.rotate_left(above);
        }
        Settled { rows, offset: offset.max(0.0), total: total.max(bounds.view) }
    }

    /// The row that is placed first.
    fn start(&mut self, column: &Column, bounds: Bounds, moves: Option<Move>) -> From {
        let by = match moves {
            Some(Move::Newest) => return From::End,
            Some(Move::Oldest) => return From::Offset(0.0),
            Some(Move::By(by)) => by,
            Some(Move::Pages(pages)) => pages * bounds.view,
            Some(Move::To(key)) => match column.find(key) {
                // A third down, so that what was said before it can be read, too.
                Some(row) => return From::Row { row, text: bounds.view / 3.0, height: 0.0 },
                None => 0.0,
            },
            None => 0.0,
        };
        if self.follows && by >= 0.0 {
            return From::End;
        }
        let there = self.anchors.iter().find_map(|anchor| {
            let row = column.find(anchor.key)?;
            Some((row, anchor))
        });
        let Some((row, anchor)) = there else {
            // Everything that was in view has gone, which happens at the front alone.
            return if self.follows { From::End } else { From::Offset(0.0) };
        };
        // Far away there is no need to measure every row on the way.
        if by.abs() > 2.0 * bounds.view {
            return From::Offset(bounds.head + column.top(row) - anchor.top + by);
        }
        From::Row { row, text: anchor.text - by, height: anchor.height }
    }
}

/// Where placing begins.
#[derive(Debug, Clone, Copy)]
enum From {
    /// A row whose text begins so far below the top of the view, and was so tall.
    Row { row: usize, text: f64, height: f64 },
    /// The row that stands so far below the top of the column, as far as is known.
    Offset(f64),
    /// The last row, at the bottom of the view.
    End,
}

/// Rows that are placed one below another.
struct Run<'a, T, M> {
    column: &'a mut Column,
    bounds: Bounds,
    measure: M,
    rows: VecDeque<Placed<T>>,
}

impl<T, M: FnMut(usize) -> (Size, T)> Run<'_, T, M> {
    fn begin(&mut self, from: From) {
        let Some(last) = self.column.len().checked_sub(1) else {
            return;
        };
        let first = match from {
            From::End => {
                let mut placed = self.measured(last);
                placed.top = self.bounds.view - self.bounds.tail - placed.size.height();
                placed
            }
            From::Row { row, mut text, height } => {
                let mut placed = self.measured(row);
                // Of a text taller than the view, the same part stays in view.
                if text < 0.0 && height > 0.0 {
                    text *= f64::from(placed.size.text) / height;
                }
                placed.top = text - f64::from(placed.size.above);
                placed
            }
            From::Offset(offset) => {
                let row = self.column.at(offset - self.bounds.head).unwrap_or(last);
                let top = self.bounds.head + self.column.top(row) - offset;
                Placed { top, ..self.measured(row) }
            }
        };
        self.rows.push_back(first);
    }

    /// Places what else is in view, and leaves no empty room at either end: the bottom
    /// has the last word, so that few messages stand where the next one is written.
    fn fill(&mut self) {
        self.down();
        self.up();
        if let Some(first) = self.rows.front()
            && first.row == 0
            && first.top > self.bounds.head
        {
            self.shift(self.bounds.head - first.top);
            self.down();
        }
        let end = self.bounds.view - self.bounds.tail;
        if let Some(last) = self.rows.back()
            && last.row + 1 == self.column.len()
            && last.bottom() < end
        {
            self.shift(end - last.bottom());
            self.up();
        }
    }

    fn down(&mut self) {
        while let Some(last) = self.rows.back()
            && last.bottom() < self.bounds.view
            && last.row + 1 < self.column.len()
        {
            let (row, top) = (last.row + 1, last.bottom());
            let placed = self.measured(row);
            self.rows.push_back(Placed { top, ..placed });
        }
    }

    fn up(&mut self) {
        while let Some(first) = self.rows.front()
            && first.top > 0.0
            && first.row > 0
        {
            let (row, bottom) = (first.row - 1, first.top);
            let placed = self.measured(row);
            self.rows.push_front(Placed { top: bottom - placed.size.height(), ..placed });
        }
    }

    fn shift(&mut self, by: f64) {
        self.rows.iter_mut().for_each(|row| row.top += by);
    }

    fn measured(&mut self, row: usize) -> Placed<T> {
        let (size, laid) = (self.measure)(row);
        self.column.set(row, size.above + size.text);
        Placed { row, top: 0.0, size, laid }
    }
}

impl Size {
    fn height(self) -> f64 {
        // As the column keeps it, so that both add up to the same.
        f64::from(self.above + self.text)
    }
}

impl<T> Placed<T> {
    /// Its bottom below the top of the view.
    fn bottom(&self) -> f64 {
        self.top + self.size.height()
    }

    fn anchor(&self, column: &Column) -> Anchor {
        let text = self.top + f64::from(self.size.above);
        let height = f64::from(self.size.text);
        Anchor { key: column.key(self.row), top: self.top, text, height }
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
