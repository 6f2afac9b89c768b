//! The table that comes out.

use std::fmt;

/// Rows of what was measured.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<[String; 5]>);

impl Table {
    /// Adds a row: what, the figure, the goal, whether it is reached, and the absolute values behind it.
    #[expect(clippy::too_many_arguments, reason = "a row has five cells")]
    pub(crate) fn add(&mut self, what: &str, figure: String, goal: &str, is_reached: bool, behind: String) {
        let verdict = if is_reached { "yes" } else { "NO" };
        self.0.push([what.to_owned(), figure, goal.to_owned(), verdict.to_owned(), behind]);
        // Shown at once too: a run takes minutes.
        if let Some([what, figure, goal, verdict, behind]) = self.0.last() {
            eprintln!("  {what}: {figure} (goal {goal}: {verdict}) [{behind}]");
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "| what | measured | goal | reached | behind it |\n|---|---|---|---|---|")?;
        self.0.iter().try_for_each(|cells| writeln!(out, "| {} |", cells.join(" | ")))
    }
}
