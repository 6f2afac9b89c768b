//! Commands as scripts meet them: what they print, what they leave behind, and the code they end with.

mod admin;
mod audit;
mod backup;
mod bench_hash;
mod config;
mod copy;
mod exit;
mod guard;
mod import;
mod import_keys;
mod keys;
mod mail;
mod migrate;
mod people;
mod serve;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a command has ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// The one line of a command that failed with `code`.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        let line = self.err.strip_suffix('\n').expect("the line has an end");
        assert!(line.starts_with("doorward: ") && !line.contains('\n'), "one line: {:?}", self.err);
        line
    }

    /// What a command that succeeded has printed.
    #[track_caller]
    pub(crate) fn done(&self) -> &str {
        assert_eq!((self.code, &*self.err), (0, ""), "{}", self.out);
        &self.out
    }
}

/// `doorward` with `arguments` in `folder`, with nothing in the environment.
pub(crate) fn doorward(folder: &Path, arguments: &[&str]) -> Ended {
    doorward_with(folder, arguments, &[], "")
}

/// As [`doorward`], with variables and standard input.
pub(crate) fn doorward_with(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_doorward"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read has closed the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().expect("it ended by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
