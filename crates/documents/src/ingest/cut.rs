//! How a text is cut into chunks: between paragraphs where possible, else between sentences, else between words.
//!
//! Invariant: a chunk has `size` characters at most, and no word of the text is lost.

use crate::settings::Cut;

/// The chunks of `text`, in order. Each begins with the last sentences of the one before, up to `overlap` characters.
pub(crate) fn cut(text: &str, cut: Cut) -> Vec<String> {
    let size = cut.size.max(1);
    let overlap = cut.overlap.min(size / 2);
    let mut chunks = Vec::new();
    // Pieces of the chunk that is being filled, and how many characters they have together.
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut length = 0;
    for piece in pieces_of(text, size) {
        if length + piece.length > size && !pieces.is_empty() {
            chunks.extend(joined(&pieces));
            let room = overlap.min(size.saturating_sub(piece.length));
            length = keep_end(&mut pieces, room);
        }
        length += piece.length;
        pieces.push(piece);
    }
    chunks.extend(joined(&pieces));
    chunks
}

/// A sentence with the blanks after it, or a part of one that is too long.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    length: usize,
}

fn joined(pieces: &[Piece<'_>]) -> Option<String> {
    let text: String = pieces.iter().map(|piece| piece.text).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Leaves the last pieces that have `room` together; gives how long they are.
fn keep_end(pieces: &mut Vec<Piece<'_>>, room: usize) -> usize {
    let (mut kept, mut length) = (0, 0);
    for piece in pieces.iter().rev() {
        if length + piece.length > room {
            break;
        }
        length += piece.length;
        kept += 1;
    }
    pieces.drain(..pieces.len() - kept);
    length
}

/// Sentences of at most `size` characters each; together they are the text.
fn pieces_of(text: &str, size: usize) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (sentence, after) = rest.split_at(sentence_end(rest));
        rest = after;
        let mut part = sentence;
        while !part.is_empty() {
            let (piece, length) = first_part(part, size);
            pieces.push(Piece { text: piece, length });
            part = &part[piece.len()..];
        }
    }
    pieces
}

/// Where the first sentence ends, blanks included: after an end of sentence that a blank follows, or an empty line.
fn sentence_end(text: &str) -> usize {
    let mut before = ' ';
    let mut is_over = false;
    for (at, c) in text.char_indices() {
        if is_over && !c.is_whitespace() {
            return at;
        }
        if c.is_whitespace() && (matches!(before, '.' | '!' | '?' | '…') || c == '\n' && before == '\n') {
            is_over = true;
        }
        if matches!(c, '。' | '！' | '？') {
            is_over = true;
        }
        before = c;
    }
    text.len()
}

/// The first `size` characters of a piece at most, up to a blank where there is one.
fn first_part(text: &str, size: usize) -> (&str, usize) {
    let (mut length, mut blank) = (0, None);
    for (at, c) in text.char_indices() {
        if length == size {
            let (end, length) = blank.unwrap_or((at, length));
            return (&text[..end], length);
        }
        length += 1;
        if c.is_whitespace() {
            blank = Some((at + c.len_utf8(), length));
        }
    }
    (text, length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_is_one_chunk() {
        assert_eq!(cut(" One. Two. ", Cut { size: 100, overlap: 10 }), ["One. Two."]);
    }

    #[test]
    fn chunks_end_with_sentences_and_begin_with_the_end_of_the_one_before() {
        let chunks = cut("First one. Second one. Third one. Fourth.", Cut { size: 24, overlap: 12 });

        assert_eq!(chunks, ["First one. Second one.", "Second one. Third one.", "Third one. Fourth."]);
    }

    #[test]
    fn a_sentence_that_is_too_long_is_cut_between_words() {
        let chunks = cut("alpha beta gamma delta", Cut { size: 11, overlap: 0 });

        assert_eq!(chunks, ["alpha beta", "gamma delta"]);
    }

    #[test]
    fn nothing_is_no_chunk() {
        assert!(cut(" \n\n ", Cut::default()).is_empty());
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_chunk_is_too_long(
            words in proptest::collection::vec("[a-zäß。]{1,12}[.!?]?", 0..80),
            size in 12_usize..80,
            overlap in 0_usize..40,
        ) {
            let chunks = cut(&words.join(" "), Cut { size, overlap });

            for chunk in &chunks {
                prop_assert!(chunk.chars().count() <= size);
            }
            let mut rest: &[String] = &words;
            for word in chunks.iter().flat_map(|chunk| chunk.split_whitespace()) {
                if rest.first().is_some_and(|next| next == word || next.contains('。')) {
                    rest = &rest[1..];
                }
            }
            let is_plain = words.iter().all(|word| !word.contains('。'));
            prop_assert!(!is_plain || rest.is_empty(), "{rest:?} of {words:?} in {chunks:?}");
        }
    }
}
