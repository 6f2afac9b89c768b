//! JSON objects one after the other, or in a list, read one at a time.
//!
//! Finds where each ends and does not look into it otherwise: one that is no JSON spoils no other. Where an object does not begin
//! or end as one the place of the next is not known: it is the last.

use std::io::BufRead;

use doorward_core::{Code, Error};

/// The longest object that is read, in bytes; what an account tells of its owner has far less.
const LONGEST: usize = 1024 * 1024;

/// The objects of a file.
pub(super) struct Elements<R> {
    input: R,
    form: Option<Shape>,
    is_over: bool,
}

/// How the objects stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One after the other.
    Bare,
    /// In a list, of which this many have been read.
    List(usize),
}

impl<R: BufRead> Elements<R> {
    /// The objects of `input`.
    pub(super) const fn new(input: R) -> Self {
        Self { input, form: None, is_over: false }
    }

    /// The next byte that is no white space, which stays where it is.
    fn peek(&mut self) -> Result<Option<u8>, Error> {
        loop {
            let bytes = self.input.fill_buf().map_err(|fault| unreadable(&fault.to_string()))?;
            if bytes.is_empty() {
                return Ok(None);
            }
            match bytes.iter().position(|byte| !byte.is_ascii_whitespace()) {
                Some(at) => {
                    let found = bytes[at];
                    self.input.consume(at);
                    return Ok(Some(found));
                }
                None => {
                    let all = bytes.len();
                    self.input.consume(all);
                }
            }
        }
    }

    /// Goes to the beginning of the next object; `false` when there is none.
    fn advance(&mut self) -> Result<bool, Error> {
        let mut next = self.peek()?;
        if self.form.is_none() {
            let is_list = next == Some(b'[');
            self.form = Some(if is_list { Shape::List(0) } else { Shape::Bare });
            if is_list {
                self.input.consume(1);
                next = self.peek()?;
            }
        }
        let Some(Shape::List(read)) = self.form else { return Ok(next.is_some()) };
        match (next, read) {
            (Some(b']'), _) => {
                self.input.consume(1);
                if self.peek()?.is_some() {
                    Err(unreadable("the list is over and there is more"))
                } else {
                    Ok(false)
                }
            }
            (Some(b','), 1..) => {
                self.input.consume(1);
                self.form = Some(Shape::List(read + 1));
                self.peek().map(|_| true)
            }
            (Some(_), 0) => {
                self.form = Some(Shape::List(1));
                Ok(true)
            }
            (Some(_), _) => Err(unreadable("two accounts of a list have no comma between them")),
            (None, _) => Err(unreadable("the list has no end")),
        }
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if !self.advance()? {
            return Ok(None);
        }
        if self.peek()? != Some(b'{') {
            return Err(unreadable("this is no account as a JSON object"));
        }
        let (mut object, mut end) = (Vec::new(), End::default());
        while !end.is_found {
            let bytes = self.input.fill_buf().map_err(|fault| unreadable(&fault.to_string()))?;
            if bytes.is_empty() || object.len() > LONGEST {
                return Err(unreadable("an account has no end, or is too long"));
            }
            let taken = end.look(bytes);
            object.extend_from_slice(&bytes[..taken]);
            self.input.consume(taken);
        }
        Ok(Some(object))
    }
}

/// Looks for the end of an object.
#[derive(Debug, Default)]
struct End {
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
    is_found: bool,
}

impl End {
    /// How many of `bytes` belong to the object.
    fn look(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = self.is_in_text,
                b'"' => self.is_in_text = !self.is_in_text,
                _ if self.is_in_text => {}
                b'{' => self.depth += 1,
                b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth == 0 {
                self.is_found = true;
                return at + 1;
            }
        }
        bytes.len()
    }
}

impl<R: BufRead> Iterator for Elements<R> {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = self.read().transpose();
        self.is_over = !matches!(read, Some(Ok(_)));
        read
    }
}

pub(super) fn unreadable(why: &str) -> Error {
    let why: String = why.chars().filter(|c| !c.is_control()).take(200).collect();
    Error::new(Code::MalformedBody, format!("It cannot be read: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of `text`, however few bytes come at once: the objects, and whether all of it could be read.
    fn read(text: &str) -> (Vec<String>, bool) {
        let answers = [1, 7, 4096].map(|piece| {
            let input = std::io::BufReader::with_capacity(piece, text.as_bytes());
            let (mut objects, mut is_whole) = (Vec::new(), true);
            for element in Elements::new(input) {
                match element {
                    Ok(object) => objects.push(String::from_utf8(object).unwrap()),
                    Err(_) => is_whole = false,
                }
            }
            (objects, is_whole)
        });
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{text}: {answers:?}");
        answers.into_iter().next().unwrap()
    }

    #[test]
    fn objects_are_read_in_a_list_and_one_after_the_other() {
        let (one, two) = (r#"{"a":"}]\\\"{"}"#, r#"{"b":[{"c":1}]}"#);
        let both = (vec![one.to_owned(), two.to_owned()], true);

        for text in [
            format!("[{one},{two}]"),
            format!(" [\n {one} ,\r\n\t{two}\n]\n"),
            format!("{one}\n{two}\n"),
            format!("{one}{two}"),
            format!("\n\n{one}\n\n {two}"),
        ] {
            assert_eq!(read(&text), both, "{text}");
        }
        for text in ["", " \n", "[]", " [ ] \n"] {
            assert_eq!(read(text), (Vec::new(), true), "{text}");
        }
    }

    #[test]
    fn what_is_no_such_file_is_read_as_far_as_it_goes() {
        let one = r#"{"a":1}"#;

        for (text, count) in [
            (format!("[{one},"), 1),
            (format!("[{one}"), 1),
            (format!("[{one}{one}]"), 1),
            (format!("[{one}] {one}"), 1),
            (format!("[,{one}]"), 0),
            (format!("[{one},]"), 1),
            (format!("[{one},7]"), 1),
            (format!("{one}\n[{one}]"), 1),
            (format!("{one}\n{{\"a\":"), 1),
            (format!("{one}\nx"), 1),
            (format!("{one}}}"), 1),
            ("\"text\"".to_owned(), 0),
            ("7".to_owned(), 0),
        ] {
            let (objects, is_whole) = read(&text);

            assert_eq!((objects.len(), is_whole), (count, false), "{text}");
        }
    }

    #[test]
    fn an_object_that_is_no_json_spoils_no_other() {
        assert_eq!(read("[{a},{\"b\":}, {}]"), (vec!["{a}".into(), "{\"b\":}".into(), "{}".into()], true));
    }

    #[test]
    fn an_object_that_has_no_end_is_not_read_for_ever() {
        let endless = format!("{{\"a\":\"{}", "x".repeat(2 * 1024 * 1024));

        assert_eq!(read(&endless), (Vec::new(), false));
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_to_an_end(text in "[\\[\\]{}\",:a1 \n]{0,60}") {
            read(&text);
        }
    }
}
