//! Which rule a path falls under, however the path is spelled.
//!
//! Fixed text goes before a parameter, a parameter before a wild card; on one pattern a rule for the method goes before one
//! for all methods. The order in which rules were added makes no difference. A trailing slash makes none, and `HEAD` falls
//! under the rule for `GET`.
//!
//! A path that a careless router could read as another one (`//x`, `/y/../x`, `%2F`, `/y/..;/x`, `%252F`) is read in each way. Invariant: where
//! two readings fall under different rules, neither is chosen.

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::method::Methods;

/// What a path falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The rule with this number.
    Rule(usize),
    /// No rule.
    Nothing,
    /// One rule in one reading, another in the other.
    Ambiguous,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A pattern begins at the root.
    #[error("a path begins with `/`")]
    NoSlash,
    /// A wild card in the middle would make the choice of a rule unclear.
    #[error("`*` stands at the end of a path")]
    WildInTheMiddle,
    /// `//`, `.` and `..` never reach a handler.
    #[error("a path has no empty segment, `.` or `..`")]
    NotCanonical,
    /// The same path and method stand in an earlier rule.
    #[error("an earlier rule has the same path and method")]
    Shadowed,
}

/// All rules by their paths.
#[derive(Debug, Default)]
pub(crate) struct PathTable {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    /// By their text; in the order of [`order`].
    fixed: Vec<(Box<str>, Node)>,
    parameter: Option<Box<Node>>,
    here: Choice,
    /// Rules for this path and everything below it.
    below: Choice,
}

/// Rules on one pattern.
#[derive(Debug, Default)]
struct Choice {
    by_method: Vec<(Method, usize)>,
    any: Option<usize>,
}

impl Choice {
    fn of(&self, method: &Method) -> Option<usize> {
        let named =
            |wanted: &Method| self.by_method.iter().find(|(known, _)| known == wanted).map(|(_, rule)| *rule);
        // A handler for GET answers HEAD as well.
        let stands_in = || if method == Method::HEAD { named(&Method::GET) } else { None };
        named(method).or_else(stands_in).or(self.any)
    }

    fn add(&mut self, methods: &Methods, rule: usize) -> Result<(), PatternError> {
        let Some(named) = methods.named() else {
            return if self.any.replace(rule).is_some() { Err(PatternError::Shadowed) } else { Ok(()) };
        };
        for method in named {
            if self.by_method.iter().any(|(known, _)| known == method) {
                return Err(PatternError::Shadowed);
            }
            self.by_method.push((method.clone(), rule));
        }
        Ok(())
    }
}

impl PathTable {
    /// Puts `rule` under `pattern`: `/fixed`, `/:parameter` or `/{parameter}`, `/:optional?`, and at the end `*`, `+` or
    /// `{*rest}`.
    pub(crate) fn add(&mut self, methods: &Methods, pattern: &str, rule: usize) -> Result<(), PatternError> {
        let path = pattern.strip_prefix('/').ok_or(PatternError::NoSlash)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut node = &mut self.root;
        let mut segments = path.split('/').filter(|_| !path.is_empty()).peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            match segment {
                "" | "." | ".." => return Err(PatternError::NotCanonical),
                "*" | "+" => {
                    return if is_last {
                        node.below.add(methods, rule)
                    } else {
                        Err(PatternError::WildInTheMiddle)
                    };
                }
                wild if wild.starts_with("{*") => {
                    return if is_last {
                        node.below.add(methods, rule)
                    } else {
                        Err(PatternError::WildInTheMiddle)
                    };
                }
                optional if optional.starts_with(':') && optional.ends_with('?') => {
                    node.here.add(methods, rule)?;
                    node = node.parameter.get_or_insert_default();
                }
                parameter if parameter.starts_with([':', '{']) => {
                    node = node.parameter.get_or_insert_default();
                }
                fixed if fixed.contains('*') => return Err(PatternError::WildInTheMiddle),
                fixed => node = node.fixed_or_new(&decoded(fixed)),
            }
        }
        node.here.add(methods, rule)
    }

    /// What a request with this method and path falls under.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found {
        let as_written = if is_plain(path) {
            self.root.find(method, Some(trimmed(path)))
        } else {
            let as_written = self.as_written(method, path);
            // Who stands in front may decode a path, and who stands behind may decode it once more.
            let once = decoded(path);
            if as_written != self.as_meant(method, &once)
                || as_written != self.as_meant(method, &decoded(&once))
            {
                return Found::Ambiguous;
            }
            as_written
        };
        as_written.map_or(Found::Nothing, Found::Rule)
    }

    /// The path cut at its slashes, each piece decoded: as axum and most routers read it.
    fn as_written(&self, method: &Method, path: &str) -> Option<usize> {
        let segments: Vec<Cow<'_, str>> = trimmed(path).split('/').map(decoded).collect();
        self.root.find_segments(method, &segments)
    }

    /// A path that was decoded, tidied up: as file servers and some proxies read it.
    fn as_meant(&self, method: &Method, path: &str) -> Option<usize> {
        let mut segments: Vec<Cow<'_, str>> = Vec::new();
        for segment in path.split(['/', '\\']) {
            // What stands behind `;` belongs to no name for servers that read parameters there.
            match segment.split(';').next().unwrap_or_default() {
                "" | "." => {}
                ".." => drop(segments.pop()),
                other => segments.push(Cow::Borrowed(other)),
            }
        }
        self.root.find_segments(method, &segments)
    }
}

