//! `dynascope weights`: which models are here, and bringing others.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Outcome;
use super::console::{self, Console};
use crate::engine::store::{Hub, Store, find, published};

/// Arguments of `dynascope weights`.
#[derive(Debug, Args)]
#[command(after_help = "\
Models are kept under the platform's data directory, or $DYNASCOPE_WEIGHTS; those in the cache of the \
Hugging Face tools are found too. HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE, \
XDG_CACHE_HOME and the proxy variables are honoured. Nothing is downloaded unless 'fetch' is called.")]
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
    /// Hash the files of models anew and compare
    Verify {
        /// Names as in the list [default: every model that is here]
        ids: Vec<String>,
    },
    /// The folder of a model, or of all of them
    Path {
        /// A name as in the list
        id: Option<String>,
    },
    /// Copy weights that are on this machine already: a .safetensors file or a folder
    Import {
        /// A name as in the list
        id: String,
        /// The file or folder
        from: PathBuf,
    },
}

/// Runs `dynascope weights`.
pub fn run(arguments: &Arguments, console: &Console) -> anyhow::Result<Outcome> {
    let store = Store::of_user();
    match &arguments.action {
        Action::List => list(&store),
        Action::Fetch { ids } => fetch(&store, ids, console),
        Action::Verify { ids } => verify(&store, ids, console),
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
        "{:<11} {:>10} {:>8}  {:<10} {:<32} here",
        "id", "parameters", "download", "licence", "repository"
    )?;
    for model in published() {
        let here = match store.locate(model) {
            Some(found) => found.folder.display().to_string(),
            None => "-".to_owned(),
        };
        let licence = if model.licence.len() > 10 {
            "see repo"
        } else {
            &model.licence
        };
        writeln!(
            out,
            "{:<11} {:>10} {:>8}  {licence:<10} {:<32} {here}",
            model.id,
            model.parameters,
            model.size.as_deref().unwrap_or("-"),
            model.repository
        )?;
    }
    Ok(Outcome::Done)
}

fn fetch(store: &Store, ids: &[String], console: &Console) -> anyhow::Result<Outcome> {
    let models = ids
        .iter()
        .map(|id| find(id))
        .collect::<Result<Vec<_>, _>>()?;
    let hub = Hub::of_user();
    for model in models {
        if let Some(found) = store.locate(model).filter(|found| found.foreign) {
            console.note(&format!("{} is in {}", model.id, found.folder.display()));
            continue;
        }
        let folder = store.fetch(model, &hub, console);
        console.finish();
        console.note(&format!("{} is in {}", model.id, folder?.display()));
    }
    Ok(Outcome::Done)
}

fn verify(store: &Store, ids: &[String], console: &Console) -> anyhow::Result<Outcome> {
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
    for model in models {
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
    }
    Ok(outcome)
}

fn path(store: &Store, id: Option<&str>) -> anyhow::Result<Outcome> {
    let folder = match id {
        None => store.folder().to_owned(),
        Some(id) => {
            let model = find(id)?;
            let own = store.folder_of(model);
            store.locate(model).map_or(own, |found| found.folder)
        }
    };
    writeln!(console::stdout(), "{}", folder.display())?;
    Ok(Outcome::Done)
}
