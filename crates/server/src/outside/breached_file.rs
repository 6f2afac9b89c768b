//! Leaked passwords in a file: the first eight bytes of each one's SHA-1, sorted, behind a head.
//!
//! Eight bytes a password: ten million are 80 MB on disk and none in memory. A look-up reads a few pieces, first where a
//! uniform digest should be; a password that is not in the list is taken for one that is once in some ten thousand million times for
//! every thousand million in the file. SHA-1 serves because it is what lists of leaked passwords are kept in; nothing rests on
//! its strength.
//!
//! Made by `doorward password-filter`.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use doorward_core::Secret;
use doorward_core::port::{BreachedPasswords, NoAnswer};

const MAGIC: &[u8; 8] = b"DOORPWF1";
/// Magic and the number of entries.
const HEAD: u64 = 16;
const ENTRY: u64 = 8;
/// A look-up narrows down to so many entries and reads them at once.
const AT_ONCE: u64 = 512;

/// A list of leaked passwords on disk.
#[derive(Debug)]
pub struct BreachedFile {
    file: File,
    entries: u64,
}

impl BreachedFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// It cannot be read, or is no such file, or is shorter than it says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let unusable = |why: &str| io::Error::other(format!("{} {why}", path.display()));
        let mut file = File::open(path).map_err(|fault| unusable(&format!("cannot be read: {fault}")))?;
        let (mut magic, mut count) = ([0; 8], [0; 8]);
        file.read_exact(&mut magic)
            .and_then(|()| file.read_exact(&mut count))
            .ok()
            .filter(|()| magic == *MAGIC)
            .ok_or_else(|| unusable("was not made by `doorward password-filter`"))?;
        let entries = u64::from_be_bytes(count);
        if file.metadata()?.len() != HEAD + entries.saturating_mul(ENTRY) {
            return Err(unusable("is not whole; make it again"));
        }
        Ok(Self { file, entries })
    }

    /// How many passwords are in the list.
    pub const fn len(&self) -> u64 {
        self.entries
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Whether `entry` is in the list.
    fn holds(&self, entry: u64) -> io::Result<bool> {
        let (mut low, mut high) = (0, self.entries);
        let (mut least, mut most) = (0, u64::MAX);
        // First where a uniform digest should be, then by halves: a file that somebody made by hand is searched all the same.
        let mut is_even = true;
        while high - low > AT_ONCE {
            let at = if is_even { guess((low, high), (least, most), entry) } else { low + (high - low) / 2 };
            is_even = !is_even;
            match self.read(at)? {
                found if found == entry => return Ok(true),
                found if found < entry => (low, least) = (at + 1, found),
                found => (high, most) = (at, found),
            }
        }
        let mut bytes = vec![0; usize::try_from((high - low) * ENTRY).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, HEAD + low * ENTRY)?;
        let wanted = entry.to_be_bytes();
        Ok(bytes.chunks_exact(8).any(|found| found == wanted))
    }

    fn read(&self, at: u64) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, HEAD + at * ENTRY)?;
        Ok(u64::from_be_bytes(bytes))
    }
}

/// Where between `low` and `high` the entry should be, when those there lie evenly between `least` and `most`.
fn guess((low, high): (u64, u64), (least, most): (u64, u64), entry: u64) -> u64 {
    let span = u128::from(most.saturating_sub(least)).max(1);
    let part = u128::from(entry.saturating_sub(least)) * u128::from(high - low) / span;
    (low + u64::try_from(part).unwrap_or(u64::MAX).min(high - low)).min(high - 1)
}

#[async_trait]
impl BreachedPasswords for BreachedFile {
    async fn is_breached(&self, plain: &Secret<String>) -> Result<bool, NoAnswer> {
        // A few reads of what the system keeps in memory: not worth another thread beside the hash that follows.
        self.holds(entry_of(plain.expose()))
            .map_err(|fault| NoAnswer(format!("password.breached_file: {fault}")))
    }
}