impl Node {
    fn fixed(&self, segment: &str) -> Option<&Self> {
        let at = self.place_of(segment).ok()?;
        Some(&self.fixed[at].1)
    }

    fn fixed_or_new(&mut self, segment: &str) -> &mut Self {
        let at = self.place_of(segment).unwrap_or_else(|at| {
            self.fixed.insert(at, (segment.into(), Self::default()));
            at
        });
        &mut self.fixed[at].1
    }

    fn place_of(&self, segment: &str) -> Result<usize, usize> {
        self.fixed.binary_search_by(|(known, _)| order(known).cmp(&order(segment)))
    }

    /// `rest` is what follows the slash after this node; `None` if the path ends here.
    fn find(&self, method: &Method, rest: Option<&str>) -> Option<usize> {
        let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
            return self.here.of(method).or_else(|| self.below.of(method));
        };
        let (segment, rest) = match rest.bytes().position(|byte| byte == b'/') {
            Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
            None => (rest, None),
        };
        let fixed = self.fixed(segment).and_then(|node| node.find(method, rest));
        fixed
            .or_else(|| self.parameter.as_ref().and_then(|node| node.find(method, rest)))
            .or_else(|| self.below.of(method))
    }

    fn find_segments(&self, method: &Method, segments: &[Cow<'_, str>]) -> Option<usize> {
        let Some((segment, rest)) = segments.split_first() else {
            return self.here.of(method).or_else(|| self.below.of(method));
        };
        let fixed = self.fixed(segment).and_then(|node| node.find_segments(method, rest));
        fixed
            .or_else(|| self.parameter.as_ref().and_then(|node| node.find_segments(method, rest)))
            .or_else(|| self.below.of(method))
    }
}

/// Short texts first: most comparisons end at the length.
fn order(segment: &str) -> (usize, &str) {
    (segment.len(), segment)
}

/// Whether there is only one way to read `path`.
fn is_plain(path: &str) -> bool {
    let mut before = 0;
    path.bytes().all(|byte| {
        let is_odd = matches!(byte, b'%' | b'\\' | b';') || (before == b'/' && matches!(byte, b'/' | b'.'));
        before = byte;
        !is_odd
    })
}

/// Without the slash in front and one at the end.
fn trimmed(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path)
}

fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('%') { percent_decode_str(text).decode_utf8_lossy() } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::any;

    fn table(rules: &[(&str, &str)]) -> PathTable {
        let mut table = PathTable::default();
        for (number, (method, path)) in rules.iter().enumerate() {
            let methods = if *method == "any" { any() } else { method.parse::<Method>().unwrap().into() };
            table.add(&methods, path, number).unwrap();
        }
        table
    }

    fn find(table: &PathTable, method: &str, path: &str) -> Found {
        table.find(&method.parse().unwrap(), path)
    }

    #[test]
    fn the_closest_pattern_wins_in_whatever_order() {
        let rules = table(&[("any", "/*"), ("any", "/user/*"), ("any", "/user/:id"), ("any", "/user/me")]);

        for (path, rule) in
            [("/", 0), ("/x/y", 0), ("/user/a/b", 1), ("/user", 1), ("/user/7", 2), ("/user/me", 3)]
        {
            assert_eq!(find(&rules, "GET", path), Found::Rule(rule), "{path}");
        }
    }

    #[test]
    fn a_pattern_without_the_method_leaves_the_request_to_wider_ones() {
        let rules = table(&[("any", "/*"), ("GET", "/x"), ("GET", "/y/:id"), ("any", "/y/*")]);

        assert_eq!(find(&rules, "GET", "/x"), Found::Rule(1));
        assert_eq!(find(&rules, "HEAD", "/x"), Found::Rule(1));
        assert_eq!(find(&rules, "POST", "/x"), Found::Rule(0));
        assert_eq!(find(&rules, "POST", "/y/1"), Found::Rule(3));
    }

    #[test]
    fn no_spelling_leads_around_a_rule() {
        let rules = table(&[("GET", "/x"), ("any", "/files/:name"), ("any", "/café")]);

        assert_eq!(find(&rules, "GET", "/x/"), Found::Rule(0));
        assert_eq!(find(&rules, "GET", "/%78"), Found::Rule(0));
        assert_eq!(find(&rules, "GET", "/caf%C3%A9"), Found::Rule(2));
        assert_eq!(find(&rules, "GET", "/files/a%20b"), Found::Rule(1));
        for path in [
            "//x",
            "/y/../x",
            "/./x",
            "/y%2f..%2fx",
            "/y/..;/x",
            "/y/%252e%252e/x",
            "/x;v=1",
            "/\\x",
            "/files/a%2fb",
            "/x//",
        ] {
            assert_eq!(find(&rules, "GET", path), Found::Ambiguous, "{path}");
        }
    }

    #[test]
    fn what_cannot_be_a_pattern_is_refused() {
        let mut rules = table(&[("GET", "/x")]);

        assert_eq!(rules.add(&any(), "x", 1), Err(PatternError::NoSlash));
        assert_eq!(rules.add(&any(), "/*/x", 1), Err(PatternError::WildInTheMiddle));
        assert_eq!(rules.add(&any(), "/a*", 1), Err(PatternError::WildInTheMiddle));
        assert_eq!(rules.add(&any(), "/a/../b", 1), Err(PatternError::NotCanonical));
        assert_eq!(rules.add(&Method::GET.into(), "/x/", 1), Err(PatternError::Shadowed));
        assert_eq!(rules.add(&any(), "/x", 1), Ok(()));
    }
}
