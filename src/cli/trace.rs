//! `--trace`: what ran, when and for how long, as a file that chrome://tracing and Perfetto show.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use tracing::Subscriber;
use tracing_chrome::{ChromeLayerBuilder, FlushGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

use crate::engine::files;

/// A trace that grows, and where it goes in the end.
pub struct Recording {
    path: PathBuf,
    events: Events,
    guard: FlushGuard,
}

impl Recording {
    /// Traces the process from now on.
    ///
    /// # Errors
    /// When the file is there already.
    pub fn start(path: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !files::is_taken(path),
            "--trace {}: it exists already; choose another name",
            path.display()
        );
        let events = Events::default();
        let (subscriber, guard) = recorder(events.clone());
        tracing::subscriber::set_global_default(subscriber)?;
        let path = path.to_owned();
        Ok(Self {
            path,
            events,
            guard,
        })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> anyhow::Result<()> {
        drop(self.guard);
        files::write(&self.path, false, &self.events.take())
            .with_context(|| format!("--trace {}", self.path.display()))
    }
}

/// What makes the events of all spans; they are complete once the guard is dropped.
fn recorder(events: Events) -> (impl Subscriber + Send + Sync, FlushGuard) {
    let (layer, guard) = ChromeLayerBuilder::new()
        .writer(events)
        .include_args(true)
        .build();
    (registry().with(layer), guard)
}

/// The bytes of the file, kept until it is whole.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<u8>>>);

impl Events {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Events {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::device::Compute;
    use crate::models::esm2::{Config, Esm2};
    use crate::models::tokenizer::tokenize;
    use crate::models::weights::WeightsFile;

    #[test]
    fn a_network_of_tensors_shows_its_layers() {
        let bytes = include_bytes!("../../tests/golden/esm2/model.safetensors");
        let config = include_str!("../../tests/golden/esm2/config.json");
        let config = Config::parse("config.json", config).unwrap();
        let weights = WeightsFile::embedded("esm2", bytes).unwrap();
        let events = Events::default();
        let (subscriber, guard) = recorder(events.clone());
        tracing::subscriber::with_default(subscriber, || {
            let model = Esm2::load_as(&config, &weights, &Compute::cpu_unfused()).unwrap();
            model.logits(&[&tokenize("MKTAYIAK")], &()).unwrap();
        });
        drop(guard);
        let events: serde_json::Value = serde_json::from_slice(&events.take()).unwrap();
        let begun = |name: &str| {
            let all = events.as_array().unwrap().iter();
            let begun = all.filter(|e| e["name"] == name && e["ph"] == "B");
            begun.count()
        };
        assert_eq!(begun("esm2 layer"), config.layers);
        assert_eq!(begun("esm2 head"), 1);
        // Query with key and value, output, up, down; the head's own.
        assert_eq!(begun("linear"), 4 * config.layers + 1);
        assert_eq!(begun("layer-norm"), 2 * config.layers + 2);
        assert_eq!(begun("embedding"), 1);
    }

    #[test]
    fn a_file_that_is_there_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Recording::start(folder.path()).err().unwrap().to_string();
        assert!(refused.contains("exists already"), "{refused}");
    }
}
