//! `dynascope weights`: which models are here, and bringing others.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Outcome;
use super::console::{self, Console};
use super::options::Global;
use crate::engine::EngineError;
use crate::engine::fetch::prove;
use crate::engine::store::{Hub, Published, Store, find, published};
use crate::models::device::Compute;

/// Arguments of `dynascope weights`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: dynascope weights list; dynascope weights fetch esm2-35m\n\n\
Models are kept under the platform's data directory, or $DYNASCOPE_WEIGHTS; those in the caches of \
Hugging Face's tools and of PyTorch (fair-esm) are found too. HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, \
TORCH_HOME, XDG_CACHE_HOME and the proxy variables are honoured. Nothing is downloaded unless 'fetch' is called.")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The published models, and which are on this machine
    List,
    /// Download models, going on where an earlier download broke off
    Fetch {
        /// Names as in the list
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Hash the files of models anew and compare; run ESM-2 and compare with published numbers
    Verify {
        /// Names as in the list [default: every model that is here]
        ids: Vec<String>,
    },
    /// The folder of a model, or of all of them
    Path {
        /// A name as in the list
        id: Option<String>,
    },
    /// Copy weights that are on this machine already: a file (.safetensors, .pt, .pth, .ckpt, .bin) or a folder
    Import {
        /// A name as in the list
        id: String,
        /// The file or folder
        from: PathBuf,
    },
}

/// Runs `dynascope weights`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let store = Store::of_user();
    match &arguments.action {
        Action::List => list(&store),
        Action::Fetch { ids } => fetch(&store, ids, global, console),
        Action::Verify { ids } => verify(&store, ids, global, console),
        Action::Path { id } => path(&store, id.as_deref()),
        Action::Import { id, from } => {
            let folder = store.import(find(id)?, from)?;
            console.note(&format!("{id} is in {}", folder.display()));
            Ok(Outcome::Done)
        }
    }
}

fn list(store: &Store) -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    writeln!(
        out,
        "{:<10} {:>11} {:>8}  {:<9} {:<4}  for",
        "id", "parameters", "download", "licence", "here"
    )?;
    for model in published() {
        let here = if store.locate(model).is_some() {
            "yes"
        } else {
            "-"
        };
        writeln!(
            out,
            "{:<10} {:>11} {:>8}  {:<9} {here:<4}  {}",
            model.id,
            model.parameters,
            model.size.as_deref().unwrap_or("-"),
            model.licence,
            model.good_for
        )?;
    }
    Ok(Outcome::Done)
}

fn fetch(
    store: &Store,
    ids: &[String],
    global: &Global,
    console: &Console,
) -> anyhow::Result<Outcome> {
    let models = ids
        .iter()
        .map(|id| find(id))
        .collect::<Result<Vec<_>, _>>()?;
    let hub = Hub::of_user();
    let mut outcome = Outcome::Done;
    for model in models.into_iter().flat_map(Published::parts) {
        if let Some(found) = store.locate(model).filter(|found| found.foreign) {
            console.note(&format!("{} is in {}", model.id, found.path.display()));
            continue;
        }
        let folder = store.fetch(model, &hub, console);
        console.finish();
        console.note(&format!("{} is in {}", model.id, folder?.display()));
        if !proof(store, model, global, console)? {
            outcome = Outcome::Partly;
        }
    }
    Ok(outcome)
}

/// Says how far a model is from its published numbers, where any are known; whether that is near enough.
fn proof(
    store: &Store,
    model: &Published,
    global: &Global,
    console: &Console,
) -> anyhow::Result<bool> {
    let compute = Compute::choose(global.device, global.dtype)?;
    let proved = prove(store, model, &compute, console);
    console.finish();
    let (line, is_right) = match proved {
        Ok(None) => return Ok(true),
        Ok(Some(distance)) if distance.is_small() => (format!("right: {distance}"), true),
        Ok(Some(distance)) => (format!("WRONG: {distance}"), false),
        Err(error @ EngineError::Unsupported(_)) => (error.to_string(), true),
        Err(error) => return Err(error.into()),
    };
    writeln!(console::stdout(), "{}  {line}", model.id)?;
    Ok(is_right)
}

fn verify(
    store: &Store,
    ids: &[String],
    global: &Global,
    console: &Console,
) -> anyhow::Result<Outcome> {
    let models = if ids.is_empty() {
        let here = published().iter().filter(|m| store.locate(m).is_some());
        here.collect()
    } else {
        ids.iter()
            .map(|id| find(id))
            .collect::<Result<Vec<_>, _>>()?
    };
    let mut outcome = Outcome::Done;
    let mut out = console::stdout();
    let parts: Vec<_> = models
        .into_iter()
        .filter(|m| m.members.is_empty() || !ids.is_empty())
        .flat_map(Published::parts)
        .collect();
    for model in parts {
        let files = store.verify(model, console);
        console.finish();
        for file in files? {
            let verdict = match &file.expected {
                Some(_) if file.is_right() => "right".to_owned(),
                Some(expected) => format!("WRONG, expected {expected}"),
                None => "no hash to compare with".to_owned(),
            };
            writeln!(out, "{}  {}  {verdict}", file.sha256, file.file.display())?;
            if !file.is_right() {
                outcome = Outcome::Partly;
            }
        }
        if !proof(store, model, global, console)? {
            outcome = Outcome::Partly;
        }
    }
    Ok(outcome)
}

fn path(store: &Store, id: Option<&str>) -> anyhow::Result<Outcome> {
    let folder = match id {
        None => store.folder().to_owned(),
        Some(id) => {
            let model = find(id)?;
            let own = store.folder_of(model);
            store.locate(model).map_or(own, |found| found.path)
        }
    };
    writeln!(console::stdout(), "{}", folder.display())?;
    Ok(Outcome::Done)
}
