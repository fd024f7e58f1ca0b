//! TLS for connections to sinks, also for programs that embed the host. It trusts the system's certificates, and brings
//! its own crypto provider, so that none is set for the whole process.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

/// The TLS configuration of connections: they accept certificates that the system trusts.
///
/// # Errors
/// The reason, if the system's certificates cannot be used.
pub fn config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}
