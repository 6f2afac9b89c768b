//! `doorward generate-private-key`: prints a new key.

use anyhow::Context as _;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::port::{Entropy, SystemEntropy};
use doorward_jose::{Algorithm, SigningKey};

use super::exit::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// EdDSA, ES256 and RS256 print PKCS#8 PEM; HS256 prints 32 random bytes as base64url, for `R2R_SECRET_KEY`.
    #[arg(long, default_value = "HS256")]
    algorithm: Algorithm,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    match options.algorithm {
        Algorithm::Hs256 => {
            let entropy: &dyn Entropy = &SystemEntropy;
            println!("{}", URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()));
        }
        asymmetric => {
            let pem = SigningKey::generate(asymmetric).and_then(|key| key.to_pem());
            print!("{}", *pem.context("cannot make a key")?);
        }
    }
    Ok(())
}
