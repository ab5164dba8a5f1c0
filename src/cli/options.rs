//! Options that every sub-command has.

use std::io::{self, Write};

use clap::Args;

use crate::engine::{Engine, EngineOptions};
use crate::models::device::{DeviceChoice, DtypeChoice};
use crate::printable;
use crate::protein::Around;

/// Options that every sub-command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Every command")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of the command line"
)]
pub struct Global {
    /// Where the networks run: auto, cpu, cuda, cuda:N, metal
    #[arg(long, global = true, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Number type of the networks: auto, f32, bf16, f16
    #[arg(long, global = true, default_value = "auto", value_name = "TYPE")]
    pub dtype: DtypeChoice,
    /// Threads of the computations [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Write what ran, layer by layer, and for how long: a file for chrome://tracing or ui.perfetto.dev
    #[arg(long, global = true, value_name = "FILE.json")]
    pub trace: Option<std::path::PathBuf>,
    /// Keep no results between runs, and use no kept ones
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// Download entries named by their id (1ake, 4hhb.B, P69441, AF-P69441-F1) that are not on this machine
    #[arg(long, global = true, conflicts_with = "offline")]
    pub fetch: bool,
    /// Download nothing
    #[arg(long, global = true)]
    pub offline: bool,
    /// A biological assembly of the file, by its name: its copies of chains stand around what is studied
    #[arg(long, global = true, value_name = "ID")]
    pub assembly: Option<String>,
    /// Count the neighbours (other chains, nucleic acids, ligands, metals) in elastic networks, burial and
    /// accessibility; without it they are named and shown only
    #[arg(long, global = true)]
    pub context: bool,
    /// More output; twice for debugging
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Only errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

impl Global {
    /// Sets up logging and threads, once a process. The log goes to `log`, else to stderr.
    pub fn apply(&self, log: Option<std::fs::File>) -> anyhow::Result<()> {
        let level = match self.verbose {
            0 => "error",
            1 => "info",
            _ => "debug",
        };
        let environment = env_logger::Env::default().default_filter_or(level);
        let out: Box<dyn Write + Send> = match log {
            Some(file) => Box::new(file),
            None => Box::new(io::stderr()),
        };
        let target = env_logger::Target::Pipe(Box::new(printable::Writer::new(out)));
        env_logger::Builder::from_env(environment)
            .target(target)
            .try_init()
            .map_err(|e| anyhow::anyhow!("logging: {e}"))?;
        if let Some(threads) = self.threads {
            bound_pools(threads.get());
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads.get())
                .build_global()?;
        }
        Ok(())
    }

    /// What stands around the residues that are studied, as asked for.
    #[must_use]
    pub fn around(&self) -> Around {
        Around {
            assembly: self.assembly.clone(),
            counts: self.context,
        }
    }

    /// The engine as asked for.
    #[must_use]
    pub fn engine(&self) -> Engine {
        Engine::new(EngineOptions {
            device: self.device,
            dtype: self.dtype,
            cache_dir: cache_dir().filter(|_| !self.no_cache),
            ..EngineOptions::default()
        })
    }
}

/// The tensor library has threads of its own beside rayon's, and reads from the environment how many.
#[expect(
    unsafe_code,
    reason = "writes the environment before there is a second thread"
)]
fn bound_pools(threads: usize) {
    for name in ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"] {
        // SAFETY: called once, at the start of the process, while it has a single thread.
        unsafe { std::env::set_var(name, threads.to_string()) };
    }
}

/// `$DYNASCOPE_CACHE`, else the platform's folder for caches.
fn cache_dir() -> Option<std::path::PathBuf> {
    let own = std::env::var_os("DYNASCOPE_CACHE").map(Into::into);
    own.or_else(|| {
        let project = directories::ProjectDirs::from("", "", "dynascope")?;
        Some(project.cache_dir().to_owned())
    })
}
