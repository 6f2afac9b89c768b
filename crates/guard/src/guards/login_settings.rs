//! What the guards that log people in with a provider let their users say alike, written once.
//!
//! A macro, because these are methods of each guard's own: a trait would have to be imported by whoever builds one. A guard
//! that uses it has a `flow` ([`CodeFlow`](crate::provider::CodeFlow)) and an `admission`
//! ([`Admission`](crate::provider::Admission)).

macro_rules! login_settings {
    () => {
        /// One more parameter for the authorization endpoint.
        #[must_use]
        pub fn service_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.flow.params.push((name.into(), value.into()));
            self
        }

        /// What a browser gets when it comes back; the request is replayed unless told.
        #[must_use]
        pub fn on_auth(mut self, on_auth: OnAuth) -> Self {
            self.flow.on_auth = on_auth;
            self
        }

        /// Calls the provider with this client.
        #[must_use]
        pub fn fetch(mut self, fetch: impl Fetch) -> Self {
            self.flow.fetch = Arc::new(fetch);
            self
        }

        /// Tells more of a user whom the provider vouches for. An error ends the login.
        #[must_use]
        pub fn user_info<F>(mut self, tell: impl Fn(Arc<UserInfo>) -> F + Send + Sync + 'static) -> Self
        where
            F: Future<Output = Result<UserPatch, Reason>> + Send + 'static,
        {
            self.admission.set_user_info(tell);
            self
        }

        /// Says whether a user may come in: yes, no, or yes with these scopes. Everybody with a login may unless told.
        ///
        /// Ask for the id, not for an address of mail: providers let people change theirs.
        #[must_use]
        pub fn validate<V: Into<Verdict>>(
            mut self,
            validate: impl Fn(&UserInfo) -> V + Send + Sync + 'static,
        ) -> Self {
            self.admission.set_validate(validate);
            self
        }

        /// The same, and takes its time.
        #[must_use]
        pub fn validate_async<V, F>(
            mut self,
            validate: impl Fn(Arc<UserInfo>) -> F + Send + Sync + 'static,
        ) -> Self
        where
            V: Into<Verdict>,
            F: Future<Output = V> + Send + 'static,
        {
            self.admission.set_validate_async(validate);
            self
        }
    };
}

pub(super) use login_settings;
