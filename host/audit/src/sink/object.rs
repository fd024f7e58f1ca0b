//! A copy in an object store: S3 and compatible stores. Tiles, bundles, heads and numbered checkpoints are objects that
//! are never replaced, so the bucket may forbid it; only `checkpoint`, `head` and `log.vkey` get new versions: they
//! hold the newest checkpoint, head and keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, Checksum};
use object_store::client::{ClientConfigKey, HttpClient, HttpConnector};
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::failed;
use super::files::{Files, Named, Store, sink_of_files};
use crate::error::Result;
use crate::tls;

/// Uploads at the same time.
const UPLOADS_MAX: usize = 16;
/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(60);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// A copy in an object store. It owns a runtime, so do not use it inside an asynchronous task; use a thread
/// that may block.
#[derive(Debug)]
pub struct ObjectStoreSink {
    files: Files<Objects>,
}

impl ObjectStoreSink {
    /// A sink in any store, below a prefix. `address` is its name in reports.
    ///
    /// # Errors
    /// [`crate::Error::Sink`] if the runtime cannot be started.
    pub fn new(address: &str, store: Arc<dyn ObjectStore>, prefix: &str) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(address, error))?;
        let prefix = Key::from(prefix);
        Ok(Self { files: Files::new(Objects { address: address.to_owned(), store, prefix, runtime }) })
    }

    /// A sink in `s3://bucket/prefix`, configured by the environment (`AWS_…`).
    pub(crate) fn s3(url: &str) -> Result<Self> {
        let prefix = url.trim_start_matches("s3://").split_once('/').map_or("", |(_, prefix)| prefix);
        // Without the checksum, buckets with object lock refuse every upload.
        let store = AmazonS3Builder::from_env()
            .with_url(url)
            .with_checksum_algorithm(Checksum::SHA256)
            .with_http_connector(Connector)
            .build();
        Self::new(url, Arc::new(store.map_err(|error| failed(url, error))?), prefix)
    }
}

sink_of_files!(ObjectStoreSink);

#[derive(Debug)]
struct Objects {
    address: String,
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    runtime: Runtime,
}

impl Objects {
    fn key(&self, path: &Path) -> Key {
        path.iter().fold(self.prefix.clone(), |key, part| key.join(part.to_string_lossy().as_ref()))
    }
}

impl Store for Objects {
    fn address(&self) -> &str {
        &self.address
    }

    fn create(&mut self, files: &[Named]) -> Result<Vec<PathBuf>> {
        let mut there = Vec::new();
        for some in files.chunks(UPLOADS_MAX) {
            let uploads: Vec<_> =
                some.iter().map(|(path, bytes)| (path.clone(), self.key(path), bytes.clone())).collect();
            let store = &self.store;
            let done = self.runtime.block_on(async {
                let mut running = JoinSet::new();
                for (path, key, bytes) in uploads {
                    let store = Arc::clone(store);
                    running.spawn(async move {
                        let options = PutOptions::from(PutMode::Create);
                        (path, store.put_opts(&key, bytes.into(), options).await)
                    });
                }
                running.join_all().await
            });
            for (path, result) in done {
                match result {
                    Ok(_) => {}
                    Err(object_store::Error::AlreadyExists { .. }) => there.push(path),
                    Err(error) => return Err(failed(&self.address, error)),
                }
            }
        }
        Ok(there)
    }

    fn get(&mut self, path: &Path) -> Result<Option<Vec<u8>>> {
        let key = self.key(path);
        let bytes = self.runtime.block_on(async { self.store.get(&key).await?.bytes().await });
        match bytes {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(&self.address, error)),
        }
    }

    /// A bucket lists names in order, a page at a time.
    fn names(&mut self, folder: &str, after: &str, most: usize) -> Result<Vec<String>> {
        let folder = self.key(Path::new(folder));
        let after = folder.clone().join(after);
        let listed = self.runtime.block_on(async {
            let listed = self.store.list_with_offset(Some(&folder), &after).take(most);
            listed.try_collect::<Vec<_>>().await
        });
        let listed = listed.map_err(|error| failed(&self.address, error))?;
        let mut names: Vec<String> =
            listed.iter().filter_map(|it| it.location.filename().map(str::to_owned)).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn replace(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let key = self.key(path);
        let put = self.runtime.block_on(self.store.put(&key, bytes.to_vec().into()));
        put.map(drop).map_err(|error| failed(&self.address, error))
    }
}

/// Makes the connections, with the TLS of all sinks.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        fn wrong(error: impl std::error::Error + Send + Sync + 'static) -> object_store::Error {
            object_store::Error::Generic { store: "S3", source: Box::new(error) }
        }
        // A store in the same network may be configured without TLS (`AWS_ALLOW_HTTP`).
        let plain = options.get_config_value(&ClientConfigKey::AllowHttp);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config().map_err(wrong)?)
            .https_only(plain.is_none_or(|plain| plain != "true"))
            .timeout(REQUEST)
            .connect_timeout(CONNECT)
            .build()
            .map_err(wrong)?;
        Ok(HttpClient::new(client))
    }
}
