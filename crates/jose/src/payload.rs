//! The claims of a token, read once: the registered ones for the checks here, all of them for the caller.
//!
//! Does not judge what the claims say: see [`crate::claims`].
//!
//! Invariant: no member comes twice, and a registered claim that is there is of its type, whatever the caller makes of it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use crate::refusal::Refusal;

/// The registered claims that matter here (RFC 7519 §4.1).
#[derive(Default)]
pub(crate) struct Registered<'a> {
    pub(crate) iss: Option<Cow<'a, str>>,
    pub(crate) aud: Option<Audience<'a>>,
    pub(crate) exp: Option<i64>,
    pub(crate) iat: Option<i64>,
    pub(crate) nbf: Option<i64>,
}

/// One audience or several.
#[derive(Clone)]
pub(crate) enum Audience<'a> {
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl Audience<'_> {
    pub(crate) fn has(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// Reads the claims in `json`.
///
/// # Errors
/// [`Refusal::Malformed`] when it is not one JSON object without duplicate members, [`Refusal::BadClaims`] when a claim is
/// not of its type or not what the caller reads.
pub(crate) fn read<C: DeserializeOwned>(json: &str) -> Result<(C, Registered<'_>), Refusal> {
    let (mut registered, mut has_twins) = (Registered::default(), false);
    let mut input = serde_json::Deserializer::from_str(json);
    let visitor = Payload { registered: &mut registered, has_twins: &mut has_twins, claims: PhantomData };
    let read = input.deserialize_map(visitor).and_then(|claims| input.end().map(|()| claims));
    match read {
        Ok(claims) => Ok((claims, registered)),
        Err(fault) if has_twins || !fault.is_data() => Err(Refusal::Malformed),
        Err(_) => Err(Refusal::BadClaims),
    }
}

struct Payload<'r, 'de, C> {
    registered: &'r mut Registered<'de>,
    has_twins: &'r mut bool,
    claims: PhantomData<C>,
}

impl<'de, C: DeserializeOwned> Visitor<'de> for Payload<'_, 'de, C> {
    type Value = C;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of claims")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<C, M::Error> {
        let names = Vec::with_capacity(16);
        let (registered, has_twins) = (self.registered, self.has_twins);
        let members = Members { map, names, claim: Claim::Other, registered, has_twins };
        C::deserialize(MapAccessDeserializer::new(members))
    }
}

/// The members on their way to the caller.
struct Members<'r, 'de, M> {
    map: M,
    names: Vec<Cow<'de, str>>,
    /// Which claim the value is that comes next.
    claim: Claim,
    registered: &'r mut Registered<'de>,
    has_twins: &'r mut bool,
}

#[derive(Clone, Copy)]
enum Claim {
    Iss,
    Aud,
    Exp,
    Iat,
    Nbf,
    /// Has to be a text and is not looked at: `sub`, `jti`.
    Text,
    Other,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Members<'_, 'de, M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, M::Error> {
        let Some(Text(name)) = self.map.next_key()? else { return Ok(None) };
        if self.names.contains(&name) {
            *self.has_twins = true;
            return Err(de::Error::custom("a member comes twice"));
        }
        self.claim = match &*name {
            "iss" => Claim::Iss,
            "aud" => Claim::Aud,
            "exp" => Claim::Exp,
            "iat" => Claim::Iat,
            "nbf" => Claim::Nbf,
            "sub" | "jti" => Claim::Text,
            _ => Claim::Other,
        };
        self.names.push(name.clone());
        seed.deserialize(Seen::new(Value::Text(name))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        let value = match self.claim {
            Claim::Other => return self.map.next_value_seed(seed),
            Claim::Text => Value::Text(self.map.next_value::<Text<'de>>()?.0),
            Claim::Iss => {
                let Text(issuer) = self.map.next_value()?;
                self.registered.iss = Some(issuer.clone());
                Value::Text(issuer)
            }
            Claim::Aud => {
                let audience: Audience<'de> = self.map.next_value()?;
                self.registered.aud = Some(audience.clone());
                match audience {
                    Audience::One(one) => Value::Text(one),
                    Audience::Many(many) => Value::Texts(many),
                }
            }
            Claim::Exp => self.date(|registered| &mut registered.exp)?,
            Claim::Iat => self.date(|registered| &mut registered.iat)?,
            Claim::Nbf => self.date(|registered| &mut registered.nbf)?,
        };
        seed.deserialize(Seen::new(value))
    }
}

impl<'de, M: MapAccess<'de>> Members<'_, 'de, M> {
    fn date(
        &mut self,
        place: impl for<'r> FnOnce(&'r mut Registered<'de>) -> &'r mut Option<i64>,
    ) -> Result<Value<'de>, M::Error> {
        let date: NumericDate = self.map.next_value()?;
        *place(self.registered) = Some(date.seconds);
        Ok(Value::Number(date))
    }
}

/// A text, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Seconds since 1970, rounded down (RFC 7519 §2).
#[derive(Clone, Copy)]
struct NumericDate {
    seconds: i64,
    /// As it was written, where that is not a whole number.
    fraction: Option<f64>,
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = NumericDate;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("seconds since 1970")
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<NumericDate, E> {
                let seconds = i64::try_from(seconds).map_err(|_| E::custom("too far in the future"))?;
                Ok(NumericDate { seconds, fraction: None })
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<NumericDate, E> {
                // Up to 2^53 a double is exact to the second.
                if !(0.0..=9_007_199_254_740_992.0).contains(&seconds) {
                    return Err(E::custom("not a date"));
                }
                #[expect(clippy::cast_possible_truncation, reason = "in range, as checked above")]
                let whole = seconds as i64;
                Ok(NumericDate { seconds: whole, fraction: Some(seconds) })
            }
        }
        input.deserialize_any(Number)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Audience<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Audience<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an audience or a list of them")
            }

