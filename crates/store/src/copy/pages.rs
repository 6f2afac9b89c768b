//! Lines on their way from one side to the other: pages of bounded size, and few of them.

use tokio::sync::mpsc;

use crate::db::Fault;

/// How many bytes a page holds, or a row more.
const FULL: usize = 1024 * 1024;
/// Pages that wait for their reader.
const WAITING: usize = 2;

/// Some rows of a table, each a line with its end.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) lines: String,
    pub(super) rows: u64,
}

impl Page {
    pub(super) const fn is_full(&self) -> bool {
        self.lines.len() >= FULL
    }

    /// The last of the lines.
    pub(super) fn last(&self) -> Option<&str> {
        self.lines.lines().next_back()
    }
}

pub(super) type Sender = mpsc::Sender<Result<Page, Fault>>;

/// The rows of a table as they come; the last page may be empty.
#[derive(Debug)]
pub(super) struct Pages(mpsc::Receiver<Result<Page, Fault>>);

impl Pages {
    pub(super) fn channel() -> (Sender, Self) {
        let (sender, pages) = mpsc::channel(WAITING);
        (sender, Self(pages))
    }

    pub(super) async fn next(&mut self) -> Result<Option<Page>, Fault> {
        self.0.recv().await.transpose()
    }
}

/// The rows of a table, one by one.
#[derive(Debug)]
pub(super) struct Lines {
    pages: Pages,
    page: Page,
    at: usize,
}

impl Lines {
    pub(super) fn of(pages: Pages) -> Self {
        Self { pages, page: Page::default(), at: 0 }
    }

    /// The next line, without its end.
    pub(super) async fn next(&mut self) -> Result<Option<&str>, Fault> {
        while self.at >= self.page.lines.len() {
            match self.pages.next().await? {
                Some(page) => (self.page, self.at) = (page, 0),
                None => return Ok(None),
            }
        }
        let rest = &self.page.lines[self.at..];
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        self.at += line.len() + 1;
        Ok(Some(line))
    }
}
