//! Lists on the command line: a table for people, one JSON object a line for scripts.

use serde::Serialize;

use super::exit::Failure;
use super::print;

/// Prints `items`: as JSON, or as the table that `cells` makes of them under `head`.
pub(super) fn show<T: Serialize, const N: usize>(
    items: &[T],
    is_json: bool,
    head: [&str; N],
    cells: impl Fn(&T) -> [String; N],
) -> Result<(), Failure> {
    if is_json {
        return items.iter().try_for_each(|item| print(&format!("{}\n", json(item))));
    }
    let rows: Vec<[String; N]> = items.iter().map(cells).collect();
    print(&table(head, &rows))
}

/// One JSON object.
pub(super) fn json<T: Serialize>(item: &T) -> String {
    serde_json::to_string(item).unwrap_or_default()
}

/// Columns as wide as their widest cell.
fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.chain([head[at].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |cells: [&str; N]| {
        let cells: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}", width = *width)).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let mut text = line(head);
    for row in rows {
        text.push_str(&line(std::array::from_fn(|at| &*row[at])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_names() {
        let rows = [["ada@example.com".to_owned(), "yes".to_owned()], ["b@c.de".to_owned(), String::new()]];

        assert_eq!(
            table(["email", "active"], &rows),
            "email            active\nada@example.com  yes\nb@c.de\n"
        );
    }
}