fn entry_of(password: &str) -> u64 {
    first_eight(digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes()).as_ref())
}

fn first_eight(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// What the lines of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// SHA-1 digests in hexadecimal, perhaps with `:` and a count, as the lists of Have I Been Pwned.
    Digests,
    /// Passwords.
    Passwords,
}

/// Makes the file at `path` from the lines of `list`; says how many passwords it holds.
///
/// # Errors
/// A line that is no digest, by its number; or what stood in the way of reading and writing.
pub fn build(list: impl BufRead, lines: Lines, path: &Path) -> io::Result<u64> {
    let mut entries = Vec::new();
    for (number, line) in list.split(b'\n').enumerate() {
        let line = line?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            continue;
        }
        entries.push(match lines {
            Lines::Passwords => first_eight(digest(&SHA1_FOR_LEGACY_USE_ONLY, line).as_ref()),
            Lines::Digests => read_digest(line)
                .ok_or_else(|| io::Error::other(format!("line {} is no SHA-1 digest", number + 1)))?,
        });
    }
    entries.sort_unstable();
    entries.dedup();
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(MAGIC)?;
    file.write_all(&(entries.len() as u64).to_be_bytes())?;
    for entry in &entries {
        file.write_all(&entry.to_be_bytes())?;
    }
    file.into_inner().map_err(|fault| fault.into_error())?.sync_all()?;
    Ok(entries.len() as u64)
}

fn read_digest(line: &[u8]) -> Option<u64> {
    let hex = line.split(|byte| *byte == b':').next()?;
    let text = std::str::from_utf8(hex).ok().filter(|text| text.len() == 40 && !text.contains('+'))?;
    u64::from_str_radix(&text[..16], 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(list: &str, lines: Lines) -> io::Result<BreachedFile> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("leaked.pwf");
        build(list.as_bytes(), lines, &path)?;
        BreachedFile::open(&path)
    }

    #[test]
    fn a_password_of_the_list_is_found_and_another_is_not() {
        let list: String = (0..20_000).map(|n| format!("password{n}\n")).collect();

        let file = file(&list, Lines::Passwords).unwrap();

        assert_eq!(file.len(), 20_000);
        for n in (0..20_000).step_by(7) {
            assert!(file.holds(entry_of(&format!("password{n}"))).unwrap(), "{n}");
            assert!(!file.holds(entry_of(&format!("Password{n}"))).unwrap(), "{n}");
        }
    }

    #[test]
    fn the_ends_of_the_list_are_found_however_it_lies() {
        for entries in [
            vec![],
            vec![0],
            vec![u64::MAX],
            (0..5_000).collect(),
            (0..5_000).map(|n| u64::MAX - n).collect(),
        ] {
            let list: String =
                entries.iter().map(|entry: &u64| format!("{entry:016X}{:024X}\n", 0)).collect();

            let file = file(&list, Lines::Digests).unwrap();

            for entry in [0, 4_999, u64::MAX, u64::MAX - 4_999, 1 << 40] {
                assert_eq!(file.holds(entry).unwrap(), entries.contains(&entry), "{entry}");
            }
        }
    }

    #[test]
    fn a_list_of_digests_with_counts_is_read() {
        let list =
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r\n7c4a8d09ca3762af61e59520943dc26494f8941b\n";

        let file = file(list, Lines::Digests).unwrap();

        assert!(file.holds(entry_of("password")).unwrap() && file.holds(entry_of("123456")).unwrap());
        assert!(self::file("password\n", Lines::Digests).unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn a_file_that_is_not_whole_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leaked.pwf");
        build(&b"a\nb\n"[..], Lines::Passwords, &path).unwrap();
        let whole = std::fs::read(&path).unwrap();

        for bytes in [&whole[..whole.len() - 1], &whole[..20], &whole[..3], b"something else entirely"] {
            std::fs::write(&path, bytes).unwrap();

            assert!(BreachedFile::open(&path).is_err(), "{} bytes", bytes.len());
        }
    }
}
