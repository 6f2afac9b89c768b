//! Server-sent events (HTML, §9.2.6), as far as news need them: the data of each.
//!
//! Invariant: no more is kept than one event of the longest kind.

/// The longest event, in bytes: a record of five hundred ends has 30 KiB.
const EVENT_MAX: usize = 256 * 1024;

/// Puts events together from what comes over a connection.
#[derive(Default)]
pub(super) struct Events {
    unread: Vec<u8>,
    data: Vec<u8>,
}

/// An event is longer than any is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// The data of those events that are whole with these bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        self.unread.extend_from_slice(bytes);
        let mut whole = Vec::new();
        let mut read = 0;
        while let Some(length) = self.unread[read..].iter().position(|byte| *byte == b'\n') {
            let line = &self.unread[read..read + length];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                if !self.data.is_empty() {
                    whole.push(String::from_utf8_lossy(&std::mem::take(&mut self.data)).into_owned());
                }
            } else if let Some(data) = line.strip_prefix(b"data:") {
                self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
            }
            read += length + 1;
        }
        self.unread.drain(..read);
        if self.unread.len() + self.data.len() > EVENT_MAX {
            return Err(TooLong);
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_however_they_come() {
        let text =
            ": hello\n\nid: x:1\nevent: ends\ndata: a.b.c\n\nevent: heartbeat\r\ndata:d\r\n\r\ndata: e";
        for size in 1..text.len() {
            let mut events = Events::default();
            let found: Vec<String> =
                text.as_bytes().chunks(size).flat_map(|chunk| events.push(chunk).unwrap()).collect();
            assert_eq!(found, ["a.b.c", "d"], "in pieces of {size}");
        }
    }

    #[test]
    fn what_never_ends_is_not_kept() {
        let mut events = Events::default();
        let endless = vec![b'x'; 64 * 1024];

        assert!((0..5).any(|_| events.push(&endless) == Err(TooLong)));
    }
}
