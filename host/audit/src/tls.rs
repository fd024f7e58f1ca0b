//! TLS as connections to sinks speak it, and for whoever embeds the host: what the system trusts, with a provider of our
//! own, so that none is set for the whole process.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

/// What a connection accepts: certificates that the system trusts.
///
/// # Errors
/// If the system's certificates cannot be used.
pub fn config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}
