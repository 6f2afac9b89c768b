//! How a client proves itself to a provider (RFC 6749 §2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::client::FetchError;
use crate::secret::Secret;

/// Where the secret of a client goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// Into the form (`client_secret_post`), which every provider understands.
    #[default]
    Post,
    /// Into the `Authorization` header (`client_secret_basic`).
    Basic,
    /// There is no secret: PKCE alone protects the code.
    None,
}

/// A client's name at a provider, and its secret.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: Secret,
    pub(crate) auth: ClientAuth,
}

impl Credentials {
    /// A form for `endpoint` with `fields`, and with the client's proof. Everything is encoded: a value cannot add a field.
    pub(crate) fn form(
        &self,
        endpoint: &str,
        auth: ClientAuth,
        fields: &[(&str, &str)],
    ) -> Result<Request<Bytes>, FetchError> {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields);
        let mut request = Request::post(endpoint);
        match auth {
            ClientAuth::Basic => {
                let mut proof = HeaderValue::try_from(self.basic())
                    .map_err(|_| FetchError::new("the client's secret cannot be sent"))?;
                proof.set_sensitive(true);
                request = request.header(AUTHORIZATION, proof);
            }
            ClientAuth::Post => {
                form.append_pair("client_id", &self.id).append_pair("client_secret", self.secret.reveal());
            }
            ClientAuth::None => {
                form.append_pair("client_id", &self.id);
            }
        }
        request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form.finish().into())
            .map_err(|_| FetchError::new("the address of a provider is none"))
    }

    /// Both halves are encoded as in a form before they are joined.
    fn basic(&self) -> String {
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(&self.id), encoded(self.secret.reveal()));
        format!("Basic {}", STANDARD.encode(pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Credentials {
        Credentials { id: "a b".into(), secret: "p&q=+%:".into(), auth: ClientAuth::Post }
    }

    #[test]
    fn a_value_cannot_add_a_field() {
        let fields = [("code", "c1&grant_type=password"), ("grant_type", "authorization_code")];

        let form = client().form("https://idp.example/t", ClientAuth::Post, &fields).unwrap();

        let body = std::str::from_utf8(form.body()).unwrap();
        assert_eq!(
            body,
            "code=c1%26grant_type%3Dpassword&grant_type=authorization_code&client_id=a+b&client_secret=p%26q%3D%2B%25%3A"
        );
    }

    #[test]
    fn name_and_secret_are_encoded_before_they_are_joined() {
        let form = client().form("https://idp.example/t", ClientAuth::Basic, &[]).unwrap();

        let proof = form.headers()[AUTHORIZATION].to_str().unwrap();
        let pair = STANDARD.decode(proof.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(std::str::from_utf8(&pair).unwrap(), "a+b:p%26q%3D%2B%25%3A");
        assert!(form.body().is_empty());
    }
}
