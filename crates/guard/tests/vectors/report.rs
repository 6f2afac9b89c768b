//! Counts what passed, area by area.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::Verdict;

const LEVELS: [&str; 3] = ["must", "should", "info"];

/// Passed and total of each level.
type Counts = [(usize, usize); 3];

#[derive(Default)]
pub(crate) struct Report {
    areas: BTreeMap<String, Counts>,
    failures: Vec<String>,
    all: Counts,
}

impl Report {
    pub(crate) fn add(&mut self, case: &Value, verdict: Verdict) {
        // A level that is not known counts as the strictest one.
        let level = LEVELS.iter().position(|level| case["level"] == **level).unwrap_or(0);
        let area = case["area"].as_str().unwrap_or("?").to_owned();
        for counts in [self.areas.entry(area).or_default(), &mut self.all] {
            counts[level].0 += usize::from(verdict.is_ok());
            counts[level].1 += 1;
        }
        if let Err(why) = verdict {
            let (id, title) = (case["id"].as_str().unwrap_or("?"), case["title"].as_str().unwrap_or("?"));
            self.failures.push(format!("{} {id}: {title}\n       {why}", LEVELS[level]));
        }
    }

    pub(crate) fn failed_musts(&self) -> usize {
        self.all[0].1 - self.all[0].0
    }

    pub(crate) fn musts_hold(&self) -> bool {
        self.failed_musts() == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\n{:<18}{:>12}{:>12}{:>12}", "area", "must", "should", "info")?;
        let all = ("all".to_owned(), self.all);
        let areas = self.areas.iter().map(|(area, counts)| (area.clone(), *counts));
        for (area, counts) in areas.chain([all]) {
            write!(out, "{area:<18}")?;
            for (passed, total) in counts {
                let cell = if total == 0 { "-".to_owned() } else { format!("{passed}/{total}") };
                write!(out, "{cell:>12}")?;
            }
            writeln!(out)?;
        }
        for failure in &self.failures {
            writeln!(out, "failed {failure}")?;
        }
        Ok(())
    }
}