            fn visit_borrowed_str<E: de::Error>(self, one: &'de str) -> Result<Self::Value, E> {
                Ok(Audience::One(Cow::Borrowed(one)))
            }

            fn visit_str<E: de::Error>(self, one: &str) -> Result<Self::Value, E> {
                Ok(Audience::One(Cow::Owned(one.to_owned())))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
                let mut many = Vec::new();
                while let Some(Text(one)) = list.next_element()? {
                    many.push(one);
                }
                Ok(Audience::Many(many))
            }
        }
        input.deserialize_any(OneOrMany)
    }
}

/// A value that was read here and is handed on to the caller as if it stood in the JSON still.
struct Seen<'de, E> {
    value: Value<'de>,
    fault: PhantomData<E>,
}

enum Value<'de> {
    Text(Cow<'de, str>),
    Texts(Vec<Cow<'de, str>>),
    Number(NumericDate),
}

impl<'de, E> Seen<'de, E> {
    const fn new(value: Value<'de>) -> Self {
        Self { value, fault: PhantomData }
    }
}

impl<'de, E: de::Error> Deserializer<'de> for Seen<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.value {
            Value::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Value::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Value::Texts(texts) => {
                let mut texts = texts.into_iter().map(|text| Seen::new(Value::Text(text)));
                visitor.visit_seq(de::value::SeqDeserializer::new(&mut texts))
            }
            Value::Number(NumericDate { fraction: Some(fraction), .. }) => visitor.visit_f64(fraction),
            // Never negative.
            Value::Number(NumericDate { seconds, .. }) => visitor.visit_u64(seconds.unsigned_abs()),
        }
    }

    /// What is there is something.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        match self.value {
            Value::Text(text) => {
                de::value::CowStrDeserializer::new(text).deserialize_enum(name, variants, visitor)
            }
            _ => Err(E::custom("not a name")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, E: de::Error> de::IntoDeserializer<'de, E> for Seen<'de, E> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Caller {
        aud: Vec<String>,
        exp: f64,
        iat: Option<i64>,
        nbf: Option<u32>,
        sub: Option<String>,
        #[serde(default)]
        scope: Vec<String>,
    }

    #[test]
    fn a_caller_reads_every_claim_as_it_was_written() {
        let claims = json!({
            "iss": "i", "aud": ["a", "\u{e4}\"b"], "exp": 2000.5, "iat": 1, "jti": "j", "x": [{ "y": null }], "scope": ["s"],
        });
        let text = claims.to_string();

        let (all, registered) = read::<serde_json::Value>(&text).unwrap();
        let (caller, _) = read::<Caller>(&text).unwrap();

        assert_eq!(all, claims);
        assert_eq!((registered.exp, registered.iat, registered.nbf), (Some(2000), Some(1), None));
        assert!(registered.aud.is_some_and(|aud| aud.has("\u{e4}\"b") && !aud.has("b")));
        let aud = vec!["a".into(), "\u{e4}\"b".into()];
        let scope = vec!["s".into()];
        assert_eq!(caller, Caller { aud, exp: 2000.5, iat: Some(1), nbf: None, sub: None, scope });
    }

    #[test]
    fn what_the_caller_passes_over_is_held_to_its_form_all_the_same() {
        let read = |json| read::<de::IgnoredAny>(json).map(drop);

        assert_eq!(read(r#"{"iss":"i","exp":1}"#), Ok(()));
        assert_eq!(read(r#"{"iss":"i","exp":"1"}"#), Err(Refusal::BadClaims));
        assert_eq!(read(r#"{"x":1,"x":1}"#), Err(Refusal::Malformed));
        assert_eq!(read(r#"{"sub":"a"} {}"#), Err(Refusal::Malformed));
        assert_eq!(read(r#"{"sub":null}"#), Err(Refusal::BadClaims));
    }
}
