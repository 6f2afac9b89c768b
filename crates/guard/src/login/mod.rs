//! How guards log people in: the way to a provider and back.

/// Logs people in with one provider.
pub trait Login: Send + Sync + 'static {
    /// The path on this host that the provider sends browsers back to.
    fn callback_path(&self) -> &str;
}
