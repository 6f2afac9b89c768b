//! What somebody typed into a search box, read as words and phrases.
//!
//! Every text is a query: what has no meaning is left out. Nothing of it is ever syntax of the database, whose own is written by
//! the code beside it from the parts read here.

use std::collections::HashSet;

use crate::search::Language;

/// How many parts are searched for; what comes after is left out.
const PARTS_MAX: usize = 24;
/// How many characters a beginning has at least: shorter ones would find nearly everything.
const BEGINNING_MIN: usize = 3;
/// How many characters of a part count.
const PART_MAX: usize = 100;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Query {
    /// One of these has to be there, and the more the better.
    pub(crate) wanted: Vec<Part>,
    /// None of these may be there.
    pub(crate) unwanted: Vec<Part>,
}

/// A word, a phrase, or the beginning of a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    /// The words; at least one letter or digit is in it, and no quotation mark.
    pub(crate) text: String,
    /// Whether its last word may go on.
    pub(crate) is_beginning: bool,
}

impl Query {
    /// Reads `text`; filling words of `language` are left out unless there are no others.
    pub(crate) fn read(text: &str, language: Language) -> Self {
        let mut query = Self::default();
        let mut filling = Vec::new();
        let mut seen = HashSet::new();
        for (is_unwanted, is_phrase, text) in split(text) {
            if query.wanted.len() + query.unwanted.len() >= PARTS_MAX {
                break;
            }
            let Some(part) = Part::read(text, is_phrase) else { continue };
            if !seen.insert((is_unwanted, part.clone())) {
                continue;
            }
            if is_unwanted {
                query.unwanted.push(part);
            } else if !is_phrase && language.is_filling(&part.text) {
                filling.push(part);
            } else {
                query.wanted.push(part);
            }
        }
        if query.wanted.is_empty() {
            filling.truncate(PARTS_MAX);
            query.wanted = filling;
        }
        query
    }

    /// Whether nothing is searched for.
    pub(crate) const fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }
}

impl Part {
    fn read(text: &str, is_phrase: bool) -> Option<Self> {
        let is_beginning = !is_phrase && text.ends_with('*');
        let clean: String =
            text.chars().filter(|c| *c != '"' && *c != '*' && !c.is_control()).take(PART_MAX).collect();
        let letters = clean.chars().filter(|c| c.is_alphanumeric()).count();
        let is_beginning = is_beginning && letters >= BEGINNING_MIN;
        (letters > 0).then_some(Self { text: clean, is_beginning })
    }
}

/// The parts of a text: whether it is unwanted, whether it is a phrase, what it says.
fn split(text: &str) -> Vec<(bool, bool, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || parts.len() > 4 * PARTS_MAX {
            return parts;
        }
        let is_unwanted = rest.strip_prefix('-').is_some_and(|after| after.starts_with(is_start));
        let body = if is_unwanted { &rest[1..] } else { rest };
        let (is_phrase, part, after) = match body.strip_prefix('"').and_then(|body| body.split_once('"')) {
            Some((phrase, after)) => (true, phrase, after),
            None => {
                let end = body.find(char::is_whitespace).unwrap_or(body.len());
                (false, &body[..end], &body[end..])
            }
        };
        parts.push((is_unwanted, is_phrase, part));
        rest = after;
    }
}

fn is_start(c: char) -> bool {
    c == '"' || c.is_alphanumeric()
}

impl Language {
    /// Whether a word says nothing about what is searched for.
    fn is_filling(self, word: &str) -> bool {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        self == Self::English && FILLING.binary_search(&bare.as_str()).is_ok()
    }
}

/// English filling words, in order.
const FILLING: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "but", "by", "can", "could", "did", "do", "does", "doing", "for", "from",
    "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in",
    "into", "is", "it", "its", "me", "my", "no", "nor", "not", "of", "on", "or", "our", "ours", "please",
    "she", "should", "so", "some", "such", "tell", "than", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "to", "too", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "whom", "why", "will", "with", "would", "you", "your", "yours",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted(text: &str) -> Vec<String> {
        Query::read(text, Language::English).wanted.into_iter().map(|part| part.text).collect()
    }

    #[test]
    fn filling_words_are_in_order() {
        assert!(FILLING.is_sorted());
    }

    #[test]
    fn filling_words_are_left_out_unless_there_are_no_others() {
        assert_eq!(wanted("What is the capital of Iceland?"), ["capital", "Iceland?"]);
        assert_eq!(wanted("to be or not to be"), ["to", "be", "or", "not"]);
        assert_eq!(Query::read("the end", Language::Simple).wanted.len(), 2);
    }

    #[test]
    fn phrases_beginnings_and_unwanted_words_are_known() {
        let query = Query::read("\"red fox\" hunt* -dog", Language::English);

        assert_eq!(query.wanted[0], Part { text: "red fox".to_owned(), is_beginning: false });
        assert_eq!(query.wanted[1], Part { text: "hunt".to_owned(), is_beginning: true });
        assert_eq!(query.unwanted, [Part { text: "dog".to_owned(), is_beginning: false }]);
    }

    #[test]
    fn what_says_nothing_searches_for_nothing() {
        for text in ["", "  ", "!!!", "\"\"", "- -- *", "\""] {
            assert!(Query::read(text, Language::English).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_of_bounded_length(text in ".{0,400}") {
            let query = Query::read(&text, Language::English);

            prop_assert!(query.wanted.len() + query.unwanted.len() <= PARTS_MAX);
            for part in query.wanted.iter().chain(&query.unwanted) {
                prop_assert!(!part.text.contains(['"', '\0']));
                prop_assert!(part.text.chars().any(char::is_alphanumeric));
            }
        }
    }
}
