//! Published weights: what they are, bringing them here, and the proof that they are what they should be.

use super::loaded::store as store_of;
use super::recognise::methods_of_model;
use super::store::{Hub, Published, Store, StoreError, find};
use super::{Ask, Engine, EngineError, Observer};
use crate::models::device::Compute;
use crate::models::esm2::Esm2;
use crate::models::proof::{Distance, Reference};
use crate::models::weights::WeightsFile;
use crate::study::{FetchReport, FetchRequest};

impl Ask for FetchRequest {
    fn answer(
        &self,
        engine: &mut Engine,
        observer: &dyn Observer,
    ) -> Result<FetchReport, EngineError> {
        let model = find(&self.id)?;
        let store = store_of(&engine.options);
        let text = if self.bring {
            let compute = engine.networks.compute(&engine.options)?;
            bring(model, &store, &Hub::of_user(), &compute, observer)?
        } else {
            describe(model, &store)
        };
        Ok(FetchReport {
            text,
            methods: if self.bring {
                methods_of_model(model)
            } else {
                Vec::new()
            },
        })
    }
}

/// Size, licence, use, and whether it is here.
fn describe(model: &'static Published, store: &Store) -> String {
    let Published {
        id,
        parameters,
        licence,
        good_for,
        ..
    } = model;
    if let Some(found) = store.locate(model) {
        return format!("{id} is here: {}", found.path.display());
    }
    let absent = model
        .parts()
        .into_iter()
        .filter(|part| store.locate(part).is_none());
    let sizes: Vec<String> = absent
        .map(|part| {
            format!(
                "{} ({})",
                part.id,
                part.size.as_deref().unwrap_or("size not known")
            )
        })
        .collect();
    format!(
        "{id}: {parameters} parameters, for {good_for}; licence {licence}. :fetch! {id} downloads {} into {}",
        sizes.join(", "),
        store.folder().display()
    )
}

/// Downloads what is not here, and proves it.
pub(super) fn bring(
    model: &'static Published,
    store: &Store,
    hub: &Hub,
    compute: &Compute,
    observer: &dyn Observer,
) -> Result<String, EngineError> {
    let mut said = Vec::new();
    for part in model.parts() {
        if store.locate(part).is_none() {
            store.fetch(part, hub, observer)?;
        }
        let proof = match prove(store, part, compute, observer) {
            Err(EngineError::Cancelled) => return Err(EngineError::Cancelled),
            // It is here all the same.
            Err(error) => format!(" ({error})"),
            Ok(None) => String::new(),
            Ok(Some(distance)) if distance.is_small() => format!(" ({distance})"),
            Ok(Some(distance)) => format!(" (NOT the published numbers: {distance})"),
        };
        said.push(format!("{} is here{proof}", part.id));
    }
    Ok(said.join("; "))
}

/// Runs a model that is here on the sequences of which published numbers are known; `None` where none are.
///
/// # Errors
/// When it is not here, does not fit the memory, or cannot be run.
pub fn prove(
    store: &Store,
    model: &Published,
    compute: &Compute,
    observer: &dyn Observer,
) -> Result<Option<Distance>, EngineError> {
    let Some(reference) = Reference::published(&model.id)? else {
        return Ok(None);
    };
    let located = store.locate(model).ok_or_else(|| StoreError::NotHere {
        id: model.id.clone(),
    })?;
    against(&reference, &located.path, compute, observer).map(Some)
}

fn against(
    reference: &Reference,
    path: &std::path::Path,
    compute: &Compute,
    observer: &dyn Observer,
) -> Result<Distance, EngineError> {
    let weights = WeightsFile::open(path)?;
    let bytes = weights.bytes();
    if let Some(free) = compute.free_memory().filter(|free| *free < bytes) {
        return Err(EngineError::Unsupported(format!(
            "not run: {:.1} GB of weights and {:.1} GB of free memory",
            bytes as f64 / 1e9,
            free as f64 / 1e9
        )));
    }
    observer.phase("load weights");
    let model = Esm2::load(&weights, compute)?;
    observer.phase("compare with published numbers");
    Ok(reference.distance(&model, compute, observer)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::models::esm2::{LanguageModel, Query};

    /// Tiny weights stand for published ones.
    #[test]
    fn weights_on_disk_are_compared_with_their_numbers() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/esm2");
        let compute = Compute::cpu();
        let query = Query {
            tokens: vec![0, 20, 14, 5, 6, 2],
            positions: vec![1, 3],
        };
        let model = Esm2::load(&WeightsFile::open(&folder).unwrap(), &compute).unwrap();
        let all = model
            .log_probabilities(std::slice::from_ref(&query), &())
            .unwrap()
            .concat();
        let tokens = crate::protein::AminoAcid::ALL.map(crate::models::tokenizer::token_of);
        let rows = all.chunks(33);
        let own: Vec<f32> = rows
            .flat_map(|row| tokens.map(|t| row[usize::from(t)]))
            .collect();
        let other: Vec<f32> = own.iter().map(|x| x + 0.2).collect();
        for (expected, is_small) in [(own, true), (other, false)] {
            let reference = Reference::new(vec![query.clone()], expected);
            let distance = against(&reference, &folder, &compute, &()).unwrap();
            assert_eq!(distance.is_small(), is_small, "{distance}");
        }
    }

    #[test]
    fn what_would_be_downloaded_is_said_with_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().to_owned());
        let said = describe(find("vesm-35m").unwrap(), &store);
        assert!(
            said.contains("esm2-35m (136 MB), vesm-35m (136 MB)"),
            "{said}"
        );
        assert!(
            said.contains(":fetch! vesm-35m") && said.contains("licence MIT"),
            "{said}"
        );
        let error = prove(&store, find("esm2-8m").unwrap(), &Compute::cpu(), &()).unwrap_err();
        assert!(
            error.to_string().contains("weights fetch esm2-8m"),
            "{error}"
        );
        assert_eq!(
            prove(&store, find("esm1b").unwrap(), &Compute::cpu(), &()).unwrap(),
            None
        );
    }
}
