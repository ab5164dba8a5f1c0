//! Which files of a repository to bring, where only the hub knows what they are called.

use super::StoreError;
use super::manifest::Published;
use crate::models::dynaprot::PUBLISHED;

/// Of each folder of DynaProt the file with the tensors, safetensors before PyTorch's own form, and the
/// configuration beside it.
pub(super) fn dynaprot(model: &Published, all: &[String]) -> Result<Vec<String>, StoreError> {
    let mut wanted = Vec::new();
    for folder in PUBLISHED {
        let inside = all
            .iter()
            .filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        let inside: Vec<&str> = inside.filter(|name| !name.contains('/')).collect();
        let weights = only(&inside, &["safetensors"]);
        let weights = weights.or_else(|| only(&inside, &["ckpt", "pt", "pth", "bin"]));
        let Some(weights) = weights else {
            return Err(StoreError::NotListed {
                repository: model.repository.clone(),
                folder: folder.to_owned(),
                found: inside.join(", "),
            });
        };
        let config = inside.contains(&"config.json").then_some("config.json");
        let files = config.into_iter().chain([weights]);
        wanted.extend(files.map(|name| format!("{folder}/{name}")));
    }
    Ok(wanted)
}

/// The file with one of some extensions; of several the one whose name says that it is the model, or the
/// best.
fn only<'a>(names: &[&'a str], extensions: &[&str]) -> Option<&'a str> {
    let is_one = |name: &&str| {
        name.rsplit_once('.')
            .is_some_and(|(_, e)| extensions.contains(&e))
    };
    let found: Vec<&str> = names.iter().copied().filter(is_one).collect();
    match &found[..] {
        [one] => Some(*one),
        several => {
            let says = |word: &str| several.iter().copied().find(|name| name.starts_with(word));
            says("model").or_else(|| says("best"))
        }
    }
}
